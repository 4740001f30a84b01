"""COCO keypoints, written without rounding, and read as this project, CVAT, Roboflow, Human-Art and others do.

COCO (Lin et al. 2014, cocodataset.org/#format-data): ``images``, ``annotations`` with ``keypoints`` as x, y, v for each
name in ``keypoints`` of their category, ``bbox`` as x, y, width, height. A pose that was estimated also carries
``score`` and ``keypoint_scores``, which readers of plain COCO ignore. A box that is empty is made from the joints; a
size that is null is not known. What differs between tools is the table ``FLAVOURS``:

- **sketchpose**: ``images[].revision``; the dataset takes it over as it is.
- **cvat** ("COCO Keypoints 1.0", written by Datumaro): ``annotations/person_keypoints_SUBSET.json``, pictures in
  ``images/SUBSET``; ``attributes`` with ``occluded`` and ``track_id``; joints are named as the labels were.
- **label-studio-coco**: ``result.json`` with ``images/``; one category ``default`` whose ``keypoints`` are in the order
  of the labels, rectangles as annotations of their own, coordinates rounded by Label Studio to whole pixels (its JSON
  export is not).
- **sleap-io** (``save_coco``): names of skeleton nodes as keypoints; tight boxes, some without extent; size 0 where it
  is not known; ``attributes.object_id`` is the track. No pictures beside it: they are looked for by name.
- **roboflow** ("COCO" of a keypoint project): ``train/_annotations.coco.json`` beside its pictures, which Roboflow
  may have resized; a parent category without keypoints; ``images[].extra.name`` is the original name.
- **human-art** (Ju et al. 2023): its category names 21 joints while ``keypoints`` are the 17 of COCO, which come first,
  and ``keypoints_21`` has all; fingers and toes are dropped; ``images[].category`` is the scenario and becomes the
  source. As in its evaluation, people with ``iscrowd`` or without a labelled joint are not scored.
- **amateur-drawings** (Smith et al. 2023, AnimatedDrawings): 17 COCO joints, all visible; the pictures that are
  distributed may be cut to the figure's box and reduced, and the joints are brought along.

**COCO results** (what evaluation servers take) are a bare list of ``image_id``, ``category_id``, ``keypoints`` as 17
times x, y, score, and ``score``; pictures are found by their number.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from sketchpose.formats.common import (
    LACKING,
    VISIBILITIES,
    AnnotatedImage,
    AnnotatedPerson,
    FormatError,
    Json,
    Notes,
    PosedImage,
    Scalar,
    Source,
    in_shares,
)
from sketchpose.formats.names import coco_names, is_person
from sketchpose.formats.records import by_picture, key_of, length, numbers, person_of, size_of, text_of
from sketchpose.pose import Pose
from sketchpose.skeleton import EDGES, KEYPOINTS, NUM_KEYPOINTS

CATEGORY: Final[dict[str, Any]] = {
    "id": 1,
    "name": "person",
    "supercategory": "person",
    "keypoints": list(KEYPOINTS),
    "skeleton": [[a + 1, b + 1] for a, b in EDGES],
}


def to_coco(images: Iterable[PosedImage]) -> dict[str, Any]:
    """Return a COCO keypoint document; ids count from 1 in the order given."""
    records: list[Json] = []
    annotations: list[Json] = []
    for image_id, image in enumerate(images, 1):
        records.append({"id": image_id, "file_name": image.name, "width": image.width, "height": image.height})
        for pose in image.poses:
            annotations.append({"id": len(annotations) + 1, "image_id": image_id, **coco_annotation(pose)})
    return {"images": records, "annotations": annotations, "categories": [CATEGORY]}


def to_coco_results(images: Iterable[PosedImage]) -> list[dict[str, Any]]:
    """Return the list that COCO evaluation servers and ``COCO.loadRes`` take; image ids count from 1."""
    wanted = ("image_id", "category_id", "keypoints", "score", "bbox")
    return [{key: a[key] for key in wanted} for a in to_coco(images)["annotations"]]


def coco_annotation(pose: Pose) -> dict[str, Any]:
    """Return a pose's COCO annotation without the ids of the annotation and its image."""
    x0, y0, x1, y1 = pose.box.tolist()
    labelled = pose.labelled
    points = np.where(labelled[:, None], pose.keypoints, 0).tolist()
    return {
        "category_id": 1,
        "keypoints": [value for (x, y), v in zip(points, pose.visibility.tolist(), strict=True) for value in (x, y, v)],
        "num_keypoints": int(labelled.sum()),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": pose.area,
        "iscrowd": 0,
        "score": float(pose.score),
        "keypoint_scores": pose.scores.tolist(),
    }


@dataclass(frozen=True)
class Flavour:
    """How one tool's COCO differs from plain COCO.

    Attributes:
        knows: Whether a document is this tool's, from the document and the name of its file.
        source: The source of an image record.
        artist: The artist of an image record.
        name: The original file name of an image record.
        cropped: Pictures may be cut to the one person's box.
    """

    knows: Callable[[Json, str], bool]
    source: Callable[[Json], str] = lambda image: text_of(image, "source")
    artist: Callable[[Json], str] = lambda image: text_of(image, "artist")
    name: Callable[[Json], str] = lambda image: text_of(image, "name")
    cropped: bool = False


def _first(document: Json, part: str) -> Json:
    records = document.get(part)
    first = records[0] if isinstance(records, list) and records else {}
    return first if isinstance(first, Mapping) else {}


def _inner(record: Json, name: str) -> Json:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


FLAVOURS: Final[dict[str, Flavour]] = {
    "sketchpose": Flavour(lambda document, name: "revision" in _first(document, "images")),
    "human-art": Flavour(
        lambda document, name: "keypoints_21" in _first(document, "annotations"),
        source=lambda image: f"human-art/{text_of(image, 'category') or 'unknown'}",
        artist=lambda image: text_of(image, "author"),
        name=lambda image: text_of(image, "picture_name"),
    ),
    "amateur-drawings": Flavour(
        lambda document, name: "amateur_drawings" in f"{name} {_first(document, 'images').get('file_name')}",
        source=lambda image: "amateur-drawings",
        cropped=True,
    ),
    "roboflow": Flavour(
        lambda document, name: name.endswith("_annotations.coco.json"),
        name=lambda image: text_of(_inner(image, "extra"), "name"),
    ),
    "cvat": Flavour(
        lambda document, name: (
            PurePosixPath(name).name.startswith("person_keypoints_") and "attributes" in _first(document, "annotations")
        )
    ),
    "label-studio-coco": Flavour(
        lambda document, name: "Label Studio" in str(_inner(document, "info").get("contributor", ""))
    ),
    "sleap-io": Flavour(lambda document, name: set(document) == {"images", "annotations", "categories"}),
    "coco": Flavour(lambda document, name: True),
}
"""Tried in this order; the last takes any COCO document."""


def knows(document: object) -> bool:
    """Whether a JSON document is COCO and holds joints; detections and segments alone are not enough."""
    if not isinstance(document, Mapping) or not {"images", "annotations"} <= set(document):
        return False
    parts = [document["annotations"], document.get("categories")]
    if not all(isinstance(part, list) for part in parts if part is not None) or not document["annotations"]:
        return True
    return any(isinstance(r, Mapping) and "keypoints" in r for part in parts if part for r in part)


def flavour_of(document: Json, name: str) -> str:
    """Return which tool's COCO a document is."""
    return next(key for key, flavour in FLAVOURS.items() if flavour.knows(document, name))


def read(source: Source, flavour: str = "") -> list[AnnotatedImage]:
    """Read a COCO keypoint document.

    Args:
        source: The document.
        flavour: Key of ``FLAVOURS``; empty: recognised.

    Raises:
        FormatError: Not a COCO keypoint document; or a broken record that is not to be skipped.
    """
    name, document = source.name, source.document
    if not isinstance(document, Mapping) or not {"images", "annotations"} <= set(document):
        raise FormatError(f"{name}: not a COCO keypoint document; it needs the lists `images` and `annotations`.")
    flavour = flavour or flavour_of(document, name)
    named = ("images", "annotations", "categories", "licenses")
    parts = {part: [] if document.get(part) is None else document[part] for part in named}
    if wrong := [part for part, records in parts.items() if not isinstance(records, list)]:
        raise FormatError(f"{name}: `{wrong[0]}` must be a list.")
    people = _Annotations(parts["images"], name, source.notes, _skeletons(parts["categories"], name))
    for i, record in enumerate(parts["annotations"]):
        people.take(record, f"{name}: annotations[{i}]", own=flavour == "sketchpose")
    terms = [r for r in parts["licenses"] if isinstance(r, Mapping)]
    licences = {key_of(r.get("id"), f"{name}: the id of a licence"): text_of(r, "name") for r in terms}
    return people.result(FLAVOURS[flavour], licences, own=flavour == "sketchpose")


@dataclass(frozen=True)
class _Category:
    """Joint names of a category in COCO's terms, None where COCO has no such joint; empty: none of a person."""

    name: str
    joints: tuple[str | None, ...]


def _skeletons(categories: list[Any], name: str) -> dict[Any, _Category]:
    by_id: dict[Any, _Category] = {}
    people = set()
    for record in categories:
        if not isinstance(record, Mapping) or "id" not in record:
            raise FormatError(f"{name}: a category has no id.")
        key, given = key_of(record["id"], f"{name}: the id of a category"), record.get("keypoints") or []
        called = str(record.get("name", ""))[:40]
        if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
            raise FormatError(f"{name}: the keypoints of category {called!r} must be a list of names.")
        joints = tuple(coco_names(given))
        kind = is_person(called, str(record.get("supercategory", "")), given)
        by_id[key] = _Category(called, joints if any(joints) and kind is not False else ())
        people |= {key} if kind and by_id[key].joints else set()
    if people:  # Beside people, what is not called so is something else.
        by_id = {key: value if key in people else replace(value, joints=()) for key, value in by_id.items()}
    if by_id and not any(category.joints for category in by_id.values()):
        raise FormatError(
            f"{name}: no category names joints of a person (looked for {', '.join(KEYPOINTS[:6])}, ...); "
            "rename the joints, or export keypoints instead of boxes."
        )
    return by_id or {None: _Category("person", KEYPOINTS)}


class _Annotations:
    """Collects the people of each picture."""

    def __init__(self, images: list[Any], name: str, notes: Notes, categories: Mapping[Any, _Category]) -> None:
        self.notes, self.name, self.categories = notes, name, categories
        self.images: dict[Any, tuple[Json, str]] = {}
        self.people: dict[Any, list[Any]] = {}
        self.ids: set[Any] = set()
        self.broken: set[Any] = set()
        for i, record in enumerate(images):
            where = f"{name}: images[{i}]"
            if not isinstance(record, Mapping) or not isinstance(record.get("file_name"), str) or "id" not in record:
                notes.bad(f"{where} needs id and file_name.")
            elif not isinstance(record["id"], (int, str)) or record["id"] in self.images:
                notes.bad(f"{where} repeats the id {str(record['id'])[:80]!r}, or it is neither a number nor a text.")
                # Whose of the two the people are, nobody can tell.
                self.broken |= {record["id"]} if isinstance(record["id"], (int, str)) else set()
            else:
                self.images[record["id"]], self.people[record["id"]] = (record, where), []

    def take(self, record: Any, where: str, *, own: bool) -> None:
        key = record.get("image_id") if isinstance(record, Mapping) else None
        if not isinstance(key, (int, str)) or key not in self.images:
            if not isinstance(key, (int, str)) or key not in self.broken:
                self.notes.bad(f"{where} has no image_id that is listed in images.")
            return
        try:
            self._take(key, record, where, own=own)
        except FormatError as error:
            # A picture with fewer people than were annotated would be a wrong one: it is left out as a whole.
            self.notes.bad(f"{error} Its picture {str(self.images[key][0]['file_name'])[-80:]} is left out.")
            self.broken.add(key)

    def _take(self, key: Any, record: Json, where: str, *, own: bool) -> None:
        id = key_of(record.get("id"), f"{where}.id")
        if id in self.ids and id is not None:
            raise FormatError(f"{where} repeats the id {id!r}.")
        self.ids.add(id)
        if own:
            self.people[key].append(record)
            return
        category = None if None in self.categories else key_of(record.get("category_id"), f"{where}.category_id")
        if category is None and len(people := [key for key, kind in self.categories.items() if kind.joints]) == 1:
            category = people[0]
        if category not in self.categories:
            raise FormatError(f"{where} has the category {category!r}, which is not listed.")
        kind = self.categories[category]
        if not kind.joints:
            self.notes.drop(f"annotations of the category {kind.name!r}, which is no person with joints")
            return
        person = _person(record, where, kind.joints, self.notes)
        if person is not None:
            self.people[key].append(person)

    def result(self, flavour: Flavour, licences: Mapping[Any, str], *, own: bool) -> list[AnnotatedImage]:
        images = []
        for key, (record, where) in self.images.items():
            if key in self.broken:
                continue
            try:
                width, height = size_of(record, ("width", "height"), where)
                licence = key_of(record.get("license"), f"{where}.license")
                people = self.people[key]
                if own:
                    people = [self._own(person, f"{where}: annotation {person.get('id')}") for person in people]
            except FormatError as error:
                self.notes.bad(str(error))
                continue
            present = tuple(person for person in people if person is not None)
            box = present[0].pose.box.tolist() if flavour.cropped and len(present) == 1 else None
            images.append(
                AnnotatedImage(
                    record["file_name"],
                    where,
                    present,
                    width,
                    height,
                    in_shares(present),
                    tuple(box) if box else None,
                    flavour.source(record),
                    flavour.artist(record),
                    text_of(record, "license") or licences.get(licence, ""),
                    flavour.name(record),
                    record if own else None,
                    tuple(self.people[key]) if own else (),
                )
            )
        return images

    def _own(self, record: Json, where: str) -> AnnotatedPerson | None:
        return _person(record, where, KEYPOINTS, Notes())


def _person(record: Json, where: str, names: tuple[str | None, ...], notes: Notes) -> AnnotatedPerson | None:
    joints: dict[str, tuple[float, float, int]] = {}
    given = record.get("keypoints")
    if "keypoints_21" in record:
        extra = numbers(record["keypoints_21"], 63, f"{where}.keypoints_21").reshape(-1, 3)
        notes.drop(LACKING, int((extra[NUM_KEYPOINTS:, 2] > 0).sum()))
        names = names[:NUM_KEYPOINTS] if length(given) == 3 * NUM_KEYPOINTS else names
    if given is not None and not (given == [] or isinstance(given, list)):
        raise FormatError(f"{where}.keypoints must be a list of numbers.")
    if given:
        rows = numbers(given, 3 * len(names), f"{where}.keypoints").reshape(-1, 3)
        if not set(rows[:, 2].tolist()) <= VISIBILITIES:
            raise FormatError(f"{where}: visibility must be 0, 1 or 2, not {sorted(set(rows[:, 2].tolist()))[-1]:g}.")
        for name, (x, y, v) in zip(names, rows.tolist(), strict=True):
            if name is not None:
                joints[name] = (x, y, int(v))
            else:
                notes.drop(LACKING, int(v > 0))
    notes.drop("outlines (segmentation)", int(bool(record.get("segmentation"))))
    notes.drop("self-contact points", length(record.get("self_contact")) // 2)
    scores, machine = None, record.get("keypoint_scores")
    if machine is not None and len(names) == NUM_KEYPOINTS:
        values = numbers(machine, NUM_KEYPOINTS, f"{where}.keypoint_scores")
        scores = {name: value for name, value in zip(names, values.tolist(), strict=True) if name is not None}
    box = record.get("bbox") or None
    corners = None if box is None else _corners(numbers(box, 4, f"{where}.bbox").tolist())
    area, score = (_plain_number(record.get(key), f"{where}.{key}") for key in ("area", "score"))
    return person_of(
        joints,
        corners,
        notes,
        scores=scores,
        score=1.0 if score is None else score,
        area=area,
        crowd=bool(record.get("iscrowd")),
        attributes=_attributes(record, notes),
        id=key_of(record.get("id"), f"{where}.id"),
    )


def _plain_number(value: Any, where: str) -> float | None:
    return (
        None
        if value is None or (isinstance(value, float) and not np.isfinite(value))
        else float(numbers([value], 1, where)[0])
    )


def _corners(box: list[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]])


def _attributes(record: Json, notes: Notes) -> dict[str, Scalar]:
    plain: dict[str, Scalar] = {}
    for name, value in _inner(record, "attributes").items():
        if isinstance(value, (str, int, float, bool)) or value is None:
            plain[str(name)[:200]] = value if not isinstance(value, str) else value[:200]
        else:
            notes.drop("attributes that are no plain values")
    return plain


def knows_results(document: object) -> bool:
    """Whether a JSON document is a list of COCO results."""
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, Mapping) and {"image_id", "keypoints"} <= set(first)


def read_results(source: Source) -> list[AnnotatedImage]:
    """Read a list of COCO keypoint results.

    Raises:
        FormatError: Not that, or a broken record that is not to be skipped.
    """
    if not isinstance(source.document, list):
        raise FormatError(f"{source.name}: not a list of COCO results.")
    return by_picture(source, "image_id", partial(_result, notes=source.notes))


def _result(record: Json, where: str, notes: Notes) -> AnnotatedPerson | None:
    rows = numbers(record.get("keypoints"), 3 * NUM_KEYPOINTS, f"{where}.keypoints").reshape(-1, 3).tolist()
    joints = {name: (x, y, 2 if v > 0 else 0) for name, (x, y, v) in zip(KEYPOINTS, rows, strict=True)}
    scores = {name: v for name, (_, _, v) in zip(KEYPOINTS, rows, strict=True)}
    box = record.get("bbox") or None
    corners = None if box is None else _corners(numbers(box, 4, f"{where}.bbox").tolist())
    score = _plain_number(record.get("score"), f"{where}.score")
    return person_of(joints, corners, notes, scores=scores, score=1.0 if score is None else score)
