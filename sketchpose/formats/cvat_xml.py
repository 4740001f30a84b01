"""CVAT's own XML ("CVAT for images 1.1"): skeletons of named points.

``annotations`` holds an ``image`` with ``name``, ``width`` and ``height`` for each picture, and in it a ``skeleton``
with ``label`` for each person: ``points`` with ``label``, ``points`` "x,y", ``outside`` (1: not there) and ``occluded``
(1: hidden). Points that are not in a skeleton belong together by ``group_id``; rectangles (``box``) and outlines are
dropped, since nothing says whose they are. Tracks ("CVAT for video") name frames, not pictures, and are refused.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from sketchpose.formats.common import (
    LACKING,
    AnnotatedImage,
    AnnotatedPerson,
    FormatError,
    Joints,
    Notes,
    Source,
    in_shares,
)
from sketchpose.formats.names import coco_name, is_person
from sketchpose.formats.records import numbers, person_of


def knows(document: object) -> bool:
    """Whether the root of an XML tree is CVAT's."""
    return isinstance(document, ET.Element) and document.tag == "annotations"


def read(source: Source) -> list[AnnotatedImage]:
    """Read CVAT for images.

    Raises:
        FormatError: Not that, or a broken record that is not to be skipped.
    """
    root = source.document
    if not isinstance(root, ET.Element) or root.tag != "annotations":
        raise FormatError(f"{source.name}: not CVAT's XML; its root must be `annotations`.")
    if root.find("track") is not None:
        raise FormatError(f"{source.name}: tracks of a video name no pictures; export as CVAT for images.")
    images = []
    for i, element in enumerate(root.iter("image")):
        picture = element.get("name") or ""
        where = f"{source.name}: image {element.get('id', i)}"
        try:
            if not picture:
                raise FormatError(f"{where} has no name.")
            width, height = (_number(element.get(side) or "0", f"{where}.{side}") for side in ("width", "height"))
            people = tuple(_people(element, where, source.notes))
        except FormatError as error:
            source.notes.bad(str(error))
            continue
        images.append(AnnotatedImage(picture, where, people, int(width), int(height), shares=in_shares(people)))
    return images


def _people(image: ET.Element, where: str, notes: Notes) -> Iterator[AnnotatedPerson]:
    loose: dict[str, list[ET.Element]] = {}
    for element in image:
        label = element.get("label", "")
        if element.tag == "skeleton":
            if is_person(label) is False:
                notes.drop(f"skeletons of {label[:40]!r}, which is no person")
            elif (person := _person(list(element.iter("points")), where, notes)) is not None:
                yield person
        elif element.tag == "points":
            loose.setdefault(element.get("group_id", ""), []).append(element)
        else:
            notes.drop(f"shapes of type {element.tag[:40]}")
    for points in loose.values():
        if (person := _person(points, where, notes)) is not None:
            yield person


def _person(points: list[ET.Element], where: str, notes: Notes) -> AnnotatedPerson | None:
    joints: Joints = {}
    for element in points:
        label = element.get("label", "")
        joint = coco_name(label)
        if element.get("outside") == "1":
            continue
        if joint is None:
            notes.drop(LACKING)
            continue
        if joint in joints:
            raise FormatError(f"{where}: {label[:80]} appears twice for one person; group the points of each person.")
        pair = (element.get("points") or "").split(",")
        x, y = (_number(part, f"{where}: {label[:80]}") for part in (pair if len(pair) == 2 else ["", ""]))
        joints[joint] = (x, y, 1 if element.get("occluded") == "1" else 2)
    return person_of(joints, None, notes)


def _number(text: str, where: str) -> float:
    try:
        return float(numbers([float(text[:60])], 1, where)[0])
    except ValueError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{where} is {text[:40]!r} and must be a number.") from error
