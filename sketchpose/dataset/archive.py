"""Folders and zip files, read and written in the same way. A zip from strangers is checked before anything is read.

Refused: paths that leave the archive (``../``, absolute, drive letters), symbolic links, encrypted members, more than
``MAX_MEMBERS`` members, members over ``MAX_MEMBER`` bytes, more than ``MAX_TOTAL`` bytes in all, and members over a
megabyte that unpack to more than ``MAX_RATIO`` times their size (a bomb). Nothing is ever unpacked to disk.
"""

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, Protocol

from sketchpose.files import inside
from sketchpose.formats import Files, FormatError
from sketchpose.pictures import file_names, root_of

MAX_MEMBERS: Final = 400_000
MAX_MEMBER: Final = 1 << 29
MAX_TOTAL: Final = 1 << 36
MAX_RATIO: Final = 200
_SMALL: Final = 1 << 20
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Other methods (LZMA above all) let a small file ask for gigabytes of memory."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class Writer(Protocol):
    """Where files are written to."""

    def add(self, name: str, data: bytes) -> None:
        """Put a file."""
        ...

    def copy(self, name: str, path: Path) -> None:
        """Put a copy of a file."""
        ...


class FolderFiles:
    """The files below a folder; links that lead out of it are left out."""

    def __init__(self, folder: Path) -> None:
        """Open a folder."""
        self._folder = folder.resolve()
        self._names: list[str] | None = None

    def names(self) -> list[str]:
        """Return all names, sorted; they are listed only once, when first asked for."""
        if self._names is None:
            self._names = file_names(self._folder)
        return self._names

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return (self._folder / name).read_bytes()


class ZipFiles:
    """The members of a zip file."""

    def __init__(self, archive: zipfile.ZipFile, source: str, size: int) -> None:
        """Check every member of an archive of ``size`` bytes.

        Raises:
            FormatError: A member is not safe; the message names it and the limit.
        """
        self._archive = archive
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise FormatError(f"{source}: {len(members)} members and the limit is {MAX_MEMBERS}; split the archive.")
        for member in members:
            _check_member(member, source)
        total = sum(member.file_size for member in members)
        if total > MAX_TOTAL:
            raise FormatError(f"{source}: it unpacks to {total} bytes and the limit is {MAX_TOTAL}; split the archive.")
        if total > _SMALL and total > MAX_RATIO * size:
            raise FormatError(
                f"{source}: it unpacks to over {MAX_RATIO} times its size, as zip bombs do; pack it again."
            )
        names = [member.filename for member in members if not member.is_dir()]
        if len(set(names)) < len(names):
            raise FormatError(f"{source}: two members have the same name; pack it again.")
        self._names = sorted(name for name in names if not name.startswith("__MACOSX/"))

    def names(self) -> list[str]:
        """Return all names, sorted."""
        return self._names

    def read(self, name: str) -> bytes:
        """Return a member's content; never more of it than its header states."""
        member = self._archive.getinfo(name)
        try:
            with self._archive.open(member) as file:
                data = file.read(member.file_size + 1)
        except Exception as error:  # A damaged member raises whatever its decoder raises.
            reason = str(error)[:200] or type(error).__name__
            raise FormatError(
                f"{name}: this member of the archive cannot be read ({reason}); pack it again."
            ) from error
        if len(data) != member.file_size:
            raise FormatError(f"{name}: it does not unpack to the size that the archive states; pack it again.")
        return data


@contextmanager
def open_files(path: Path) -> Iterator[Files]:
    """Open a folder, a zip file, or the folder round a single file.

    Raises:
        FormatError: There is no such path, or the zip is damaged or not safe.
    """
    if path.is_dir():
        yield FolderFiles(path)
    elif path.is_file() and zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield _zip_files(file, path)
    elif path.is_file() and path.suffix.lower() == ".zip":
        raise FormatError(f"{path.name}: it is named as a zip file but is not one; pack or download it again.")
    elif path.is_file():
        yield FolderFiles(root_of(path))
    else:
        raise FormatError(f"{path}: there is no such file or folder; check the path.")


def _zip_files(file: BinaryIO, path: Path) -> ZipFiles:
    try:
        return ZipFiles(zipfile.ZipFile(file), path.name, path.stat().st_size)
    except FormatError:
        raise
    except Exception as error:  # Damaged directories raise anything from IndexError to struct.error.
        raise FormatError(f"{path.name}: the archive is damaged; pack or download it again.") from error


def _check_member(member: zipfile.ZipInfo, source: str) -> None:
    name = member.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if ".." in parts or name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":") or "\0" in name:
        raise FormatError(f"{source}: the member {name[:120]!r} leads out of the archive; pack it again without it.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FormatError(f"{source}: the member {name[:120]!r} is a symbolic link; pack the file itself.")
    if member.flag_bits & 1:
        raise FormatError(f"{source}: the member {name[:120]!r} is encrypted; pack it again without a password.")
    if member.compress_type not in _METHODS:
        raise FormatError(f"{source}: the member {name[:120]!r} is not packed by Deflate; pack it as an ordinary zip.")
    if member.file_size > MAX_MEMBER:
        raise FormatError(
            f"{source}: the member {name[:120]!r} unpacks to {member.file_size} bytes and the limit is {MAX_MEMBER}."
        )
    if member.file_size > _SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise FormatError(
            f"{source}: the member {name[:120]!r} unpacks to over {MAX_RATIO} times its size, as zip bombs do; pack it "
            "with less compression if it is real."
        )


class FolderWriter:
    """Writes into a folder that was empty."""

    def __init__(self, folder: Path) -> None:
        """Make the folder.

        Raises:
            ValueError: The folder is not empty.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(f"{folder} is not empty; give a new folder, or a name ending in .zip.")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def add(self, name: str, data: bytes) -> None:
        """Put a file."""
        path = inside(self._folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def copy(self, name: str, path: Path) -> None:
        """Put a copy of a file."""
        target = inside(self._folder, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


class ZipWriter:
    """Writes a zip file that is the same, bit for bit, for the same content."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Write to an open archive."""
        self._archive = archive

    def add(self, name: str, data: bytes) -> None:
        """Put a member, compressed."""
        self._put(name, data, zipfile.ZIP_DEFLATED)

    def copy(self, name: str, path: Path) -> None:
        """Put a copy of a file as it is; pictures are compressed already."""
        self._put(name, path.read_bytes(), zipfile.ZIP_STORED)

    def _put(self, name: str, data: bytes, method: int) -> None:
        member = zipfile.ZipInfo(name, _EPOCH)
        member.compress_type, member.external_attr = method, 0o644 << 16
        self._archive.writestr(member, data)


@contextmanager
def open_writer(target: Path) -> Iterator[Writer]:
    """Open a folder, or a zip file when the name ends so, to write to; an old zip file is replaced at the end.

    Raises:
        ValueError: The folder is not empty.
        OSError: The disk is full; an old zip file is then untouched.
    """
    if target.suffix.lower() != ".zip":
        yield FolderWriter(target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(part, "w") as archive:
            yield ZipWriter(archive)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
