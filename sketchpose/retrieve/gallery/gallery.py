"""A gallery: pictures, the people in them, thumbnails and tags, stored so that no crash can damage it.

    HOME/galleries/NAME/gallery.json     format of what follows
    HOME/galleries/NAME/RUN.jsonl        one line per picture, appended whole; of a picture's lines the latest counts
    HOME/galleries/NAME/RUN.jsonl.xz     the same, compressed: a gallery that is shipped and no longer grows
    HOME/galleries/NAME/RUN.pack         the thumbnails of that run, WebP, one after another
    HOME/galleries/NAME/originals/       pictures that lie nowhere else, such as uploads
    HOME/galleries/NAME/masters/         open drawings, fetched from their publishers (see ``masters``)

Every run that writes has files of its own. So processes never share a file, a killed one leaves half a line at most,
which is skipped when it is read, and the union of two copies of a gallery is a gallery. Descriptors are computed from
the keypoints, so a new kind of descriptor needs no estimation; a large gallery keeps them in ``columns``.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.files import inside, write_atomic
from sketchpose.home import home_folder
from sketchpose.retrieve.descriptor import Descriptors
from sketchpose.retrieve.gallery.columns import is_large, open_columns
from sketchpose.retrieve.gallery.entry import GalleryEntry, Json
from sketchpose.retrieve.gallery.logs import Logs, Place
from sketchpose.retrieve.people import People

FORMAT: Final = 1
SHIPPED: Final = "reference"
"""The gallery that lies in the package: mannequins in many poses, and open-licence drawings."""
_NAME: Final = re.compile(r"[^\W_][\w .-]{0,59}")


class Gallery:
    """A gallery as it was when it was read; ``fresh`` reads it again where it has changed.

    Attributes:
        folder: Where it lies.
        entries: The pictures that have people, M of them.
        people: Everybody in them, as arrays.
        number: Which person of its picture each row of ``people`` is, from 0.
        descriptors: Of the people, where they are kept on disk (see ``columns``).
    """

    def __init__(self, folder: str | Path) -> None:
        """Read a gallery; use ``open_gallery`` for one by name.

        Raises:
            ValueError: There is none, or a newer version of this program wrote it.
        """
        self.folder = Path(folder)
        _check_format(self.folder)
        self._logs = Logs(self.folder)
        self._columns = open_columns(self._logs)
        self.entries: Sequence[GalleryEntry]
        self._problems: Sequence[GalleryEntry]
        self.people: People
        self.descriptors: Descriptors | None = None
        if self._columns:
            kept = self._columns
            self.entries, self.people, self.number = kept.entries, kept.people, kept.number
            self.descriptors, self._problems = kept.descriptors, kept.problems
            return
        known = list(Known(self._logs).values())
        self._problems = [entry for entry in known if entry.error]
        self.entries = [entry for entry in known if entry.poses]
        poses = [pose for entry in self.entries for pose in entry.poses]
        owner = np.repeat(np.arange(len(self.entries)), [len(entry.poses) for entry in self.entries])
        self.number = np.concatenate([np.arange(len(entry.poses)) for entry in self.entries] or [np.zeros(0, int)])
        self.people = People.from_poses(poses, owner, [entry.tags for entry in self.entries])

    @property
    def name(self) -> str:
        """Its name."""
        return self.folder.name

    @property
    def problems(self) -> dict[str, str]:
        """The pictures that cannot be used, path -> why."""
        return {entry.path: entry.error for entry in self._problems}

    def fresh(self) -> "Gallery":
        """Return this gallery, read again if another process or run has changed it."""
        return self if Logs(self.folder).sizes == self._logs.sizes else Gallery(self.folder)

    def picture(self, path: str) -> int:
        """Return the number of the picture of a path.

        Raises:
            ValueError: The gallery has none.
        """
        if self._columns:
            number = self._columns.picture(path)
        else:
            number = next((i for i, entry in enumerate(self.entries) if entry.path == path), None)
        if number is None:
            raise ValueError(f"The gallery {self.name!r} holds no picture {path!r}; search again.")
        return number

    def tag_counts(self) -> dict[str, int]:
        """Return how many pictures carry each tag, most frequent first."""
        counts = {tag: len(pictures) for tag, pictures in self.people.pictures_by_tag().items()}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def thumbnail(self, image: int) -> bytes:
        """Return the WebP thumbnail of a picture, empty where it has none."""
        place = self.entries[image].thumbnail
        if place is None:
            return b""
        name, offset, length = place
        try:
            with (self.folder / Path(name).name).open("rb") as pack:
                pack.seek(offset)
                return pack.read(length)
        except OSError:
            return b""


class Known(Mapping[str, GalleryEntry]):
    """Everything that the logs of a gallery say, path -> entry, in order of path; pictures without people too.

    Attributes:
        sources: Path -> the folder or file that was indexed.
    """

    def __init__(self, logs: Logs) -> None:
        """Read the logs; of a large gallery the lines stay on disk until they are asked for."""
        large = is_large(logs)
        latest: dict[str, tuple[float, Place | Json | None]] = {}
        sources, self._hashes = dict[str, str](), dict[str, str]()
        for place, line in logs.lines():
            path, at = line["path"], float(line.get("at", 0))
            if path not in latest or latest[path][0] <= at:
                latest[path] = at, None if line.get("gone") else place if large else line
                sources[path] = line.get("source", "")
                self._hashes[line.get("hash", "")] = path
        self._logs = logs
        self._lines = {path: line for path, (_, line) in sorted(latest.items()) if line is not None}
        self.sources = {path: sources[path] for path in self._lines}

    def __getitem__(self, path: str) -> GalleryEntry:
        line = self._lines[path]
        return GalleryEntry.from_json(line if isinstance(line, dict) else self._logs.read(line))

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def with_bytes(self, hash_: str) -> GalleryEntry | None:
        """Return a picture whose file had bytes of this hash."""
        entry = self.get(self._hashes.get(hash_, ""))
        return entry if entry and entry.hash == hash_ else None


class IndexRun:
    """One run's own files in a gallery: what it adds is safe as soon as ``add`` returns."""

    def __init__(self, folder: str | Path, run: str = "") -> None:
        """Begin a run, and the gallery where there is none.

        Args:
            folder: The gallery's.
            run: Name of the files; by default one that nobody else has.
        """
        self.folder = Path(folder)
        self._name = run or f"{time.time_ns():x}-{os.getpid():x}-{secrets.token_hex(2)}"
        if not (self.folder / "gallery.json").exists():
            write_atomic(self.folder / "gallery.json", json.dumps({"format": FORMAT}).encode())
        _check_format(self.folder)

    def add(self, entry: GalleryEntry, thumbnail: bytes = b"") -> None:
        """Keep a picture, in place of what is known under its path."""
        if thumbnail:
            with (self.folder / f"{self._name}.pack").open("ab") as pack:
                entry = replace(entry, thumbnail=(f"{self._name}.pack", pack.tell(), len(thumbnail)))
                pack.write(thumbnail)
        self._write(entry.to_json())

    def drop(self, path: str) -> None:
        """Forget a picture."""
        self._write({"path": path, "gone": True})

    def _write(self, line: Json) -> None:
        text = json.dumps(line | {"at": round(time.time(), 3)}, separators=(",", ":"), ensure_ascii=False)
        with (self.folder / f"{self._name}.jsonl").open("ab") as log:
            log.write(text.encode() + b"\n")


def _check_format(folder: Path) -> None:
    try:
        version = json.loads((folder / "gallery.json").read_text("utf-8"))["format"]
    except FileNotFoundError as error:
        names = ", ".join(gallery_names())
        raise ValueError(
            f"There is no gallery {folder.name!r}, only {names}; make it with "
            f"`sketchpose index FOLDER --gallery {folder.name!r}`."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{folder / 'gallery.json'} is damaged; delete the file and run `sketchpose index`."
        ) from error
    if version != FORMAT:
        raise ValueError(
            f"The gallery {folder.name!r} has format {version} and this version of SketchPose reads {FORMAT}; "
            f"update SketchPose, or make a new one with `sketchpose index FOLDER --gallery NEW_NAME`."
        )


def galleries_folder() -> Path:
    """Return the folder under which galleries are kept."""
    return home_folder() / "galleries"


def gallery_names() -> list[str]:
    """Return the names of the galleries there are, the shipped one first."""
    return [SHIPPED, *sorted(path.parent.name for path in galleries_folder().glob("*/gallery.json"))]


def gallery_folder(name: str) -> Path:
    """Return where the gallery of a name lies, whether or not it exists yet.

    Raises:
        ValueError: A gallery cannot have this name.
    """
    if name == SHIPPED:
        return Path(__file__).parents[1] / SHIPPED
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"A gallery cannot be called {name[:80]!r}: use up to 60 letters, digits, blanks, dots and hyphens, "
            "beginning with a letter or digit."
        )
    return inside(galleries_folder(), name)


def open_gallery(name: str = SHIPPED) -> Gallery:
    """Read the gallery of a name.

    Raises:
        ValueError: There is none of this name, or a newer version of this program wrote it.
    """
    return Gallery(gallery_folder(name))
