"""The dataset as COCO keypoints: pictures and annotations that every tool reads, and everything else beside them.

    TARGET/annotations.json       all drawings; images[].split once the splits are frozen
    TARGET/train.json, val.json, test.json    the same by split
    TARGET/splits.json            the frozen splits; training refuses what it names as test
    TARGET/images/                the original files, named by their hash

Ids follow from the drawing and the person alone, so they are the same in every export. ``images[].revision`` and
``annotations[].person`` hold what COCO has no place for; with them, an import gives back the same revisions, bit for
bit (``sketchpose.dataset.importers``).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

import sketchpose
from sketchpose.dataset.archive import open_writer
from sketchpose.dataset.fields import Json, RecordError
from sketchpose.dataset.person import Person, pose_to_json
from sketchpose.dataset.query import Entry
from sketchpose.dataset.records import Revision, checksum_of, publishable
from sketchpose.dataset.splits import SPLITS, read_splits, select_split
from sketchpose.dataset.store import Dataset
from sketchpose.formats import CATEGORY, coco_annotation
from sketchpose.pose import short_floats
from sketchpose.progress import Progress, counted
from sketchpose.skeleton import NUM_KEYPOINTS

_ID_DIGITS: Final = 13
"""52 bits: exact in the doubles of JavaScript and of COCO evaluators."""


@dataclass(frozen=True)
class Exported:
    """What an export holds.

    Attributes:
        target: Folder or zip file.
        drawings: Number of drawings, by split; ``all`` without frozen splits.
        people: Number of people.
    """

    target: Path
    drawings: Mapping[str, int]
    people: int


def export_coco(
    dataset: Dataset,
    target: Path,
    *,
    status: Sequence[str] = ("accepted",),
    split: str | None = None,
    publish: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write the dataset as COCO keypoints with its pictures.

    Args:
        dataset: The dataset.
        target: A new folder, or a name ending in ``.zip``.
        status: Wanted statuses; with ``accepted`` alone, a later draft does not hide what was accepted.
        split: Only this split.
        publish: Only pictures that may be passed on (see ``publishable``).
        progress: Called with pictures done and pictures in all.

    Raises:
        ValueError: Nothing to export, or the folder is not empty.
        OSError: The disk is full.
    """
    entries = exportable(dataset, split, status, publish)
    splits = read_splits(dataset)
    revisions = [dataset.read(entry.id) for entry in entries]
    sides = {r.drawing: splits.split_of(r) for r in revisions} if splits else {}
    with open_writer(target) as writer:
        everything = to_document(revisions, sides)
        writer.add("annotations.json", _dump(everything))
        if splits:
            for name in SPLITS:
                if name in sides.values():
                    writer.add(f"{name}.json", _dump(_part(everything, name)))
            writer.add("splits.json", (splits.of(revisions) if publish else splits).encode())
        for revision in counted(revisions, len(revisions), progress):
            writer.copy(f"images/{file_name(revision)}", dataset.image_path(revision.image))
    counts = {name: sum(side == name for side in sides.values()) for name in SPLITS} if splits else {}
    return Exported(target, counts or {"all": len(revisions)}, len(everything["annotations"]))


def exportable(dataset: Dataset, split: str | None, status: Sequence[str], publish: bool) -> list[Entry]:
    """Return what an export would hold, in the order of the drawings.

    Raises:
        ValueError: No drawing has the split and status, or none of them may be passed on.
    """
    entries = [e for e in select_split(dataset, split, status) if e.consent != "refused"]
    allowed = [e for e in entries if publishable(e.licence, e.consent)] if publish else entries
    if not allowed:
        hidden = f"; {len(entries)} have no licence or consent to be passed on" if entries else ""
        raise ValueError(
            f"No drawing to export with status {' or '.join(status)}{hidden}. Accept some, or ask for more."
        )
    return allowed


def image_id(drawing: str) -> int:
    """Return the COCO id of a drawing; above 0, since evaluators take 0 for none."""
    return int(drawing[:_ID_DIGITS], 16) + 1


def annotation_id(drawing: str, person: str) -> int:
    """Return the COCO id of a person."""
    return int(hashlib.sha256(f"{drawing}\0{person}".encode()).hexdigest()[:_ID_DIGITS], 16) + 1


def file_name(revision: Revision) -> str:
    """Return the name of a picture within ``images/``."""
    return f"{revision.drawing[:24]}{revision.image.suffix}"


def to_document(revisions: Iterable[Revision], sides: Mapping[str, str] | None = None) -> Json:
    """Return revisions as a COCO keypoint document.

    Args:
        revisions: One per drawing.
        sides: Split of each drawing.

    Raises:
        ValueError: Two ids are the same; at 20,000 drawings the chance is less than one in a million.
    """
    chosen = list(revisions)
    licences = {name: i for i, name in enumerate(sorted({r.licence for r in chosen}), 1)}
    images = [_image(r, licences, (sides or {}).get(r.drawing)) for r in chosen]
    people = [_annotation(r, person) for r in chosen for person in r.persons]
    for records in (images, people):
        if len({record["id"] for record in records}) < len(records):
            raise ValueError("Two records would have the same id; export the splits one by one.")
    return {
        "info": {"description": "SketchPose dataset", "version": sketchpose.__version__},
        "licenses": [{"id": i, "name": name or "unknown", "url": ""} for name, i in licences.items()],
        "images": images,
        "annotations": people,
        "categories": [CATEGORY],
    }


def _part(document: Json, side: str) -> Json:
    images = [image for image in document["images"] if image["split"] == side]
    ids = {image["id"] for image in images}
    people = [person for person in document["annotations"] if person["image_id"] in ids]
    return document | {"images": images, "annotations": people}


def _image(revision: Revision, licences: Mapping[str, int], side: str | None) -> Json:
    header = revision.to_json()
    header["checksum"] = checksum_of(header)
    del header["persons"]
    record: Json = {
        "id": image_id(revision.drawing),
        "file_name": file_name(revision),
        "width": revision.image.width,
        "height": revision.image.height,
        "license": licences[revision.licence],
        "source": revision.source or "unknown",
        "artist": revision.artist,
        "name": revision.image.name,
        "revision": header,
    }
    return record | ({"split": side} if side else {})


def _annotation(revision: Revision, person: Person) -> Json:
    return {
        "id": annotation_id(revision.drawing, person.id),
        "image_id": image_id(revision.drawing),
        **_plain(person),
        "person": {
            "id": person.id,
            "edited": person.edited.tolist(),
            "box_fixed": person.box_fixed,
            "box": short_floats(person.pose.box),
            "origin": person.pose.origin,
            "area": person.area,
            "predicted": None if person.predicted is None else pose_to_json(person.predicted),
        },
    }


def _plain(person: Person) -> Json:
    record = coco_annotation(person.pose) | {"iscrowd": int(person.crowd), "attributes": dict(person.attributes)}
    return record | ({} if person.area is None else {"area": person.area})


def revision_of(image: Mapping[str, Any], people: Sequence[Mapping[str, Any]], where: str) -> Revision:
    """Return the revision that ``to_document`` wrote; a new one made from it if somebody changed the file since.

    Args:
        image: The image record.
        people: Its annotations.
        where: File name and record for the errors.

    Raises:
        RecordError: The records were not written by this project.
    """
    header = dict(image["revision"]) if isinstance(image.get("revision"), Mapping) else {}
    checksum = header.pop("checksum", None)
    persons = [_person(record, f"{where}, annotation {record.get('id')}") for record in people]
    plain = header | {"persons": [person.to_json() for person in persons]}
    revision = Revision.from_json(plain, where)
    if checksum_of(revision.to_json()) == checksum:
        return revision
    return revision.child(author=revision.author, note="Changed outside SketchPose.")


def _person(record: Mapping[str, Any], where: str) -> Person:
    extra = record.get("person")
    flat = record.get("keypoints")
    if not isinstance(extra, Mapping) or not isinstance(flat, list) or len(flat) != 3 * NUM_KEYPOINTS:
        raise RecordError(f"{where}: it lacks the fields that SketchPose writes; import the file as plain COCO.")
    rows = [flat[i : i + 3] for i in range(0, len(flat), 3)]
    pose = {"keypoints": rows, "scores": record.get("keypoint_scores"), "score": record.get("score")}
    pose |= {name: extra.get(name) for name in ("box", "origin")}
    given: Json = {name: extra.get(name) for name in ("id", "edited", "box_fixed", "area", "predicted")}
    given |= {"pose": pose, "crowd": bool(record.get("iscrowd")), "attributes": record.get("attributes", {})}
    person = Person.from_json(given, where)
    if _plain(person)["bbox"] != record.get("bbox"):
        box = np.array(record.get("bbox", ()), np.float64)
        if box.shape != (4,):
            raise RecordError(f"{where}: bbox must be four numbers.")
        moved = np.array([*box[:2], *(box[:2] + box[2:])], np.float32)
        person = replace(person, pose=replace(person.pose, box=moved))
    return person


def _dump(document: Json) -> bytes:
    return json.dumps(document, allow_nan=False, ensure_ascii=False).encode() + b"\n"
