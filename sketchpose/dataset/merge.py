"""Merging another copy of the dataset: the union of the files, minus what either side erased."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sketchpose.dataset.layout import Layout
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import Splits
from sketchpose.dataset.store import Dataset
from sketchpose.dataset.tombstones import read_tombstones
from sketchpose.files import write_atomic
from sketchpose.images import read_image
from sketchpose.progress import Progress, counted


@dataclass(frozen=True)
class Merged:
    """What a merge brought.

    Attributes:
        revisions: Revisions that are new here.
        images: Pictures that are new here.
        erased: Revisions removed here because the other copy had erased them.
        conflicts: Drawings with several heads after the merge.
        problems: A sentence for each file that was left out, and for each disagreement of the splits.
    """

    revisions: int
    images: int
    erased: int
    conflicts: int
    problems: tuple[str, ...]


def merge(dataset: Dataset, other: Path, progress: Progress | None = None) -> Merged:
    """Take over everything from another copy, which is only read.

    Args:
        dataset: The dataset that grows.
        other: Folder of the other copy.
        progress: Called with files done and files in all.

    Raises:
        ValueError: The folder holds no dataset.
    """
    there, here = Layout(other), dataset.layout
    if not there.revisions.is_dir():
        raise ValueError(f"{other} is not a dataset; it needs the folder `revisions`.")
    known = {stone.file for stone in dataset.tombstones()}
    stones, problems = read_tombstones(there.erased)
    for stone in stones:
        if stone.file not in known:
            stone.write(here.erased)
    stones = dataset.tombstones()
    erased = dataset.sync().erased
    ours = here.revision_stamps()
    paths = [there.revision(id) for id in there.revision_stamps() if id not in ours]
    gone = {stone.hash for stone in stones if stone.kind == "image"}
    pictures, revisions, images = there.image_files(), 0, 0
    for path in counted(sorted(paths), len(paths), progress):
        try:
            revision = Revision.decode(path.read_bytes(), path.name)
            if path.stem != revision.id:
                raise ValueError(f"{path.name}: it holds revision {revision.id}; the file was renamed.")
            if any(stone.covers(revision) for stone in stones):
                continue
            target = here.image(revision.image)
            if not target.exists() and revision.drawing not in gone:
                write_atomic(target, _checked(pictures.get(revision.drawing), revision.drawing))
                images += 1
            write_atomic(here.revision(revision.id), path.read_bytes())
            revisions += 1
        except ValueError as error:
            problems.append(str(error))
    problems += _merge_splits(dataset, there.splits)
    dataset.sync()
    return Merged(revisions, images, erased, len(dataset.conflicts()), tuple(problems))


def _checked(path: Path | None, hash: str) -> bytes:
    """Return the bytes of a picture whose content matches its name."""
    if path is None:
        raise ValueError(f"The picture {hash} is missing from the other copy; its revisions were left out.")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != hash:
        raise ValueError(f"{path.name}: the content does not match the name; it is damaged and was left out.")
    read_image(data)
    return data


def _merge_splits(dataset: Dataset, theirs: Path) -> list[str]:
    if not theirs.is_file():
        return []
    splits, notes = Splits.read(theirs).forgotten(dataset.tombstones()), list[str]()
    if dataset.layout.splits.is_file():
        try:
            splits, notes = Splits.read(dataset.layout.splits).united(splits)
        except ValueError as error:
            return [f"The splits were not merged. {error}"]
    splits.write(dataset.layout.splits)
    return notes
