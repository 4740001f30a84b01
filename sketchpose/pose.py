"""A person's pose, and the two comparisons and one reflection that everything else is built on.

Coordinates are picture pixels as floats, x to the right and y down, with (0, 0) the top left corner of the top left
pixel, so a picture of width W spans 0..W. Nothing here rounds.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS, SWAP

Origin = Literal["detector", "given", "picture", "annotation"]
"""Where the box came from: found, given by the caller, the whole picture for want of a find, or drawn by a person."""

FloatArray = NDArray[np.float32]

UNLABELLED, HIDDEN, VISIBLE = 0, 1, 2


def _array(value: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    array = np.array(value, dtype=np.float32)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape} where {shape} is needed.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinite numbers; every value must be finite.")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Pose:
    """One person's 17 COCO keypoints in a picture.

    Attributes:
        keypoints: (17, 2) float32, x and y in picture pixels; may lie outside the picture.
        scores: (17,) float32 confidence in 0..1; 1 where a person set the joint.
        visibility: (17,) uint8 as in COCO: 0 not labelled, 1 labelled but hidden, 2 visible.
        box: (4,) float32 x0, y0, x1, y1 in picture pixels, with x0 < x1 and y0 < y1.
        score: Confidence in 0..1 that this is a person.
        origin: Where the box came from.

    Raises:
        ValueError: Wrong shape, a number that is not finite, a score outside 0..1, a visibility outside {0, 1, 2}, or
            an empty box.
    """

    keypoints: FloatArray
    scores: FloatArray
    visibility: NDArray[np.uint8]
    box: FloatArray
    score: float = 1.0
    origin: Origin = field(default="annotation")

    def __post_init__(self) -> None:
        for name, shape in (("keypoints", (NUM_KEYPOINTS, 2)), ("scores", (NUM_KEYPOINTS,)), ("box", (4,))):
            object.__setattr__(self, name, _array(getattr(self, name), shape, name))
        visibility = np.array(self.visibility)
        if visibility.shape != (NUM_KEYPOINTS,) or not np.isin(visibility, (UNLABELLED, HIDDEN, VISIBLE)).all():
            raise ValueError(
                f"visibility must be {NUM_KEYPOINTS} numbers out of 0, 1 and 2, not {visibility.tolist()}."
            )
        visibility = visibility.astype(np.uint8)
        visibility.setflags(write=False)
        object.__setattr__(self, "visibility", visibility)
        if not 0 <= self.score <= 1 or self.scores.min() < 0 or self.scores.max() > 1:
            raise ValueError("score and scores must lie in 0..1.")
        if not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            raise ValueError(f"box {self.box.tolist()} is empty; it must be x0, y0, x1, y1 with x0 < x1 and y0 < y1.")

    @classmethod
    def annotated(cls, keypoints: ArrayLike, visibility: ArrayLike, box: ArrayLike | None = None) -> Self:
        """Make a pose from labels: full confidence where a joint is labelled, boxed by its joints unless told."""
        keypoints, visibility = np.asarray(keypoints, np.float32), np.asarray(visibility)
        labelled = visibility > 0
        if box is None:
            box = joints_box(keypoints[labelled])
        return cls(keypoints, labelled.astype(np.float32), visibility.astype(np.uint8), np.asarray(box, np.float32))

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(17,) True where the joint carries a label."""
        return self.visibility > UNLABELLED

    @property
    def area(self) -> float:
        """Area of the box in square pixels."""
        return float((self.box[2] - self.box[0]) * (self.box[3] - self.box[1]))

    def mirror(self, width: float) -> Self:
        """Return the pose in the picture reflected left to right: x becomes width - x, and left becomes right."""
        swap = list(SWAP)
        keypoints = np.array([width, 0], np.float32) + np.array([-1, 1], np.float32) * self.keypoints[swap]
        x0, y0, x1, y1 = self.box
        return replace(
            self,
            keypoints=keypoints,
            scores=self.scores[swap],
            visibility=self.visibility[swap],
            box=np.array([width - x1, y0, width - x0, y1], np.float32),
        )

    def moved(self, scale: ArrayLike, shift: ArrayLike) -> Self:
        """Return the pose with every coordinate p replaced by ``p * scale + shift``.

        Args:
            scale: Above 0; one number, or one for x and one for y.
            shift: One number, or one for x and one for y.
        """
        scale, shift = (np.broadcast_to(np.asarray(v, np.float32), 2) for v in (scale, shift))
        box = self.box * np.tile(scale, 2) + np.tile(shift, 2)
        return replace(self, keypoints=self.keypoints * scale + shift, box=box)


def joints_box(points: FloatArray, margin: float = 0.1) -> FloatArray:
    """Box around some joints, widened on each side by ``margin`` of its longer side and by one pixel at least.

    Args:
        points: (n, 2) float, n >= 1.
        margin: Share of the longer side.

    Returns:
        (4,) float32 x0, y0, x1, y1.
    """
    if len(points) == 0:
        raise ValueError("A box around joints needs at least one labelled joint; this pose has none.")
    low, high = points.min(0), points.max(0)
    pad = max(float((high - low).max()) * margin, 1.0)
    return np.concatenate([low - pad, high + pad]).astype(np.float32)


def short_floats(values: FloatArray) -> list[float]:
    """Return the shortest decimals that read back as the same float32, row after row."""
    return [float(str(value)) for value in values.ravel()]


def oks(truth: Pose, guess: Pose, *, area: float | None = None) -> float:
    """Object keypoint similarity in 0..1 over the joints that ``truth`` labels (``pycocotools.cocoeval``).

    Args:
        truth: The labelled pose; its box area sets the tolerance unless ``area`` is given.
        guess: The estimated pose.
        area: Area of the person in square pixels.

    Raises:
        ValueError: ``truth`` labels no joint.
    """
    labelled = truth.labelled
    if not labelled.any():
        raise ValueError("OKS needs at least one labelled joint in the true pose; it has none.")
    squared = ((truth.keypoints - guess.keypoints).astype(np.float64) ** 2).sum(1)
    spread = (2 * SIGMAS) ** 2 * 2 * max(truth.area if area is None else area, np.finfo(np.float64).eps)
    return float(np.exp(-squared / spread)[labelled].mean())


def iou(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Intersection over union of every box of ``a`` (n, 4) with every box of ``b`` (m, 4), as (n, m)."""
    a, b = np.asarray(a, np.float64).reshape(-1, 4), np.asarray(b, np.float64).reshape(-1, 4)
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(np.clip(x[:, 2:] - x[:, :2], 0, None), axis=1) for x in (a, b)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12))
