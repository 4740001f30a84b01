"""COCO keypoints as this project, CVAT, Label Studio, sleap-io, Roboflow, Human-Art and others write them.

All of them are COCO documents (cocodataset.org/#format-data); what differs is the table ``FLAVOURS``:

- **sketchpose**: ``images[].revision``; taken over as it is.
- **cvat** ("COCO Keypoints 1.0", written by Datumaro): ``annotations/person_keypoints_SUBSET.json``, pictures in
  ``images/SUBSET``; ``attributes`` with ``occluded`` and ``track_id``; joints are named as the labels were.
- **label-studio-coco**: ``result.json`` with ``images/``; one category ``default`` whose ``keypoints`` are in the order
  of the labels, rectangles as annotations of their own, coordinates rounded by Label Studio to whole pixels (its JSON
  export is not).
- **sleap-io** (``save_coco``): names of skeleton nodes as keypoints; tight boxes, some without extent; size 0 where it
  is not known; ``attributes.object_id`` is the track. No pictures beside it: they are looked for by name.
- **roboflow** ("COCO" of a keypoint project): ``train/_annotations.coco.json`` beside its pictures, which Roboflow
  may have resized; a parent category without keypoints; ``images[].extra.name`` is the original name.
- **human-art** (Ju et al. 2023): ``keypoints`` are the 17 of COCO, ``keypoints_21`` has four more (fingers, toes),
  which are dropped; ``images[].category`` is the scenario and becomes the source. As in its evaluation, people with
  ``iscrowd`` or without a labelled joint are kept and are neither a miss nor a false find.
- **amateur-drawings** (Smith et al. 2023, AnimatedDrawings): 17 COCO joints, all visible; the pictures that are
  distributed may be cut to the figure's box and reduced, and the joints are brought along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np

from sketchpose.dataset.archive import Files
from sketchpose.dataset.coco import revision_of
from sketchpose.dataset.importers.common import (
    VISIBILITIES,
    Floats,
    Found,
    Json,
    Notes,
    key_of,
    length,
    numbers,
    person_of,
)
from sketchpose.dataset.importers.names import coco_names
from sketchpose.dataset.people import Person, Scalar
from sketchpose.formats import FormatError, read_json
from sketchpose.skeleton import KEYPOINTS, NUM_KEYPOINTS


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
    source: Callable[[Json], str] = lambda image: _text(image, "source")
    artist: Callable[[Json], str] = lambda image: _text(image, "artist")
    name: Callable[[Json], str] = lambda image: _text(image, "name")
    cropped: bool = False


def _first(document: Json, part: str) -> Json:
    records = document.get(part)
    first = records[0] if isinstance(records, list) and records else {}
    return first if isinstance(first, Mapping) else {}


def _text(record: Json, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) and value != "unknown" else ""


def _extra_name(image: Json) -> str:
    extra = image.get("extra")
    return _text(extra, "name") if isinstance(extra, Mapping) else ""


FLAVOURS: Final[dict[str, Flavour]] = {
    "sketchpose": Flavour(lambda document, name: "revision" in _first(document, "images")),
    "human-art": Flavour(
        lambda document, name: "keypoints_21" in _first(document, "annotations"),
        source=lambda image: f"human-art/{_text(image, 'category') or 'unknown'}",
        artist=lambda image: _text(image, "author"),
        name=lambda image: _text(image, "picture_name"),
    ),
    "amateur-drawings": Flavour(
        lambda document, name: "amateur_drawings" in f"{name} {_first(document, 'images').get('file_name')}",
        source=lambda image: "amateur-drawings",
        cropped=True,
    ),
    "roboflow": Flavour(lambda document, name: name.endswith("_annotations.coco.json"), name=_extra_name),
    "cvat": Flavour(lambda document, name: PurePosixPath(name).name.startswith("person_keypoints_")),
    "label-studio-coco": Flavour(
        lambda document, name: "Label Studio" in str(document.get("info", {}).get("contributor", ""))
    ),
    "sleap-io": Flavour(lambda document, name: set(document) == {"images", "annotations", "categories"}),
    "coco": Flavour(lambda document, name: True),
}
"""Tried in this order; the last takes any COCO document."""


def is_coco(document: object) -> bool:
    """Whether a JSON document has the lists of COCO."""
    return isinstance(document, Mapping) and {"images", "annotations"} <= set(document)


def flavour_of(document: Json, name: str) -> str:
    """Return which tool's COCO a document is."""
    return next(key for key, flavour in FLAVOURS.items() if flavour.knows(document, name))


def read(files: Files, name: str, flavour: str, notes: Notes) -> list[Found]:
    """Read a COCO document.

    Args:
        files: The files.
        name: Name of the document.
        flavour: Key of ``FLAVOURS``.
        notes: Where broken records and what is dropped are told.

    Raises:
        FormatError: Not a COCO keypoint document; or a broken record that is not to be skipped.
    """
    document = read_json(files.read(name), source=name)
    if not isinstance(document, Mapping) or not is_coco(document):
        raise FormatError(f"{name}: not a COCO document; it needs the lists `images` and `annotations`.")
    parts = {part: document.get(part, []) for part in ("images", "annotations", "categories", "licenses")}
    if wrong := [part for part, records in parts.items() if not isinstance(records, list)]:
        raise FormatError(f"{name}: `{wrong[0]}` must be a list.")
    joints = _skeletons(parts["categories"], name)
    people = _Annotations(parts["images"], name, notes)
    for i, record in enumerate(parts["annotations"]):
        people.take(record, f"{name}: annotations[{i}]", joints, own=flavour == "sketchpose")
    named = [r for r in parts["licenses"] if isinstance(r, Mapping)]
    licences = {key_of(r.get("id"), f"{name}: the id of a licence"): _text(r, "name") for r in named}
    return people.result(FLAVOURS[flavour], licences, own=flavour == "sketchpose")


def _skeletons(categories: list[Any], name: str) -> dict[Any, list[str | None] | None]:
    """Joint names in COCO's terms of every category; None for a category without joints."""
    found: dict[Any, list[str | None] | None] = {}
    for record in categories:
        if not isinstance(record, Mapping) or "id" not in record:
            raise FormatError(f"{name}: a category has no id.")
        key = key_of(record["id"], f"{name}: the id of a category")
        given = record.get("keypoints")
        if not given:
            found[key] = None
        elif not isinstance(given, list) or not all(isinstance(word, str) for word in given):
            raise FormatError(f"{name}: the keypoints of category {record.get('name')!r} must be a list of names.")
        else:
            found[key] = coco_names(given)
    usable = [joints for joints in found.values() if joints and any(joints)]
    if found and not usable:
        raise FormatError(
            f"{name}: no category names joints of a person (looked for {', '.join(KEYPOINTS[:6])}, ...); "
            "rename the joints, or export keypoints instead of boxes."
        )
    return found or {None: list(KEYPOINTS)}


class _Annotations:
    """Collects the people of each picture."""

    def __init__(self, images: list[Any], name: str, notes: Notes) -> None:
        self.notes, self.name = notes, name
        self.images: dict[Any, tuple[Json, str]] = {}
        self.people: dict[Any, list[Any]] = {}
        self.ids: set[Any] = set()
        self.broken: set[Any] = set()
        for i, record in enumerate(images):
            where = f"{name}: images[{i}]"
            if not isinstance(record, Mapping) or not isinstance(record.get("file_name"), str) or "id" not in record:
                notes.bad(f"{where} needs id and file_name.")
            elif not isinstance(record["id"], (int, str)) or record["id"] in self.images:
                notes.bad(f"{where} repeats the id {record['id']!r}, or it is neither a number nor a text.")
            else:
                self.images[record["id"]], self.people[record["id"]] = (record, where), []

    def take(self, record: Any, where: str, joints: Mapping[Any, list[str | None] | None], *, own: bool) -> None:
        key = record.get("image_id") if isinstance(record, Mapping) else None
        if not isinstance(key, (int, str)) or key not in self.images:
            return self.notes.bad(f"{where} has no image_id that is listed in images.")
        try:
            id = key_of(record.get("id"), f"{where}.id")
            category = key_of(record.get("category_id"), f"{where}.category_id") if None not in joints else None
        except FormatError as error:
            return self.notes.bad(str(error))
        if id in self.ids and id is not None:
            return self.notes.bad(f"{where} repeats the id {id!r}.")
        self.ids.add(id)
        if own:
            self.people[key].append(record)
            return None
        if category not in joints:
            return self.notes.bad(f"{where} has the category {category!r}, which is not listed.")
        names = joints[category]
        if names is None or not any(names):
            return self.notes.drop("annotations of categories without joints of a person")
        try:
            person = _person(record, where, names, len(self.people[key]) + 1, self.notes)
        except FormatError as error:
            return self.notes.bad(str(error))
        if person is not None:
            self.people[key].append(person)
        return None

    def result(self, flavour: Flavour, licences: Mapping[Any, str], *, own: bool) -> list[Found]:
        found = []
        for key, (record, where) in self.images.items():
            try:
                sizes = numbers([record.get("width") or 0, record.get("height") or 0], 2, f"{where}: its size")
                width, height = (int(v) for v in sizes)
                licence = key_of(record.get("license"), f"{where}.license")
                common: dict[str, Any] = {"picture": record["file_name"], "where": where, "name": flavour.name(record)}
                if own:
                    found.append(Found(people=(), revision=revision_of(record, self.people[key], where), **common))
                    continue
            except ValueError as error:
                self.notes.bad(str(error))
                continue
            people = tuple(self.people[key])
            box = people[0].pose.box.tolist() if flavour.cropped and len(people) == 1 else None
            found.append(
                Found(
                    people=people,
                    width=width,
                    height=height,
                    cropped=tuple(box) if box else None,
                    source=flavour.source(record),
                    artist=flavour.artist(record),
                    licence=_text(record, "license") or licences.get(licence, ""),
                    **common,
                )
            )
        return found


def _person(record: Json, where: str, names: list[str | None], number: int, notes: Notes) -> Person | None:
    crowd = bool(record.get("iscrowd"))
    joints: dict[str, tuple[float, float, int]] = {}
    given = record.get("keypoints")
    if not given and not crowd:
        notes.drop("annotations without keypoints")
        return None
    if given:
        rows = numbers(given, 3 * len(names), f"{where}.keypoints").reshape(-1, 3)
        if not set(rows[:, 2].tolist()) <= VISIBILITIES:
            raise FormatError(f"{where}: a visibility is not 0, 1 or 2.")
        for name, (x, y, v) in zip(names, rows.tolist(), strict=True):
            if name is not None:
                joints[name] = (x, y, int(v))
            else:
                notes.drop("joints that COCO-17 does not have", int(v > 0))
    if "keypoints_21" in record:
        extra = numbers(record["keypoints_21"], 63, f"{where}.keypoints_21").reshape(-1, 3)
        notes.drop("joints that COCO-17 does not have", int((extra[NUM_KEYPOINTS:, 2] > 0).sum()))
    notes.drop("outlines (segmentation)", int(bool(record.get("segmentation"))))
    notes.drop("self-contact points", length(record.get("self_contact")) // 2)
    box = None if record.get("bbox") is None else _corners(numbers(record["bbox"], 4, f"{where}.bbox"))
    area = record.get("area")
    area = float(area) if isinstance(area, (int, float)) and np.isfinite(area) else None
    return person_of(f"p{number}", joints, box, notes, area=area, crowd=crowd, attributes=_attributes(record, notes))


def _corners(box: Floats) -> Floats:
    return np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]])


def _attributes(record: Json, notes: Notes) -> dict[str, Scalar]:
    given = record.get("attributes")
    plain: dict[str, Scalar] = {}
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if isinstance(value, (str, int, float, bool)) or value is None:
            plain[str(name)[:200]] = value if not isinstance(value, str) else value[:200]
        else:
            notes.drop("attributes that are no plain values")
    return plain
