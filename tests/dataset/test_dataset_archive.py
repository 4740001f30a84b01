"""Archives from strangers: what could harm is refused before a byte of it is read."""

import stat
import zipfile
from pathlib import Path

import pytest

from sketchpose.dataset import archive as archive_module
from sketchpose.dataset.archive import open_files, open_writer
from sketchpose.formats import FormatError


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


def names(path: Path) -> list[str]:
    with open_files(path) as files:
        return files.names()


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/etc/passwd", "..\\evil.png", "C:\\evil.png"])
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="leads out"):
        names(packed(tmp_path / "a.zip", ("good.png", b"1"), (name, b"2")))


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(FormatError, match="symbolic link"):
        names(packed(tmp_path / "a.zip", (link, b"/etc/passwd")))


def test_bombs_are_refused_without_unpacking(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="bomb"):
        names(packed(tmp_path / "a.zip", ("zeros.json", bytes(20_000_000))))


@pytest.mark.parametrize(("limit", "value"), [("MAX_MEMBERS", 2), ("MAX_MEMBER", 10), ("MAX_TOTAL", 25)])
def test_each_limit_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    path = packed(tmp_path / "a.zip", *((f"{i}.bin", bytes(range(i, i + 11))) for i in range(3)))
    assert len(names(path)) == 3
    monkeypatch.setattr(archive_module, limit, value)
    with pytest.raises(FormatError, match=str(value)):
        names(path)


def test_a_member_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("file.bin", bytes(range(250)) * 8))
    content = path.read_bytes()
    size = (2000).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    with open_files(path) as files, pytest.raises(FormatError, match=r"file\.bin"):
        files.read("file.bin")


def test_damaged_archives_are_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("file.bin", bytes(range(250)) * 8))
    content = bytearray(path.read_bytes())
    content[60] ^= 255
    path.write_bytes(content)
    with open_files(path) as files, pytest.raises(FormatError, match=r"file\.bin"):
        files.read("file.bin")
    (tmp_path / "b.zip").write_bytes(b"not a zip")
    with pytest.raises(FormatError, match="is not one"):
        names(tmp_path / "b.zip")


def test_links_out_of_a_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.txt").write_text("good")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert names(folder) == ["good.txt"]


def test_writing_is_reproducible_and_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "picture.bin").write_bytes(b"pixels")
    for name in ("a.zip", "b.zip"):
        with open_writer(tmp_path / name) as writer:
            writer.add("data.json", b"{}")
            writer.copy("images/picture.bin", tmp_path / "picture.bin")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert names(tmp_path / "a.zip") == ["data.json", "images/picture.bin"]
    with pytest.raises(OSError, match="full"), open_writer(tmp_path / "a.zip") as writer:
        writer.add("half", b"half")
        raise OSError("full")
    assert names(tmp_path / "a.zip") == ["data.json", "images/picture.bin"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "b.zip", "picture.bin"]


def test_a_folder_with_something_in_it_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"), open_writer(tmp_path):
        pass
