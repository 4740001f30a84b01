"""Formats that list joints by name or in a fixed order: Bizarre Pose Estimator, OpenPose, MPII.

- **bizarre** (Chen and Zwicker 2022): ``raw/annotations.json`` maps the number of a picture to ``keypoints`` (25 names
  with y, x), ``bbox`` ((y0, x0), (y1, x1)) and ``size`` (height, width); pictures are ``raw/images/NUMBER.png``. All
  joints are visible; the eight that COCO lacks (neck, head, trapezium, toes, ...) are dropped.
- **openpose** (Cao et al. 2017): one ``NAME_keypoints.json`` per picture ``NAME.png``, people with
  ``pose_keypoints_2d``: 25 joints (BODY_25) or 18 (COCO) as x, y, confidence; 0, 0, 0 is a missing joint. Neck, middle
  of the hips and feet are dropped; the joints count as predicted, not as edited.
- **mpii** (Andriluka et al. 2014, as JSON by Xiao et al. 2018): a list with ``image``, ``joints`` (16 times x, y) and
  ``joints_vis`` (1 labelled, 0 not). Pelvis, thorax, neck and head top are dropped; there is no face.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from sketchpose.dataset.archive import Files
from sketchpose.dataset.importers.common import Found, Notes, Pictures, length, numbers, person_of
from sketchpose.dataset.importers.names import coco_name
from sketchpose.formats import FormatError, read_json
from sketchpose.skeleton import INDEX

_ARM_LEG: Final = ("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle")
_TOP: Final = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist"),
)
_FACE: Final = ("right_eye", "left_eye", "right_ear", "left_ear")
OPENPOSE: Final[dict[int, tuple[str, ...]]] = {
    25: (
        *_TOP,
        "mid_hip",
        *_ARM_LEG,
        *_FACE,
        "l_big_toe",
        "l_small_toe",
        "l_heel",
        "r_big_toe",
        "r_small_toe",
        "r_heel",
    ),
    18: (*_TOP, *_ARM_LEG, *_FACE),
}
MPII: Final = (
    *("r_ankle", "r_knee", "r_hip", "l_hip", "l_knee", "l_ankle", "pelvis", "thorax", "upper_neck", "head_top"),
    *("r_wrist", "r_elbow", "r_shoulder", "l_shoulder", "l_elbow", "l_wrist"),
)
_LACKING: Final = "joints that COCO-17 does not have"


def is_bizarre(document: object) -> bool:
    """Whether a JSON document is the annotation file of the Bizarre Pose Estimator dataset."""
    if not isinstance(document, Mapping) or not document:
        return False
    first = next(iter(document.values()))
    return isinstance(first, Mapping) and isinstance(first.get("keypoints"), Mapping)


def is_openpose(document: object) -> bool:
    """Whether a JSON document is what OpenPose writes for a picture."""
    return isinstance(document, Mapping) and isinstance(document.get("people"), list)


def is_mpii(document: object) -> bool:
    """Whether a JSON document is MPII as a list of people."""
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, Mapping) and {"joints", "joints_vis", "image"} <= set(first)


def read_bizarre(files: Files, name: str, notes: Notes) -> list[Found]:
    """Read the annotations of the Bizarre Pose Estimator dataset.

    Raises:
        FormatError: Not that file, or a broken record that is not to be skipped.
    """
    document = read_json(files.read(name), source=name)
    if not isinstance(document, Mapping):
        raise FormatError(f"{name}: not the annotations of the Bizarre Pose Estimator dataset.")
    found = []
    for key, record in document.items():
        where = f"{name}: {key}"
        try:
            found.append(_bizarre(str(key), record, where, notes))
        except FormatError as error:
            notes.bad(str(error))
    return [drawing for drawing in found if drawing.people]


def _bizarre(key: str, record: Any, where: str, notes: Notes) -> Found:
    if not isinstance(record, Mapping) or not isinstance(record.get("keypoints"), Mapping):
        raise FormatError(f"{where} has no keypoints.")
    joints: dict[str, tuple[float, float, int]] = {}
    for joint, place in record["keypoints"].items():
        coco = coco_name(str(joint))
        if coco is None:
            notes.drop(_LACKING)
        elif place is not None:
            y, x = numbers(place, 2, f"{where}: {joint}").tolist()
            joints[coco] = (x, y, 2)
    height, width = numbers(record.get("size"), 2, f"{where}: size").tolist()
    box = None
    if record.get("bbox") is not None:
        if not isinstance(record["bbox"], list) or len(record["bbox"]) != 2:
            raise FormatError(f"{where}: bbox must be two corners.")
        (y0, x0), (y1, x1) = (numbers(corner, 2, f"{where}: bbox").tolist() for corner in record["bbox"])
        box = np.array([x0, y0, x1, y1])
    person = person_of("p1", joints, box, notes)
    people = () if person is None else (person,)
    return Found(f"images/{key}.png", where, people, int(width), int(height), source="bizarre-pose")


def read_openpose(files: Files, name: str, notes: Notes) -> list[Found]:
    """Read what OpenPose found in one picture.

    Raises:
        FormatError: Not that, or a broken person that is not to be skipped.
    """
    document = read_json(files.read(name), source=name)
    if not isinstance(document, Mapping) or not isinstance(document.get("people"), list):
        raise FormatError(f"{name}: not an OpenPose document; it needs the list `people`.")
    people = []
    for i, record in enumerate(document["people"]):
        where = f"{name}: people[{i}]"
        try:
            flat = record.get("pose_keypoints_2d") if isinstance(record, Mapping) else None
            count = len(flat) // 3 if isinstance(flat, list) else 0
            if count not in OPENPOSE:
                raise FormatError(f"{where}.pose_keypoints_2d must hold 25 or 18 joints as x, y, confidence.")
            rows = numbers(flat, 3 * count, f"{where}.pose_keypoints_2d").reshape(-1, 3)
            person = _openpose(f"p{i + 1}", OPENPOSE[count], rows.tolist(), notes)
            if person is not None:
                people.append(person)
            for part in ("face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d"):
                notes.drop("points of faces and hands", length(record.get(part)) // 3)
        except FormatError as error:
            notes.bad(str(error))
    stem = PurePosixPath(name).name.removesuffix(".json").removesuffix("_keypoints")
    folder = PurePosixPath(name).parent
    pictures = [p for p in Pictures(files).names if PurePosixPath(p).stem == stem]
    near = [p for p in pictures if PurePosixPath(p).parent == folder] or pictures
    if len(near) != 1:
        notes.bad(f"{name}: {len(near)} pictures are called {stem}; exactly one must lie with it.")
        return []
    return [Found(near[0], name, tuple(people))]


def _openpose(id: str, names: tuple[str, ...], rows: list[list[float]], notes: Notes) -> Any:
    joints, scores = {}, {}
    for joint, (x, y, sure) in zip(names, rows, strict=True):
        if joint in INDEX:
            joints[joint], scores[joint] = (x, y, 2 if sure > 0 else 0), sure
        else:
            notes.drop(_LACKING, int(sure > 0))
    return person_of(id, joints, None, notes, scores=scores)


def read_mpii(files: Files, name: str, notes: Notes) -> list[Found]:
    """Read MPII as a list of people.

    Raises:
        FormatError: Not that, or a broken record that is not to be skipped.
    """
    document = read_json(files.read(name), source=name)
    if not isinstance(document, list):
        raise FormatError(f"{name}: not MPII as a list of people.")
    people: dict[str, list[Any]] = {}
    for i, record in enumerate(document):
        where = f"{name}: [{i}]"
        try:
            if not isinstance(record, Mapping) or not isinstance(record.get("image"), str):
                raise FormatError(f"{where} names no picture.")
            rows, seen = record.get("joints"), numbers(record.get("joints_vis"), len(MPII), f"{where}.joints_vis")
            if not isinstance(rows, list) or len(rows) != len(MPII):
                raise FormatError(f"{where}.joints must hold {len(MPII)} points.")
            joints = {}
            for joint, row, visible in zip(MPII, rows, seen, strict=True):
                x, y = numbers(row, 2, f"{where}.joints").tolist()
                if coco := coco_name(joint):
                    joints[coco] = (x, y, 2 if visible else 0)
                else:
                    notes.drop(_LACKING, int(bool(visible)))
            found = people.setdefault(record["image"], [])
            person = person_of(f"p{len(found) + 1}", joints, None, notes)
            found += [] if person is None else [person]
        except FormatError as error:
            notes.bad(str(error))
    return [Found(image, f"{name}: {image}", tuple(found)) for image, found in people.items()]
