"""What was erased for good, remembered by hash alone, so that merging another copy does not bring it back.

The files that a tombstone covers are removed, whether they were here before or came with another copy.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import FiniteFloat

from sketchpose.dataset.fields import Sha256, read_record
from sketchpose.dataset.index import Index
from sketchpose.dataset.layout import Layout
from sketchpose.dataset.records import Revision
from sketchpose.files import write_atomic
from sketchpose.schema import STRICT

Kind = Literal["image", "author", "artist"]


@dataclass(frozen=True)
class Tombstone:
    """One erasure.

    Attributes:
        kind: A picture with everything known about it; or all revisions of an author; or all pictures of an artist.
        hash: The picture's hash, or the SHA-256 of the kind and the name.
        time: When, in seconds since 1970. A person may come back: what is saved later is not touched.
    """

    __pydantic_config__ = STRICT

    kind: Kind
    hash: Sha256
    time: FiniteFloat
    format: Literal[1] = 1

    @classmethod
    def of(cls, kind: Kind, name: str, time: float) -> Self:
        """Make a tombstone for a picture's hash or a person's name."""
        return cls(kind, name if kind == "image" else _digest(kind, name), time)

    @property
    def file(self) -> str:
        """Name of its file; an erasure that is made twice has two files, and both count."""
        return f"{self.kind}-{self.hash}-{int(self.time)}.json"

    def covers(self, revision: Revision) -> bool:
        """Whether a revision must not exist any more."""
        if self.kind == "image":
            return revision.drawing == self.hash
        name = revision.author if self.kind == "author" else revision.artist
        return revision.time <= self.time and _digest(self.kind, name) == self.hash

    def matches(self, name: str) -> bool:
        """Whether this is the tombstone of a person of this name."""
        return self.kind != "image" and _digest(self.kind, name) == self.hash

    def write(self, folder: Path) -> None:
        """Write it below the folder of tombstones."""
        write_atomic(folder / self.file, json.dumps(vars(self)).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a tombstone's file.

        Raises:
            RecordError: The file is not a tombstone: a field is missing, unknown, or has another type or value.
        """
        return read_record(cls, path.read_bytes(), path.name)


def read_tombstones(folder: Path) -> tuple[list[Tombstone], list[str]]:
    """Return all tombstones below a folder, and a sentence for each file that is not one."""
    stones, bad = [], []
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            stones.append(Tombstone.read(path))
        except ValueError as error:
            bad.append(str(error))
    return stones, bad


def bury(layout: Layout, index: Index, stones: Sequence[Tombstone]) -> int:
    """Remove the files of indexed revisions that tombstones cover; each tombstone is carried out once.

    Returns:
        How many revision files were removed.
    """
    done = index.applied()
    fresh = [stone for stone in stones if stone.file not in done]
    if not fresh:
        return 0
    ids: set[str] = set()
    for stone in fresh:
        if stone.kind == "image":
            ids |= set(index.ids("drawing", stone.hash))
            remove_image(layout, stone.hash)
            continue
        names = [name for name in index.values(stone.kind) if stone.matches(name)]
        ids |= {id for name in names for id in index.ids(stone.kind, name, until=stone.time)}
    drawings = index.drawings(ids)
    for id in ids:
        layout.revision(id).unlink(missing_ok=True)
    index.update(gone=ids)
    remove_orphans(layout, index, drawings)
    index.apply(stone.file for stone in fresh)
    return len(ids)


def remove_orphans(layout: Layout, index: Index, drawings: Iterable[str]) -> int:
    """Remove the pictures of drawings that have no revision any more; returns how many."""
    return sum(remove_image(layout, drawing) for drawing in set(drawings) if index.state(drawing) is None)


def remove_image(layout: Layout, hash: str) -> int:
    """Remove a stored picture; returns 1 if it was there."""
    files = list((layout.images / hash[:2]).glob(f"{hash}.*"))
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()
