"""Make ``sketches.json.xz`` from annotated sources: ``python -m sketchpose.dataset.sketches.pack DRAWINGS [EXPORT]``.

DRAWINGS holds ``sources.json`` (one record per drawing: artist, licence, origin, crop, split) and, for each source,
``SOURCE/annotations.json``. Drawings without a public address are left out and counted. EXPORT is what ``sketchpose
dataset export`` wrote of the same drawings after their people were corrected; the corrected people are then taken.
"""

import json
import lzma
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sketchpose.dataset.sketches.manifest import FILE
from sketchpose.files import write_atomic
from sketchpose.formats import CATEGORY

_PUBLIC: Final = re.compile(r"(npm:|[\w.-]+/[\w.-]+@[0-9a-f]{40}:)")
_WIDTH: Final = re.compile(r"(\d+) px")
_REVISION: Final = "3"
"""Of the labels: 1 is the first labelling; 2 adds drawn limbs that the first had left out; 3 adds 62 people."""
_KEPT: Final = ("keypoints", "num_keypoints", "bbox", "area", "iscrowd", "attributes")


def pack(drawings: Path, target: Path = FILE, corrected: Path | None = None) -> tuple[int, int]:
    """Write the manifest; return how many drawings it holds and how many were left out.

    Args:
        drawings: Folder of the annotated sources.
        target: File to write.
        corrected: Exported folder whose people replace those of the drawings in it, by source and name.
    """
    newer = {} if corrected is None else _people(corrected / "annotations.json")
    records = {record["file"]: record for record in json.loads((drawings / "sources.json").read_text("utf-8"))}
    images: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    left_out = 0
    for file in sorted(drawings.glob("*/annotations.json")):
        document = json.loads(file.read_text("utf-8"))
        own = _by_image(document)
        for image in document["images"]:
            record = records[f"{file.parent.name}/images/{image['file_name']}"]
            if (public := _image(record, file.parent.name, image)) is None:
                left_out += 1
                continue
            images.append({"id": len(images) + 1, **public})
            given = newer.get((file.parent.name, image["file_name"]), own.get(image["id"], []))
            for person in given:
                kept = {name: person[name] for name in _KEPT if name in person}
                people.append({"id": len(people) + 1, "image_id": len(images), "category_id": 1, **kept})
    info = {"description": "Open sketches with keypoints", "version": _REVISION}
    document = {"info": info, "images": images, "annotations": people, "categories": [CATEGORY]}
    write_atomic(target, lzma.compress(json.dumps(document, separators=(",", ":")).encode(), preset=9))
    return len(images), left_out


def _by_image(document: Mapping[str, Any]) -> dict[int, list[Mapping[str, Any]]]:
    people: dict[int, list[Mapping[str, Any]]] = {}
    for person in document["annotations"]:
        people.setdefault(person["image_id"], []).append(person)
    return people


def _people(exported: Path) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Return the people of each drawing of an export, by its source and name."""
    document = json.loads(exported.read_text("utf-8"))
    people = _by_image(document)
    return {(image["source"], image["name"]): people.get(image["id"], []) for image in document["images"]}


def _image(record: Mapping[str, Any], source: str, image: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is published about a drawing; None without a public address or a way to draw it again."""
    render = _WIDTH.search(record.get("render", ""))
    if not _PUBLIC.match(record["origin"]) or ("render" in record and "strokes" in record["render"]):
        return None
    crop = record["crop"]
    return {
        "file_name": f"{source}/{image['file_name']}",
        **{name: record[name] for name in ("artist", "licence", "origin", "split", "style")},
        "source": source,
        "sha256": record.get("sha256_original", ""),
        "crop": [crop["x"], crop["y"], crop["w"], crop["h"]],
        "width": image["width"],
        "height": image["height"],
        "render": int(render[1]) if render else 0,
    }


if __name__ == "__main__":
    count, without = pack(Path(sys.argv[1]), corrected=Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(f"{count} drawings in {FILE.name}; {without} without a public address left out")
