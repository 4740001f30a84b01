"""Galleries on disk: what is written reads back, whatever happens in between."""

import json
import lzma
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import poses

from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import (
    Gallery,
    IndexRun,
    gallery_folder,
    gallery_names,
    open_gallery,
)
from sketchpose.retrieve.gallery.library import Library, Shelf
from sketchpose.retrieve.query import Options

STANDING = np.array([[50, 10], [53, 8], [47, 8], [56, 10], [44, 10], [60, 25], [40, 25], [65, 42], [35, 42], [66, 58],
                     [34, 58], [56, 58], [44, 58], [57, 80], [43, 80], [57, 99], [43, 99]], np.float32)  # fmt: skip


def standing(lift: float = 0.0, at: tuple[float, float] = (0, 0)) -> Pose:
    """A figure with one arm lifted by so many pixels."""
    points = STANDING + np.array(at, np.float32)
    points[[7, 9], 1] -= lift
    return Pose.annotated(points, np.full(17, 2))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path))
    return tmp_path


@given(st.lists(poses(), min_size=1, max_size=3), st.lists(st.text(max_size=8), max_size=3))
def test_an_entry_reads_back_to_the_last_digit(people: list[Pose], tags: list[str]) -> None:
    entry = GalleryEntry(
        "a/ö.png", 40, 30, tuple(people), tuple(tags), "src", "1-2", "ab", group="g", render={"seed": 3}
    )
    again = GalleryEntry.from_json(json.loads(json.dumps(entry.to_json())))
    assert {k: v for k, v in vars(again).items() if k != "poses"} == {
        k: v for k, v in vars(entry).items() if k != "poses"
    }
    for before, after in zip(entry.poses, again.poses, strict=True):
        for name in ("keypoints", "scores", "visibility", "box"):
            np.testing.assert_array_equal(getattr(before, name), getattr(after, name), name)


def test_the_latest_line_of_a_picture_counts_and_dropped_ones_are_gone(tmp_path: Path) -> None:
    run = IndexRun(tmp_path / "g")
    run.add(GalleryEntry("a", 1, 1, (standing(),), ("old",)), b"first")
    run.add(GalleryEntry("b", 1, 1, (standing(),)))
    IndexRun(tmp_path / "g").add(GalleryEntry("a", 1, 1, (standing(), standing(9)), ("new",)), b"second")
    run.drop("b")
    found = Gallery(tmp_path / "g")
    assert [entry.path for entry in found.entries] == ["a"] and found.thumbnail(0) == b"second"
    assert len(found.people) == 2 and found.people.tags == [("new",)] and found.number.tolist() == [0, 1]


def test_half_a_line_of_a_killed_process_is_skipped(tmp_path: Path) -> None:
    run = IndexRun(tmp_path / "g")
    run.add(GalleryEntry("a", 1, 1, (standing(),)))
    run.add(GalleryEntry("b", 1, 1, (standing(),)))
    (log,) = (tmp_path / "g").glob("*.jsonl")
    whole = log.read_bytes()
    first = whole.index(b"\n")
    for cut in (0, 1, first - 1, first, first + 1, first + 40, len(whole) - 2, len(whole) - 1):
        log.write_bytes(whole[:cut])
        assert len(Gallery(tmp_path / "g").entries) == (cut >= first) + (cut >= len(whole) - 1)


def test_a_compressed_log_reads_the_same(tmp_path: Path) -> None:
    IndexRun(tmp_path / "g").add(GalleryEntry("a", 1, 1, (standing(),)), b"first")
    (log,) = (tmp_path / "g").glob("*.jsonl")
    (tmp_path / "g" / f"{log.name}.xz").write_bytes(lzma.compress(log.read_bytes()))
    log.unlink()
    found = Gallery(tmp_path / "g")
    assert [entry.path for entry in found.entries] == ["a"] and found.thumbnail(0) == b"first"


def test_two_processes_write_to_one_gallery(tmp_path: Path) -> None:
    code = (
        "import sys; from sketchpose.pose import Pose\n"
        "from sketchpose.retrieve.gallery.entry import GalleryEntry\n"
        "from sketchpose.retrieve.gallery.gallery import IndexRun\n"
        "pose = Pose.annotated([[i, i * i] for i in range(17)], [2] * 17)\n"
        "run = IndexRun(sys.argv[1])\n"
        "for i in range(200): run.add(GalleryEntry(f'{sys.argv[2]}{i}', 1, 1, (pose,)), sys.argv[2].encode() * i)"
    )
    root = Path(__file__).parents[3]
    writers = [subprocess.Popen([sys.executable, "-c", code, tmp_path / "g", w], cwd=root) for w in "xy"]
    assert [writer.wait(timeout=600) for writer in writers] == [0, 0]
    found = Gallery(tmp_path / "g")
    assert {entry.path for entry in found.entries} == {f"{w}{i}" for w in "xy" for i in range(200)}
    for number, entry in enumerate(found.entries):
        assert found.thumbnail(number) == entry.path[0].encode() * int(entry.path[1:])


def test_a_gallery_is_seen_to_change(tmp_path: Path) -> None:
    run = IndexRun(tmp_path / "g")
    run.add(GalleryEntry("a", 1, 1, (standing(),)))
    library = Library(lambda name: tmp_path / name)
    first = library.shelf("g")
    assert library.shelf("g") is first
    run.add(GalleryEntry("b", 1, 1, (standing(),)))
    assert len(library.shelf("g").gallery.entries) == 2


def test_names_and_folders(home: Path) -> None:
    assert gallery_names() == ["reference"]
    IndexRun(gallery_folder("my poses"))
    assert gallery_names() == ["reference", "my poses"] and (home / "galleries" / "my poses" / "gallery.json").exists()
    for bad in ("", "../up", "a/b", ".hidden", "x" * 61):
        with pytest.raises(ValueError, match="cannot be called"):
            gallery_folder(bad)


def test_what_cannot_be_read_is_refused_with_the_command_that_mends_it(home: Path) -> None:
    with pytest.raises(ValueError, match="no gallery 'none', only reference.*sketchpose index FOLDER --gallery 'none'"):
        open_gallery("none")
    folder = gallery_folder("newer")
    IndexRun(folder)
    (folder / "gallery.json").write_text('{"format": 99}')
    with pytest.raises(ValueError, match="format 99 and this version .* reads 1; update SketchPose, or make a new one"):
        open_gallery("newer")
    with pytest.raises(ValueError, match="format 99"):
        IndexRun(folder)
    (folder / "gallery.json").write_text("{")
    with pytest.raises(ValueError, match="damaged; delete the file and run `sketchpose index`"):
        open_gallery("newer")


def test_a_search_answers_with_pictures_and_people(tmp_path: Path) -> None:
    run = IndexRun(tmp_path / "g")
    run.add(GalleryEntry("two", 300, 110, (standing(30), standing(0, (150, 0))), ("pair",)))
    run.add(GalleryEntry("one", 100, 110, (standing(17),), group="same pose"))
    run.add(GalleryEntry("other side", 100, 110, (standing(16),), group="same pose"))
    shelf = Shelf(Gallery(tmp_path / "g"))
    best = shelf.find(standing(0), Options(k=3))[0].to_json()
    assert best["image"] == "two" and best["score"] == pytest.approx(100, abs=0.01) and best["tags"] == ["pair"]
    assert best["box"][0] > 150 and best["keypoints"][0] == [200, 10, 1], "the second person is the one that stands"
    assert not best["mirrored"]
    best = shelf.find(standing(17).mirror(100), Options(k=1))[0].to_json()
    assert (best["image"], best["mirrored"]) == ("one", True)
    plain = [one.entry.path for one in shelf.find(standing(17), Options(k=3))]
    grouped = [one.entry.path for one in shelf.find(standing(17), Options(k=3), one_per_pose=True)]
    assert plain[:2] == ["one", "other side"] and grouped == ["one", "two"]
    assert shelf.gallery.entries[shelf.gallery.picture("two")].path == "two"
    with pytest.raises(ValueError, match="holds no picture 'x'"):
        shelf.gallery.picture("x")


def test_tags_are_counted(tmp_path: Path) -> None:
    run = IndexRun(tmp_path / "g")
    run.add(GalleryEntry("a", 1, 1, (standing(), standing(9)), ("x", "y")))
    run.add(GalleryEntry("b", 1, 1, (standing(),), ("y",)))
    assert list(Gallery(tmp_path / "g").tag_counts().items()) == [("y", 2), ("x", 1)]
