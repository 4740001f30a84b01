"""A large gallery as columns on disk: mapped into memory to open it, lengthened when pictures are added.

    HOME/galleries/NAME/columns.json         what the columns cover: bytes of each log, pictures, people, tags
    HOME/galleries/NAME/columns-XXXX/*.bin   one array each, row after row

They say nothing that the logs do not: they can be deleted at any time and are made again. Adding pictures writes the
new rows only; when a picture is changed or dropped, all are written anew. Whoever has the old ones open keeps them.
"""

import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from sketchpose.files import locked, write_atomic
from sketchpose.retrieve.descriptor import DESCRIPTOR_VERSION, SAME_DIMS, Descriptors, describe
from sketchpose.retrieve.embedding import load_embedding
from sketchpose.retrieve.gallery.entry import GalleryEntry, Json, read_person
from sketchpose.retrieve.gallery.logs import Logs, Place
from sketchpose.retrieve.people import People, Rows
from sketchpose.skeleton import NUM_KEYPOINTS

LARGE: Final = 8 << 20
"""Bytes of logs from which a gallery has columns, about 20,000 people; a smaller one is read in a second."""
_FORMAT: Final = 1
_HEADER: Final = "columns.json"
_PART: Final = 8192
"""Pictures that are written at a time."""


_Kinds = dict[str, tuple[type[Any], tuple[int, ...]]]
"""Kind of number and shape of a row of each column."""


def _tables() -> dict[str, _Kinds]:
    """Return the columns of each table."""
    place: _Kinds = {"place": (np.int64, (3,)), "path": (np.uint64, ())}
    return {
        "pictures": place,
        "people": {
            "keypoints": (np.float32, (NUM_KEYPOINTS, 2)),
            "scores": (np.float32, (NUM_KEYPOINTS,)),
            "box": (np.float32, (4,)),
            "image": (np.int64, ()),
            "number": (np.int64, ()),
            "same": (np.float32, (SAME_DIMS,)),
            "any": (np.float32, (load_embedding().dims,)),
        },
        "tagged": {"picture": (np.int64, ()), "tag": (np.int64, ())},
        "problems": place,
    }


@dataclass
class _Header:
    """What the columns cover.

    Attributes:
        folder: Name of their folder.
        covered: Bytes of each log that they hold, whole lines; a place names a log by its number here.
        sizes: Bytes of each log when they were written.
        rows: Of each table.
        tags: Names of the tags.
        version: Of this format and of the descriptors.
    """

    folder: str
    covered: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_tables(), 0))
    tags: list[str] = field(default_factory=list)
    version: list[int] = field(default_factory=lambda: [_FORMAT, DESCRIPTOR_VERSION])


class StoredEntries(Sequence[GalleryEntry]):
    """The pictures of a gallery, each read from its log when it is asked for."""

    def __init__(self, logs: Logs, names: Sequence[str], places: Rows) -> None:
        """Remember where they lie: (M, 3) number of the log, offset, length."""
        self._logs, self._names, self._places = logs, names, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, number: int) -> GalleryEntry: ...
    @overload
    def __getitem__(self, number: slice) -> list[GalleryEntry]: ...
    def __getitem__(self, number: int | slice) -> GalleryEntry | list[GalleryEntry]:
        if isinstance(number, slice):
            return [self[i] for i in range(len(self))[number]]
        log, offset, length = self._places[number].tolist()
        return GalleryEntry.from_json(self._logs.read(Place(self._names[log], offset, length)))


class StoredPeople(People):
    """``People`` that lie on disk, whose numbers were checked when they were written."""

    def __post_init__(self) -> None:
        pass

    def pictures_by_tag(self) -> dict[str, Rows]:
        """See ``People.pictures_by_tag``."""
        assert isinstance(self.tags, StoredTags)
        return self.tags.pictures()


class StoredTags(Sequence[Sequence[str]]):
    """The tags of each picture."""

    def __init__(self, count: int, names: Sequence[str], picture: Rows, tag: Rows) -> None:
        """Take pairs of a picture and the number of a tag, in order of picture."""
        self._count, self._names, self._picture, self._tag = count, names, picture, tag

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, number: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(number, slice):
            return [self[i] for i in range(len(self))[number]]
        low, high = np.searchsorted(self._picture, (number, number + 1))
        return [self._names[tag] for tag in self._tag[low:high].tolist()]

    def pictures(self) -> dict[str, Rows]:
        """Return tag -> numbers of the pictures that carry it, ascending."""
        order = np.argsort(self._tag, kind="stable")
        ends = np.cumsum(np.bincount(self._tag, minlength=len(self._names)))
        *parts, _ = np.split(self._picture[order], ends)
        return dict(zip(self._names, parts, strict=True))


@dataclass(frozen=True, eq=False)
class Columns:
    """A gallery of M pictures with N people.

    Attributes:
        entries: The pictures.
        people: Everybody in them.
        number: (N,) which person of its picture each is, from 0.
        descriptors: Of the people.
        problems: The pictures that cannot be used.
        paths: (M,) of each picture a number that tells its path apart.
    """

    entries: StoredEntries
    people: People
    number: Rows
    descriptors: Descriptors
    problems: StoredEntries
    paths: NDArray[np.uint64]

    def picture(self, path: str) -> int | None:
        """Return the number of the picture of a path, None where there is none."""
        found = np.flatnonzero(self.paths == _mark(path)).tolist()
        return next((number for number in found if self.entries[number].path == path), None)


def is_large(logs: Logs) -> bool:
    """Tell whether a gallery has too many pictures to be read as a whole."""
    return sum(logs.sizes.values()) >= LARGE


def open_columns(logs: Logs) -> Columns | None:
    """Return the columns of a gallery, in step with its logs; None for a small one, or where they cannot be written."""
    if logs.compressed or not is_large(logs):
        return None
    try:
        header = _read(logs.folder)
        if header is None or header.sizes != logs.sizes:
            with locked(logs.folder):
                header = _brought_into_step(logs)
        return _opened(logs, header)
    except OSError:
        return None


def _opened(logs: Logs, header: _Header) -> Columns:
    folder = logs.folder / header.folder

    def column(table: str, name: str) -> Any:
        kind, shape = _tables()[table][name]
        whole = (header.rows[table], *shape)
        if not header.rows[table]:
            return np.empty(whole, kind)  # an empty file cannot be mapped
        return np.asarray(np.memmap(folder / _file(table, name), kind, "r", shape=whole))

    names = list(header.covered)
    tags = StoredTags(header.rows["pictures"], header.tags, column("tagged", "picture"), column("tagged", "tag"))
    people = {name: column("people", name) for name in ("keypoints", "scores", "image", "box")}
    return Columns(
        StoredEntries(logs, names, column("pictures", "place")),
        StoredPeople(**people, tags=tags),
        column("people", "number"),
        Descriptors(column("people", "same"), column("people", "any")),
        StoredEntries(logs, names, column("problems", "place")),
        column("pictures", "path"),
    )


def _brought_into_step(logs: Logs) -> _Header:
    """Write what the columns lack; all of it where a picture was changed or dropped."""
    header = _read(logs.folder)
    if header and header.sizes == logs.sizes:
        return header  # somebody else has done it meanwhile
    if header and any(logs.sizes.get(name, 0) < size for name, size in header.covered.items()):
        header = None
    header = header or _Header(f"columns-{secrets.token_hex(4)}")
    try:
        _lengthen(logs.folder, header, _added(logs, header))
    except _ChangedError:
        header = _Header(f"columns-{secrets.token_hex(4)}")
        _lengthen(logs.folder, header, _latest(logs, header))
    header.sizes = logs.sizes
    write_atomic(logs.folder / _HEADER, json.dumps(asdict(header)).encode())
    for other in logs.folder.glob("columns-*"):
        if other.name != header.folder:
            shutil.rmtree(other, ignore_errors=True)
    return header


class _ChangedError(Exception):
    """A picture that the columns hold was changed or dropped."""


def _added(logs: Logs, header: _Header) -> Iterator[tuple[Place, Json]]:
    """Yield the lines that the columns lack, and note them as covered.

    Raises:
        _ChangedError: One is about a picture that they hold already.
    """
    known: set[int] = set()
    for table in ("pictures", "problems") if any(header.rows.values()) else ():
        path = logs.folder / header.folder / _file(table, "path")
        known.update(np.fromfile(path, np.uint64, header.rows[table]).tolist() if path.exists() else ())
    for place, line in logs.lines(dict(header.covered)):
        mark = _mark(line["path"])
        if mark in known or line.get("gone"):
            raise _ChangedError
        known.add(mark)
        _cover(logs, header, place)
        yield place, line


def _latest(logs: Logs, header: _Header) -> Iterator[tuple[Place, Json]]:
    """Yield the lines that count, in order of path, and note all as covered."""
    latest: dict[str, tuple[float, Place, bool]] = {}
    for place, line in logs.lines():
        _cover(logs, header, place)
        path, at = line["path"], float(line.get("at", 0))
        if path not in latest or latest[path][0] <= at:
            latest[path] = at, place, bool(line.get("gone"))
    for _, (_, place, gone) in sorted(latest.items()):
        if not gone:
            yield place, logs.read(place)


def _cover(logs: Logs, header: _Header, place: Place) -> None:
    header.covered[place.log] = min(place.offset + place.length + 1, logs.sizes[place.log])


def _lengthen(gallery: Path, header: _Header, lines: Iterable[tuple[Place, Json]]) -> None:
    """Write the rows of some lines behind those that there are, and count them."""
    (gallery / header.folder).mkdir(exist_ok=True)
    lines = iter(lines)
    while part := list(islice(lines, _PART)):
        counts = dict(header.rows)
        for (table, name), rows in _rows(part, header).items():
            counts[table] = header.rows[table] + len(rows)
            kind, shape = _tables()[table][name]
            path = gallery / header.folder / _file(table, name)
            with path.open("r+b" if path.exists() else "wb") as file:
                # behind what is counted there may be rows of a process that was killed
                file.seek(header.rows[table] * int(np.prod(shape)) * np.dtype(kind).itemsize)
                file.truncate()
                file.write(np.asarray(rows, kind).reshape(-1, *shape).tobytes())
        header.rows = counts


def _rows(part: Sequence[tuple[Place, Json]], header: _Header) -> dict[tuple[str, str], Any]:
    """Return the rows of some lines by table and column; new tags are named in the header."""
    logs = {name: i for i, name in enumerate(header.covered)}
    tags = {name: i for i, name in enumerate(header.tags)}
    rows: dict[tuple[str, str], Any] = {(table, name): [] for table, columns in _tables().items() for name in columns}

    def add(table: str, **values: Any) -> None:
        for name, value in values.items():
            rows[table, name].append(value)

    picture = header.rows["pictures"] - 1
    for place, line in part:
        row = {"place": (logs[place.log], place.offset, place.length), "path": _mark(line["path"])}
        if line.get("error"):
            add("problems", **row)
        if not line.get("people"):
            continue
        add("pictures", **row)
        picture += 1
        for number, person in enumerate(line["people"]):
            keypoints, scores, visibility, box, _ = read_person(person)
            known = np.where(visibility > 0, scores, np.float32(0))
            add("people", keypoints=keypoints, scores=known, box=box, image=picture, number=number)
        for tag in dict.fromkeys(line.get("tags", ())):
            add("tagged", picture=picture, tag=tags.setdefault(tag, len(tags)))
    header.tags = list(tags)
    points = np.array(rows["people", "keypoints"], np.float32).reshape(-1, NUM_KEYPOINTS, 2)
    scores = np.array(rows["people", "scores"], np.float32).reshape(-1, NUM_KEYPOINTS)
    described = describe(points, scores)
    return rows | {("people", "same"): described.same, ("people", "any"): described.any}


def _read(gallery: Path) -> _Header | None:
    """Return what the columns cover; None where there are none, or they are damaged or of another version."""
    try:
        header = _Header(**json.loads((gallery / _HEADER).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return header if header.version == [_FORMAT, DESCRIPTOR_VERSION] and (gallery / header.folder).is_dir() else None


def _file(table: str, column: str) -> str:
    return f"{table}.{column}.bin"


def _mark(path: str) -> int:
    """Return a number that tells a path apart: two of a million have one with a chance of 1 in 40 million."""
    return int.from_bytes(sha256(path.encode("utf-8", "surrogatepass")).digest()[:8], "little")
