"""Writing files so that a reader sees the old content or the new, never half of it."""

import os
import tempfile
from pathlib import Path


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
    """Flush a folder's list of names to disk, where the system knows how."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
