"""Where saved work is kept: the protocol, and a store of plain files. The app uses ``dataset_store`` instead.

    HOME/drafts/DRAWING/original.png   the drawing as it came, byte for byte
    HOME/drafts/DRAWING/000001.json    one file per revision, written once and never changed

A revision is claimed by creating a file whose name must not exist yet. Two people, or two servers on one disk, cannot
both write revision 5: whoever comes second is told.
"""

import errno
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from annotator.editor.value import EditorValue
from sketchpose.files import inside, write_atomic
from sketchpose.home import home_folder

_CLAIM = threading.Lock()
_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}


class StaleRevisionError(ValueError):
    """The work began from a revision that is no longer the newest."""


@dataclass(frozen=True)
class About:
    """What is known of saved work besides the poses, in the words of ``sketchpose.dataset.Revision``.

    Attributes:
        author: Who did it.
        status: ``draft`` or ``submitted``.
        source: Collection or website of the picture.
        artist: Who drew it.
        licence: Its licence.
        consent: Why it may be used.
    """

    author: str = ""
    status: str = "draft"
    source: str = ""
    artist: str = ""
    licence: str = ""
    consent: str = "unknown"


@dataclass(frozen=True)
class SavedRevision:
    """A saved revision.

    Attributes:
        revision: Its number, from 1.
        value: The people as they were saved; ``image`` is the stored original.
        saved_at: When, in seconds since 1970.
        note: A sentence for the annotator; empty when there is nothing to say.
    """

    revision: int
    value: EditorValue
    saved_at: float
    note: str = ""


class RevisionStore(Protocol):
    """What an annotation session needs to keep its work."""

    def latest(self, drawing: str) -> SavedRevision | None:
        """Return the newest revision of a drawing, or None.

        Args:
            drawing: As from ``drawing_key``.
        """
        ...

    def save(self, value: EditorValue, saved_at: float, about: About | None = None) -> SavedRevision:
        """Keep the value as the revision after the one it began from.

        Raises:
            StaleRevisionError: That revision is no longer the newest, and this store keeps no second one; nothing was
                written.
        """
        ...

    def records(self) -> list[SavedRevision]:
        """Return the newest revision of every drawing, oldest first."""
        ...


class DraftStore:
    """Revisions as JSON files below a folder."""

    def __init__(self, folder: str | Path | None = None) -> None:
        """Use a folder; it is made with the first revision.

        Args:
            folder: Default: ``drafts`` in the home folder.
        """
        self.folder = Path(folder) if folder is not None else home_folder() / "drafts"

    def latest(self, drawing: str) -> SavedRevision | None:
        """Return the newest revision of a drawing, or None."""
        files = sorted(self._place(drawing).glob("[0-9]*.json"))
        return _read(files[-1]) if files else None

    def history(self, drawing: str) -> list[SavedRevision]:
        """Return all revisions of a drawing, oldest first."""
        return [_read(path) for path in sorted(self._place(drawing).glob("[0-9]*.json"))]

    def save(self, value: EditorValue, saved_at: float, about: About | None = None) -> SavedRevision:
        """Keep the value and, with the first revision, the original picture; ``about`` is not kept.

        Raises:
            StaleRevisionError: Somebody has saved the drawing since this work began; nothing was written.
            ValueError: The value has no picture.
        """
        place, number = self._place(value.drawing), value.revision + 1
        newest = self.latest(value.drawing)
        if (newest.revision if newest else 0) != value.revision:
            raise _stale(value, newest)
        if value.image is None:
            raise ValueError("The picture of this drawing is missing; open the drawing again and save.")
        original = place / f"original{value.image.suffix.lower()}"
        if not original.exists():
            write_atomic(original, value.image.read_bytes())
        data: dict[str, Any] = {"format": 1, "saved_at": saved_at, "original": original.name, **value.to_json()}
        target = place / f"{number:06d}.json"
        try:
            _write_new(target, json.dumps(data | {"revision": number}, allow_nan=False).encode())
        except FileExistsError as error:
            raise _stale(value, self.latest(value.drawing)) from error
        return _read(target)

    def records(self) -> list[SavedRevision]:
        """Return the newest revision of every drawing, oldest first."""
        newest = [self.latest(place.name) for place in self.folder.glob("*") if place.is_dir()]
        return sorted((record for record in newest if record), key=lambda record: record.saved_at)

    def _place(self, drawing: str) -> Path:
        # The key comes from the page: nothing but letters and digits may become part of a path.
        if not drawing.isalnum() or len(drawing) > 64:
            raise ValueError(f"{drawing[:80]!r} is not the key of a drawing; open the drawing again.")
        return self.folder / drawing


def _stale(value: EditorValue, newest: SavedRevision | None) -> StaleRevisionError:
    now = newest.revision if newest else 0
    return StaleRevisionError(
        f"This work began from revision {value.revision}, but the newest is {now}, saved in another window or by "
        "somebody else: open the drawing again, restore your unsaved work there if it is the better one, and save."
    )


def _read(path: Path) -> SavedRevision:
    data = json.loads(path.read_text("utf-8"))
    value = EditorValue.from_json(data, inside(path.parent, data["original"]), inside=False)
    return SavedRevision(value.revision, value, data["saved_at"])


def _write_new(target: Path, data: bytes) -> None:
    """Write a whole file under a name that must not exist yet."""
    part = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
    write_atomic(part, data)
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No hard links on this disk: one server at a time can still claim a name.
        with _CLAIM:
            if target.exists():
                raise FileExistsError(target) from error
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
