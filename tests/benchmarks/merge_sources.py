"""Merge annotated sources, one folder each, into one COCO set per split.

    python tests/benchmarks/merge_sources.py DRAWINGS OUT [--train FOLDER ...] [--unlabelled FOLDER]

DRAWINGS holds ``splits.json`` (split -> names of sources) and, for each source, ``<source>/annotations.json`` with
``<source>/images/``. OUT gets ``<split>.json`` and ``images/<source>/``. Further folders are added to train. People of
a drawing that the open dataset of the package knows stand as labelled there, mended since; with ``--unlabelled``, the
folder of pictures that had no labels, its drawings of train that are found there are added.
"""

import argparse
import json
import lzma
import shutil
from pathlib import Path
from typing import Any

import sketchpose.dataset.sketches as sketches

Json = dict[str, Any]


class Mended:
    """The drawings of the open dataset with their people; each is taken once."""

    def __init__(self) -> None:
        packed = Path(sketches.__file__).with_name("sketches.json.xz")
        document = json.loads(lzma.decompress(packed.read_bytes()))
        self.images: dict[str, Json] = {image["file_name"]: image for image in document["images"]}
        self._people: dict[int, list[Json]] = {}
        for person in document["annotations"]:
            self._people.setdefault(person["image_id"], []).append(person)

    def take(self, name: str, to: tuple[float, float, float, float]) -> list[Json]:
        """Return the people of a drawing, moved by scale x, y and shift x, y."""
        sx, sy, dx, dy = to
        return [_moved(person, sx, sy, dx, dy) for person in self._people[self.images.pop(name)["id"]]]


def _moved(person: Json, sx: float, sy: float, dx: float, dy: float) -> Json:
    points, (x, y, w, h) = list(person["keypoints"]), person["bbox"]
    for at in range(0, len(points), 3):
        if points[at + 2]:
            points[at : at + 2] = points[at] * sx + dx, points[at + 1] * sy + dy
    box = [x * sx + dx, y * sy + dy, w * sx, h * sy]
    return {**person, "keypoints": points, "bbox": box, "area": person["area"] * sx * sy}


def merge(folders: list[Path], target: Path, mended: Mended, unlabelled: Path | None = None) -> tuple[int, int]:
    """Write the COCO file ``target`` of all folders, with their pictures beside it; return pictures and people."""
    merged: Json = {"images": [], "annotations": [], "categories": []}

    def add(file: Path, name: str, image: Json, people: list[Json]) -> None:
        copy = target.parent / "images" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
        number = len(merged["images"]) + 1
        merged["images"].append({**image, "id": number, "file_name": name})
        for person in people:
            ids = {"id": len(merged["annotations"]) + 1, "image_id": number}
            merged["annotations"].append({**person, **ids, "category_id": merged["categories"][0]["id"]})

    for folder in folders:
        document = json.loads((folder / "annotations.json").read_text("utf-8"))
        merged["categories"] = merged["categories"] or document["categories"]
        for image in document["images"]:
            file, source = image["file_name"], image.get("source", folder.name)
            people = [person for person in document["annotations"] if person["image_id"] == image["id"]]
            known = next((n for n in (f"{folder.name}/{file}", f"{source}/{file}") if n in mended.images), None)
            if known:
                size = mended.images[known]
                people = mended.take(known, (image["width"] / size["width"], image["height"] / size["height"], 0, 0))
            add(folder / "images" / file, f"{folder.name}/{file}", {**image, "source": source}, people)
    if unlabelled:
        add_labelled_since(unlabelled, mended, add)
    target.write_text(json.dumps(merged), "utf-8")
    return len(merged["images"]), len(merged["annotations"])


def add_labelled_since(unlabelled: Path, mended: Mended, add: Any) -> None:
    """Add the drawings of train that were labelled since; how they are cut may differ from the dataset."""
    pictures = json.loads((unlabelled / "sources.json").read_text("utf-8"))
    by_name = {f"{picture['source']}/{Path(picture['file']).name}": picture for picture in pictures}
    for name in sorted(by_name):
        picture, known = by_name[name], mended.images.get(name)
        if known is None or known["split"] != "train":
            continue
        source, file = name.split("/")
        (width, height), crop = picture["size"], picture["crop"]
        here = crop["x"], crop["y"], crop["w"], crop["h"]
        x, y, w, h = here if [width, height] == [known["width"], known["height"]] else known["crop"]
        sx, sy = w / known["width"] * width / here[2], h / known["height"] * height / here[3]
        shift = (x - here[0]) * width / here[2], (y - here[1]) * height / here[3]
        image = {"width": width, "height": height, "source": source}
        add(unlabelled / source / file, f"u-{name}", image, mended.take(name, (sx, sy, *shift)))


def main() -> None:
    """Merge every split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drawings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--train", type=Path, nargs="*", default=[], metavar="FOLDER", help="further sources to learn from"
    )
    parser.add_argument("--unlabelled", type=Path, metavar="FOLDER", help="pictures of which some are labelled since")
    arguments = parser.parse_args()
    mended = Mended()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for split, names in json.loads((arguments.drawings / "splits.json").read_text("utf-8")).items():
        folders = [arguments.drawings / name for name in names] + (arguments.train if split == "train" else [])
        more = arguments.unlabelled if split == "train" else None
        images, people = merge(folders, arguments.out / f"{split}.json", mended, more)
        print(f"{split}: {images} pictures, {people} people")


if __name__ == "__main__":
    main()
