"""What the revision files say, in a SQLite table: a cache for lists and filters that can be deleted at any time.

The database must lie on a local disk (write-ahead log). Every row follows from one file alone, and every row of
``drawing`` from the revisions of that drawing, so an index rebuilt from the files equals one that grew.
"""

import json
import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sketchpose.dataset.graph import Node, settle
from sketchpose.dataset.query import Entry, Query, entry_of, where_clause
from sketchpose.dataset.records import Revision

_VERSION: Final = 1
_COLUMNS: Final = (
    *("id", "drawing", "author", "time", "tool", "model", "status", "deleted", "licence", "consent", "source"),
    *("artist", "tags", "note", "gestures", "seconds", "people", "joints", "edited", "name", "suffix", "width"),
    *("height", "perceptual", "size", "changed"),
)
_SCHEMA: Final = f"""
CREATE TABLE revision ({", ".join(_COLUMNS).replace("id,", "id TEXT PRIMARY KEY,", 1)}) WITHOUT ROWID;
CREATE INDEX revision_drawing ON revision (drawing);
CREATE TABLE parent (child, parent, PRIMARY KEY (child, parent)) WITHOUT ROWID;
CREATE INDEX parent_parent ON parent (parent);
CREATE TABLE stone (file TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE drawing (hash TEXT PRIMARY KEY, current, accepted, heads, live) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
Stamp = tuple[int, int]
"""Size and modification time of a file, in bytes and nanoseconds."""


@dataclass(frozen=True)
class Filed:
    """A revision and the stamp of its file."""

    revision: Revision
    stamp: Stamp


class Index:
    """The table; used from any thread and by several processes at once."""

    def __init__(self, path: Path) -> None:
        """Open or create the database; a damaged or outdated one is replaced by an empty one.

        Args:
            path: The database file.
        """
        self.path = path
        self._lock = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise
            self._remove()
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.create_function("fold", 1, str.casefold, deterministic=True)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # What was erased must not linger in free pages.
        connection.execute("PRAGMA secure_delete = ON")
        try:
            if not self._is_current(connection):
                self._make(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_current(self, connection: sqlite3.Connection) -> bool:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version == _VERSION

    def _make(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have made it while this one waited.
        if not self._is_current(connection):
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f'DROP TABLE "{name}"')
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
        connection.execute("COMMIT")

    def discard(self) -> None:
        """Throw the file away and begin with an empty one."""
        with self._lock:
            self._connection.close()
            self._remove()
            self._connection = self._open()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _read(self, sql: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, tuple(values)).fetchall()

    def stamps(self) -> dict[str, Stamp]:
        """Return every known revision's id with the stamp of its file."""
        return {row[0]: (row[1], row[2]) for row in self._read("SELECT id, size, changed FROM revision")}

    def update(self, added: Iterable[Filed] = (), gone: Iterable[str] = ()) -> None:
        """Take in new or changed files and forget those that are gone, in one transaction."""
        added, gone = list(added), list(gone)
        if not added and not gone:
            return
        with self._writing() as connection:
            touched = {filed.revision.drawing for filed in added}
            for id in (*gone, *(filed.revision.id for filed in added)):
                row = connection.execute("SELECT drawing FROM revision WHERE id = ?", (id,)).fetchone()
                touched |= {row[0]} if row else set()
                connection.execute("DELETE FROM revision WHERE id = ?", (id,))
                connection.execute("DELETE FROM parent WHERE child = ?", (id,))
            marks = ", ".join("?" * len(_COLUMNS))
            connection.executemany(f"INSERT INTO revision VALUES ({marks})", map(_row, added))
            links = [(filed.revision.id, parent) for filed in added for parent in filed.revision.parents]
            connection.executemany("INSERT INTO parent VALUES (?, ?)", links)
            for drawing in touched:
                self._settle(connection, drawing)

    def _settle(self, connection: sqlite3.Connection, drawing: str) -> None:
        nodes = _nodes(connection.execute(_GRAPH, (drawing,)).fetchall())
        if not nodes:
            connection.execute("DELETE FROM drawing WHERE hash = ?", (drawing,))
            return
        state = settle(nodes)
        live = not nodes[state.current].deleted
        row = (drawing, state.current, state.accepted, len(state.heads), live)
        connection.execute("INSERT OR REPLACE INTO drawing VALUES (?, ?, ?, ?, ?)", row)

    def graph(self, drawing: str) -> dict[str, Node]:
        """Return the revisions of a drawing and how they follow from each other, oldest first."""
        nodes = _nodes(self._read(_GRAPH, (drawing,)))
        return settle(nodes).order if nodes else {}

    def select(self, query: Query) -> list[Entry]:
        """Return the entries that fit, in the order asked for."""
        clause, values = where_clause(query)
        return [entry_of(dict(row)) for row in self._read(_ENTRIES + clause, values)]

    def history(self, drawing: str) -> list[Entry]:
        """Return all revisions of a drawing, parents before children and otherwise by time."""
        rows = self._read(_HISTORY, (drawing,))
        entries = {row["id"]: entry_of(dict(row)) for row in rows}
        return [entries[id] for id in self.graph(drawing) if id in entries]

    def drawing_of(self, key: str) -> str | None:
        """Return the full hash of the one drawing whose hash starts with ``key``; None if there is none, or several."""
        rows = self._read("SELECT hash FROM drawing WHERE hash BETWEEN ? AND ? LIMIT 2", (key, key + "g"))
        return rows[0][0] if len(rows) == 1 else None

    def state(self, drawing: str) -> tuple[str, str | None] | None:
        """Return the ids of a drawing's current and its newest accepted revision; None for an unknown drawing."""
        rows = self._read("SELECT current, accepted FROM drawing WHERE hash = ?", (drawing,))
        return (rows[0][0], rows[0][1]) if rows else None

    def ids(self, column: str, value: str, until: float = math.inf) -> list[str]:
        """Return the ids of all revisions with this value in a column, saved at a time or before."""
        sql = f"SELECT id FROM revision WHERE {_known(column)} = ? AND time <= ? ORDER BY id"
        return [row[0] for row in self._read(sql, (value, until))]

    def drawings(self, ids: Iterable[str]) -> set[str]:
        """Return the drawings of some revisions."""
        sql = "SELECT drawing FROM revision WHERE id IN (SELECT value FROM json_each(?))"
        return {row[0] for row in self._read(sql, (json.dumps(list(ids)),))}

    def perceptual(self) -> list[tuple[str, str, str]]:
        """Return (drawing, perceptual hash, file name) of every drawing that is not deleted."""
        sql = "SELECT d.hash, r.perceptual, r.name FROM drawing d JOIN revision r ON r.id = d.current WHERE d.live"
        return [tuple(row) for row in self._read(sql + " ORDER BY d.hash")]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything, sorted, for comparing two indexes."""
        names = ("revision", "parent", "drawing", "stone")
        return {name: sorted(map(tuple, self._read(f"SELECT * FROM {name}")), key=repr) for name in names}

    def values(self, column: str) -> list[str]:
        """Return all values of a column, once each."""
        return [row[0] for row in self._read(f"SELECT DISTINCT {_known(column)} FROM revision ORDER BY 1")]

    def applied(self) -> set[str]:
        """Return the files of the tombstones whose revisions are gone from here."""
        return {row[0] for row in self._read("SELECT file FROM stone")}

    def apply(self, files: Iterable[str]) -> None:
        """Remember that the revisions of these tombstones are gone."""
        with self._writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO stone VALUES (?)", [(file,) for file in files])

    def clear(self) -> None:
        """Forget everything."""
        with self._writing() as connection:
            for name in ("revision", "parent", "drawing", "stone"):
                connection.execute(f"DELETE FROM {name}")

    def shrink(self) -> None:
        """Release the space of deleted rows and empty the log, so that nothing erased is left in either."""
        with self._lock:
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_GRAPH: Final = """
SELECT r.id, r.time, r.status, r.deleted, p.parent FROM revision r LEFT JOIN parent p ON p.child = r.id
WHERE r.drawing = ?
"""
_ENTRIES: Final = "SELECT r.*, d.heads FROM drawing d JOIN revision r ON r.drawing = d.hash "
_HISTORY: Final = _ENTRIES + "WHERE d.hash = ?"


def _known(column: str) -> str:
    if column not in _COLUMNS:
        raise ValueError(f"{column!r} is not a column of the index; choose one of {', '.join(_COLUMNS)}.")
    return column


def _nodes(rows: list[sqlite3.Row]) -> dict[str, Node]:
    parents: dict[str, list[str]] = {}
    facts: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        facts[row["id"]] = dict(row)
        parents.setdefault(row["id"], []).extend([row["parent"]] if row["parent"] else [])
    return {
        id: Node(id, tuple(sorted(parents[id])), fact["time"], fact["status"], bool(fact["deleted"]))
        for id, fact in facts.items()
    }


def _row(filed: Filed) -> tuple[Any, ...]:
    revision, image = filed.revision, filed.revision.image
    named = {name: getattr(revision, name) for name in _COLUMNS if hasattr(revision, name)}
    named |= {name: getattr(image, name) for name in ("name", "suffix", "width", "height", "perceptual")}
    named |= {
        "tags": json.dumps(revision.tags, ensure_ascii=False),
        "deleted": int(revision.deleted),
        "people": len(revision.persons),
        "joints": sum(int(person.pose.labelled.sum()) for person in revision.persons),
        "edited": sum(int(person.edited.sum()) for person in revision.persons),
        "size": filed.stamp[0],
        "changed": filed.stamp[1],
    }
    return tuple(named[name] for name in _COLUMNS)
