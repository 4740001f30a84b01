"""The annotations of the Bizarre Pose Estimator dataset (Chen and Zwicker 2022).

``raw/annotations.json`` maps the number of a picture to ``keypoints`` (25 names with y, x), ``bbox`` ((y0, x0),
(y1, x1)) and ``size`` (height, width); pictures are ``raw/images/NUMBER.png``. All joints are visible; the eight that
COCO lacks (neck, head, trapezium, toes, ...) are dropped.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sketchpose.formats.common import LACKING, AnnotatedImage, FormatError, Joints, Notes, Source, in_shares
from sketchpose.formats.names import coco_name
from sketchpose.formats.records import numbers, person_of


def knows(document: object) -> bool:
    """Whether a JSON document is the annotation file of the Bizarre Pose Estimator dataset."""
    if not isinstance(document, Mapping) or not document:
        return False
    first = next(iter(document.values()))
    return isinstance(first, Mapping) and isinstance(first.get("keypoints"), Mapping)


def read(source: Source) -> list[AnnotatedImage]:
    """Read the annotations of the dataset.

    Raises:
        FormatError: Not that file, or a broken record that is not to be skipped.
    """
    if not isinstance(source.document, Mapping):
        raise FormatError(f"{source.name}: not the annotations of the Bizarre Pose Estimator dataset.")
    images = []
    for key, record in source.document.items():
        try:
            images.append(_image(str(key), record, f"{source.name}: {str(key)[:80]}", source.notes))
        except FormatError as error:
            source.notes.bad(str(error))
    return [image for image in images if image.people]


def _image(key: str, record: Any, where: str, notes: Notes) -> AnnotatedImage:
    if not isinstance(record, Mapping) or not isinstance(record.get("keypoints"), Mapping):
        raise FormatError(f"{where} has no keypoints.")
    joints: Joints = {}
    for joint, place in record["keypoints"].items():
        coco = coco_name(str(joint))
        if coco is None:
            notes.drop(LACKING)
        elif place is not None:
            y, x = numbers(place, 2, f"{where}: {str(joint)[:80]}").tolist()
            joints[coco] = (x, y, 2)
    height, width = numbers(record.get("size"), 2, f"{where}: size").tolist()
    if min(width, height) < 1:
        raise FormatError(f"{where}: size is {width:g} x {height:g}, which is not the size of a picture.")
    box = None
    if record.get("bbox") is not None:
        if not isinstance(record["bbox"], list) or len(record["bbox"]) != 2:
            raise FormatError(f"{where}: bbox must be two corners.")
        (y0, x0), (y1, x1) = (numbers(corner, 2, f"{where}: bbox").tolist() for corner in record["bbox"])
        box = np.array([x0, y0, x1, y1])
    person = person_of(joints, box, notes)
    people = () if person is None else (person,)
    picture = f"images/{key}.png"
    return AnnotatedImage(
        picture, where, people, int(width), int(height), shares=in_shares(people), source="bizarre-pose"
    )
