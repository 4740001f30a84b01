"""OpenPose JSON, written and read, and the files of the openpose-editor.

**openpose** (Cao et al. 2017): one ``NAME_keypoints.json`` per picture ``NAME.png``; ``people`` with
``pose_keypoints_2d``: 18 joints (COCO body model; what ControlNet tools exchange) or 25 (BODY_25) as x, y, confidence,
with the neck between the shoulders and right before left; 0, 0, 0 where a joint is missing. ControlNet tools add
``canvas_width`` and ``canvas_height``, some wrap the document in a list of one, and some write a person without a body
(hands or a face alone), who is passed over. With ``--keypoint_scale 3`` coordinates are shares (0..1). Neck, middle of
the hips and feet are dropped; the joints count as found by a machine.

**openpose-editor** (the WebUI extension): ``width``, ``height`` and ``keypoints`` as 18 times x, y, one person after
the other; 0, 0 or null where a joint is missing.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from sketchpose.formats.common import (
    LACKING,
    AnnotatedImage,
    AnnotatedPerson,
    FormatError,
    Joints,
    Notes,
    PosedImage,
    Source,
    in_shares,
)
from sketchpose.formats.records import length, numbers, person_of, size_of
from sketchpose.skeleton import INDEX

_TOP: Final = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist"),
)
_LEGS: Final = ("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle")
_FACE: Final = ("right_eye", "left_eye", "right_ear", "left_ear")
_FEET: Final = ("l_big_toe", "l_small_toe", "l_heel", "r_big_toe", "r_small_toe", "r_heel")
LAYOUTS: Final[dict[int, tuple[str, ...]]] = {
    18: (*_TOP, *_LEGS, *_FACE),
    25: (*_TOP, "mid_hip", *_LEGS, *_FACE, *_FEET),
}
OPENPOSE_SOURCES: Final = tuple(
    (INDEX["left_shoulder"], INDEX["right_shoulder"]) if name == "neck" else (INDEX[name],) for name in LAYOUTS[18]
)
"""Of each joint of OpenPose-18, the joints of COCO-17 that it is the middle of."""


def to_openpose(image: PosedImage) -> dict[str, Any]:
    """Return a picture's poses as OpenPose-18 JSON with the canvas size, as ControlNet tools read it."""
    people = []
    for pose in image.poses:
        row: list[float] = []
        for at in map(list, OPENPOSE_SOURCES):
            if pose.labelled[at].all():
                x, y = pose.keypoints[at].astype(np.float64).mean(0).tolist()
                row += [x, y, float(pose.scores[at].min())]
            else:
                row += [0.0, 0.0, 0.0]
        people.append({"pose_keypoints_2d": row})
    return {"people": people, "canvas_width": image.width, "canvas_height": image.height}


def knows(document: object) -> bool:
    """Whether a JSON document is what OpenPose writes for a picture, alone or in a list of one."""
    inner = document[0] if isinstance(document, list) and len(document) == 1 else document
    return isinstance(inner, Mapping) and isinstance(inner.get("people"), list)


def knows_editor(document: object) -> bool:
    """Whether a JSON document is what the openpose-editor saves."""
    return isinstance(document, Mapping) and {"width", "height", "keypoints"} <= set(document)


def read(source: Source) -> list[AnnotatedImage]:
    """Read what OpenPose found in one picture.

    Raises:
        FormatError: Not that, or a broken person that is not to be skipped.
    """
    name, document = source.name, source.document
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, Mapping) or not isinstance(document.get("people"), list):
        raise FormatError(f"{name}: not an OpenPose document; it needs the list `people`.")
    try:
        size = size_of(document, ("canvas_width", "canvas_height"), f"{name}: the canvas")
        people = [
            person
            for i, record in enumerate(document["people"])
            if (person := _person(record, f"{name}: people[{i}]", source.notes)) is not None
        ]
    except FormatError as error:
        source.notes.bad(str(error))
        return []
    return [AnnotatedImage(_picture(name), name, tuple(people), *size, shares=in_shares(people))]


def read_editor(source: Source) -> list[AnnotatedImage]:
    """Read what the openpose-editor saved of one picture.

    Raises:
        FormatError: Not that, or broken and not to be skipped.
    """
    name, document = source.name, source.document
    try:
        if not knows_editor(document):
            raise FormatError(f"{name}: not a file of the openpose-editor; it needs width, height and keypoints.")
        size = size_of(document, ("width", "height"), name)
        points, names = document["keypoints"], LAYOUTS[18]
        if not isinstance(points, list) or not points or len(points) % len(names):
            raise FormatError(f"{name}: keypoints must hold {len(names)} points for each person.")
        people = []
        for first in range(0, len(points), len(names)):
            joints: Joints = {}
            for i, joint in enumerate(names, first):
                x, y = (0.0, 0.0) if points[i] is None else numbers(points[i], 2, f"{name}: keypoints[{i}]").tolist()
                if joint in INDEX:
                    joints[joint] = (x, y, 2 if (x, y) != (0, 0) else 0)
            person = person_of(joints, None, source.notes)
            people += [] if person is None else [person]
    except FormatError as error:
        source.notes.bad(str(error))
        return []
    return [AnnotatedImage(name.removesuffix(".json"), name, tuple(people), *size, shares=in_shares(people))]


def _person(record: Any, where: str, notes: Notes) -> AnnotatedPerson | None:
    if not isinstance(record, Mapping):
        raise FormatError(f"{where} must be an object with pose_keypoints_2d.")
    flat = record.get("pose_keypoints_2d")
    for part in ("face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d"):
        notes.drop("points of faces and hands", length(record.get(part)) // 3)
    if flat is None or flat == []:
        notes.drop("people without a body")
        return None
    names = LAYOUTS.get(len(flat) // 3 if isinstance(flat, list) else 0)
    if names is None:
        raise FormatError(f"{where}.pose_keypoints_2d must hold 25 or 18 joints as x, y, confidence.")
    rows = numbers(flat, 3 * len(names), f"{where}.pose_keypoints_2d").reshape(-1, 3).tolist()
    joints: Joints = {}
    scores = {}
    for joint, (x, y, sure) in zip(names, rows, strict=True):
        if joint in INDEX:
            joints[joint], scores[joint] = (x, y, 2 if sure > 0 else 0), sure
        else:
            # The neck and the middle of the hips follow from other joints.
            notes.drop(LACKING, int(sure > 0))
    return person_of(joints, None, notes, scores=scores)


def _picture(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(path.name.removesuffix(".json").removesuffix("_keypoints") or path.name))
