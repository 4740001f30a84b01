"""Annotated pictures to learn from and to measure against: a COCO keypoint file with what scoring needs beside poses.

Read on top of plain COCO: ``images[].source`` (where a drawing comes from; results are given per source) and
``annotations[].attributes.difficulty``. A record that cannot be used stops the reading, or is counted and skipped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.files import inside
from sketchpose.formats import FormatError, pose_from_coco, read_json
from sketchpose.pose import UNLABELLED
from sketchpose.skeleton import KEYPOINTS, NUM_KEYPOINTS

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, eq=False)
class Person:
    """One annotated person.

    Attributes:
        id: annotation id.
        keypoints: (17, 2) float32 picture pixels; (0, 0) where not labelled.
        visibility: (17,) uint8 in {0, 1, 2}.
        box: (4,) float32 x0, y0, x1, y1.
        area: square pixels, as annotated; sets the tolerance of OKS.
        ignore: a crowd, or somebody with too few labelled joints to be scored: neither a miss nor a false find.
        difficulty: as annotated, or ``"unknown"``.
    """

    id: int
    keypoints: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    box: NDArray[np.float32]
    area: float
    ignore: bool = False
    difficulty: str = UNKNOWN

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(17,) True where the joint carries a label."""
        return self.visibility > UNLABELLED


@dataclass(frozen=True)
class Annotated:
    """One picture of a set."""

    id: int
    path: Path
    width: int
    height: int
    source: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class TruthSet:
    """An annotated set.

    Attributes:
        name: of the file, for tables.
        images: in file order; pictures without people are kept, a find there is a false one.
        skipped: why each unusable record was left out, one sentence each.
    """

    name: str
    images: tuple[Annotated, ...]
    skipped: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """Number of people that are scored."""
        return sum(not person.ignore for image in self.images for person in image.people)


def read_truth(dataset: Path, images: Path | None = None, *, min_joints: int = 1, skip_bad: bool = False) -> TruthSet:
    """Read a COCO keypoint file.

    Args:
        dataset: the ``.json`` file.
        images: folder of the pictures; by default ``images`` beside the file.
        min_joints: people with fewer labelled joints are ignored in scoring.
        skip_bad: skip unusable records and say so in ``skipped``, instead of stopping at the first.

    Raises:
        FormatError: the file is not COCO keypoints; or a record is broken (wrong number of keypoints, NaN, visibility
            outside 0..2, box without extent, repeated id, missing picture) and ``skip_bad`` is off.
    """
    if not dataset.is_file():
        raise FormatError(f"{dataset}: there is no such file; give a COCO keypoint .json.")
    folder = dataset.parent / "images" if images is None else images
    document = read_json(dataset.read_bytes(), source=dataset.name)
    if not isinstance(document, Mapping) or not {"images", "annotations"} <= set(document):
        raise FormatError(f"{dataset.name}: not COCO keypoints; it needs the lists `images` and `annotations`.")
    for category in document.get("categories", []):
        names = category.get("keypoints") if isinstance(category, Mapping) else None
        if names is not None and list(names) != list(KEYPOINTS):
            raise FormatError(f"{dataset.name}: its {len(names)} keypoints are not the {NUM_KEYPOINTS} of COCO.")
    reader = _Reader(dataset.name, folder, min_joints, skip_bad)
    for i, record in enumerate(document["images"]):
        reader.image(record, f"{dataset.name}: images[{i}]")
    for i, record in enumerate(document["annotations"]):
        reader.person(record, f"{dataset.name}: annotations[{i}]")
    return reader.result()


class _Reader:
    """Collects records and decides what happens to a bad one."""

    def __init__(self, name: str, folder: Path, min_joints: int, skip_bad: bool) -> None:
        self.name, self.folder, self.min_joints, self.skip_bad = name, folder, min_joints, skip_bad
        self.images: dict[Any, Annotated] = {}
        self.dropped: set[Any] = set()
        self.people: dict[Any, list[Person]] = {}
        self.ids: set[Any] = set()
        self.skipped: list[str] = []

    def result(self) -> TruthSet:
        images = tuple(
            Annotated(im.id, im.path, im.width, im.height, im.source, tuple(self.people[key]))
            for key, im in self.images.items()
        )
        return TruthSet(self.name, images, tuple(self.skipped))

    def _bad(self, message: str) -> None:
        if not self.skip_bad:
            raise FormatError(f"{message} Correct it, or skip such records with --skip-bad.")
        self.skipped.append(message)

    def image(self, record: Any, where: str) -> None:
        if not isinstance(record, Mapping) or not {"id", "file_name", "width", "height"} <= set(record):
            return self._bad(f"{where} needs id, file_name, width and height.")
        key = record["id"]
        try:
            path = inside(self.folder, str(record["file_name"]), links=True)
        except ValueError as error:
            return self._bad(f"{where}: {error}")
        if key in self.images:
            return self._bad(f"{where} repeats the id {key}.")
        if not path.is_file():
            self.dropped.add(key)
            return self._bad(f"{where}: the picture {path} is missing.")
        source = str(record.get("source", UNKNOWN))
        self.images[key] = Annotated(int(key), path, int(record["width"]), int(record["height"]), source, ())
        self.people[key] = []

    def person(self, record: Any, where: str) -> None:
        key = record.get("image_id") if isinstance(record, Mapping) else None
        if key in self.dropped:
            return
        if key not in self.images:
            return self._bad(f"{where} has no image_id that is listed in images.")
        if record.get("id") in self.ids:
            return self._bad(f"{where} repeats the id {record['id']}.")
        self.ids.add(record.get("id"))
        try:
            person = _person(record, where, self.min_joints)
        except FormatError as error:
            return self._bad(str(error))
        self.people[key].append(person)


def _person(record: Mapping[str, Any], where: str, min_joints: int) -> Person:
    identity = int(record.get("id", 0))
    crowd = bool(record.get("iscrowd"))
    pose = None if crowd else pose_from_coco(record, where)
    box = record.get("bbox")
    if pose is None:
        if box is None or len(box) != 4 or not np.isfinite(np.array(box, np.float64)).all():
            raise FormatError(f"{where} labels no joint and has no bbox of four finite numbers.")
        corners = np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]], np.float32)
        keypoints, visibility = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, np.uint8)
    else:
        corners, keypoints, visibility = pose.box, pose.keypoints, pose.visibility
    extent = corners[2:] - corners[:2]
    area = float(record.get("area", extent[0] * extent[1]))
    ignore = crowd or int((visibility > UNLABELLED).sum()) < max(1, min_joints)
    if not ignore and not (np.isfinite(area) and area > 0):
        raise FormatError(f"{where}: area is {area:g}; it must be above 0.")
    attributes = record.get("attributes")
    difficulty = attributes.get("difficulty", UNKNOWN) if isinstance(attributes, Mapping) else UNKNOWN
    return Person(identity, keypoints, visibility, corners, area, ignore, str(difficulty))


def write_truth(path: Path, truth: TruthSet) -> None:
    """Write a set as COCO keypoints, for tools that want a file; file names are relative to the pictures' folder."""
    images = [
        {"id": im.id, "file_name": im.path.name, "width": im.width, "height": im.height, "source": im.source}
        for im in truth.images
    ]
    annotations = [
        {
            "id": person.id,
            "image_id": im.id,
            "category_id": 1,
            "keypoints": np.c_[person.keypoints, person.visibility].astype(float).ravel().tolist(),
            "num_keypoints": int(person.labelled.sum()),
            "bbox": [*person.box[:2].tolist(), *(person.box[2:] - person.box[:2]).tolist()],
            "area": person.area,
            "iscrowd": int(person.ignore),
        }
        for im in truth.images
        for person in im.people
    ]
    category = {"id": 1, "name": "person", "keypoints": list(KEYPOINTS)}
    document = {"images": images, "annotations": annotations, "categories": [category]}
    path.write_text(json.dumps(document) + "\n", "utf-8")
