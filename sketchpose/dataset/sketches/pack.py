"""Make ``sketches.json.xz`` from annotated sources: ``python -m sketchpose.dataset.sketches.pack DRAWINGS``.

DRAWINGS holds ``sources.json`` (one record a drawing: artist, licence, origin, crop, split) and, for each source,
``SOURCE/annotations.json``. Drawings without a public address are left out and counted.
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
_KEPT: Final = ("keypoints", "num_keypoints", "bbox", "area", "iscrowd", "attributes")


def pack(drawings: Path, target: Path = FILE) -> tuple[int, int]:
    """Write the manifest; return how many drawings it holds and how many were left out."""
    records = {record["file"]: record for record in json.loads((drawings / "sources.json").read_text("utf-8"))}
    images: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    left_out = 0
    for file in sorted(drawings.glob("*/annotations.json")):
        document = json.loads(file.read_text("utf-8"))
        ids: dict[int, int] = {}
        for image in document["images"]:
            record = records[f"{file.parent.name}/images/{image['file_name']}"]
            if (public := _image(record, file.parent.name, image)) is None:
                left_out += 1
                continue
            ids[image["id"]] = len(images) + 1
            images.append({"id": len(images) + 1, **public})
        for person in document["annotations"]:
            if person["image_id"] in ids:
                kept = {name: person[name] for name in _KEPT if name in person}
                people.append({"id": len(people) + 1, "image_id": ids[person["image_id"]], "category_id": 1, **kept})
    document = {"images": images, "annotations": people, "categories": [CATEGORY]}
    write_atomic(target, lzma.compress(json.dumps(document, separators=(",", ":")).encode(), preset=9))
    return len(images), left_out


def _image(record: Mapping[str, Any], source: str, image: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is published about a drawing; None without a public address or a way to draw it again."""
    render = _WIDTH.search(record.get("render", ""))
    if not _PUBLIC.match(record["origin"]) or ("render" in record and "strokes" in record["render"]):
        return None
    crop = record["crop"]
    return {
        "file_name": f"{source}/{image['file_name']}",
        **{name: record[name] for name in ("artist", "licence", "origin", "split")},
        "source": source,
        "sha256": record.get("sha256_original", ""),
        "crop": [crop["x"], crop["y"], crop["w"], crop["h"]],
        "width": image["width"],
        "height": image["height"],
        "render": int(render[1]) if render else 0,
    }


if __name__ == "__main__":
    count, without = pack(Path(sys.argv[1]))
    print(f"{count} drawings in {FILE.name}; {without} without a public address left out")
