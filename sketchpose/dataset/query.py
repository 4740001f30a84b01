"""Queries to the index: what to look for, and what it knows of a revision without opening its file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

Which = Literal["current", "accepted", "heads", "all"]
ORDERS: Final = {
    "newest": "r.time DESC, r.id",
    "oldest": "r.time, r.id",
    "name": "r.name, r.drawing, r.id",
    "drawing": "r.drawing, r.time, r.id",
}


@dataclass(frozen=True)
class Query:
    """Which revisions to list: those that meet every condition given, by any of its values.

    Attributes:
        which: ``current``: of each drawing the revision that counts. ``accepted``: the newest accepted one, for
            drawings that have one. ``heads``: all that nobody has built on. ``all``: the whole history.
        status: Wanted statuses.
        author: Wanted authors.
        source: Wanted sources.
        artist: Wanted artists.
        licence: Wanted licences.
        consent: Wanted consents.
        tags: Wanted tags.
        text: Part of the file name, source, artist, tags or note, ignoring case.
        conflict: True: only drawings with several heads; False: only those without.
        people: At least this many people.
        since: Saved at this time or later, in seconds since 1970.
        until: Saved before this time.
        deleted: Also list deleted drawings.
        order: ``newest``, ``oldest``, ``name`` or ``drawing``.
        limit: At most this many.
        offset: Leave out this many from the start.
    """

    which: Which = "current"
    status: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    artist: tuple[str, ...] = ()
    licence: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    text: str = ""
    conflict: bool | None = None
    people: int = 0
    since: float | None = None
    until: float | None = None
    deleted: bool = False
    order: str = "newest"
    limit: int | None = None
    offset: int = 0

    def __post_init__(self) -> None:
        if self.which not in get_args(Which):
            raise ValueError(f"which is {self.which!r}; choose one of {', '.join(get_args(Which))}.")
        if self.order not in ORDERS:
            raise ValueError(f"The order is {self.order!r}; choose one of {', '.join(ORDERS)}.")


@dataclass(frozen=True)
class Entry:
    """What the index knows of a revision; see ``Revision`` for the fields of the same name.

    Attributes:
        people: Number of people.
        joints: Number of labelled joints.
        edited: Number of joints set or confirmed by hand.
        heads: Number of heads of its drawing; over 1 is a conflict.
    """

    id: str
    drawing: str
    name: str
    suffix: str
    width: int
    height: int
    perceptual: str
    author: str
    time: float
    model: str
    status: str
    deleted: bool
    licence: str
    consent: str
    source: str
    artist: str
    tags: tuple[str, ...]
    note: str
    gestures: int
    seconds: float
    people: int
    joints: int
    edited: int
    heads: int

    @property
    def conflict(self) -> bool:
        """Whether the drawing has several heads."""
        return self.heads > 1


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Make an entry from a row of the index."""
    plain = {name: row[name] for name in Entry.__dataclass_fields__}
    return Entry(**plain | {"tags": tuple(json.loads(row["tags"])), "deleted": bool(row["deleted"])})


def where_clause(query: Query) -> tuple[str, list[Any]]:
    """Return the SQL after FROM, and its values."""
    parts: list[str] = []
    values: list[Any] = []

    def need(sql: str, *given: Any) -> None:
        parts.append(sql)
        values.extend(given)

    if query.which == "heads":
        need("NOT EXISTS (SELECT 1 FROM parent p WHERE p.parent = r.id)")
    elif query.which != "all":
        need(f"r.id = d.{query.which}")
    if not query.deleted:
        need("d.live")
    for name in ("status", "author", "source", "artist", "licence", "consent"):
        if wanted := getattr(query, name):
            need(f"r.{name} IN ({', '.join('?' * len(wanted))})", *wanted)
    if query.tags:
        marks = ", ".join("?" * len(query.tags))
        need(f"EXISTS (SELECT 1 FROM json_each(r.tags) WHERE value IN ({marks}))", *query.tags)
    if query.text:
        columns = " || ' ' || ".join(f"r.{name}" for name in ("name", "source", "artist", "tags", "note"))
        need(f"instr(fold({columns}), ?)", query.text.casefold())
    if query.conflict is not None:
        need("d.heads > 1" if query.conflict else "d.heads = 1")
    if query.people:
        need("r.people >= ?", query.people)
    if query.since is not None:
        need("r.time >= ?", query.since)
    if query.until is not None:
        need("r.time < ?", query.until)
    clause = ("WHERE " + " AND ".join(parts) if parts else "") + f" ORDER BY {ORDERS[query.order]}"
    if query.limit is not None or query.offset:
        clause += " LIMIT ? OFFSET ?"
        values += [-1 if query.limit is None else query.limit, query.offset]
    return clause, values
