"""Annotated drawings from other tools and datasets, read into the store.

>>> report = import_files(dataset, Path("cvat_export.zip"), source="sketchbook", author="Ada")
>>> report.dropped
{'joints that COCO-17 does not have': 24}
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from sketchpose.dataset.archive import Files, open_files
from sketchpose.dataset.importers import coco, label_studio, named
from sketchpose.dataset.importers.common import Floats, Found, Notes, Pictures
from sketchpose.dataset.people import ImageFacts, Person
from sketchpose.dataset.perceptual import NEAR, as_numbers, distances
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import SPLITS
from sketchpose.dataset.store import Dataset, Progress
from sketchpose.formats import FormatError, read_json

_Read = Callable[[Files, str, Notes], list[Found]]
_SHAPE_TOLERANCE: Final = 0.02

READERS: Final[dict[str, tuple[Callable[[object], bool], _Read]]] = {
    "label-studio": (label_studio.is_label_studio, label_studio.read),
    "mpii": (named.is_mpii, named.read_mpii),
    "openpose": (named.is_openpose, named.read_openpose),
    "bizarre": (named.is_bizarre, named.read_bizarre),
}
FORMATS: Final = ("auto", *coco.FLAVOURS, *READERS)


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        formats: How many files of each format were read.
        drawings: Drawings that are new or have a new revision.
        people: People in them.
        known: Drawings left out because the very same annotation is there already.
        alike: (name, name) of each new drawing and another one that looks like it.
        dropped: What the dataset has no place for, with counts.
        skipped: A sentence for each broken record that was left out.
    """

    formats: Mapping[str, int]
    drawings: int
    people: int
    known: int
    alike: tuple[tuple[str, str], ...]
    dropped: Mapping[str, int]
    skipped: tuple[str, ...]


def import_files(
    dataset: Dataset,
    path: Path,
    format: str = "auto",
    *,
    source: str = "",
    artist: str = "",
    licence: str = "",
    consent: str = "unknown",
    author: str = "",
    status: str = "submitted",
    skip_bad: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Read annotations and their pictures into the dataset.

    Nothing is stored before all annotation files have been read; then drawing by drawing, so an import that is
    interrupted can be repeated: what is there already is left out.

    Args:
        dataset: The dataset.
        path: A folder, a zip file, or an annotation file beside its pictures.
        format: One of ``FORMATS``.
        source: Source of drawings whose file names none.
        artist: Artist of drawings whose file names none.
        licence: Licence of drawings whose file names none.
        consent: Why the pictures may be used.
        author: Who imports.
        status: Status of the new revisions.
        skip_bad: Leave out broken records and count them, instead of stopping at the first.
        progress: Called with drawings done and drawings in all.

    Raises:
        FormatError: Nothing that can be read, or a broken record; it is named.
        OSError: The disk is full.
    """
    if format not in FORMATS:
        raise FormatError(f"There is no format {format!r}; choose one of {', '.join(FORMATS)}.")
    notes = Notes(skip_bad)
    given = {"artist": artist, "licence": licence, "source": source}
    rest = {"consent": consent, "author": author, "status": status}
    formats: Counter[str] = Counter()
    people = known = 0
    fresh: set[str] = set()
    with open_files(path) as files:
        found: list[tuple[Found, str]] = []
        for name in _documents(files, path):
            kind, read = _reader(files, name, format)
            if read is not None:
                found += [(drawing, name) for drawing in read(files, name, notes)]
                formats[kind] += 1
        if not formats:
            raise FormatError(f"{path.name}: no annotations of a known format; known are {', '.join(FORMATS[1:])}.")
        pictures = Pictures(files)
        for done, (drawing, name) in enumerate(found, 1):
            try:
                revision = _revision(dataset, files, pictures, drawing, name, given, rest)
            except ValueError as error:
                notes.bad(str(error) if drawing.where in str(error) else f"{drawing.where}: {error}")
                continue
            if _is_known(dataset, revision):
                known += 1
            else:
                fresh.add(dataset.save(revision).drawing)
                people += len(revision.persons)
            if progress is not None:
                progress(done, len(found))
    alike = tuple(_alike_drawings(dataset, fresh))
    return ImportReport(dict(formats), len(fresh), people, known, alike, dict(notes.dropped), tuple(notes.skipped))


def _alike_drawings(dataset: Dataset, fresh: set[str]) -> Iterator[tuple[str, str]]:
    dataset.sync()
    stored = dataset.index.perceptual()
    hashes = as_numbers([row[1] for row in stored])
    for i, (drawing, perceptual, name) in enumerate(stored):
        if drawing in fresh:
            near = np.flatnonzero(distances(perceptual, hashes) <= NEAR)
            # Of two that are both new, one line is enough.
            yield from ((name, stored[j][2]) for j in near if j > i or (j < i and stored[j][0] not in fresh))


def _documents(files: Files, path: Path) -> list[str]:
    if path.is_file() and path.suffix.lower() == ".json":
        return [path.name]
    # An export of this project has its annotations once as a whole and once by split.
    names = [name for name in files.names() if name.lower().endswith(".json")]
    whole = [name for name in names if PurePosixPath(name).name == "annotations.json"]
    splits = {str(PurePosixPath(name).with_name(f"{split}.json")) for name in whole for split in SPLITS}
    return [name for name in names if name not in splits and PurePosixPath(name).name != "splits.json"]


def _reader(files: Files, name: str, format: str) -> tuple[str, _Read | None]:
    """Return the format of a file and what reads it; None for JSON that is something else."""
    if format in coco.FLAVOURS:
        return format, _coco(format)
    if format in READERS:
        return format, READERS[format][1]
    document = read_json(files.read(name), source=name)
    if isinstance(document, Mapping) and coco.is_coco(document):
        kind = coco.flavour_of(document, name)
        return kind, _coco(kind)
    return next(((kind, read) for kind, (knows, read) in READERS.items() if knows(document)), ("", None))


def _coco(flavour: str) -> _Read:
    return lambda files, name, notes: coco.read(files, name, flavour, notes)


def _revision(
    dataset: Dataset,
    files: Files,
    pictures: Pictures,
    drawing: Found,
    name: str,
    given: Mapping[str, str],
    rest: Mapping[str, str],
) -> Revision:
    place = pictures.find(drawing.picture, name)
    if place is None:
        raise FormatError(f"{drawing.where}: the picture {drawing.picture} is missing, or there are several.")
    data = files.read(place)
    image = dataset.add_image(data, drawing.name or PurePosixPath(drawing.picture).name)
    if drawing.revision is not None:
        if drawing.revision.drawing != image.hash:
            raise FormatError(f"{drawing.where}: the picture is not the one that was annotated.")
        return drawing.revision
    people = tuple(map(_onto(drawing, image), drawing.people))
    facts = {key: getattr(drawing, key) or value for key, value in given.items()}
    return Revision.make(image, people, tags=drawing.tags, **facts, **rest)


def _onto(drawing: Found, image: ImageFacts) -> Callable[[Person], Person]:
    """Return what brings people from the described picture onto the stored one.

    Raises:
        FormatError: The stored picture has another shape.
    """
    size = np.array([image.width, image.height], np.float64)
    described = np.array([drawing.width or size[0], drawing.height or size[1]], np.float64)
    if (size == described).all():
        return lambda person: person
    if _alike(size, described):
        return partial(_moved, scale=float((size / described).mean()), shift=np.zeros(2))
    if drawing.cropped is not None:
        corner, extent = np.array(drawing.cropped[:2]), np.array(drawing.cropped[2:]) - drawing.cropped[:2]
        if _alike(size, extent):
            scale = float((size / extent).mean())
            return partial(_moved, scale=scale, shift=-corner * scale)
    raise FormatError(
        f"{drawing.where}: it describes a picture of {drawing.width} x {drawing.height} pixels and "
        f"{drawing.picture} has {image.width} x {image.height}, another shape."
    )


def _alike(size: Floats, other: Floats) -> bool:
    return abs(float(np.log((size[0] / size[1]) / (other[0] / other[1])))) < _SHAPE_TOLERANCE


def _moved(person: Person, scale: float, shift: Floats) -> Person:
    area = None if person.area is None else person.area * scale**2
    predicted = None if person.predicted is None else person.predicted.moved(scale, shift)
    return replace(person, pose=person.pose.moved(scale, shift), predicted=predicted, area=area)


def _is_known(dataset: Dataset, revision: Revision) -> bool:
    """Whether the store holds this revision, or one of the same drawing that says the same."""
    if dataset.layout.revision(revision.id).exists():
        return dataset.read(revision.id) == revision
    people = revision.people_json()
    history = dataset.index.history(revision.drawing)
    return any(dataset.read(entry.id).people_json() == people for entry in history)
