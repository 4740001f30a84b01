"""The parts of a revision: the picture it is about and the people in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import FiniteFloat

from sketchpose.dataset.fields import Json, RecordError, Whole, hexadecimal, plain_text, read_record
from sketchpose.formats.parse import MAX_INTEGER
from sketchpose.pose import Origin, Pose, short_floats
from sketchpose.schema import STRICT, written_as
from sketchpose.skeleton import NUM_KEYPOINTS

Scalar = str | int | float | bool | None
JointOrigin = Literal["hand", "assistance", "model"]


@dataclass(frozen=True)
class ImageFacts:
    """What is known about a stored picture without opening it.

    Attributes:
        hash: SHA-256 of the original bytes, 64 hex digits; also the key of the drawing.
        suffix: ``.png``, ``.jpg``, ``.webp`` or ``.avif``, by its content.
        bytes: Size of the file.
        width: Upright width in pixels.
        height: Upright height in pixels.
        perceptual: 64-bit difference hash, 16 hex digits.
        name: File name it came with.
    """

    __pydantic_config__ = STRICT

    hash: str
    suffix: str
    bytes: Whole
    width: Whole
    height: Whole
    perceptual: str
    name: str = ""

    def __post_init__(self) -> None:
        hexadecimal(self.hash, 64, "The picture's hash")
        hexadecimal(self.perceptual, 16, "The picture's perceptual hash")
        plain_text(self.name, "The picture's name")
        if self.suffix not in (".png", ".jpg", ".webp", ".avif"):
            raise RecordError(f"The picture's suffix is {self.suffix!r}; it must be .png, .jpg, .webp or .avif.")
        if min(self.bytes, self.width, self.height) < 1:
            raise RecordError(f"{self.width} x {self.height} with {self.bytes} bytes is not the size of a picture.")

    def to_json(self) -> Json:
        """Return JSON-ready data."""
        return dict(vars(self))


@dataclass(frozen=True)
class _PoseRecord:
    """A pose as JSON, see ``pose_to_json``."""

    __pydantic_config__ = STRICT

    keypoints: list[tuple[FiniteFloat, FiniteFloat, FiniteFloat]]
    scores: list[FiniteFloat]
    box: list[FiniteFloat]
    score: FiniteFloat
    origin: Origin

    def pose(self) -> Pose:
        """Return the pose."""
        rows = np.array(self.keypoints, np.float64).reshape(-1, 3)
        with np.errstate(over="ignore"):  # the pose refuses what is too large for it
            points, scores, box = (np.array(values, np.float32) for values in (rows[:, :2], self.scores, self.box))
        return Pose(points, scores, rows[:, 2], box, self.score, self.origin)  # type: ignore[arg-type]


JsonPose = Annotated[Pose, written_as(_PoseRecord, _PoseRecord.pose)]


@dataclass(frozen=True, eq=False)
class Person:
    """One annotated person of a drawing.

    Attributes:
        id: Name that stays with the person through the revisions of a drawing.
        pose: The pose; joints that are not labelled lie at (0, 0).
        edited: (17,) True where a person set or confirmed the joint by hand; see ``joint_origins``.
        box_fixed: Whether the box was drawn by hand; otherwise it follows the joints.
        predicted: What the model predicted; None for a person started by hand.
        area: Annotated area in square pixels, None: that of the box.
        crowd: A group whose people are not annotated one by one.
        attributes: Anything else known of the person, e.g. ``difficulty``.
    """

    __pydantic_config__ = STRICT

    id: str
    pose: JsonPose
    edited: Annotated[NDArray[np.bool_], written_as(list[bool], np.array)]
    box_fixed: bool = False
    predicted: JsonPose | None = None
    area: FiniteFloat | None = None
    crowd: bool = False
    attributes: Annotated[Mapping[str, Scalar], written_as(Json, dict)] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < len(self.id) <= 64:
            raise RecordError(f"The person id {self.id[:80]!r} must have 1 to 64 characters; choose another.")
        edited = np.array(self.edited)
        if edited.shape != (NUM_KEYPOINTS,) or edited.dtype != np.bool_:
            raise RecordError(f"Person {self.id}: edited must be {NUM_KEYPOINTS} true or false values.")
        if self.area is not None and not (np.isfinite(self.area) and self.area > 0):
            raise RecordError(f"Person {self.id}: area is {self.area} and must be above 0.")
        for name, value in self.attributes.items():
            odd = not isinstance(name, str) or not isinstance(value, Scalar)
            if odd or (isinstance(value, float) and not np.isfinite(value)):
                raise RecordError(f"Person {self.id}: {name}: {value!r} is not an attribute; give plain values.")
            if isinstance(value, int) and abs(value) > MAX_INTEGER:  # it could be written but not read back
                raise RecordError(f"Person {self.id}: {name} is {value}, and the limit is {MAX_INTEGER}.")
        edited.setflags(write=False)
        object.__setattr__(self, "edited", edited)
        points = np.where(self.pose.labelled[:, None], self.pose.keypoints, np.float32(0))
        if points.tobytes() != self.pose.keypoints.tobytes():
            object.__setattr__(self, "pose", replace(self.pose, keypoints=points))

    @classmethod
    def of_pose(
        cls, id: str, pose: Pose, *, predicted: Pose | None = None, edited: ArrayLike | None = None, **rest: Any
    ) -> Self:
        """Make a person, by default with every joint that differs from the prediction marked as edited.

        Args:
            id: Name of the person.
            pose: The pose as it stands.
            predicted: What the model predicted.
            edited: (17,) truth values; None: found by comparing with ``predicted``, all labelled joints without one.
            rest: Further attributes.
        """
        if edited is None and predicted is None:
            edited = pose.labelled
        elif edited is None and predicted is not None:
            moved = (pose.keypoints != predicted.keypoints).any(1) & pose.labelled
            edited = moved | (pose.visibility != predicted.visibility)
        return cls(id, pose, np.asarray(edited, np.bool_), predicted=predicted, **rest)

    @property
    def joint_origins(self) -> tuple[JointOrigin, ...]:
        """Who placed each of the 17 joints: a person, the assistance that followed one, or the model."""
        known = self.predicted
        moved = np.zeros(NUM_KEYPOINTS, bool) if known is None else (self.pose.keypoints != known.keypoints).any(1)
        return tuple(
            "hand" if by_hand else "assistance" if follows else "model"
            for by_hand, follows in zip(self.edited.tolist(), (moved & self.pose.labelled).tolist(), strict=True)
        )

    def to_json(self) -> Json:
        """Return JSON-ready data."""
        return {
            "id": self.id,
            "pose": pose_to_json(self.pose),
            "edited": self.edited.tolist(),
            "box_fixed": self.box_fixed,
            "predicted": None if self.predicted is None else pose_to_json(self.predicted),
            "area": self.area,
            "crowd": self.crowd,
            "attributes": dict(self.attributes),
        }

    @classmethod
    def from_json(cls, data: Any, where: str) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            RecordError: A field is missing, unknown, or has another type, shape or range.
        """
        return read_record(cls, json.dumps(data), where)


def pose_to_json(pose: Pose) -> Json:
    """Return a pose as JSON-ready data; floats are the shortest that read back as the same float32."""
    rows = zip(pose.keypoints, pose.visibility, strict=True)
    return {
        "keypoints": [[*short_floats(point), int(v)] for point, v in rows],
        "scores": short_floats(pose.scores),
        "box": short_floats(pose.box),
        "score": float(pose.score),
        "origin": pose.origin,
    }
