"""Hugging Face datasets: from the Hub, row by row as they arrive, or from a folder, Parquet or Arrow files.

``datasets.load_dataset`` reads the rows without decoding the pictures, so that their bytes stay as they are; no code of
the dataset is run. The rows become COCO documents beside their pictures, which are then imported as any other.

A row needs a picture (the column of that type, or ``image``) and people in ``objects``, as a list of records or a
record of lists: ``keypoints`` as 17 times x, y with ``visibility``, or x, y, v, nested or flat; ``bbox`` (x, y, width,
height), ``area``, ``crowd``. ``source``, ``artist`` and ``licence`` (or ``license``) are taken over where they are
texts. A column ``revision``, as exports of this project have it, is taken over as it is.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from sketchpose.dataset.exporters.coco import file_name, to_document
from sketchpose.dataset.importers import ImportReport, import_files
from sketchpose.dataset.layout import image_suffix
from sketchpose.dataset.records import Revision
from sketchpose.dataset.store import Dataset
from sketchpose.files import inside
from sketchpose.formats import CATEGORY, FormatError
from sketchpose.images import SUFFIXES
from sketchpose.progress import Progress
from sketchpose.skeleton import NUM_KEYPOINTS

HUB: Final = "hf://datasets/"
_ARROW: Final = ("dataset_dict.json", "state.json")

Row = Mapping[str, Any]


def is_huggingface(where: str) -> bool:
    """Return whether something is a Hugging Face dataset: a name on the Hub, a Parquet file, or a folder of one."""
    path = Path(where)
    if where.startswith(HUB) or path.suffix == ".parquet":
        return True
    signs = (
        "metadata.jsonl",
        "*/metadata.jsonl",
        "metadata.csv",
        "*/metadata.csv",
        "*.parquet",
        "*/*.parquet",
        *_ARROW,
    )
    return path.is_dir() and any(next(path.glob(sign), None) for sign in signs)


def import_huggingface(
    dataset: Dataset,
    where: str,
    *,
    config: str = "",
    split: str = "",
    limit: int | None = None,
    progress: Progress | None = None,
    **given: Any,
) -> ImportReport:
    """Read a Hugging Face dataset into the dataset.

    Args:
        dataset: The dataset.
        where: ``hf://datasets/OWNER/NAME``, a folder, or a Parquet file.
        config: Configuration of a dataset that has several.
        split: Only this one; default: all.
        limit: Rows to read at most; a dataset of the Hub is fetched as far as that.
        progress: Called with drawings done and drawings in all.
        given: As for ``import_files``.

    Raises:
        FormatError: The dataset cannot be read, has no pictures or no people, or a row is broken; the message names it.
        OSError: The disk is full.
    """
    skipped: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        made = _Documents(Path(name))
        for number, row in enumerate(islice(_rows(where, config, split), limit), 1):
            place = f"{where}: row {number}"
            try:
                made.take(row, number, _content(row, where, place), place)
            except ValueError as error:
                if not given.get("skip_bad"):
                    raise
                skipped.append(str(error))
        if not made.write():
            first = f" {skipped[0]}" if skipped else ""
            raise FormatError(f"{where}: there is no row to import; choose another split or configuration.{first}")
        report = import_files(dataset, made.folder, progress=progress, **given)
    return replace(report, skipped=(*skipped, *report.skipped))


class _Documents:
    """Rows on their way into two COCO documents: exports of this project, and everything else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own: list[Revision] = []
        self._images: list[Row] = []
        self._people: list[Row] = []
        self._licences: list[str] = []

    def take(self, row: Row, number: int, data: bytes, place: str) -> None:
        """Keep a row and its picture.

        Raises:
            ValueError: The row is broken; nothing of it is kept.
        """
        if isinstance(text := row.get("revision"), str) and text:
            revision = Revision.decode(text.encode(), f"{place}, revision")
            _put(self.folder / "own" / "images", file_name(revision), data)
            self._own.append(revision)
            return
        people, name = _people(row, place), f"{number:06}/{_name(row, number, data)}"
        _put(self.folder / "other", name, data)
        licence = row.get("licence") or row.get("license")
        self._licences.append(licence if isinstance(licence, str) else "")
        about = {name: text for name in ("source", "artist") if isinstance(text := row.get(name), str)}
        self._images.append({"id": number, "file_name": name, "license": len(self._licences), **about})
        first = len(self._people) + 1
        self._people += [{"id": id, "image_id": number, **person} for id, person in enumerate(people, first)]

    def write(self) -> bool:
        """Write the documents; whether there is anything in them."""
        if self._own:
            _put(self.folder / "own", "annotations.json", json.dumps(to_document(self._own)).encode())
        if self._images:
            document = {
                "images": self._images,
                "annotations": self._people,
                "categories": [CATEGORY],
                "licenses": [{"id": i, "name": name} for i, name in enumerate(self._licences, 1)],
            }
            _put(self.folder / "other", "annotations.json", json.dumps(document).encode())
        return bool(self._own or self._images)


def _rows(where: str, config: str, split: str) -> Iterator[Row]:
    """Yield the rows of one split or all of them, pictures as bytes or as the place where they lie."""
    import datasets

    datasets.disable_progress_bars()  # drawings are counted instead
    path = Path(where)
    options: dict[str, Any] = {"streaming": True, "split": split or None}
    try:
        if where.startswith(HUB):
            loaded = datasets.load_dataset(where.removeprefix(HUB), config or None, **options)
        elif path.is_file():
            loaded = datasets.load_dataset("parquet", data_files=str(path.resolve()), **options)
        elif any((path / sign).is_file() for sign in _ARROW):
            loaded = datasets.load_from_disk(str(path))
            loaded = loaded[split] if split else loaded
        else:
            loaded = datasets.load_dataset(str(path.resolve()), config or None, **options)
        for part in loaded.values() if isinstance(loaded, dict) else [loaded]:
            columns = part.features or {}
            picture = next((name for name, kind in columns.items() if isinstance(kind, datasets.Image)), "image")
            for row in part.cast_column(picture, datasets.Image(decode=False)):
                yield {**row, "image": row[picture]}
    except Exception as error:  # of the client, the file systems and the readers below it, without a common base
        raise FormatError(
            f"{where}: it cannot be read as a Hugging Face dataset: {' '.join(str(error).split())[:300]}"
        ) from error


def _content(row: Row, where: str, place: str) -> bytes:
    """Return the picture of a row: given by its bytes, or by a file of the same dataset."""
    picture = row["image"] if isinstance(row["image"], Mapping) else {}
    if data := picture.get("bytes"):
        return bytes(data)
    path = str(picture.get("path") or "")
    if where.startswith(HUB) and path.startswith((f"{where}/", f"{where}@")):
        import fsspec

        with fsspec.open(path, "rb") as file:
            return bytes(file.read())
    root = Path(where).resolve()
    if (
        not where.startswith(HUB)
        and path
        and Path(path).resolve().is_relative_to(root if root.is_dir() else root.parent)
    ):
        return Path(path).read_bytes()
    raise FormatError(f"{place}: it has no picture of this dataset; give it in a column `image`.")


def _name(row: Row, number: int, data: bytes) -> str:
    """Return what to call a picture: as the dataset does, where that is the name of a picture."""
    name = PurePosixPath(str(row["image"].get("path") or "").replace("\\", "/")).name
    try:
        inside(os.curdir, name)
        return name if PurePosixPath(name).suffix.lower() in SUFFIXES else f"{number}{image_suffix(data)}"
    except ValueError:
        return f"{number}{image_suffix(data)}"


def _people(row: Row, place: str) -> list[Row]:
    """Return the people of a row as COCO annotations."""
    objects = row.get("objects")
    if isinstance(objects, Mapping):  # a record of lists
        objects = [dict(zip(objects, values, strict=False)) for values in zip(*objects.values(), strict=False)]
    if not isinstance(objects, list) or not all(isinstance(one, Mapping) for one in objects):
        raise FormatError(f"{place}: its people must be a list of records in a column `objects`.")
    return [_person(one, f"{place}, objects[{i}]") for i, one in enumerate(objects)]


def _person(record: Row, place: str) -> Row:
    try:
        joints = np.asarray(record["keypoints"], np.float64)
        if joints.size == 2 * NUM_KEYPOINTS:
            seen = np.asarray(record["visibility"], np.float64).reshape(NUM_KEYPOINTS, 1)
            joints = np.hstack([joints.reshape(NUM_KEYPOINTS, 2), seen])
        joints = joints.reshape(NUM_KEYPOINTS, 3)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{place}: it needs {NUM_KEYPOINTS} keypoints as x, y and visibility.") from error
    rest = {name: record[name] for name in ("bbox", "area") if record.get(name) is not None}
    crowd = record.get("crowd", record.get("iscrowd"))
    return {"category_id": 1, "keypoints": joints.ravel().tolist(), "iscrowd": int(bool(crowd)), **rest}


def _put(folder: Path, name: str, data: bytes) -> None:
    path = inside(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
