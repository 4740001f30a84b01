"""The store: pictures and revisions as files that are written once, and an index that follows them.

Several people, processes and copies may add at the same time: nothing is ever overwritten, so nothing can be lost.
A revision made from one that others have already built on is kept like any other, and the drawing is listed as a
conflict until somebody settles it.
"""

import hashlib
import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.dataset.fields import RecordError
from sketchpose.dataset.graph import Node
from sketchpose.dataset.index import Filed, Index
from sketchpose.dataset.layout import Layout, image_suffix, index_path
from sketchpose.dataset.person import ImageFacts
from sketchpose.dataset.query import Entry, Query
from sketchpose.dataset.records import NewerFormatError, Revision
from sketchpose.dataset.similar import NEAR, as_numbers, distances, near_pairs, perceptual_hash
from sketchpose.dataset.tombstones import Tombstone, bury, read_tombstones, remove_orphans
from sketchpose.files import write_atomic
from sketchpose.home import home_folder
from sketchpose.images import WORK_SIDE, as_kept, read_image
from sketchpose.text import base_name

_BATCH: Final = 2000


class ErasedError(ValueError):
    """The picture or the person was erased on request and may not come back this way."""


@dataclass(frozen=True)
class Changes:
    """What was found when catching up with the files.

    Attributes:
        added: Revisions new or changed since.
        gone: Revisions whose files vanished.
        erased: Revisions removed because a tombstone covers them.
        quarantined: A sentence for each damaged file, which was moved to ``quarantine``.
        unread: A sentence for each file that a later version wrote; left where it is.
    """

    added: int = 0
    gone: int = 0
    erased: int = 0
    quarantined: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class Dataset:
    """A dataset in a folder. Safe to use from several threads and processes, and from several machines in turn."""

    def __init__(
        self, folder: str | Path | None = None, *, index: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """Open a dataset; its folder is made with the first picture.

        Args:
            folder: Default: ``dataset`` in the home folder.
            index: The index file, on a local disk. Default: in the dataset's folder; on a Hugging Face Space, whose
                storage is no local disk, in the folder of temporary files.
            clock: Seconds since 1970.
        """
        self.folder = Path(folder) if folder is not None else home_folder() / "dataset"
        self.layout = Layout(self.folder)
        self._index_path = index or index_path(self.folder)
        self._opened: Index | None = None
        self._clock = clock

    @property
    def index(self) -> Index:
        """The index as it is, without catching up."""
        if self._opened is None:
            self._opened = Index(self._index_path)
        return self._opened

    def now(self) -> float:
        """Return the time by the dataset's clock, in seconds since 1970."""
        return self._clock()

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """Return a value that changes when something was saved, here or by another process; it costs two ``stat``."""
        files = (self.index.path, self.index.path.with_name(f"{self.index.path.name}-wal"))
        stats = [file.stat() for file in files if file.exists()]
        return tuple((stat.st_mtime_ns, stat.st_size) for stat in stats)

    def close(self) -> None:
        """Close the index."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def add_image(self, source: str | Path | bytes, name: str = "") -> ImageFacts:
        """Check a picture and keep its bytes as they are (see ``as_kept``); the same picture twice is one file.

        Args:
            source: File or bytes.
            name: File name; default: the file's.

        Raises:
            ImageError: Not a picture that can be read.
            ErasedError: The picture was erased on request.
            OSError: The disk is full; nothing was changed.
        """
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        shown = base_name(name or ("" if isinstance(source, bytes) else Path(source).name))
        kept = as_kept(data)
        if kept is not data:
            data, shown = kept, str(Path(shown).with_suffix(".png")) if shown else ""
        picture = read_image(data, work_side=WORK_SIDE)
        facts = ImageFacts(
            hashlib.sha256(data).hexdigest(),
            image_suffix(data),
            len(data),
            picture.width,
            picture.height,
            perceptual_hash(picture.pixels),
            shown,
        )
        for stone in read_tombstones(self.layout.erased)[0]:
            if stone.kind == "image" and stone.hash == facts.hash:
                raise ErasedError(f"{shown or 'This picture'} was erased on request and cannot be added again.")
        path = self.layout.image(facts)
        if not path.exists():
            self._write(path, data, shown or "the picture")
        return facts

    def image_path(self, image: ImageFacts | Entry) -> Path:
        """Return the file of a stored picture."""
        if isinstance(image, ImageFacts):
            return self.layout.image(image)
        return self.layout.images / image.drawing[:2] / f"{image.drawing}{image.suffix}"

    def save(self, revision: Revision) -> Revision:
        """Keep a revision; once this returns, it survives a killed process and a power cut.

        Args:
            revision: Made by ``Revision.make`` or ``child``; a time of 0 becomes now. Saving the same again does
                nothing.

        Returns:
            The revision as saved.

        Raises:
            ValueError: Its picture is not stored, or another revision has this id.
            ErasedError: A tombstone covers it.
            OSError: The disk is full; nothing was changed.
        """
        if revision.time == 0:
            revision = replace(revision, time=self._clock())
        if not self.layout.image(revision.image).is_file():
            raise ValueError(
                f"The picture {revision.image.name or revision.drawing} is not stored; add_image it first."
            )
        if any(stone.covers(revision) for stone in read_tombstones(self.layout.erased)[0]):
            raise ErasedError(f"Revision {revision.id} is about something that was erased on request.")
        path, content = self.layout.revision(revision.id), revision.encode()
        if path.exists():
            if path.read_bytes() != content:
                raise ValueError(f"Another revision has the id {revision.id}; make a new one with Revision.child.")
        else:
            self._write(path, content, revision.image.name or "the revision")
        stat = path.stat()
        try:
            self.index.update([Filed(revision, (stat.st_size, stat.st_mtime_ns))])
        except sqlite3.Error:
            pass  # The file is what counts; the next reader of the index takes it in.
        return revision

    def read(self, id: str) -> Revision:
        """Return a revision.

        Raises:
            RecordError: No revision has this id, or its file is damaged.
        """
        path = self.layout.revision(id)
        try:
            return Revision.decode(path.read_bytes(), path.name)
        except FileNotFoundError as error:
            raise RecordError(f"There is no revision {id[:80]}; list the drawing's history.") from error

    def sync(self) -> Changes:
        """Catch up with files that others wrote, changed, or removed. Damaged ones are moved to ``quarantine``.

        Raises:
            OSError: The index cannot be written. The files are not affected.
        """
        try:
            return self._catch_up()
        except sqlite3.OperationalError as error:
            message = f"The index {self.index.path} cannot be used ({error}); free some space, or delete it."
            raise OSError(message) from error
        except sqlite3.DatabaseError:
            self.index.discard()
            return self._catch_up()

    def _catch_up(self) -> Changes:
        stones = read_tombstones(self.layout.erased)[0]
        buried = bury(self.layout, self.index, stones)
        files, known = self.layout.revision_stamps(), self.index.stamps()
        gone = [id for id in known if id not in files]
        fresh = [id for id, stamp in files.items() if known.get(id) != stamp]
        erased, bad, unread, added, total = [], [], [], [], 0
        for id in fresh:
            path = self.layout.revision(id)
            try:
                revision = Revision.decode(path.read_bytes(), path.name)
                if revision.id != id:
                    raise RecordError(f"{path.name}: it holds revision {revision.id}; the file was renamed.")
            except FileNotFoundError:
                continue
            except NewerFormatError as error:
                unread.append(str(error))
                continue
            except RecordError as error:
                self.layout.isolate(path, str(error))
                bad.append(str(error))
                gone += [id] if id in known else []
                continue
            if any(stone.covers(revision) for stone in stones):
                path.unlink(missing_ok=True)
                erased.append(revision.drawing)
                gone += [id] if id in known else []
                continue
            added.append(Filed(revision, files[id]))
            if len(added) == _BATCH:
                self.index.update(added)
                total, added = total + len(added), []
        self.index.update(added, gone)
        remove_orphans(self.layout, self.index, erased)
        return Changes(total + len(added), len(gone), len(erased) + buried, tuple(bad), tuple(unread))

    def entries(self, query: Query | None = None) -> list[Entry]:
        """List revisions, by default the current one of every drawing, newest first."""
        self.sync()
        return self.index.select(query or Query())

    def find(self, key: str) -> str | None:
        """Return the drawing whose hash starts with ``key``; None if there is none, or several."""
        return self.index.drawing_of(key) if re.fullmatch("[0-9a-f]{8,64}", key) else None

    def current(self, drawing: str) -> Revision | None:
        """Return the revision of a drawing that counts, deleted or not; None for an unknown drawing.

        Args:
            drawing: Hash of the picture.
        """
        self.sync()
        state = self.index.state(drawing)
        return self.read(state[0]) if state else None

    def accepted(self, drawing: str) -> Revision | None:
        """Return the newest accepted revision of a drawing that was not rejected or deleted since; None without one."""
        self.sync()
        state = self.index.state(drawing)
        return self.read(state[1]) if state and state[1] else None

    def history(self, drawing: str) -> list[Entry]:
        """Return all revisions of a drawing, parents before children and otherwise by time."""
        self.sync()
        return self.index.history(drawing)

    def graph(self, drawing: str) -> dict[str, Node]:
        """Return how the revisions of a drawing follow from each other."""
        self.sync()
        return self.index.graph(drawing)

    def heads(self, drawing: str) -> list[Entry]:
        """Return the revisions of a drawing that nobody has built on; several are a conflict."""
        self.sync()
        used = {parent for node in self.index.graph(drawing).values() for parent in node.parents}
        return [entry for entry in self.index.history(drawing) if entry.id not in used]

    def conflicts(self) -> list[Entry]:
        """Return the current revision of every drawing that has several heads."""
        return self.entries(Query(conflict=True, deleted=True, order="drawing"))

    def settle(self, keep: Revision, author: str, note: str = "") -> Revision:
        """End a conflict: save a revision with the values of one head and all heads as parents."""
        others = [self.read(entry.id) for entry in self.heads(keep.drawing) if entry.id != keep.id]
        return self.save(keep.child(*others, author=author, note=note))

    def delete(self, drawing: str, author: str, note: str = "") -> Revision:
        """Take a drawing out of the dataset by a revision that says so; its history stays.

        Raises:
            ValueError: The dataset holds no drawing with this hash.
        """
        latest = self.current(drawing)
        if latest is None:
            raise ValueError(f"There is no drawing {drawing[:80]} in the dataset; list what there is.")
        return self.save(latest.child(author=author, note=note, deleted=True))

    def near(self, perceptual: str, limit: int = NEAR) -> list[tuple[str, int]]:
        """Return (drawing, differing bits) of stored drawings that look like a picture, nearest first."""
        known = self.index.perceptual()
        bits = distances(perceptual, as_numbers([row[1] for row in known]))
        return sorted(((known[i][0], int(bits[i])) for i in np.flatnonzero(bits <= limit)), key=lambda p: p[1])

    def duplicates(self, limit: int = NEAR) -> list[tuple[str, str, int]]:
        """Return (drawing, drawing, differing bits) of all stored drawings that look alike."""
        self.sync()
        known = self.index.perceptual()
        return [(known[i][0], known[j][0], bits) for i, j, bits in near_pairs([row[1] for row in known], limit)]

    def tombstones(self) -> list[Tombstone]:
        """Return what was erased for good."""
        return read_tombstones(self.layout.erased)[0]

    def _write(self, path: Path, data: bytes, what: str) -> None:
        try:
            write_atomic(path, data)
        except OSError as error:
            message = f"{what} was not saved ({error.strerror}); nothing was changed. Free some space and save again."
            raise OSError(error.errno, message) from error
