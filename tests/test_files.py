import os
from pathlib import Path

import pytest

from sketchpose.files import inside, write_atomic


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


OUT = [
    "//tmp/outside/x.png", "/etc/passwd", "///x", "\\\\server\\share\\x.png", "\\x.png", "C:\\x.png", "C:x.png", "c:/x",
    "..", "../x.png", "a/../../x.png", "a\\..\\..\\x.png", "a/..", "x.png\0.txt", "\0", "", ".", "/", "a\nb.png",
    "CON", "con.png", "a/NUL.txt", "Aux .png", "com1.png", "lpt\xb9", "x. ", "a./x.png",
    "a" * 300 + ".png", "é" * 130, "a/" * 600 + "x", "\ud800.png",
]  # fmt: skip
"""Names that must never become a path."""


@pytest.mark.parametrize("name", OUT)
def test_no_name_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        inside(tmp_path / "folder", name)


def test_names_of_every_language_stay_what_they_are(tmp_path: Path) -> None:
    for name in (
        "x.png",
        "a/b/c d.png",
        "Zeichnung größer.webp",
        "絵/人.png",
        "...x.png",
        ".hidden",
        "a..b",
        "console.png",
        "at 12:30.png",
    ):
        assert inside(tmp_path, name) == tmp_path.resolve().joinpath(*name.split("/"))
    assert inside(tmp_path, "a\\b.png") == tmp_path.resolve() / "a" / "b.png"


def test_a_link_in_the_way_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(ValueError, match="by a link"):
        inside(tmp_path / "folder", "link/x.png")
