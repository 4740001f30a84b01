"""The dataset as a Hugging Face image folder with a card.

    TARGET/README.md                    the card: what is in it, who made it, under which licences
    TARGET/{train,validation,test}/     pictures and ``metadata.jsonl``, one line per drawing
    TARGET/splits.json                  the frozen splits

>>> datasets.load_dataset("imagefolder", data_dir="TARGET")      # or load_dataset("TARGET"), or by its name on the Hub

Column ``objects`` holds one entry per person: ``keypoints`` (17 times x, y in picture pixels), ``visibility`` (17),
``bbox`` (x, y, width, height), ``area``, ``edited`` (17), ``crowd``. ``revision`` is the whole record as text. The
drawings of a split in which nobody was annotated at all are left out.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sketchpose.dataset.archive import open_writer
from sketchpose.dataset.card import write_card
from sketchpose.dataset.coco import Exported, exportable, file_name, image_id
from sketchpose.dataset.people import Person
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import read_splits
from sketchpose.dataset.store import Dataset, Progress
from sketchpose.formats import coco_annotation

FOLDERS: Final = {"train": "train", "val": "validation", "test": "test"}


def export_imagefolder(
    dataset: Dataset,
    target: Path,
    *,
    status: Sequence[str] = ("accepted",),
    publish: bool = True,
    title: str = "Sketches with keypoints",
    progress: Progress | None = None,
) -> Exported:
    """Write the dataset as ``datasets.load_dataset`` reads it.

    Args:
        dataset: The dataset.
        target: A new folder, or a name ending in ``.zip``.
        status: Wanted statuses.
        publish: Only pictures that may be passed on.
        title: Heading of the card.
        progress: Called with pictures done and pictures in all.

    Raises:
        ValueError: Nothing to export, or the folder is not empty.
        OSError: The disk is full.
    """
    entries = exportable(dataset, None, status, publish)
    splits = read_splits(dataset)
    revisions = [dataset.read(entry.id) for entry in entries]
    sides = {r.drawing: splits.split_of(r) if splits else "train" for r in revisions}
    # `datasets` takes the type of a column from its first rows, and an empty list has none: people come first, and a
    # split without a single person cannot be told from one with another layout.
    peopled = {sides[r.drawing] for r in revisions if r.persons}
    revisions = [r for r in revisions if sides[r.drawing] in peopled]
    if not revisions:
        raise ValueError("No drawing to export has a person in it; annotate some first.")
    with open_writer(target) as writer:
        writer.add("README.md", write_card(revisions, sides, title).encode())
        if splits:
            writer.copy("splits.json", dataset.layout.splits)
        for side, folder in FOLDERS.items():
            chosen = sorted((r for r in revisions if sides[r.drawing] == side), key=lambda r: not r.persons)
            if chosen:
                lines = [json.dumps(metadata(r), ensure_ascii=False, allow_nan=False) for r in chosen]
                writer.add(f"{folder}/metadata.jsonl", ("\n".join(lines) + "\n").encode())
        for done, revision in enumerate(revisions, 1):
            name = f"{FOLDERS[sides[revision.drawing]]}/{file_name(revision)}"
            writer.copy(name, dataset.image_path(revision.image))
            if progress is not None:
                progress(done, len(revisions))
    counts = {side: sum(sides[r.drawing] == side for r in revisions) for side in FOLDERS}
    return Exported(target, counts, sum(len(r.persons) for r in revisions))


def metadata(revision: Revision) -> Mapping[str, Any]:
    """Return a drawing's line; every number has the type its column has in all other lines."""
    return {
        "file_name": file_name(revision),
        "image_id": image_id(revision.drawing),
        "width": revision.image.width,
        "height": revision.image.height,
        "source": revision.source,
        "artist": revision.artist,
        "licence": revision.licence,
        "author": revision.author,
        "tags": ", ".join(revision.tags),
        "objects": [_object(person) for person in revision.persons],
        "revision": revision.encode().decode().strip(),
    }


def _object(person: Person) -> Mapping[str, Any]:
    plain = coco_annotation(person.pose)
    flat = plain["keypoints"]
    return {
        "id": person.id,
        "keypoints": [[float(flat[i]), float(flat[i + 1])] for i in range(0, len(flat), 3)],
        "visibility": [int(v) for v in flat[2::3]],
        "bbox": [float(v) for v in plain["bbox"]],
        "area": float(plain["area"] if person.area is None else person.area),
        "edited": person.edited.tolist(),
        "crowd": person.crowd,
    }
