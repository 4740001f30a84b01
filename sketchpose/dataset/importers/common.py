"""What all importers share: drawings as found, what was dropped, and finding the picture of a record."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from sketchpose.dataset.archive import Files
from sketchpose.dataset.people import Person, Scalar
from sketchpose.dataset.records import Revision
from sketchpose.formats import FormatError
from sketchpose.images import SUFFIXES
from sketchpose.pose import Pose, joints_box
from sketchpose.skeleton import INDEX, NUM_KEYPOINTS

Json = Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """A drawing and its people as a file describes them.

    Attributes:
        picture: Name of the picture as the file gives it.
        where: File and record, for the errors.
        people: Its people, in the pixels of a picture of the size below.
        width: Width the file gives; 0 when it gives none.
        height: Height the file gives; 0 when it gives none.
        cropped: (4,) x0, y0, x1, y1 that may have been cut out of the described picture to make the stored one.
        source: Where the drawing comes from, as far as the file says.
        artist: Who drew it, as far as the file says.
        licence: As far as the file says.
        tags: Words the file gives.
        name: File name to show; empty: that of ``picture``.
        revision: A revision of this project, to be taken over as it is.
    """

    picture: str
    where: str
    people: tuple[Person, ...]
    width: int = 0
    height: int = 0
    cropped: tuple[float, float, float, float] | None = None
    source: str = ""
    artist: str = ""
    licence: str = ""
    tags: tuple[str, ...] = ()
    name: str = ""
    revision: Revision | None = None


@dataclass
class Notes:
    """Counts what is left out, and stops or skips at broken records.

    Attributes:
        skip_bad: Skip broken records instead of stopping at the first.
        dropped: What the dataset has no place for, with counts.
        skipped: A sentence for each broken record.
    """

    skip_bad: bool = False
    dropped: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)

    def bad(self, message: str) -> None:
        """Report a broken record.

        Raises:
            FormatError: Broken records are not skipped.
        """
        if not self.skip_bad:
            raise FormatError(f"{message} Correct it, or skip such records (--skip-bad).")
        self.skipped.append(message)

    def drop(self, what: str, count: int = 1) -> None:
        """Count something that is left out."""
        if count:
            self.dropped[what] += count


Reader = Callable[[Files, Notes], list[Found]]


class Pictures:
    """Finds the picture of a record among the files, whatever folders a tool put in front."""

    def __init__(self, files: Files) -> None:
        """List the pictures."""
        self.names = [name for name in files.names() if PurePosixPath(name).suffix.lower() in SUFFIXES]
        self._by_base: dict[str, list[str]] = {}
        for name in self.names:
            self._by_base.setdefault(PurePosixPath(name).name, []).append(name)

    def find(self, wanted: str, beside: str = "") -> str | None:
        """Return the file whose path ends most like the wanted one; None without one or with several as good.

        Args:
            wanted: As the annotation gives it: a path, an URL or a bare name.
            beside: The annotation file; of equals, the one in its folder wins.
        """
        parts = PurePosixPath(picture_path(wanted)).parts
        candidates = self._by_base.get(parts[-1], []) if parts else []
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        here = PurePosixPath(beside).parent

        def likeness(name: str) -> tuple[int, bool]:
            own = PurePosixPath(name).parts
            same = 0
            while same < min(len(own), len(parts)) and own[-1 - same] == parts[-1 - same]:
                same += 1
            return same, PurePosixPath(name).is_relative_to(here)

        ranked = sorted(candidates, key=likeness, reverse=True)
        return ranked[0] if likeness(ranked[0]) > likeness(ranked[1]) else None


def key_of(value: Any, where: str) -> int | str | None:
    """Return an id by which records name each other.

    Raises:
        FormatError: Neither a number nor a text.
    """
    if value is not None and not isinstance(value, (int, str)):
        raise FormatError(f"{where} is {str(value)[:80]}; an id must be a whole number or a text.")
    return value


def length(value: Any) -> int:
    """Return how many entries a list has; 0 for anything else."""
    return len(value) if isinstance(value, list) else 0


def picture_path(text: str) -> str:
    """Return the path within what a tool calls a picture: a path of any system, or an URL, of local storage too.

    Label Studio writes ``/data/local-files/?d=folder/figure%201.png`` for files that it does not keep itself.
    """
    path, _, query = text.partition("?")
    return unquote(query[2:] if query.startswith("d=") else path).replace("\\", "/")


def numbers(value: Any, count: int, where: str) -> Floats:
    """Return that many finite numbers.

    Raises:
        FormatError: They are not that.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != count:
        raise FormatError(f"{where} must hold {count} numbers.")
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
        raise FormatError(f"{where} must hold {count} numbers; some are not numbers.")
    array = np.array(value, np.float64)
    if not np.isfinite(array).all() or np.abs(array).max(initial=0) > 1e7:
        raise FormatError(f"{where} holds NaN, infinite or absurdly large numbers.")
    return array


def person_of(
    id: str,
    joints: Mapping[str, tuple[float, float, int]],
    box: Floats | None,
    notes: Notes,
    *,
    scores: Mapping[str, float] | None = None,
    area: float | None = None,
    crowd: bool = False,
    attributes: Mapping[str, Scalar] | None = None,
) -> Person | None:
    """Make a person of named joints; None, and counted, when there is neither a joint nor a box.

    Args:
        id: Name of the person.
        joints: x, y and visibility by COCO name.
        box: (4,) x0, y0, x1, y1; one without extent counts as none.
        notes: Where what is left out is counted.
        scores: Confidence by COCO name, when a machine found the joints.
        area: Annotated area.
        crowd: A group.
        attributes: Anything else.
    """
    points, visibility = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.uint8)
    for name, (x, y, v) in joints.items():
        if v > 0:
            points[INDEX[name]], visibility[INDEX[name]] = (x, y), v
    labelled = visibility > 0
    narrow = None if box is None else box.astype(np.float32)
    # An annotated box was drawn by hand; one that is made from the joints should follow them.
    fixed = narrow is not None and bool(narrow[0] < narrow[2] and narrow[1] < narrow[3])
    if narrow is None or not fixed:
        if not labelled.any():
            notes.drop("people without a joint or a box")
            return None
        if box is not None:
            notes.drop("boxes without extent; made anew from the joints")
        narrow = joints_box(points[labelled])
    sure = labelled.astype(np.float32)
    if scores is not None:
        for name, score in scores.items():
            sure[INDEX[name]] = np.clip(score, 0, 1) if labelled[INDEX[name]] else 0
    pose = Pose(points, sure, visibility, narrow)
    edited = labelled if scores is None else np.zeros(NUM_KEYPOINTS, bool)
    extent = (narrow[2:] - narrow[:2]).astype(np.float64)
    kept = area if area is not None and area > 0 and not np.isclose(area, extent.prod(), rtol=1e-6) else None
    predicted = None if scores is None else pose
    return Person(id, pose, edited, fixed, predicted, kept, crowd, dict(attributes or {}))


VISIBILITIES: Final = frozenset({0, 1, 2})
