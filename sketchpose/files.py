"""Files: written so that a reader sees the old content or the new, and named so that they stay in their folder."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final
from unicodedata import category

MAX_PART: Final = 240
"""Bytes of one part of a name; file systems take 255, and files being written carry a few letters more."""
MAX_NAME: Final = 1000
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{device}{n}" for device in ("com", "lpt") for n in "123456789\xb9\xb2\xb3")}
)
"""Names that Windows gives to devices, whatever their suffix."""


def inside(folder: str | os.PathLike[str], name: str, *, links: bool = False) -> Path:
    """Return the path of a name below a folder: the only way from a name that others chose to a path.

    Args:
        folder: The folder; it need not exist.
        name: Parts with slashes between; backslashes count as slashes.
        links: Whether links may lead out, as in folders of pictures that the user has put together.

    Raises:
        ValueError: The name is empty, absolute, too long or reserved, or it leads out of the folder, be it by ``..``
            or by a link that lies in the way.
    """
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    drive = any(part[1:2] == ":" for part in parts)
    if not parts or drive or ".." in parts or plain.startswith("/") or any(category(c) in ("Cc", "Cs") for c in plain):
        raise ValueError(f"{name[:80]!r} is not a name within a folder; use one without .., leading slash or drive.")
    if len(os.fsencode(plain)) > MAX_NAME or any(len(os.fsencode(part)) > MAX_PART for part in parts):
        raise ValueError(f"{name[:80]!r}... is too long; use names of up to {MAX_PART} bytes.")
    if any(part.partition(".")[0].rstrip().lower() in _RESERVED or part.rstrip(". ") != part for part in parts):
        raise ValueError(f"{name[:80]!r} has a name that Windows keeps for itself; rename it.")
    place = Path(folder).resolve()
    path = place.joinpath(*parts)
    if links:
        return path
    path = path.resolve()
    if path == place or not path.is_relative_to(place):
        raise ValueError(f"{name[:80]!r} leads out of its folder by a link; use the file itself.")
    return path


def check_target(path: Path, *, folder: bool = False) -> None:
    """Refuse an output that cannot be written, before the work and not after it.

    Args:
        path: Where the output will be.
        folder: Whether it is a folder of files.

    Raises:
        ValueError: The path is a folder where a file is wanted, or the other way round.
        OSError: The folder does not exist or cannot be written to.
    """
    if folder and path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file and a folder is needed; give another name.")
    if not folder and path.is_dir():
        raise ValueError(f"{path} is a folder and a file is needed; give the name of a file in it.")
    place = next(p for p in (path.resolve(), *path.resolve().parents) if p.exists())
    place = place.parent if place == path.resolve() and not folder else place
    if not place.is_dir():
        raise ValueError(f"{path} cannot be written: {place.name} is a file; choose another place.")
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise OSError(error.errno, f"{path} cannot be written ({error.strerror}); choose another place.") from error


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Replace a file in one step: write beside it, flush to disk, rename, flush the folder.

    When this returns, the file outlives a killed process and a power cut.

    Args:
        path: The file; its folder is made when missing.
        data: Its new content.

    Raises:
        OSError: The disk is full or the folder cannot be written; the old file is then untouched.
    """
    target = Path(path)
    missing = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    # A new name, and a new folder, is an entry in the folder above it.
    for folder in (target.parent, *(made.parent for made in missing)):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time do what follows; the lock ends with the process that holds it.

    Args:
        folder: Where the lock lies; made when missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
