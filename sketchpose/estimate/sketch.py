"""The default estimator: find the people and read each; where one is photographed or painted, another network too."""

from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.crop import PADDING, Crop, border_colour
from sketchpose.estimate.base import Workpiece
from sketchpose.estimate.detect import INK, PersonDetector, bounds, ink_boxes
from sketchpose.estimate.joints import VIEWS, Evidence
from sketchpose.estimate.people import distinct
from sketchpose.estimate.reading import Reader
from sketchpose.images import ImageError, ImageSource, Picture
from sketchpose.model import Network
from sketchpose.model.current import open_default
from sketchpose.model.folder import ModelFolder
from sketchpose.pose import VISIBLE, Origin, Pose, iou
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.skeleton_picture import read_skeletons

TONED_MODEL: Final = "movenet-thunder"
_TONED: Final = 0.6
_TRUST: Final = 0.18
"""Where more than this share of a person's box is not bare paper, the network that learnt from photographs is asked as
well, and believed unless its mean joint score is this much lower. Chosen on the drawings of ``val``, many of which are
engravings in tones, and 141 people in photographs: 0.25 instead reaches an AP of 0.691, not 0.698, on the drawings, and
the same 0.438 on the photographs."""
_MIN_POSE: Final = 0.35
"""Mean joint score of a person. On 120 synthetic pages 0.25 instead finds 0.946 of the people, not 0.939, and lowers
precision from 0.95 to 0.88; where nobody reaches it, the best of all guesses is taken."""
_MIN_DRAWN: Final = 0.5
"""The same of a drawn thing in which the detector saw nobody. On 418 training drawings with 682 people 0.35 instead
makes 81 false positives, not 59, and misses the same 51."""
_MIN_EXTENT: Final = 0.15
"""Longer side, as a share of the picture's, of the smallest thing that is looked at."""
_CLEAR: Final = 0.1
"""A drawn thing that shares less than this with everybody who was found may be somebody else."""
_SAME: Final = 0.6
"""A person that shares this much (intersection over union) with one drawn thing is that thing, whose box is exact."""


class SketchEstimator:
    """Top-down pose estimation of drawn people on a CPU, through ONNX Runtime.

    An instance may be shared by threads.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        detector: str = "sketch-multipose",
        *,
        toned: str | None = TONED_MODEL,
        threads: int = 1,
        refine: bool = True,
        views: int | None = None,
    ) -> None:
        """Load the keypoint network and the person detector.

        Args:
            model: Name or path of a model folder for one person; None takes the promoted model, or the packaged one.
            detector: Name or path of a model folder for several people.
            toned: Name or path of the model that is asked as well where a person is photographed or painted rather
                than drawn in lines; None asks nobody.
            threads: CPU threads per call.
            refine: Estimate a second time in a square around the joints of the first.
            views: How many views of each person are averaged: 1, 2 (the mirror image as well, more joints right for
                twice the time) or 5 (nearer and farther too); None takes 5 of one or two people, 2 of more. From 2 on
                there are two closer looks at the head, where the network has learnt to read heads.

        Raises:
            ValueError: A model cannot be used, or there is no such number of views.
        """
        if views is not None and views not in VIEWS:
            raise ValueError(f"views is {views}: choose one of {', '.join(map(str, VIEWS))}.")
        read = partial(Reader, refine=refine, views=views)
        self._own = read(Network(open_default() if model is None else model, threads))
        other = None if toned is None or toned == self.name else ModelFolder.open(toned)
        # Loaded at the first picture in tones: many programs see none.
        self._toned = None if other is None else cache(lambda: read(Network(other, threads)))
        self._detector = PersonDetector(detector, threads)

    @property
    def name(self) -> str:
        """Name of the keypoint model."""
        return self._own.network.card.name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``."""
        work = Workpiece.of(image)
        if boxes is not None:
            return work.poses(self._poses(work.picture, work.boxes(boxes), "given"))
        return work.poses(read_skeletons(work.picture.pixels) or self._people(work.picture))

    def evidence(self, image: ImageSource | Picture, box: ArrayLike) -> tuple[Evidence, Crop]:
        """Return what the choice of one person's joints rests on, for ``sketchpose.assist``.

        Args:
            image: As for ``estimate``.
            box: (4,) x0, y0, x1, y1 of the person in pixels of the whole picture.

        Returns:
            The evidence, and the square of the whole picture that it is about.

        Raises:
            ValueError: The picture or the box cannot be used; see ``Estimator.estimate``.
        """
        work = Workpiece.of(image)
        (place,) = work.boxes(np.asarray(box)[None])
        whole = np.asarray(place * np.tile(work.ratio, 2), np.float32)
        crop = Crop.around(whole, self._own.network.card.input_size, PADDING)
        return self._own.evidence(work.picture, place), crop

    def _people(self, picture: Picture) -> list[Pose]:
        """Return the poses of the people found, surest first."""
        things = ink_boxes(picture.pixels)
        boxes = _fitted(self._detector.detect(picture)[:, :4], things)
        poses = self._poses(picture, boxes, "detector")
        drawn = self._poses(picture, _uncovered(things, boxes, picture), "detector") if len(things) > 1 else []
        sure = [pose for pose in poses if pose.score >= _MIN_POSE]
        sure += [pose for pose in drawn if pose.score >= _MIN_DRAWN]
        if sure:
            return distinct(sure)
        poses += drawn
        if len(things):
            poses += self._poses(picture, bounds(things)[None], "picture")
        if not poses:
            raise ImageError(f"{picture.name}: nothing is drawn on it; choose a picture with a person.")
        return [max(poses, key=lambda pose: pose.score)]

    def _poses(self, picture: Picture, boxes: NDArray[np.float32], origin: Origin) -> list[Pose]:
        if len(boxes) == 0:
            return []
        points, scores = self._own.read(picture, boxes)
        person, own = scores.mean(1), np.ones(len(boxes), bool)
        asked = [i for i, box in enumerate(boxes) if _tone(picture, box) > _TONED] if self._toned else []
        if self._toned and asked:
            others, other_scores = self._toned().read(picture, boxes, np.array(asked))
            for i, other, other_score in zip(asked, others, other_scores, strict=True):
                if other_score.mean() > person[i] - _TRUST:
                    points[i], scores[i], own[i] = other, other_score, False
                    person[i] = max(person[i], other_score.mean())
        points[own], scores[own] = self._own.faces(picture, boxes, points[own], scores[own], np.flatnonzero(own))
        visible = np.full(NUM_KEYPOINTS, VISIBLE, np.uint8)
        return [Pose(points[i], scores[i], visible, box, float(person[i]), origin) for i, box in enumerate(boxes)]


def _tone(picture: Picture, box: NDArray[np.float32]) -> float:
    """Share of a person's box (4,) that is not bare paper: about 0.2 in line drawings, 0.9 in photographs."""
    small = Crop.around(box, 64, padding=1.0).cut(picture.pixels).astype(np.int16)
    paper = np.array(border_colour(picture.pixels))
    return float((np.abs(small - paper).sum(2) > INK).mean())


def _fitted(boxes: NDArray[np.float32], things: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the boxes (m, 4), those that are about one drawn thing (n, 4) replaced by its own."""
    if not len(boxes) or not len(things):
        return boxes
    shared = iou(boxes, things)
    return np.where(shared.max(1, keepdims=True) > _SAME, things[shared.argmax(1)], boxes)


def _uncovered(things: NDArray[np.float32], people: NDArray[np.float32], picture: Picture) -> NDArray[np.float32]:
    """Those of the drawn things (n, 4) that are large enough for a figure and lie clear of the people found (m, 4)."""
    extent = (things[:, 2:] - things[:, :2]).max(1)
    large = things[extent >= _MIN_EXTENT * max(picture.width, picture.height)]
    middle = (people[:, :2] + people[:, 2:]) / 2
    holds = (large[:, None, :2] <= middle) & (middle <= large[:, None, 2:])
    covered = holds.all(2) | (iou(large, people) > _CLEAR)
    return np.asarray(large[~covered.any(1)])
