"""Where the files of a dataset lie, and how damaged and half-written ones are put out of the way.

    DATASET/images/ab/abcd….png       original bytes of a picture, named by their SHA-256
    DATASET/revisions/12/1234….json   one revision, written once and never changed
    DATASET/erased/….json             what was erased for good, by hash
    DATASET/splits.json               which sources or artists are for training, validation and test
    DATASET/quarantine/               damaged files, each with the reason beside it
    DATASET/index.sqlite              a cache, which can be deleted at any time

Folders of two hex digits keep each below the 10,000 files that a Hub repository allows.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sketchpose.dataset.person import ImageFacts
from sketchpose.files import sync_folder, write_atomic

_LITTER_AGE: Final = 3600.0
"""After so many seconds, the process that left a file half-written must be gone."""


@dataclass(frozen=True)
class Layout:
    """The paths below a dataset's folder."""

    folder: Path

    @property
    def revisions(self) -> Path:
        """Folder of the revisions."""
        return self.folder / "revisions"

    @property
    def images(self) -> Path:
        """Folder of the pictures."""
        return self.folder / "images"

    @property
    def erased(self) -> Path:
        """Folder of the tombstones."""
        return self.folder / "erased"

    @property
    def quarantine(self) -> Path:
        """Folder of damaged files."""
        return self.folder / "quarantine"

    @property
    def splits(self) -> Path:
        """File of the splits."""
        return self.folder / "splits.json"

    def revision(self, id: str) -> Path:
        """Return the path of a revision."""
        return self.revisions / id[:2] / f"{id}.json"

    def image(self, image: ImageFacts) -> Path:
        """Return the path of a picture."""
        return self.images / image.hash[:2] / f"{image.hash}{image.suffix}"

    def revision_stamps(self) -> dict[str, tuple[int, int]]:
        """Return size and modification time of every revision file, by id."""
        return {
            entry.name[: -len(".json")]: (facts.st_size, facts.st_mtime_ns)
            for entry in scan(self.revisions)
            if entry.name.endswith(".json") and (facts := stat(entry)) is not None
        }

    def image_files(self) -> dict[str, Path]:
        """Return the path of every stored picture, by hash."""
        return {entry.name.partition(".")[0]: Path(entry.path) for entry in scan(self.images)}

    def isolate(self, path: Path, reason: str) -> Path:
        """Move a damaged file out of the way and write the reason beside it; returns its new place."""
        target = self.quarantine / path.name
        self.quarantine.mkdir(parents=True, exist_ok=True)
        try:
            os.replace(path, target)
        except FileNotFoundError:
            return target  # Another process was faster.
        write_atomic(target.with_name(target.name + ".reason.txt"), f"{reason}\n".encode())
        sync_folder(path.parent)
        return target

    def quarantined(self) -> list[tuple[str, str]]:
        """Return (file name, reason) of every damaged file."""
        notes = sorted(self.quarantine.glob("*.reason.txt"))
        return [(p.name.removesuffix(".reason.txt"), p.read_text("utf-8").strip()) for p in notes]

    def sweep(self) -> int:
        """Remove half-written files of processes that were killed; returns how many there were."""
        old = [
            path
            for folder in (self.revisions, self.images, self.erased, self.folder)
            for path in (folder.glob(".*") if folder in (self.erased, self.folder) else folder.glob("*/.*"))
            if path.is_file() and path.stat().st_mtime < time.time() - _LITTER_AGE
        ]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def image_suffix(data: bytes) -> str:
    """Return the file suffix of a picture by its first bytes; it has been decoded before and is ``images.as_kept``."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return ".png"
    if data[:3] == b"\xff\xd8\xff":
        return ".jpg"
    return ".webp" if data[8:12] == b"WEBP" else ".avif"


def index_path(folder: Path) -> Path:
    """Return where the index of a dataset lies: in its folder; on a Space, whose storage is no local disk, outside."""
    if not os.environ.get("SPACE_ID"):
        return folder / "index.sqlite"
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"sketchpose-index-{name}.sqlite"


def scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the finished files two levels below a folder."""
    try:
        shards = [entry.path for entry in os.scandir(folder) if not entry.name.startswith(".") and entry.is_dir()]
    except FileNotFoundError:
        return
    for shard in shards:
        try:
            entries = list(os.scandir(shard))
        except FileNotFoundError:
            continue
        yield from (entry for entry in entries if not entry.name.startswith("."))


def stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return a file's facts; None if another process removed it meanwhile."""
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
