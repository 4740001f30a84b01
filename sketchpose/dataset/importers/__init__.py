"""Annotated drawings from other tools and datasets, read into the store.

>>> report = import_files(dataset, Path("openpose_export.zip"), source="sketchbook", author="Ada")
>>> report.dropped
{'joints that COCO-17 does not have': 3}

``sketchpose.formats`` reads the formats and ``sketchpose.pictures`` finds the pictures; this module adds what concerns
the dataset alone: sources, artists, licences, revisions, and what is known already.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from sketchpose.dataset.archive import open_files
from sketchpose.dataset.exporters.coco import revision_of
from sketchpose.dataset.person import Person
from sketchpose.dataset.records import Revision
from sketchpose.dataset.similar import NEAR, as_numbers, distances
from sketchpose.dataset.splits import SPLITS
from sketchpose.dataset.store import Dataset
from sketchpose.formats import (
    FORMATS,
    SUFFIXES,
    AnnotatedImage,
    AnnotatedPerson,
    Files,
    FormatError,
    Notes,
    NotPosesError,
    read_poses,
)
from sketchpose.pictures import Pictures, match_pictures, root_of
from sketchpose.progress import Progress, counted
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.text import base_name

__all__ = ["FORMATS", "ImportReport", "import_files"]

_EXPLAINS: Final = ("data.yaml", "dataset.yaml", "data.yml", "dataset.yml", "classes.txt", "splits.json")
"""Files that explain others and hold no poses."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        formats: How many files of each format were read.
        drawings: Drawings that are new or have a new revision.
        people: People in them.
        known: Drawings left out because the same annotation is there already.
        alike: (name, name) of each new drawing and another one that looks like it.
        dropped: What the dataset has no place for, with counts.
        skipped: A sentence for each record and each picture that was left out.
        changed: A sentence for each drawing whose joints were scaled, or moved with the picture.
        passed: A sentence for each file that holds no poses.
    """

    formats: Mapping[str, int]
    drawings: int
    people: int
    known: int
    alike: tuple[tuple[str, str], ...]
    dropped: Mapping[str, int]
    skipped: tuple[str, ...]
    changed: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()


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

    Nothing is stored before all annotation files have been read; drawings are then stored one by one, so an
    interrupted import can be repeated: what is there already is left out. A drawing whose picture is missing, damaged,
    of another shape, or annotated twice is left out and named; it never ends the import.

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
        FormatError: The path holds no annotations that can be read, or a record is broken; the message names it.
        OSError: The disk is full.
    """
    if format not in FORMATS:
        raise FormatError(f"There is no format {format!r}; choose one of {', '.join(FORMATS)}.")
    notes, passed, changed = Notes(skip_bad), [], []
    given = {"artist": artist, "licence": licence, "source": source}
    rest = {"consent": consent, "author": author, "status": status}
    formats: Counter[str] = Counter()
    people = known = 0
    fresh: dict[str, str] = {}
    with open_files(path) as files:
        described: list[tuple[AnnotatedImage, str]] = []
        for name in _documents(files, path):
            try:
                images, kind = read_poses(files.read(name), name, notes, format=format, files=files)
            except NotPosesError as error:
                passed.append(f"{error}")
                continue
            described += [(image, name) for image in images]
            formats[kind] += 1
        if not formats:
            reasons = f" {' '.join(passed[:3])}" if passed else ""
            raise FormatError(
                f"{path.name}: no annotations of a known format; known are {', '.join(FORMATS[1:])}.{reasons}"
            )
        for image, place in counted(_placed(files, described, notes), len(described), progress):
            try:
                revision, note = _revision(dataset, files, image, place, given, rest)
                if revision.drawing in fresh and not _is_known(dataset, revision):
                    raise FormatError(
                        f"{image.where}: its picture is the same as that of {fresh[revision.drawing]}, annotated "
                        "differently; the first was taken."
                    )
            except ValueError as error:
                notes.skipped.append(str(error) if image.where in str(error) else f"{image.where}: {error}")
            else:
                changed += [note] if note else []
                if revision.drawing in fresh or _is_known(dataset, revision):
                    known += 1
                else:
                    fresh[dataset.save(revision).drawing] = image.where
                    people += len(revision.persons)
    alike = tuple(_alike_drawings(dataset, set(fresh)))
    skipped = tuple(notes.skipped)
    return ImportReport(
        dict(formats), len(fresh), people, known, alike, dict(notes.dropped), skipped, tuple(changed), tuple(passed)
    )


def _placed(
    files: Files, described: list[tuple[AnnotatedImage, str]], notes: Notes
) -> Iterator[tuple[AnnotatedImage, str]]:
    """Yield each annotated image with its picture; those that have none for sure are left out by name."""
    pictures, files_of = Pictures(files.names()), {id(image): name for image, name in described}
    for image, place in match_pictures(
        [image for image, _ in described], lambda image: pictures.find(image.picture, image.where, files_of[id(image)])
    ):
        if isinstance(place, FormatError):
            notes.skipped.append(str(place))
        else:
            yield image, place


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
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return [path.resolve().relative_to(root_of(path)).as_posix()]
    names = [name for name in files.names() if PurePosixPath(name).suffix.lower() in SUFFIXES]
    # An export of this project holds its annotations twice: as a whole and by split.
    whole = [name for name in names if PurePosixPath(name).name == "annotations.json"]
    splits = {str(PurePosixPath(name).with_name(f"{split}.json")) for name in whole for split in SPLITS}
    return [name for name in names if name not in splits and PurePosixPath(name).name not in _EXPLAINS]


def _revision(
    dataset: Dataset,
    files: Files,
    image: AnnotatedImage,
    place: str,
    given: Mapping[str, str],
    rest: Mapping[str, str],
) -> tuple[Revision, str]:
    facts = dataset.add_image(files.read(place), base_name(image.name) or base_name(place))
    if image.record is not None:
        revision = revision_of(image.record, image.records, image.where)
        if revision.drawing != facts.hash:
            raise FormatError(f"{image.where}: the picture is not the one that was annotated.")
        return revision, ""
    ours, note = image.onto(facts.width, facts.height)
    people = tuple(_person(f"p{i}", person) for i, person in enumerate(ours.people, 1))
    about = {key: getattr(image, key) or value for key, value in given.items()}
    return Revision.make(facts, people, **about, **rest), note


def _person(id: str, person: AnnotatedPerson) -> Person:
    # What a model found does not count as edited.
    edited = np.zeros(NUM_KEYPOINTS, bool) if person.predicted else person.pose.labelled
    return Person(
        id,
        person.pose,
        edited,
        person.boxed,
        person.pose if person.predicted else None,
        person.area,
        person.crowd,
        person.attributes,
    )


def _is_known(dataset: Dataset, revision: Revision) -> bool:
    """Whether the store holds this revision, or one of the same drawing that says the same."""
    if dataset.layout.revision(revision.id).exists():
        return dataset.read(revision.id) == revision
    people = revision.people_json()
    history = dataset.index.history(revision.drawing)
    return any(dataset.read(entry.id).people_json() == people for entry in history)
