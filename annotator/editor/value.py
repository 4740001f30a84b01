"""What the editor holds, as immutable Python values that check themselves.

Every error is one sentence that names the value, the limit and the remedy, because it is shown to the annotator.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from sketchpose.formats import PosedImage
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.pose import Pose, joints_box, short_floats
from sketchpose.skeleton import KEYPOINTS, NUM_KEYPOINTS

MAX_PERSONS: Final = 100
MAX_SIDE: Final = 40_000_000
"""Longest side in pixels: that of the largest picture that the decoder takes, if it is one pixel high."""


def drawing_key(path: str | Path) -> str:
    """Return the key of a drawing in the dataset and in drafts: the first 24 hex digits of the SHA-256 of its bytes."""
    return sha256(Path(path).read_bytes()).hexdigest()[:24]


@dataclass(frozen=True, eq=False)
class EditedPerson:
    """One person in the editor.

    Attributes:
        id: Identifies the person through edits, moves in the list and saves.
        pose: The current pose; a joint that was set by hand has score 1.
        box_fixed: Whether the box was set by hand; otherwise it follows the joints.
        model: The estimate, to go back to; None for a person started by hand. It goes to the page once, and does not
            come back with the edits.
    """

    id: str
    pose: Pose
    box_fixed: bool = False
    model: Pose | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.id) <= 64:
            raise ValueError(f"The person id {self.id[:80]!r} must have 1 to 64 characters; choose another.")

    def to_json(self) -> dict[str, Any]:
        """Return what the page holds; floats are the shortest that read back as the same float32."""
        model = None
        if self.model is not None:
            model = {"keypoints": _rows(self.model), "scores": short_floats(self.model.scores)}
        return {
            "id": self.id,
            "keypoints": _rows(self.pose),
            "scores": short_floats(self.pose.scores),
            "box": short_floats(self.pose.box),
            "box_fixed": self.box_fixed,
            "model": model,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], width: int, height: int) -> Self:
        """Read a person that the page wrote; labelled joints and the box are moved into the picture, never rounded.

        Args:
            data: As written by ``to_json``, its types checked by ``component.PersonData``.
            width: Width of the picture in pixels.
            height: Height of the picture in pixels.

        Raises:
            ValueError: The joints are not 17 finite ones with visibility 0, 1 or 2, or the box is empty.
        """
        limit, model = np.array([width, height], np.float64), data.get("model")
        return cls(
            data["id"],
            _pose(data, limit, inside=True),
            data.get("box_fixed", False),
            None if model is None else _pose(model, limit, inside=False),
        )


@dataclass(frozen=True)
class DrawingQueue:
    """Drawings to go through.

    Attributes:
        paths: Their files.
        at: Index of the open one.
        done: Indices of those that are saved.
    """

    paths: tuple[str, ...] = ()
    at: int = 0
    done: tuple[int, ...] = ()

    @property
    def left(self) -> int:
        """The number of drawings after the open one."""
        return max(len(self.paths) - self.at - 1, 0)


@dataclass(frozen=True, eq=False)
class EditorValue:
    """A drawing and its people, as given to the editor and returned by it.

    Attributes:
        image: The original file; None when it is missing.
        width: Width of the upright picture in pixels.
        height: Height of the upright picture in pixels.
        persons: The people, in the order of the editor's list.
        name: File name, as shown.
        drawing: Key of the drawing under which drafts and revisions are kept; see ``drawing_key``.
        revision: Number of the saved revision that this work began from; 0 when nothing is saved yet.
        active: Index of the selected person.
        edit: Number of edits that the page has made to this drawing.
        gestures: Gestures made on this drawing since it was last saved: drags, key presses and clicks that changed
            something, and those that took or left what others would follow.
        seconds: Time spent on it since then; a pause counts for 20 s at most.
        base: Id of the revision that this work began from; empty when nothing is saved yet.
        model_name: Name of the model whose estimate this work began from.
        queue: The drawings of which this is one. The page keeps it with the work, so that a reload loses neither.
    """

    image: Path | None
    width: int
    height: int
    persons: tuple[EditedPerson, ...] = ()
    name: str = ""
    drawing: str = ""
    revision: int = 0
    active: int = 0
    edit: int = 0
    gestures: int = 0
    seconds: float = 0.0
    base: str = ""
    model_name: str = ""
    queue: DrawingQueue = DrawingQueue()

    def __post_init__(self) -> None:
        for side, pixels in (("width", self.width), ("height", self.height)):
            if not 1 <= pixels <= MAX_SIDE:
                raise ValueError(f"The picture's {side} is {pixels}, which cannot be right; open the drawing again.")
        if len(self.persons) > MAX_PERSONS:
            raise ValueError(f"The drawing has {len(self.persons)} people and the limit is {MAX_PERSONS}; delete some.")
        ids = [person.id for person in self.persons]
        if len(set(ids)) < len(ids):
            raise ValueError("Two people have the same id; reload the page and save again.")
        if min(self.revision, self.edit, self.gestures) < 0 or not (math.isfinite(self.seconds) and self.seconds >= 0):
            raise ValueError("A counter is negative or not finite; reload the page and save again.")

    @classmethod
    def of_picture(cls, path: str | Path, poses: Sequence[Pose] = (), *, name: str = "", revision: int = 0) -> Self:
        """Start on a picture file, which is left as it is, with the poses that an estimator found.

        Raises:
            ImageError: The file is not a picture that can be read.
        """
        picture = read_image(path, work_side=WORK_SIDE)
        people = tuple(EditedPerson(f"p{i}", pose, model=pose) for i, pose in enumerate(poses, 1))
        shown = name or Path(path).name
        size = (picture.width, picture.height)
        return cls(Path(path), *size, people, shown, drawing_key(path), revision)

    @property
    def poses(self) -> tuple[Pose, ...]:
        """The people's poses, in order."""
        return tuple(person.pose for person in self.persons)

    def posed_image(self) -> PosedImage:
        """Return the drawing as ``sketchpose.formats`` writes it, without people who have no labelled joint."""
        return PosedImage(self.name, self.width, self.height, tuple(p for p in self.poses if p.labelled.any()))

    def with_poses(self, poses: Sequence[Pose]) -> Self:
        """Return the value with other people, as estimated or imported."""
        return replace(self, persons=tuple(EditedPerson(f"p{i}", pose, model=pose) for i, pose in enumerate(poses, 1)))

    def to_json(self) -> dict[str, Any]:
        """Return everything but the picture and the queue, which are paths of this machine, as JSON-ready data."""
        return {n: getattr(self, n) for n in _PLAIN} | {"persons": [person.to_json() for person in self.persons]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], image: Path | None = None) -> Self:
        """Read what ``to_json`` or the page wrote, its types checked by ``component.KeypointData``.

        Raises:
            ValueError: A size, counter, joint or box is out of bounds; the sentence names the person and the joint.
        """
        value = cls(image, **{name: data[name] for name in _PLAIN if name in data})
        persons = []
        for i, person in enumerate(data["persons"], 1):
            try:
                persons.append(EditedPerson.from_json(person, value.width, value.height))
            except ValueError as error:
                raise ValueError(f"Person {i}: {error}") from error
        return replace(value, persons=tuple(persons))


_PLAIN: Final = tuple(f.name for f in fields(EditorValue) if f.name not in ("image", "persons", "queue"))


def _rows(pose: Pose) -> list[list[float]]:
    points = np.where(pose.labelled[:, None], pose.keypoints, np.float32(0))
    return [[*short_floats(point), int(v)] for point, v in zip(points, pose.visibility, strict=True)]


def _pose(data: Mapping[str, Any], limit: NDArray[np.float64], inside: bool) -> Pose:
    rows = data["keypoints"]
    if len(rows) != NUM_KEYPOINTS:
        raise ValueError(f"{len(rows)} joints where {NUM_KEYPOINTS} are needed; give unlabelled ones visibility 0.")
    for name, row in zip(KEYPOINTS, rows, strict=True):
        if len(row) != 3 or not all(map(math.isfinite, row)):
            raise ValueError(f"{name} is {row!r} and must be three finite numbers x, y, visibility; place it again.")
        if row[2] not in (0, 1, 2):
            raise ValueError(f"{name} has visibility {row[2]!r}, which must be 0, 1 or 2; set it again.")
    joints = np.array(rows, np.float64)
    labelled = joints[:, 2] > 0
    inner = np.clip(joints[:, :2], 0, limit) if inside else joints[:, :2]
    points = np.where(labelled[:, None], inner, 0).astype(np.float32)
    box = _box(data.get("box"), points[labelled], np.tile(limit, 2), inside)
    return Pose(points, _scores(data.get("scores"), labelled), joints[:, 2].astype(np.uint8), box)


def _scores(scores: list[float] | None, labelled: NDArray[np.bool_]) -> NDArray[np.float32]:
    if not scores:
        return labelled.astype(np.float32)
    if len(scores) != NUM_KEYPOINTS or not all(map(math.isfinite, scores)):
        raise ValueError(f"The scores must be {NUM_KEYPOINTS} finite numbers; reload the page and try again.")
    return np.clip(np.array(scores, np.float32), 0, 1)


def _box(
    box: list[float] | None, points: NDArray[np.float32], limit: NDArray[np.float64], inside: bool
) -> NDArray[np.float32]:
    if not box:
        around = joints_box(points) if len(points) else np.array([0, 0, *limit[2:]], np.float32)
        return np.clip(around, 0, limit).astype(np.float32) if inside else around
    if len(box) != 4 or not all(map(math.isfinite, box)):
        raise ValueError(f"The box is {box!r} and must be four finite numbers x0, y0, x1, y1; draw it again.")
    x0, y0, x1, y1 = values = np.clip(np.array(box, np.float64), 0, limit)
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"The box {box!r} is empty inside the picture; draw it again round the person.")
    return values.astype(np.float32)
