"""MPII as JSON (Andriluka et al. 2014; the list of people of Xiao et al. 2018).

A list with ``image``, ``joints`` (16 times x, y) and ``joints_vis`` (1 labelled, 0 not), one entry per person. Pelvis,
thorax, neck and head top are dropped; there is no face.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from sketchpose.formats.common import LACKING, AnnotatedImage, AnnotatedPerson, FormatError, Joints, Notes, Source
from sketchpose.formats.names import coco_name
from sketchpose.formats.records import by_picture, numbers, person_of

JOINTS: Final = (
    *("r_ankle", "r_knee", "r_hip", "l_hip", "l_knee", "l_ankle", "pelvis", "thorax", "upper_neck", "head_top"),
    *("r_wrist", "r_elbow", "r_shoulder", "l_shoulder", "l_elbow", "l_wrist"),
)


def knows(document: object) -> bool:
    """Whether a JSON document is MPII as a list of people."""
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, Mapping) and {"joints", "joints_vis", "image"} <= set(first)


def read(source: Source) -> list[AnnotatedImage]:
    """Read MPII as a list of people.

    Raises:
        FormatError: Not that, or a broken record that is not to be skipped.
    """
    if not isinstance(source.document, list):
        raise FormatError(f"{source.name}: not MPII as a list of people.")
    return by_picture(source, "image", partial(_person, notes=source.notes))


def _person(record: Mapping[str, Any], where: str, notes: Notes) -> AnnotatedPerson | None:
    rows, seen = record.get("joints"), numbers(record.get("joints_vis"), len(JOINTS), f"{where}.joints_vis")
    if not isinstance(rows, list) or len(rows) != len(JOINTS):
        raise FormatError(f"{where}.joints must hold {len(JOINTS)} points.")
    joints: Joints = {}
    for joint, row, visible in zip(JOINTS, rows, seen, strict=True):
        x, y = numbers(row, 2, f"{where}.joints").tolist()
        if coco := coco_name(joint):
            joints[coco] = (x, y, 2 if visible else 0)
        else:
            notes.drop(LACKING, int(bool(visible)))
    return person_of(joints, None, notes)
