"""One picture of a gallery, and the line of JSON that says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from sketchpose.pose import Pose, short_floats

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class GalleryEntry:
    """One picture of a gallery.

    Attributes:
        path: Where the picture lies: absolute, or within the gallery's folder.
        width: In pixels.
        height: In pixels.
        poses: The people in it.
        tags: In lower case.
        source: The folder or file that was indexed; pictures that vanish from it are dropped.
        stamp: Size and time of the file when it was read; unchanged means skipped.
        hash: Of the file's bytes, so that a moved file is known again.
        error: Why the picture cannot be used; there are then no poses.
        group: Pictures of one pose seen by several cameras share a word; empty otherwise.
        render: How to draw the picture in any size, for those that are drawn (see ``originals``).
        credit: Who made it, under which licence.
        thumbnail: File, offset and length of the thumbnail.
    """

    path: str
    width: int
    height: int
    poses: tuple[Pose, ...] = ()
    tags: tuple[str, ...] = ()
    source: str = ""
    stamp: str = ""
    hash: str = ""
    error: str = ""
    group: str = ""
    render: Json = field(default_factory=dict)
    credit: str = ""
    thumbnail: tuple[str, int, int] | None = None

    @property
    def name(self) -> str:
        """File name."""
        return Path(self.path).name

    def to_json(self) -> Json:
        """Return the line of the file, without what has its default value."""
        plain = {k: getattr(self, k) for k in ("path", "width", "height", *_OPTIONAL) if getattr(self, k)}
        return plain | ({"people": [_person(pose) for pose in self.poses]} if self.poses else {})

    @classmethod
    def from_json(cls, line: Json) -> Self:
        """Read what ``to_json`` wrote."""
        people = tuple(Pose(*read_person(person), "given") for person in line.get("people", ()))
        given = {k: line[k] for k in _OPTIONAL if k in line}
        given |= {k: tuple(given[k]) for k in ("tags", "thumbnail") if k in given}
        return cls(str(line["path"]), int(line.get("width", 0)), int(line.get("height", 0)), people, **given)


_OPTIONAL: Final = ("tags", "source", "stamp", "hash", "error", "group", "render", "credit", "thumbnail")


def _person(pose: Pose) -> list[Any]:
    """A pose as keypoints, scores, visibility, box and score; the shortest text that reads back as the same floats.

    Scores are left out where they say no more than the visibility.
    """
    short = [short_floats(array) for array in (pose.keypoints, pose.scores, pose.box)]
    points, scores, box = ([int(v) if v.is_integer() else v for v in row] for row in short)
    if scores == pose.labelled.tolist():
        scores = []
    return [points, scores, "".join(map(str, pose.visibility.tolist())), box, round(pose.score, 4)]


def read_person(
    person: Sequence[Any],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8], Any, float]:
    """Return keypoints (17, 2), scores (17,), visibility (17,), box and score of a person in a line."""
    points, scores, letters, box, score = person
    visibility = np.array([int(v) for v in letters], np.uint8)
    known = np.array(scores or visibility > 0, np.float32)
    return np.array(points, np.float32).reshape(-1, 2), known, visibility, box, score
