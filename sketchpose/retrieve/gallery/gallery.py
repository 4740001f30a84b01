"""A gallery: pictures, the people in them, thumbnails and tags, stored so that no crash can damage it.

    HOME/galleries/NAME/gallery.json     format of what follows
    HOME/galleries/NAME/RUN.jsonl        one line per picture, appended whole; of a picture's lines the latest counts
    HOME/galleries/NAME/RUN.jsonl.xz     the same, compressed: a gallery that is shipped and no longer grows
    HOME/galleries/NAME/RUN.pack         the thumbnails of that run, WebP, one after another
    HOME/galleries/NAME/originals/       pictures that lie nowhere else, such as uploads

Every run that writes has files of its own. So processes never share a file, a killed one leaves half a line at most,
which is skipped when it is read, and the union of two copies of a gallery is a gallery. Descriptors are not stored:
they are computed from the keypoints (see ``library``), so a new kind of descriptor needs no estimation.
"""

import json
import lzma
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from sketchpose.files import inside, write_atomic
from sketchpose.home import home_folder
from sketchpose.pose import Pose, short_floats
from sketchpose.retrieve.people import People

FORMAT: Final = 1
SHIPPED: Final = "reference"
"""The gallery that lies in the package: mannequins in many poses, and open-licence drawings."""
_LOGS: Final = "*.jsonl*"
_NAME: Final = re.compile(r"[^\W_][\w .-]{0,59}")

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class GalleryEntry:
    """One picture of a gallery.

    Attributes:
        path: Where the picture lies: absolute, or within the gallery's folder.
        width: In pixels.
        height: In pixels.
        poses: The people in it.
        tags: In lower case.
        source: The folder or file that was indexed; pictures that vanish from it are dropped.
        stamp: Size and time of the file when it was read; unchanged means skipped.
        hash: Of the file's bytes, so that a moved file is known again.
        error: Why the picture cannot be used; there are then no poses.
        group: Pictures of one pose seen by several cameras share a word; empty otherwise.
        render: How to draw the picture in any size, for those that are drawn (see ``originals``).
        credit: Who made it, under which licence.
        thumbnail: File, offset and length of the thumbnail.
    """

    path: str
    width: int
    height: int
    poses: tuple[Pose, ...] = ()
    tags: tuple[str, ...] = ()
    source: str = ""
    stamp: str = ""
    hash: str = ""
    error: str = ""
    group: str = ""
    render: Json = field(default_factory=dict)
    credit: str = ""
    thumbnail: tuple[str, int, int] | None = None

    @property
    def name(self) -> str:
        """File name."""
        return Path(self.path).name

    def to_json(self) -> Json:
        """Return the line of the file, without what has its default value."""
        plain = {k: getattr(self, k) for k in ("path", "width", "height", *_OPTIONAL) if getattr(self, k)}
        return plain | ({"people": [_person(pose) for pose in self.poses]} if self.poses else {})

    @classmethod
    def from_json(cls, line: Json) -> Self:
        """Read what ``to_json`` wrote."""
        people = tuple(_pose(person) for person in line.get("people", ()))
        given = {k: line[k] for k in _OPTIONAL if k in line}
        given |= {k: tuple(given[k]) for k in ("tags", "thumbnail") if k in given}
        return cls(str(line["path"]), int(line.get("width", 0)), int(line.get("height", 0)), people, **given)


_OPTIONAL: Final = ("tags", "source", "stamp", "hash", "error", "group", "render", "credit", "thumbnail")


def _person(pose: Pose) -> list[Any]:
    """A pose as keypoints, scores, visibility, box and score; the shortest text that reads back as the same floats.

    Scores are left out where they say no more than the visibility.
    """
    short = [short_floats(array) for array in (pose.keypoints, pose.scores, pose.box)]
    points, scores, box = ([int(v) if v.is_integer() else v for v in row] for row in short)
    if scores == pose.labelled.tolist():
        scores = []
    return [points, scores, "".join(map(str, pose.visibility.tolist())), box, round(pose.score, 4)]


def _pose(person: Sequence[Any]) -> Pose:
    points, scores, letters, box, score = person
    visibility = np.array([int(v) for v in letters])
    known = np.array(scores or visibility > 0, np.float32)
    return Pose(np.array(points, np.float32).reshape(-1, 2), known, visibility, box, score, "given")


class Gallery:
    """A gallery as it was when it was read; ``fresh`` reads it again where it has changed.

    Attributes:
        folder: Where it lies.
        entries: The pictures that have people, M of them.
        people: Everybody in them, as arrays.
        number: Which person of its picture each row of ``people`` is, from 0.
        problems: The pictures that cannot be used, path -> why.
    """

    def __init__(self, folder: str | Path) -> None:
        """Read a gallery; use ``open_gallery`` for one by name.

        Raises:
            ValueError: There is none, or a newer version of this program wrote it.
        """
        self.folder = Path(folder)
        self._state = _state(self.folder)
        known = self.known()
        self.problems = {path: entry.error for path, entry in known.items() if entry.error}
        self.entries = [entry for entry in known.values() if entry.poses]
        poses = [pose for entry in self.entries for pose in entry.poses]
        owner = np.repeat(np.arange(len(self.entries)), [len(entry.poses) for entry in self.entries])
        self.number = np.concatenate([np.arange(len(entry.poses)) for entry in self.entries] or [np.zeros(0, int)])
        self.people = People.from_poses(poses, owner, [entry.tags for entry in self.entries])

    @property
    def name(self) -> str:
        """Its name."""
        return self.folder.name

    def known(self) -> dict[str, GalleryEntry]:
        """Everything that the files say, path -> entry, in order of path; pictures without people too."""
        _check_format(self.folder)
        latest: dict[str, tuple[float, Json]] = {}
        for line in _lines(self.folder):
            path, at = line["path"], float(line.get("at", 0))
            if path not in latest or latest[path][0] <= at:
                latest[path] = at, line
        return {
            path: GalleryEntry.from_json(line) for path, (_, line) in sorted(latest.items()) if not line.get("gone")
        }

    def fresh(self) -> "Gallery":
        """Return this gallery, read again if another process or run has changed it."""
        return self if _state(self.folder) == self._state else Gallery(self.folder)

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


def _lines(folder: Path) -> Iterator[Json]:
    for path in sorted(folder.glob(_LOGS)):
        raw = path.read_bytes()
        for text in (lzma.decompress(raw) if path.suffix == ".xz" else raw).split(b"\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut off when its process was killed: the picture counts as not yet read
            if isinstance(line, dict) and isinstance(line.get("path"), str):
                yield line


def _state(folder: Path) -> frozenset[tuple[str, int]]:
    return frozenset((path.name, path.stat().st_size) for path in folder.glob(_LOGS))


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


def tag_counts(entries: Iterable[GalleryEntry]) -> dict[str, int]:
    """Return how many pictures carry each tag, most frequent first."""
    counts: dict[str, int] = {}
    for entry in entries:
        for tag in entry.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
