"""Parts of a record that are checked as they are read: ids, texts, numbers, sizes, and the person they make."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from sketchpose.formats.common import (
    AnnotatedImage,
    AnnotatedPerson,
    Floats,
    FormatError,
    Json,
    Notes,
    Scalar,
    Source,
    in_shares,
)
from sketchpose.pose import Pose, joints_box
from sketchpose.skeleton import INDEX, NUM_KEYPOINTS

_MAX_COORDINATE: Final = 1e7


def key_of(value: Any, where: str) -> int | str | None:
    """Return an id by which records name each other.

    Raises:
        FormatError: The id is neither a whole number nor a text.
    """
    if value is not None and not isinstance(value, (int, str)):
        raise FormatError(f"{where} is {str(value)[:80]}; an id must be a whole number or a text.")
    return value


def length(value: Any) -> int:
    """Return how many entries a list has; 0 for anything else."""
    return len(value) if isinstance(value, list) else 0


def text_of(record: Json, name: str) -> str:
    """Return a text of a record; empty without one."""
    value = record.get(name)
    return value if isinstance(value, str) and value != "unknown" else ""


def numbers(value: Any, count: int, where: str) -> Floats:
    """Return that many finite numbers.

    Raises:
        FormatError: The value is not a list of exactly that many finite numbers.
    """
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or len(value) != count:
        length = len(value) if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else "none"
        raise FormatError(f"{where} must hold {count} numbers; it has {length}.")
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
        raise FormatError(f"{where} must hold {count} numbers; some are not numbers.")
    array = np.array([float(v) for v in value], np.float64)
    if not np.isfinite(array).all() or np.abs(array).max(initial=0) > _MAX_COORDINATE:
        raise FormatError(f"{where} holds NaN, infinite or absurdly large numbers.")
    return array


def size_of(record: Json, names: tuple[str, str], where: str) -> tuple[int, int]:
    """Return the width and height that a record gives; 0 for what it leaves out or leaves empty.

    Raises:
        FormatError: The numbers cannot be the size of a picture.
    """
    width, height = numbers([record.get(name) or 0 for name in names], 2, f"{where}: its size")
    if min(width, height) < 0:
        raise FormatError(f"{where}: its size is {width:g} x {height:g}, which is not the size of a picture.")
    return (int(width), int(height)) if width >= 1 and height >= 1 else (0, 0)


def person_of(
    joints: Mapping[str, tuple[float, float, int]],
    box: Floats | None,
    notes: Notes,
    *,
    scores: Mapping[str, float] | None = None,
    score: float = 1.0,
    area: float | None = None,
    crowd: bool = False,
    attributes: Mapping[str, Scalar] | None = None,
    id: int | str | None = None,
) -> AnnotatedPerson | None:
    """Make a person of named joints; None, and counted, when there is neither a joint nor a box.

    Args:
        joints: X, y and visibility by COCO name.
        box: (4,) x0, y0, x1, y1; one without extent counts as none.
        notes: Where what is left out is counted.
        scores: Confidence by COCO name, when a machine found the joints.
        score: Confidence that this is a person.
        area: Annotated area.
        crowd: A group.
        attributes: Anything else.
        id: Id of the record.
    """
    points, visibility = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.uint8)
    for name, (x, y, v) in joints.items():
        if v > 0:
            points[INDEX[name]], visibility[INDEX[name]] = (x, y), v
    labelled = visibility > 0
    narrow = None if box is None else box.astype(np.float32)
    # An annotated box was drawn by hand; one that is made from the joints should follow them.
    boxed = narrow is not None and bool(narrow[0] < narrow[2] and narrow[1] < narrow[3])
    if narrow is None or not boxed:
        if not labelled.any():
            notes.drop("people without a joint or a box")
            return None
        if box is not None:
            notes.drop("boxes without extent; made anew from the joints")
        narrow = joints_box(points[labelled])
    sure = labelled.astype(np.float32)
    for name, value in (scores or {}).items():
        sure[INDEX[name]] = np.clip(value, 0, 1)
    origin = "annotation" if scores is None else "given"
    pose = Pose(points, sure, visibility, narrow, float(np.clip(score, 0, 1)), origin)  # type: ignore[arg-type]
    extent = (narrow[2:] - narrow[:2]).astype(np.float64)
    kept = area if area is not None and area > 0 and not np.isclose(area, extent.prod(), rtol=1e-6) else None
    return AnnotatedPerson(pose, boxed, scores is not None, kept, crowd, dict(attributes or {}), id)


def by_picture(source: Source, field: str, read: Callable[[Json, str], AnnotatedPerson | None]) -> list[AnnotatedImage]:
    """Read a list of people, each of whom names a picture; a broken record leaves out its whole picture.

    Args:
        source: The file; its document is a list.
        field: Where a record names its picture.
        read: Makes a person of a record and its place in the file; None where nothing is known of anybody.

    Raises:
        FormatError: A broken record that is not to be skipped.
    """
    people: dict[str, list[AnnotatedPerson]] = {}
    broken: set[str] = set()
    for i, record in enumerate(source.document):
        where = f"{source.name}: [{i}]"
        named = record.get(field) if isinstance(record, Mapping) else None
        if not isinstance(named, (int, str)) or named == "":
            source.notes.bad(f"{where} has no {field}.")
            continue
        picture = str(named)
        found = people.setdefault(picture, [])
        try:
            person = read(record, where)
            found += [] if person is None else [person]
        except FormatError as error:
            source.notes.bad(f"{error} Its picture {picture[-80:]} is left out.")
            broken.add(picture)
    return [
        AnnotatedImage(picture, f"{source.name}: image {picture[-200:]}", tuple(found), shares=in_shares(found))
        for picture, found in people.items()
        if picture not in broken
    ]
