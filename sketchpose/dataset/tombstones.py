"""What was erased for good, remembered by hash alone, so that merging another copy does not bring it back."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

from sketchpose.dataset.fields import RecordError, hexadecimal, mapping, member, number, only
from sketchpose.dataset.records import Revision
from sketchpose.files import write_atomic
from sketchpose.formats import read_json

Kind = Literal["image", "author", "artist"]
_FIELDS: Final = frozenset({"format", "kind", "hash", "time"})


@dataclass(frozen=True)
class Tombstone:
    """One erasure.

    Attributes:
        kind: A picture with all that was said of it; or all revisions of an author; or all pictures of an artist.
        hash: The picture's hash, or the SHA-256 of the kind and the name.
        time: When, in seconds since 1970. A person may come back: what is saved later is not touched.
    """

    kind: str
    hash: str
    time: float

    @classmethod
    def of(cls, kind: Kind, name: str, time: float) -> Self:
        """Make a tombstone for a picture's hash or a person's name."""
        return cls(kind, name if kind == "image" else _digest(kind, name), time)

    @property
    def file(self) -> str:
        """Name of its file; the same erasure made twice has two, and both hold."""
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
        data = {"format": 1, "kind": self.kind, "hash": self.hash, "time": self.time}
        write_atomic(folder / self.file, json.dumps(data).encode() + b"\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a tombstone's file.

        Raises:
            RecordError: It is none.
        """
        data = read_json(path.read_bytes(), source=path.name)
        mapping(data, path.name)
        assert isinstance(data, dict)
        only(data, _FIELDS, path.name)
        found = cls(
            member(data, "kind", str, path.name),
            member(data, "hash", str, path.name),
            number(data, "time", path.name),
        )
        hexadecimal(found.hash, 64, f"{path.name}: hash")
        if found.kind not in ("image", "author", "artist"):
            raise RecordError(f"{path.name}: kind is {found.kind!r} and must be image, author or artist.")
        return found


def read_tombstones(folder: Path) -> tuple[list[Tombstone], list[str]]:
    """Return all tombstones below a folder, and a sentence for each file that is none."""
    found, bad = [], []
    for path in sorted(folder.glob("[!.]*.json")):
        try:
            found.append(Tombstone.read(path))
        except ValueError as error:
            bad.append(str(error))
    return found, bad


def _digest(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()
