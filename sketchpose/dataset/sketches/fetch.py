"""Bring the open sketches from where they are published into a dataset.

Every file is checked by its hash, then cut as it was for its annotation. What is no longer there, or has changed, is
named and left out. A run that was interrupted continues where it stopped.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import cv2
import httpx
import numpy as np

from sketchpose.dataset.importers import ImportReport, import_files
from sketchpose.dataset.query import Query
from sketchpose.dataset.sketches.manifest import Sketch, read_sketches
from sketchpose.dataset.splits import SHARES, SPLITS, Splits, read_splits
from sketchpose.dataset.store import Dataset
from sketchpose.encode import encode
from sketchpose.files import inside, write_atomic
from sketchpose.formats import CATEGORY
from sketchpose.home import home_folder
from sketchpose.images import read_image
from sketchpose.progress import Progress, counted

WORKERS: Final = 4
"""Files requested at a time: quick, without burdening a server."""
_TRIES: Final = 3
_MAX_BYTES: Final = 64_000_000
_DOCUMENT: Final = "annotations.json"


@dataclass(frozen=True)
class FetchReport:
    """What a fetch did.

    Attributes:
        imported: What came into the dataset; None when everything was there already.
        known: Drawings that were there already.
        missing: A sentence for each drawing that could not be fetched.
        splits: A sentence on the split of the drawings.
    """

    imported: ImportReport | None
    known: int
    missing: tuple[str, ...]
    splits: str


def fetch_sketches(
    dataset: Dataset,
    *,
    splits: Collection[str] = SPLITS,
    mirror: str = "",
    workers: int = WORKERS,
    sketches: Sequence[Sketch] | None = None,
    progress: Progress | None = None,
) -> FetchReport:
    """Fetch the open sketches that a dataset lacks, and import them as accepted.

    Args:
        dataset: The dataset.
        splits: Only drawings of these published splits.
        mirror: Address of a copy of the servers, below which the same paths lie; empty asks the servers themselves.
        workers: Files requested at a time, at least 1.
        sketches: What to fetch; None takes the whole manifest.
        progress: Called with files done and files in all.

    Raises:
        ValueError: There is no such split.
        OSError: The disk is full.
    """
    if wrong := sorted(set(splits) - set(SPLITS)):
        raise ValueError(f"There is no split {wrong[0]!r}; choose from {', '.join(SPLITS)}.")
    wanted = [s for s in (read_sketches() if sketches is None else sketches) if s.split in splits]
    stored = {(e.source, PurePosixPath(e.name).stem) for e in dataset.entries(Query(deleted=True))}
    lacking = [s for s in wanted if (s.source, PurePosixPath(s.file_name).stem) not in stored]
    notes = _keep_splits(dataset, {sketch.source: sketch.split for sketch in wanted})
    if not lacking:
        return FetchReport(None, len(wanted), (), notes)
    folder = home_folder() / "sketches"
    here, missing = fetch_files(lacking, folder, mirror=mirror, workers=workers, progress=progress)
    report = None
    if here:
        write_atomic(folder / _DOCUMENT, json.dumps(coco_document(folder, here)).encode())
        report = import_files(dataset, folder / _DOCUMENT, "coco", consent="licence", status="accepted")
        for path in here:
            path.unlink()
    return FetchReport(report, len(wanted) - len(lacking), missing, notes)


def fetch_files(
    sketches: Sequence[Sketch],
    folder: Path,
    *,
    mirror: str = "",
    workers: int = WORKERS,
    progress: Progress | None = None,
) -> tuple[dict[Path, Sketch], tuple[str, ...]]:
    """Fetch the drawings that a folder lacks, checked and cut as they were annotated.

    Args:
        sketches: The drawings.
        folder: Where they are kept, under their names; each is safe as soon as it is there.
        mirror: As of ``fetch_sketches``.
        workers: Files requested at a time, at least 1.
        progress: Called with files done and files in all.

    Returns:
        The drawings in the folder by their file, and a sentence for each that could not be fetched.

    Raises:
        OSError: The disk is full.
    """
    files: dict[str, list[Sketch]] = {}
    for sketch in sketches:
        files.setdefault(f"{mirror.rstrip('/')}/{sketch.path}" if mirror else sketch.address, []).append(sketch)
    missing: list[str] = []
    with httpx.Client(follow_redirects=True, timeout=60) as client, ThreadPoolExecutor(workers) as pool:
        jobs = pool.map(lambda address: _fetch(client, address, files[address], folder), files)
        for sentences in counted(jobs, len(files), progress):
            missing += sentences
    return {path: s for s in sketches if (path := _kept(folder, s)) is not None}, tuple(missing)


def _keep_splits(dataset: Dataset, groups: dict[str, str]) -> str:
    """Write down the published split of sources that the dataset has not split yet; return what was done."""
    splits = read_splits(dataset)
    if splits is None:
        if any(entry.source not in groups for entry in dataset.entries(Query())):
            return "The splits are not frozen yet. Frozen by source, these drawings keep their published splits."
        splits = Splits("source", SHARES, dataset.now())
    elif splits.by != "source":
        return f"The splits are kept by {splits.by} here, so the published ones, by source, were not taken over."
    other = sorted(name for name, split in groups.items() if splits.groups.get(name, split) != split)
    replace(splits, groups={**groups, **splits.groups}).write(dataset.layout.splits)
    kept = f"; {', '.join(other)} keep{'s' * (len(other) == 1)} the split that your dataset gave" if other else ""
    return f"The drawings have their published splits, by source{kept}."


def _fetch(client: httpx.Client, address: str, sketches: Sequence[Sketch], folder: Path) -> list[str]:
    """Fetch a file and keep the drawings in it; return a sentence for each that could not be fetched."""
    todo = [sketch for sketch in sketches if _kept(folder, sketch) is None]
    if not todo:
        return []
    try:
        content = _download(client, address)
    except (httpx.HTTPError, ValueError) as error:
        return [f"{sketch.file_name}: {error}" for sketch in todo]
    missing = []
    for sketch in todo:
        try:
            suffix, data = cut(sketch, content)
        except ValueError as error:
            missing.append(f"{sketch.file_name}: {error}")
        else:
            write_atomic(inside(folder, sketch.file_name).with_suffix(suffix), data)
    return missing


def _download(client: httpx.Client, address: str) -> bytes:
    """Return the file at an address; a server that is busy is asked again.

    Raises:
        ValueError: It is not there, too large, or the server does not give it.
        httpx.HTTPError: The server cannot be reached.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with client.stream("GET", address) as answer:
                busy = answer.status_code == 429 or answer.status_code >= 500
                if answer.status_code == 200:
                    return _read(answer)
        except httpx.TransportError:
            if attempt == _TRIES:
                raise
            continue
        if not busy or attempt == _TRIES:
            break
    raise ValueError(f"{address} answers {answer.status_code}: the file is no longer at its origin, or not served now.")


def _read(answer: httpx.Response) -> bytes:
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > _MAX_BYTES:
            raise ValueError(f"{answer.url} is larger than {_MAX_BYTES // 1_000_000} MB, unlike what was annotated.")
    return bytes(content)


def cut(sketch: Sketch, content: bytes) -> tuple[str, bytes]:
    """Return a drawing as it was annotated, from the published file that holds it.

    Args:
        sketch: The drawing.
        content: The file.

    Returns:
        Suffix and bytes of the picture: those of the file itself where nothing is to be cut, else a PNG.

    Raises:
        ValueError: The file is not the one that was annotated, or it cannot be read.
    """
    if sketch.sha256 and hashlib.sha256(content).hexdigest() != sketch.sha256:
        raise ValueError("it has changed at its origin, or arrived incomplete, and is not the file that was annotated.")
    pixels = read_image(_rendered(sketch, content) if sketch.render else content).pixels
    x, y, width, height = sketch.crop
    part = np.ascontiguousarray(pixels[y : y + height, x : x + width])
    if not sketch.render and part.shape == pixels.shape == (sketch.height, sketch.width, 3):
        return PurePosixPath(sketch.origin).suffix.lower(), content
    if not part.size:
        raise ValueError("it is smaller at its origin than when it was annotated.")
    if part.shape[:2] != (sketch.height, sketch.width):
        part = np.asarray(cv2.resize(part, (sketch.width, sketch.height), interpolation=cv2.INTER_AREA))
    return ".png", encode(part)


def _rendered(sketch: Sketch, content: bytes) -> bytes:
    """Return a vector drawing as a PNG on white paper.

    Raises:
        ValueError: The file holds no such drawing.
    """
    import resvg_py

    text = _icon(sketch.part, content) if sketch.part else content.decode("utf-8", "replace")
    return bytes(resvg_py.svg_to_bytes(svg_string=text, width=sketch.render, background="white"))


def _icon(name: str, content: bytes) -> str:
    """Return an icon of a collection in Iconify's JSON as SVG.

    Raises:
        ValueError: Not such a collection, or it has no such icon.
    """
    try:
        collection: Any = json.loads(content)
        icon = collection["icons"][name]
        left, top, width, height = (
            float(icon.get(key, collection.get(key, usual)))
            for key, usual in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
        )
        body = str(icon["body"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"the collection at its origin has no drawing {name!r}.") from None
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}">{body}</svg>'


def _kept(folder: Path, sketch: Sketch) -> Path | None:
    """Return the file of a drawing that was fetched before; None when there is none."""
    place = inside(folder, sketch.file_name)
    return next((path for suffix in _suffixes(sketch) if (path := place.with_suffix(suffix)).is_file()), None)


def _suffixes(sketch: Sketch) -> Iterator[str]:
    yield ".png"
    if not sketch.render:
        yield PurePosixPath(sketch.origin).suffix.lower()


def coco_document(folder: Path, sketches: Mapping[Path, Sketch]) -> dict[str, Any]:
    """Return the COCO document of drawings that lie in a folder."""
    licences = sorted({sketch.licence for sketch in sketches.values()})
    images: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    for number, (path, sketch) in enumerate(sketches.items(), 1):
        images.append(
            {
                "id": number,
                "file_name": path.relative_to(folder.resolve()).as_posix(),
                "width": sketch.width,
                "height": sketch.height,
                "source": sketch.source,
                "artist": sketch.artist,
                "license": licences.index(sketch.licence) + 1,
            }
        )
        people += [{**person, "id": len(people) + i, "image_id": number} for i, person in enumerate(sketch.people, 1)]
    terms = [{"id": number, "name": name} for number, name in enumerate(licences, 1)]
    return {"images": images, "annotations": people, "categories": [CATEGORY], "licenses": terms}
