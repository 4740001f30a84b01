"""YOLO-pose labels (Ultralytics), written and read: one text file per picture, one line per person.

A line is ``class x y width height`` of the box around its centre, then ``x y`` or ``x y visibility`` for each joint,
all as shares of the picture (0..1); 0 0 or visibility 0 is a missing joint. Labels lie in ``labels/…/NAME.txt`` where
the pictures lie in ``images/…/NAME.png``. ``data.yaml`` gives ``kpt_shape: [joints, 2 or 3]``, ``names`` of the classes
(only people are taken) and, in newer files, ``kpt_names``; without names, 17 joints are those of COCO in their order.
What a model wrote (``save_txt``) has confidences in place of visibilities, and may end in that of the person.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from sketchpose.formats.common import (
    LACKING,
    VISIBILITIES,
    AnnotatedImage,
    AnnotatedPerson,
    FormatError,
    Joints,
    PosedImage,
    Source,
)
from sketchpose.formats.names import coco_names, is_person
from sketchpose.formats.parse import read_yaml
from sketchpose.formats.records import numbers, person_of
from sketchpose.pose import Pose
from sketchpose.skeleton import KEYPOINTS, NUM_KEYPOINTS, SWAP

DATA: Final = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml")
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?\Z")


def to_yolo(image: PosedImage) -> str:
    """Return a picture's poses as the lines of its label file; joints outside the picture are left out."""
    return "".join(yolo_line(pose, image.width, image.height) + "\n" for pose in image.poses)


def yolo_line(pose: Pose, width: int, height: int) -> str:
    """Return one person's line: class 0, box and 17 joints as shares of the picture."""
    size = np.array([width, height], np.float64)
    corners = np.clip(pose.box.reshape(2, 2).astype(np.float64) / size, 0, 1)
    points = pose.keypoints.astype(np.float64) / size
    kept = pose.labelled & ((points >= 0) & (points <= 1)).all(1)
    values = [*corners.mean(0), *(corners[1] - corners[0])]
    words = ["0", *(f"{value:.8g}" for value in values)]
    for (x, y), v, keep in zip(points.tolist(), pose.visibility.tolist(), kept.tolist(), strict=True):
        words += [f"{x:.8g}", f"{y:.8g}", str(v)] if keep else ["0", "0", "0"]
    return " ".join(words)


def yolo_data(splits: Iterable[str]) -> str:
    """Return ``data.yaml`` for pictures in ``images/SPLIT``."""
    lines = [f"{split}: images/{split}" for split in splits]
    lines += [f"kpt_shape: [{NUM_KEYPOINTS}, 3]", f"flip_idx: {list(SWAP)}", "names:", "  0: person", "kpt_names:"]
    return "\n".join([*lines, "  0:", *(f"  - {name}" for name in KEYPOINTS)]) + "\n"


def knows(document: object) -> bool:
    """Whether lines of text are those of a pose label: a class and a box, and joints after it."""
    if not isinstance(document, list) or not all(isinstance(line, str) for line in document):
        return False
    words: list[str] = next((line.split() for line in document if line.strip()), [])
    return len(words) >= 11 and words[0].isdigit() and all(_NUMBER.match(word) for word in words)


def read(source: Source) -> list[AnnotatedImage]:
    """Read the labels of one picture.

    Raises:
        FormatError: Not that, or a broken line that is not to be skipped.
    """
    if not isinstance(source.document, list) or not all(isinstance(line, str) for line in source.document):
        raise FormatError(f"{source.name}: not a label file of YOLO.")
    try:
        layout = _layout(source)
        people = []
        for number, line in enumerate(source.document, 1):
            if line.strip() and (made := _person(line, f"{source.name}: line {number}", layout, source)) is not None:
                people.append(made)
    except FormatError as error:
        source.notes.bad(str(error))
        return []
    path = PurePosixPath(source.name)
    parts = ["images" if part == "labels" else part for part in path.parent.parts]
    return [AnnotatedImage(str(PurePosixPath(*parts, path.stem)), source.name, tuple(people), shares=True)]


def _layout(source: Source) -> Mapping[str, Any]:
    """Return ``data.yaml`` of the nearest folder above; empty without one."""
    if source.files is None:
        return {}
    there = set(source.files.names())
    for folder in PurePosixPath(source.name).parents:
        for name in DATA:
            if (place := str(folder / name)) in there:
                layout = read_yaml(source.files.read(place), source=place)
                if isinstance(layout, Mapping):
                    return layout
    return {}


def _named(value: object, where: str) -> dict[int, Any]:
    """Return a list, or a mapping from numbers, as a mapping from numbers."""
    if value is None:
        return {}
    if isinstance(value, list):
        return dict(enumerate(value))
    if isinstance(value, Mapping) and all(isinstance(key, int) for key in value):
        return dict(value)
    raise FormatError(f"{where} must be a list or a mapping from numbers.")


def _person(line: str, where: str, layout: Mapping[str, Any], source: Source) -> AnnotatedPerson | None:
    words = line.split()
    if len(words) > 1000 or not all(len(word) < 60 and _NUMBER.match(word) for word in words):
        raise FormatError(f"{where} holds something that is not a number.")
    values = numbers([float(word) for word in words], len(words), where).tolist()
    names = _named(layout.get("names"), f"{where}: names in its data.yaml")
    kind = int(values[0])
    if (kind not in names and names) or (not names and kind != 0) or is_person(str(names.get(kind, "person"))) is False:
        source.notes.drop(f"annotations of the class {str(names.get(kind, kind))[:40]!r}, which is no person")
        return None
    count, width = _shape(layout, len(values) - 5, where)
    joint_names = _named(layout.get("kpt_names"), f"{where}: kpt_names in its data.yaml").get(kind)
    if joint_names is None and count == NUM_KEYPOINTS:
        joint_names = list(KEYPOINTS)
    if not isinstance(joint_names, list) or len(joint_names) != count:
        raise FormatError(f"{where} has {count} joints and its data.yaml does not name them (kpt_names).")
    rows = np.array(values[5 : 5 + count * width]).reshape(count, width)
    seen = rows[:, 2] if width == 3 else (rows != 0).any(1) * 2.0
    machine = not set(seen.tolist()) <= VISIBILITIES
    joints: Joints = {}
    scores: dict[str, float] | None = {} if machine else None
    for name, (x, y), v in zip(coco_names([str(n) for n in joint_names]), rows[:, :2].tolist(), seen, strict=True):
        if name is None:
            source.notes.drop(LACKING, int(v > 0))
            continue
        joints[name] = (x, y, (2 if v > 0 else 0) if machine else int(v))
        if scores is not None:
            scores[name] = float(v)
    x, y, w, h = values[1:5]
    box = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    sure = values[-1] if len(values) == 6 + count * width else 1.0
    return person_of(joints, box, source.notes, scores=scores, score=sure)


def _shape(layout: Mapping[str, Any], columns: int, where: str) -> tuple[int, int]:
    """Return how many joints a line has and with how many numbers each; one more is the person's confidence."""
    shape = layout.get("kpt_shape")
    if shape is not None:
        count, width = (int(v) for v in numbers(shape, 2, f"{where}: kpt_shape in its data.yaml"))
    else:
        count, width = NUM_KEYPOINTS, 3 if columns // NUM_KEYPOINTS == 3 else 2
    if width not in (2, 3) or count < 1 or columns - count * width not in (0, 1):
        raise FormatError(f"{where} has {columns} numbers after the box where {count} x {width} are expected.")
    return count, width
