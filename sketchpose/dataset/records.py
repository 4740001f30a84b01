"""A revision: everything known about one drawing at one moment, as one JSON file that is never changed.

The file is the canonical JSON of ``Revision.to_json`` (sorted keys, no spaces, UTF-8) and carries the SHA-256 of
itself without that field, so a file that was cut off or edited by hand is detected. Coordinates are written as the
shortest decimals that read back as the same float32; nothing is rounded.
"""

import hashlib
import json
import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self, get_args

from pydantic import FiniteFloat

import sketchpose
from sketchpose.dataset.fields import Json, RecordError, Whole, hexadecimal, plain_text, read_record
from sketchpose.dataset.person import ImageFacts, Person
from sketchpose.schema import STRICT

FORMAT: Final[Literal[1]] = 1
MAX_PERSONS: Final = 1000

Status = Literal["draft", "submitted", "accepted", "rejected"]
STATUSES: Final[tuple[str, ...]] = get_args(Status)

Consent = Literal["unknown", "own", "given", "licence", "refused"]
"""Why the picture may be in the dataset: the author's own, given by the artist, by its licence; or not at all."""
CONSENTS: Final[tuple[str, ...]] = get_args(Consent)


class NewerFormatError(RecordError):
    """A record that a later version of SketchPose wrote."""


@dataclass(frozen=True, eq=False)
class Revision:
    """Everything known about a drawing when it was saved.

    Attributes:
        id: 32 hex digits, random.
        image: The picture.
        persons: The people, in the annotator's order.
        parents: Ids of the revisions this one was made from: none for the first, several where it settles a conflict.
        author: Who saved it.
        time: Seconds since 1970.
        tool: Program and version that wrote it.
        model: Name of the model whose prediction it started from; empty without one.
        status: ``draft``, ``submitted``, ``accepted`` or ``rejected``.
        deleted: The drawing is no longer part of the dataset.
        licence: Licence of the picture, as an SPDX id where there is one; empty when unknown.
        consent: Why the picture may be used.
        source: Collection or website the picture comes from.
        artist: Who drew it.
        tags: Keywords.
        note: A remark by the author or the reviewer.
        gestures: Gestures the work took since the revision before, as counted by the editor.
        seconds: Time at work.
        format: Version of the file.

    Two revisions are equal when every value is, bit for bit.
    """

    __pydantic_config__ = STRICT

    id: str
    image: ImageFacts
    persons: tuple[Person, ...] = ()
    parents: tuple[str, ...] = ()
    author: str = ""
    time: FiniteFloat = 0.0
    tool: str = ""
    model: str = ""
    status: str = "draft"
    deleted: bool = False
    licence: str = ""
    consent: str = "unknown"
    source: str = ""
    artist: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    gestures: Whole = 0
    seconds: FiniteFloat = 0.0
    format: Literal[1] = FORMAT

    def __post_init__(self) -> None:
        for name in (self.id, *self.parents):
            hexadecimal(name, 32, "The revision's id")
        for name in _TEXTS:
            plain_text(getattr(self, name), f"Revision {self.id}: {name}")
        for tag in self.tags:
            plain_text(tag, f"Revision {self.id}: a tag")
        if self.id in self.parents or len(set(self.parents)) < len(self.parents):
            raise RecordError(f"Revision {self.id}: its parents {list(self.parents)} repeat.")
        for name, value, known in (("status", self.status, STATUSES), ("consent", self.consent, CONSENTS)):
            if value not in known:
                raise RecordError(f"Revision {self.id}: {name} is {value!r} and must be one of {', '.join(known)}.")
        if len(self.persons) > MAX_PERSONS:
            raise RecordError(f"Revision {self.id}: {len(self.persons)} people and the limit is {MAX_PERSONS}.")
        if len({person.id for person in self.persons}) < len(self.persons):
            raise RecordError(f"Revision {self.id}: two people have the same id; rename one.")
        if not all(0 <= value < math.inf for value in (self.time, self.seconds, self.gestures)):
            raise RecordError(f"Revision {self.id}: time, seconds and gestures must be finite and not negative.")

    @classmethod
    def make(cls, image: ImageFacts, persons: Sequence[Person] = (), **rest: Any) -> Self:
        """Start a revision with a new id, written by this version; ``rest`` are further attributes.

        ``Dataset.save`` fills in the time.
        """
        return cls(uuid.uuid4().hex, image, tuple(persons), tool=f"sketchpose {sketchpose.__version__}", **rest)

    def child(self, *others: "Revision", **changes: Any) -> Self:
        """Return a new revision made from this one (and from ``others``, which it settles), with changes.

        Its time, note and effort start anew.
        """
        fresh: Json = {"time": 0.0, "note": "", "gestures": 0, "seconds": 0.0}
        fresh["tool"] = f"sketchpose {sketchpose.__version__}"
        parents = (self.id, *(other.id for other in others))
        return replace(self, id=uuid.uuid4().hex, parents=parents, **(fresh | changes))

    @property
    def drawing(self) -> str:
        """Key of the drawing: the hash of its picture."""
        return self.image.hash

    @property
    def checksum(self) -> str:
        """SHA-256 of everything the revision says, id included."""
        return checksum_of(self.to_json())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Revision) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.id)

    def to_json(self) -> Json:
        """Return JSON-ready data, without the checksum."""
        lists = {"parents": list(self.parents), "tags": list(self.tags), "persons": self.people_json()}
        return vars(self) | lists | {"image": self.image.to_json()}

    def people_json(self) -> list[Json]:
        """Return the people alone."""
        return [person.to_json() for person in self.persons]

    @classmethod
    def from_json(cls, data: Any, where: str = "revision") -> Self:
        """Read what ``to_json`` wrote.

        Args:
            data: The parsed JSON, without the checksum.
            where: File name for the errors.

        Raises:
            NewerFormatError: A later version wrote it.
            RecordError: It is not a revision, or a value has another type, shape or range.
        """
        return cls._read(json.dumps(data), where)

    @classmethod
    def _read(cls, content: str | bytes, where: str) -> Self:
        try:
            return read_record(cls, content, where)
        except RecordError:
            version = read_record(_Version, content, where).format
            if version <= FORMAT:
                raise
        raise NewerFormatError(f"{where}: format {version}, and this version reads up to {FORMAT}; update SketchPose.")

    def encode(self) -> bytes:
        """Return the content of the revision's file."""
        return seal(self.to_json())

    @classmethod
    def decode(cls, content: bytes, where: str = "revision") -> Self:
        """Read the content of a revision's file.

        Args:
            content: As from ``encode``.
            where: File name for the errors.

        Raises:
            NewerFormatError: A later version wrote it.
            RecordError: Cut off, changed since it was written, or not a revision.
        """
        match = _SEAL.search(content)
        plain = content[: match.start()] + content[match.end() :] if match else b""
        if match is None or hashlib.sha256(plain.removesuffix(b"\n")).hexdigest().encode() != match[1]:
            raise RecordError(f"{where}: it does not match its checksum; it was cut off, damaged or edited by hand.")
        return cls._read(plain, where)


@dataclass(frozen=True)
class _Version:
    """The one field that every version writes."""

    format: int


def _canonical(data: Json) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def seal(data: Json) -> bytes:
    """Return data as the content of a file that carries its own checksum."""
    return _canonical(data | {"checksum": checksum_of(data)}) + b"\n"


def checksum_of(data: Json) -> str:
    """Return the SHA-256 of the canonical JSON of some data."""
    return hashlib.sha256(_canonical(data)).hexdigest()


_SEAL: Final = re.compile(rb'"checksum":"([0-9a-f]{64})",')
"""The first match is the file's own: quotes inside texts are escaped, and no field before it holds others."""

_TEXTS: Final = ("id", "author", "tool", "model", "status", "licence", "consent", "source", "artist", "note")


def publishable(licence: str, consent: str) -> bool:
    """Whether a picture may be passed on: its licence is known and somebody entitled agreed."""
    return bool(licence) and consent in ("own", "given", "licence")
