"""Checking the whole dataset: every file against its checksum, and the index against the files."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sketchpose.dataset.query import Query
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import read_splits
from sketchpose.dataset.store import Dataset
from sketchpose.dataset.tombstones import read_tombstones
from sketchpose.progress import Progress


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        revisions: Revisions in the dataset.
        drawings: Drawings, deleted ones included.
        images: Pictures stored.
        conflicts: Drawings with several heads.
        duplicates: Pairs of drawings that look alike.
        unused: Pictures that no revision is about.
        swept: Half-written files of killed processes that were removed.
        quarantined: (file name, reason) of all damaged files, those found earlier included.
        problems: A sentence for everything that is damaged or missing.
        leaks: A sentence for each pair of drawings that look alike while only one is for the test; worth a look.
        index_right: Whether the index agreed with the files; it does now.
    """

    revisions: int
    drawings: int
    images: int
    conflicts: int
    duplicates: int
    unused: int
    swept: int
    quarantined: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    leaks: tuple[str, ...]
    index_right: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged or missing."""
        return not self.problems


def check(dataset: Dataset, *, rebuild: bool = False, progress: Progress | None = None) -> CheckReport:
    """Read every file, move damaged ones to ``quarantine``, and compare the index with a new one.

    Args:
        dataset: The dataset.
        rebuild: Rebuild the index in any case.
        progress: Called with files done and files in all.
    """
    problems: list[str] = []
    swept = dataset.layout.sweep()
    stamps, files = dataset.layout.revision_stamps(), dataset.layout.image_files()
    total, done = len(stamps) + len(files), 0
    for hash, path in files.items():
        if hashlib.sha256(path.read_bytes()).hexdigest() != hash:
            reason = f"{path.name}: the picture's content does not match its name; it was changed or is damaged."
            dataset.layout.isolate(path, reason)
        done = _tell(progress, done, total)
    for id in stamps:
        path = dataset.layout.revision(id)
        try:
            Revision.decode(path.read_bytes(), path.name)
        except ValueError:
            path.touch()  # Seen as changed, it is judged by ``sync`` like any other.
        done = _tell(progress, done, total)
    changes = dataset.sync()
    right = _compare(dataset)
    if rebuild or not right:
        dataset.index.clear()
        dataset.sync()
    entries = dataset.index.select(Query(which="all", deleted=True))
    there = dataset.layout.image_files()
    named = {entry.drawing: entry.name for entry in entries}
    problems += [f"{file} is in quarantine: {reason}" for file, reason in dataset.layout.quarantined()]
    problems += changes.unread + tuple(read_tombstones(dataset.layout.erased)[1])
    problems += [f"The picture {named[d] or d} ({d}) is missing." for d in sorted(named.keys() - there.keys())]
    pairs = dataset.duplicates()
    return CheckReport(
        revisions=len(entries),
        drawings=len(named),
        images=len(there),
        conflicts=len(dataset.conflicts()),
        duplicates=len(pairs),
        unused=len(there.keys() - named.keys()),
        swept=swept,
        quarantined=tuple(dataset.layout.quarantined()),
        problems=tuple(problems),
        leaks=tuple(_leaks(dataset, pairs)),
        index_right=right,
    )


def _tell(progress: Progress | None, done: int, total: int) -> int:
    if progress is not None:
        progress(done + 1, total)
    return done + 1


def _compare(dataset: Dataset) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        fresh = Dataset(dataset.folder, index=Path(folder) / "index.sqlite")
        fresh.sync()
        same = fresh.index.dump() == dataset.index.dump()
        fresh.close()
    return same


def _leaks(dataset: Dataset, pairs: list[tuple[str, str, int]]) -> list[str]:
    """Near duplicates of which only one is for the test."""
    splits = read_splits(dataset)
    if splits is None:
        return []
    sides = [(a, b, {splits.images.get(a), splits.images.get(b)}) for a, b, _ in pairs]
    return [
        f"{a[:12]} and {b[:12]} look alike and only one of them is for the test; delete one if it is a copy."
        for a, b, split in sides
        if "test" in split and len(split) > 1
    ]
