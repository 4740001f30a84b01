"""A large gallery on disk says what a small one in memory says, whatever has happened to it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_gallery import standing

from sketchpose.retrieve.gallery import columns
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import Gallery, IndexRun, Known
from sketchpose.retrieve.gallery.library import Shelf
from sketchpose.retrieve.gallery.logs import Logs
from sketchpose.retrieve.query import Options

WORDS = st.sampled_from("abcdef")
STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "drop", "fail", "run", "read")), WORDS, st.integers(1, 3), st.sets(WORDS)),
    min_size=1,
    max_size=20,
)


def take(folder: Path, large: bool) -> Gallery:
    """Read a gallery with columns or without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "LARGE", 1 if large else 1 << 60)
        return Gallery(folder)


def told(gallery: Gallery) -> dict[str, object]:
    """What a gallery says, by path."""
    shelf = Shelf(gallery)
    people = shelf.searchable.people
    by_path: dict[str, object] = {}
    for picture, entry in enumerate(gallery.entries):
        rows = np.flatnonzero(people.image == picture)
        arrays = (people.keypoints, people.scores, people.box, gallery.number, people.count)
        by_path[entry.path] = (
            [array[rows].tolist() for array in arrays],
            sorted(tag for tag, tagged in people.tagged.items() if np.isin(rows, tagged).all()),
            sorted(people.tags[picture]),
            gallery.thumbnail(gallery.picture(entry.path)),
        )
    return by_path | {"problems": gallery.problems, "tags": sorted(gallery.tag_counts().items())}


def same(folder: Path) -> bool:
    """Whether a gallery says the same with columns and without."""
    large, small = (take(folder, large) for large in (True, False))
    for name, tolerance in (("same", 1e-5), ("any", 1e-4)):  # products of matrices are rounded by the number of rows
        vectors = [getattr(Shelf(gallery).searchable.descriptors, name) for gallery in (large, small)]
        order = [gallery_rows(gallery) for gallery in (large, small)]
        np.testing.assert_allclose(vectors[0][order[0]], vectors[1][order[1]], atol=tolerance)
    return told(large) == told(small)


def gallery_rows(gallery: Gallery) -> list[int]:
    """Rows of the people in order of path."""
    paths = [entry.path for entry in gallery.entries]
    return sorted(range(len(gallery.people)), key=lambda row: (paths[gallery.people.image[row]], row))


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_columns_say_what_the_logs_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int, set[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("g")
    run = IndexRun(folder)
    for number, (step, path, count, tags) in enumerate(steps):
        if step == "add":
            people = tuple(standing(7.0 * i + number, (60.0 * i, 0)) for i in range(count))
            run.add(GalleryEntry(path, 300, 110, people, tuple(sorted(tags))), bytes([number]))
        elif step == "fail":
            run.add(GalleryEntry(path, 0, 0, error=f"trouble {number}"))
        elif step == "drop":
            run.drop(path)
        elif step == "run":
            run = IndexRun(folder)
        else:
            take(folder, large=True)
    assert same(folder)


def gallery_of(folder: Path, count: int, first: int = 0) -> IndexRun:
    """Add figures that differ."""
    run = IndexRun(folder)
    for i in range(first, first + count):
        run.add(GalleryEntry(f"{i}", 100, 110, (standing(2.0 * i),), ("even" if i % 2 == 0 else "odd",)))
    return run


def kept(folder: Path) -> Path:
    """The folder of columns, of which there is one."""
    (found,) = folder.glob("columns-*")
    return found


def test_adding_lengthens_the_columns_and_changing_writes_them_anew(tmp_path: Path) -> None:
    run = gallery_of(tmp_path, 5)
    before = take(tmp_path, large=True)
    place = kept(tmp_path)
    first = (place / "people.keypoints.bin").read_bytes()
    gallery_of(tmp_path, 3, 5)
    assert len(take(tmp_path, large=True).people) == 8 and kept(tmp_path) == place
    assert (place / "people.keypoints.bin").read_bytes()[: len(first)] == first
    run.drop("0")
    assert len(take(tmp_path, large=True).people) == 7 and kept(tmp_path) != place
    # whoever had opened the gallery before still sees what it was
    assert len(before.people) == 5 and before.people.keypoints[0, 7, 1] == standing(0).keypoints[7, 1]


def test_what_a_killed_process_left_behind_does_not_count(tmp_path: Path) -> None:
    gallery_of(tmp_path, 4)
    take(tmp_path, large=True)
    for path in kept(tmp_path).iterdir():
        with path.open("ab") as file:
            file.write(b"half a row")
    (log,) = tmp_path.glob("*.jsonl")
    with log.open("ab") as file:
        file.write(b'{"path":"5","peop')
    assert same(tmp_path)
    gallery_of(tmp_path, 2, 10)
    assert same(tmp_path)


@pytest.mark.parametrize("damage", ["header", "version", "folder", "files"])
def test_columns_that_are_damaged_or_old_are_made_again(tmp_path: Path, damage: str) -> None:
    gallery_of(tmp_path, 4)
    take(tmp_path, large=True)
    header = tmp_path / "columns.json"
    if damage in ("folder", "files"):
        for path in kept(tmp_path).iterdir():
            path.unlink()
        if damage == "folder":
            kept(tmp_path).rmdir()
    else:
        header.write_text("{" if damage == "header" else header.read_text().replace('"version": [1', '"version": [0'))
    assert same(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_gallery_that_cannot_be_written_is_read_into_memory(tmp_path: Path) -> None:
    gallery_of(tmp_path, 4)
    tmp_path.chmod(0o500)
    try:
        assert len(take(tmp_path, large=True).people) == 4
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_leaves_a_gallery_that_can_be_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    gallery_of(tmp_path, 4)
    monkeypatch.setattr(columns, "write_atomic", full)
    found = Shelf(take(tmp_path, large=True)).find(standing(4.0), Options(k=1))
    assert found[0].entry.path == "2"


def test_several_processes_open_a_gallery_that_has_no_columns_yet(tmp_path: Path) -> None:
    gallery_of(tmp_path, 50)
    code = (
        "import sys; from sketchpose.retrieve.gallery import columns; columns.LARGE = 1\n"
        "from sketchpose.retrieve.gallery.gallery import Gallery\n"
        "print(len(Gallery(sys.argv[1]).people))"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code, str(tmp_path)]
    readers = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [reader.communicate(timeout=600)[0].strip() for reader in readers] == ["50"] * 3
    assert same(tmp_path)


def test_what_is_known_is_the_same_from_disk_and_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = gallery_of(tmp_path, 3)
    run.add(GalleryEntry("b", 1, 1, (standing(),), source="folder", hash="123"))
    run.add(GalleryEntry("bad", 0, 0, error="empty"))
    run.drop("1")
    for least in (1, 1 << 60):
        monkeypatch.setattr(columns, "LARGE", least)
        known = Known(Logs(tmp_path))
        assert (
            list(known) == ["0", "2", "b", "bad"] and known["bad"].error == "empty" and known.sources["b"] == "folder"
        )
        found = known.with_bytes("123")
        assert found is not None and found.path == "b" and known.with_bytes("124") is None
