"""Training, validation and test, frozen by source or artist and never by picture.

``splits.json`` is made once. It names the split of every source (or artist) and, from the first time a drawing is
seen, of every drawing, so that correcting a source later moves nothing into training. A source that comes later gets
its split from the hash of its name, so it is the same on every machine.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, Self, get_args

from pydantic import FiniteFloat

from sketchpose.dataset.fields import RecordError, Sha256, read_record
from sketchpose.dataset.query import Entry, Query
from sketchpose.dataset.records import Revision
from sketchpose.dataset.store import Dataset
from sketchpose.dataset.tombstones import Tombstone
from sketchpose.files import write_atomic
from sketchpose.home import home_folder
from sketchpose.schema import STRICT

By = Literal["source", "artist"]
Split = Literal["train", "val", "test"]
SPLITS: Final[tuple[str, ...]] = get_args(Split)
SHARES: Final = (0.8, 0.1, 0.1)


class TestSplitError(ValueError):
    """Somebody tried to train on drawings of the frozen test split."""

    __test__ = False


@dataclass(frozen=True)
class Splits:
    """Which sources and drawings belong to which split.

    Attributes:
        by: What is kept together: ``source``, or ``artist`` (``source`` where no artist is given).
        shares: Wanted shares of train, val and test.
        time: When it was frozen, seconds since 1970.
        groups: Split of every source or artist.
        images: Split of every drawing seen so far, by hash.
        format: Version of the file.
    """

    __pydantic_config__ = STRICT

    by: str
    shares: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    time: FiniteFloat
    groups: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[Sha256, str] = field(default_factory=dict)
    format: Literal[1] = 1

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise RecordError(f"Splits are kept by source or artist, not by {self.by!r}.")
        if min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise RecordError(f"The shares {self.shares} must not be negative and must add up to 1.")
        wrong = {split for split in (*self.groups.values(), *self.images.values()) if split not in SPLITS}
        if wrong:
            raise RecordError(f"A split is one of {', '.join(SPLITS)}, not {sorted(wrong)}.")

    def group(self, entry: Entry | Revision) -> str:
        """Return the source or artist that decides; empty when neither is known."""
        return (entry.artist or entry.source) if self.by == "artist" else entry.source

    def split_of(self, entry: Entry | Revision) -> str:
        """Return the split of a drawing; one of unknown origin is for training, since it may resemble anything."""
        known = self.images.get(entry.drawing)
        if known is not None:
            return known
        group = self.group(entry)
        return self.groups.get(group) or (_by_hash(group, self.shares) if group else "train")

    def extended(self, entries: Iterable[Entry]) -> Self:
        """Return the splits with the drawings of these entries, and their groups, written down."""
        images, groups = dict(self.images), dict(self.groups)
        for entry in entries:
            split = self.split_of(entry)
            images.setdefault(entry.drawing, split)
            if group := self.group(entry):
                groups.setdefault(group, _by_hash(group, self.shares))
        return replace(self, images=images, groups=groups)

    def united(self, other: "Splits") -> tuple["Splits", list[str]]:
        """Return both copies' splits as one, and a sentence for each disagreement: test wins, then val."""
        if self.by != other.by:
            raise ValueError(f"One copy is split by {self.by} and the other by {other.by}; freeze one of them anew.")
        images, clashes = _united(self.images, other.images)
        groups, more = _united(self.groups, other.groups)
        sentences = [f"{name}: for {a} here and for {b} there." for name, a, b in (*clashes, *more)]
        return replace(self, time=min(self.time, other.time), images=images, groups=groups), sentences

    def without(self, drawings: Collection[str], groups: Collection[str]) -> Self:
        """Return the splits without these drawings and groups."""
        return replace(
            self,
            images={hash: split for hash, split in self.images.items() if hash not in drawings},
            groups={name: split for name, split in self.groups.items() if name not in groups},
        )

    def of(self, entries: Collection[Entry | Revision]) -> Self:
        """Return the splits of these drawings alone, for what is passed on; the others are not named."""
        groups, images = {self.group(entry) for entry in entries}, {entry.drawing for entry in entries}
        return self.without(self.images.keys() - images, self.groups.keys() - groups)

    def forgotten(self, stones: Sequence[Tombstone]) -> Self:
        """Return the splits without the names of those who had their work erased; its drawings keep their split."""
        return self.without((), {name for name in self.groups if any(stone.matches(name) for stone in stones)})

    def encode(self) -> bytes:
        """Return the content of the file."""
        data = vars(self) | {name: dict(sorted(getattr(self, name).items())) for name in ("groups", "images")}
        return json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n"

    def write(self, path: Path) -> None:
        """Write the file."""
        write_atomic(path, self.encode())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            RecordError: The file is damaged. Nothing may be trained on then, since the test split is not known.
        """
        return read_record(cls, path.read_bytes(), str(path))


def read_splits(dataset: Dataset) -> Splits | None:
    """Return the frozen splits with every drawing stored so far written down; None before they are frozen."""
    path = dataset.layout.splits
    if not path.is_file():
        return None
    splits = Splits.read(path)
    extended = splits.extended(dataset.entries(Query(deleted=True)))
    if (extended.images, extended.groups) != (splits.images, splits.groups):
        extended.write(path)
    return extended


def training_set(dataset: Dataset, split: str = "train", status: Sequence[str] = ("accepted",)) -> list[Revision]:
    """Return the revisions to learn from; without frozen splits, all of them for ``train``.

    Args:
        dataset: The dataset.
        split: ``train`` or ``val``.
        status: Wanted statuses; with ``accepted`` alone, a later draft does not hide what was accepted.

    Raises:
        TestSplitError: The test split was asked for.
    """
    if split == "test":
        raise TestSplitError("The test split cannot be trained on; take train or val. To measure, use evaluation_set.")
    return evaluation_set(dataset, split, status)


def evaluation_set(dataset: Dataset, split: str, status: Sequence[str] = ("accepted",)) -> list[Revision]:
    """Return the revisions of any split, to measure on.

    Raises:
        ValueError: The split is not one of ``SPLITS``.
    """
    if split not in SPLITS:
        raise ValueError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)}.")
    return [dataset.read(entry.id) for entry in select_split(dataset, split, status)]


def select_split(dataset: Dataset, split: str | None, status: Sequence[str] = ("accepted",)) -> list[Entry]:
    """Return the entries of a split (None: of all) in the order of their drawings, for lists and exports."""
    accepted = tuple(status) == ("accepted",)
    query = Query(which="accepted" if accepted else "current", status=tuple(status), order="drawing")
    splits, entries = read_splits(dataset), dataset.entries(query)
    if split is None:
        return entries
    if splits is None:
        return entries if split == "train" else []
    return [entry for entry in entries if splits.split_of(entry) == split]


def refuse_test_images(pictures: Iterable[Path], *, beside: Path | None = None) -> None:
    """Stop a training that would see a drawing of the frozen test split, whatever file it comes in.

    Args:
        pictures: Files to be trained on; they are recognised by their content.
        beside: An annotation file whose folder may hold the ``splits.json`` of an export.

    Raises:
        TestSplitError: Some belong to the test split of the dataset in the home folder, or of that export.
        RecordError: A ``splits.json`` is damaged.
    """
    places = [home_folder() / "dataset" / "splits.json", *([beside.parent / "splits.json"] if beside else [])]
    frozen = [Splits.read(path) for path in places if path.is_file()]
    held = {hash for splits in frozen for hash, split in splits.images.items() if split == "test"}
    if not held:
        return
    paths = list(dict.fromkeys(pictures))
    held_back = [path for path in paths if hashlib.sha256(path.read_bytes()).hexdigest() in held]
    if held_back:
        raise TestSplitError(
            f"{len(held_back)} of {len(paths)} pictures, {held_back[0].name} first, belong to the frozen test split "
            "and cannot be trained on; export the train split with `sketchpose dataset export --split train`."
        )


def forget_group(dataset: Dataset, name: str) -> None:
    """Remove the name of a source or artist from the file; its drawings keep their split."""
    if dataset.layout.splits.is_file():
        splits = Splits.read(dataset.layout.splits)
        groups = {group: split for group, split in splits.groups.items() if group != name}
        replace(splits, groups=groups).write(dataset.layout.splits)


def _by_hash(group: str, shares: tuple[float, float, float]) -> str:
    point = int(hashlib.sha256(f"split\0{group}".encode()).hexdigest()[:13], 16) / 16**13
    return "test" if point < shares[2] else "val" if point < shares[2] + shares[1] else "train"


def _united(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    clashes = [(name, a[name], b[name]) for name in sorted(a.keys() & b.keys()) if a[name] != b[name]]
    strict = {name: max(one, two, key=SPLITS.index) for name, one, two in clashes}
    return {**b, **a, **strict}, clashes
