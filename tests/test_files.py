import os
from pathlib import Path

import pytest

from sketchpose.files import write_atomic


def test_write_and_replace(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two" and os.listdir(path.parent) == ["file.json"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.json"
    write_atomic(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["file.json"]


def test_the_file_and_every_new_folder_are_flushed_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: set[str] = set()
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.add(os.readlink(f"/proc/self/fd/{handle}")))
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("open files can only be named through /proc")
    write_atomic(tmp_path / "a" / "b" / "file.json", b"data")
    temporary = {name for name in flushed if Path(name).name.startswith(".file.json")}
    assert len(temporary) == 1 and flushed - temporary == {
        str(tmp_path / "a" / "b"),
        str(tmp_path / "a"),
        str(tmp_path),
    }
