"""Merge annotated sources, one folder each, into one COCO set per split.

    python tests/benchmarks/merge_sources.py DRAWINGS OUT [--train FOLDER ...]

DRAWINGS holds ``splits.json`` (split -> names of sources) and, for each source, ``<source>/annotations.json`` with
``<source>/images/``. OUT gets ``<split>.json`` and ``images/<source>/``. Further folders are added to train.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any


def merge(folders: list[Path], target: Path) -> tuple[int, int]:
    """Write the COCO file ``target`` of all folders, with their pictures beside it; return pictures and people."""
    merged: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
    for folder in folders:
        document = json.loads((folder / "annotations.json").read_text("utf-8"))
        merged["categories"] = merged["categories"] or document["categories"]
        ids: dict[int, int] = {}
        for image in document["images"]:
            name = f"{folder.name}/{image['file_name']}"
            copy = target.parent / "images" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "images" / image["file_name"], copy)
            ids[image["id"]] = len(merged["images"]) + 1
            source = image.get("source", folder.name)
            merged["images"].append({**image, "id": ids[image["id"]], "file_name": name, "source": source})
        for person in document["annotations"]:
            merged["annotations"].append(
                {
                    **person,
                    "id": len(merged["annotations"]) + 1,
                    "image_id": ids[person["image_id"]],
                    "category_id": merged["categories"][0]["id"],
                }
            )
    target.write_text(json.dumps(merged), "utf-8")
    return len(merged["images"]), len(merged["annotations"])


def main() -> None:
    """Merge every split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--train", type=Path, nargs="*", default=[], metavar="FOLDER", help="further sources to learn from"
    )
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for split, names in json.loads((arguments.drawings / "splits.json").read_text("utf-8")).items():
        folders = [arguments.drawings / name for name in names] + (arguments.train if split == "train" else [])
        images, people = merge(folders, arguments.out / f"{split}.json")
        print(f"{split}: {images} pictures, {people} people")


if __name__ == "__main__":
    main()
