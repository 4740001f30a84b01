"""The dataset as a Hugging Face dataset with a card: an image folder, Parquet files, or a repository of the Hub.

    TARGET/README.md                    the card: what is in it, who made it, under which licences
    TARGET/splits.json                  the frozen splits
    TARGET/{train,validation,test}/     image folder: pictures and ``metadata.jsonl``, one line per drawing
    TARGET/data/SPLIT-00000-of-....parquet    Parquet: the pictures, as they are, and everything else in one table

>>> datasets.load_dataset("TARGET")      # or by its name on the Hub; streaming=True reads Parquet row by row

Column ``objects`` holds one entry per person: ``keypoints`` (17 times x, y in picture pixels), ``visibility`` (17),
``bbox`` (x, y, width, height), ``area``, ``edited`` (17), ``crowd``. ``revision`` is the whole record as text. In an
image folder, a split in which nobody is annotated is left out.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from sketchpose.dataset.archive import open_writer
from sketchpose.dataset.exporters.card import write_card
from sketchpose.dataset.exporters.coco import Exported, exportable, file_name, image_id
from sketchpose.dataset.hub.repository import Remote, reported
from sketchpose.dataset.person import Person
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import Splits, read_splits
from sketchpose.dataset.store import Dataset
from sketchpose.formats import coco_annotation
from sketchpose.progress import Progress, counted

FOLDERS: Final = {"train": "train", "val": "validation", "test": "test"}
_ROWS: Final = 500
"""Drawings of one Parquet file: what is held in memory at once."""


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
    revisions, sides, splits = _chosen(dataset, status, publish)
    # `datasets` takes the type of a column from its first rows, and an empty list has none: so drawings
    # with people come first, and a split without a single person would seem to have another layout.
    peopled = {sides[r.drawing] for r in revisions if r.persons}
    revisions = [r for r in revisions if sides[r.drawing] in peopled]
    if not revisions:
        raise ValueError("No drawing to export has a person in it; annotate some first.")
    with open_writer(target) as writer:
        writer.add("README.md", write_card(revisions, sides, title).encode())
        if splits:
            writer.add("splits.json", splits.encode())
        for side, folder in FOLDERS.items():
            chosen = sorted((r for r in revisions if sides[r.drawing] == side), key=lambda r: not r.persons)
            if chosen:
                lines = [json.dumps(metadata(r), ensure_ascii=False, allow_nan=False) for r in chosen]
                writer.add(f"{folder}/metadata.jsonl", ("\n".join(lines) + "\n").encode())
        for revision in counted(revisions, len(revisions), progress):
            name = f"{FOLDERS[sides[revision.drawing]]}/{file_name(revision)}"
            writer.copy(name, dataset.image_path(revision.image))
    counts = {side: sum(sides[r.drawing] == side for r in revisions) for side in FOLDERS}
    return Exported(target, counts, sum(len(r.persons) for r in revisions))


def export_parquet(
    dataset: Dataset,
    target: Path,
    *,
    status: Sequence[str] = ("accepted",),
    publish: bool = True,
    title: str = "Sketches with keypoints",
    progress: Progress | None = None,
) -> Exported:
    """Write the dataset as Parquet files, which the Hub shows and streams.

    Arguments and errors are those of ``export_imagefolder``.
    """
    import datasets

    datasets.disable_progress_bars()  # drawings are counted instead
    revisions, sides, splits = _chosen(dataset, status, publish)
    columns, done = _columns(), 0
    with open_writer(target) as writer:
        writer.add("README.md", write_card(revisions, sides, title).encode())
        if splits:
            writer.add("splits.json", splits.encode())
        for side, folder in FOLDERS.items():
            chosen = [r for r in revisions if sides[r.drawing] == side]
            parts = [chosen[i : i + _ROWS] for i in range(0, len(chosen), _ROWS)]
            for i, part in enumerate(parts):
                rows = [_row(dataset, revision) for revision in part]
                buffer = BytesIO()
                datasets.Dataset.from_list(rows, features=columns).to_parquet(buffer)
                writer.add(f"data/{folder}-{i:05}-of-{len(parts):05}.parquet", buffer.getvalue())
                done += len(part)
                if progress is not None:
                    progress(done, len(revisions))
    counts = {side: sum(sides[r.drawing] == side for r in revisions) for side in FOLDERS}
    return Exported(target, counts, sum(len(r.persons) for r in revisions))


def publish_parquet(
    dataset: Dataset, remote: Remote, title: str = "Sketches with keypoints", progress: Progress | None = None
) -> Exported:
    """Put the accepted drawings that may be passed on into a dataset repository, replacing earlier exports.

    Args:
        dataset: The dataset.
        remote: The repository; created if missing, private unless told otherwise.
        title: Heading of the card.
        progress: Called with pictures done and pictures in all.

    Raises:
        HubError: No token or repository, the Hub cannot be reached, or it refuses.
        ValueError: No accepted drawing may be passed on.
    """
    api = remote.api()
    with tempfile.TemporaryDirectory() as name:
        done = export_parquet(dataset, Path(name) / "export", title=title, progress=progress)
        with reported(remote):
            api.create_repo(remote.repo, repo_type="dataset", private=remote.private, exist_ok=True)
            api.upload_folder(
                repo_id=remote.repo,
                repo_type="dataset",
                folder_path=done.target,
                delete_patterns="data/*.parquet",
                commit_message=f"{sum(done.drawings.values())} drawings, {done.people} people",
            )
    return done


def _chosen(
    dataset: Dataset, status: Sequence[str], publish: bool
) -> tuple[list[Revision], dict[str, str], Splits | None]:
    """Return what is exported, the split of each drawing, and the splits, which name only what is exported."""
    entries = exportable(dataset, None, status, publish)
    splits = read_splits(dataset)
    revisions = [dataset.read(entry.id) for entry in entries]
    sides = {r.drawing: splits.split_of(r) if splits else "train" for r in revisions}
    return revisions, sides, splits.of(revisions) if splits and publish else splits


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


def _row(dataset: Dataset, revision: Revision) -> Mapping[str, Any]:
    image = {"bytes": dataset.image_path(revision.image).read_bytes(), "path": file_name(revision)}
    return {"image": image, **{name: value for name, value in metadata(revision).items() if name != "file_name"}}


def _columns() -> Any:
    """Return the types of the columns: an empty list or text does not tell its type."""
    from datasets import Features, Image, List, Value

    real, whole, truth, text = Value("float64"), Value("int64"), Value("bool"), Value("string")
    person = {
        "id": text,
        "keypoints": List(List(real)),
        "visibility": List(whole),
        "bbox": List(real),
        "area": real,
        "edited": List(truth),
        "crowd": truth,
    }
    texts = ("source", "artist", "licence", "author", "tags")
    numbers = ("image_id", "width", "height")
    plain = dict.fromkeys(numbers, whole) | dict.fromkeys(texts, text)
    return Features({"image": Image(), **plain, "objects": List(person), "revision": text})


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
