"""The JSON of labelme and X-AnyLabeling: one file per picture, joints as points with a group for each person.

``shapes`` with ``label``, ``points``, ``group_id`` and ``shape_type``: ``point`` is a joint, named by its label;
``rectangle`` is the box of its group (two corners in labelme, four in X-AnyLabeling). ``imagePath`` names the picture,
``imageWidth`` and ``imageHeight`` its size. A point whose ``flags`` (or X-AnyLabeling's ``difficult``) say that it is
hidden is hidden. Points without a group belong to the only person there is; other shapes are dropped.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sketchpose.formats.common import (
    LACKING,
    AnnotatedImage,
    AnnotatedPerson,
    Floats,
    FormatError,
    Joints,
    Notes,
    Source,
    in_shares,
)
from sketchpose.formats.names import coco_name, is_person
from sketchpose.formats.records import key_of, numbers, person_of, size_of

_HIDDEN: Final = ("hidden", "occluded", "invisible")


def knows(document: object) -> bool:
    """Whether a JSON document is labelme's with points in it; outlines alone are not enough."""
    if not isinstance(document, Mapping) or not {"shapes", "imagePath"} <= set(document):
        return False
    shapes = document["shapes"]
    return isinstance(shapes, list) and any(isinstance(s, Mapping) and s.get("shape_type") == "point" for s in shapes)


def read(source: Source) -> list[AnnotatedImage]:
    """Read what labelme saved of one picture.

    Raises:
        FormatError: Not that, or broken and not to be skipped.
    """
    name, document = source.name, source.document
    try:
        if not isinstance(document, Mapping) or not isinstance(document.get("shapes"), list):
            raise FormatError(f"{name}: not a labelme file; it needs the list `shapes`.")
        picture = document.get("imagePath")
        if not isinstance(picture, str) or not picture:
            raise FormatError(f"{name}: imagePath must name the picture.")
        size = size_of(document, ("imageWidth", "imageHeight"), name)
        people = _people(document["shapes"], name, source.notes)
    except FormatError as error:
        source.notes.bad(str(error))
        return []
    return [AnnotatedImage(picture, name, tuple(people), *size, shares=in_shares(people))]


def _people(shapes: list[Any], name: str, notes: Notes) -> list[AnnotatedPerson]:
    joints: dict[Any, Joints] = {}
    boxes: dict[Any, Floats] = {}
    for i, shape in enumerate(shapes):
        where = f"{name}: shapes[{i}]"
        if not isinstance(shape, Mapping) or not isinstance(shape.get("points"), list):
            raise FormatError(f"{where} has no points.")
        group, label = key_of(shape.get("group_id"), f"{where}.group_id"), str(shape.get("label", ""))
        kind, points = shape.get("shape_type"), shape["points"]
        if kind == "rectangle" and is_person(label) is not False:
            corners = np.array([numbers(point, 2, f"{where}.points") for point in points]).reshape(-1, 2)
            if len(corners) < 2 or group in boxes:
                raise FormatError(f"{where}: a person needs one rectangle of two or four corners.")
            boxes[group] = np.concatenate([corners.min(0), corners.max(0)])
        elif kind == "point":
            joint = coco_name(label)
            if joint is None:
                notes.drop(LACKING)
                continue
            place = joints.setdefault(group, {})
            if joint in place:
                raise FormatError(f"{where}: {label[:80]} appears twice for one person; give each person a group_id.")
            x, y = numbers(points[0] if len(points) == 1 else None, 2, f"{where}.points").tolist()
            place[joint] = (x, y, 1 if _says_hidden(shape) else 2)
        else:
            notes.drop(f"shapes of type {str(kind)[:40]}")
    if None in joints and len(joints.keys() | boxes.keys()) > 1:
        groups = (joints.keys() | boxes.keys()) - {None}
        if len(groups) > 1 or set(joints[None]) & set(joints.get(next(iter(groups)), {})):
            raise FormatError(f"{name}: points without group_id beside several people; give each person a group_id.")
        joints.setdefault(groups.pop(), {}).update(joints.pop(None))
    made = [person_of(joints.get(g, {}), boxes.get(g), notes, id=g) for g in dict.fromkeys([*joints, *boxes])]
    return [person for person in made if person is not None]


def _says_hidden(shape: Mapping[str, Any]) -> bool:
    flags = shape.get("flags")
    set_flags = [word for word in _HIDDEN if isinstance(flags, Mapping) and flags.get(word)]
    return bool(set_flags) or shape.get("difficult") is True
