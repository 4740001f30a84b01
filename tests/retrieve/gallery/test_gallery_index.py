"""Indexing: only what is new is estimated, what is gone is dropped, and a kill costs no more than the file in hand."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike
from PIL import Image

from sketchpose.cli import main
from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.formats import FormatError, PosedImage, to_coco
from sketchpose.images import ImageError, read_image
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.gallery import Gallery, gallery_folder, open_gallery
from sketchpose.retrieve.gallery.indexing import IndexReport, index
from sketchpose.retrieve.gallery.originals import original
from sketchpose.retrieve.gallery.sources import read_source, read_tags

DRAWINGS = Path(__file__).parents[3] / "examples" / "drawings"


class Counting:
    """An estimator that finds one figure as large as the picture, and counts."""

    name = "counting"

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._lock = threading.Lock()

    def estimate(self, image: Any, boxes: ArrayLike | None = None) -> list[Pose]:
        picture = read_image(image)
        with self._lock:
            self.seen.append(picture.name)
        if picture.pixels.min() > 250:
            raise ImageError(f"{picture.name}: nothing is drawn on it; choose a picture with a person.")
        points = np.random.default_rng(picture.width).uniform(0, 1, (17, 2)) * (picture.width, picture.height)
        ones = np.ones(17, np.float32)
        box = np.array([0, 0, picture.width, picture.height], np.float32)
        return [Pose(points.astype(np.float32), ones, np.full(17, 2, np.uint8), box)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    for i, name in enumerate(("Sitting/img_OldMan01.png", "Sitting/child.png", "run fast.jpg")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(i).integers(0, 255, (60 + i, 40 + i, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / name)
    return place


def run(folder: Path, gallery: Path, estimator: Counting, **options: Any) -> IndexReport:
    return index(gallery, read_source(folder, options.pop("tags", None)), folder, lambda: estimator, **options)


def test_unchanged_files_are_skipped_and_deleted_ones_dropped(folder: Path, tmp_path: Path) -> None:
    gallery, estimator = tmp_path / "g", Counting()
    told: list[tuple[int, int]] = []
    first = run(folder, gallery, estimator, progress=lambda done, total, name: told.append((done, total)))
    assert (first.added, first.people) == (3, 3) and told == [(1, 3), (2, 3), (3, 3)]
    assert run(folder, gallery, estimator).unchanged == 3 and len(estimator.seen) == 3
    (folder / "run fast.jpg").unlink()
    shutil.copy(DRAWINGS / "stick_sm_002.png", folder / "new.png")
    os.utime(folder / "Sitting" / "child.png", ns=(1, 1))
    report = run(folder, gallery, estimator)
    assert (report.added, report.dropped, report.unchanged, report.updated) == (1, 1, 1, 1)
    assert estimator.seen[3:] == ["new.png"], "a file with a new time and the same bytes is not estimated again"
    names = {entry.name for entry in Gallery(gallery).entries}
    assert names == {"child.png", "img_OldMan01.png", "new.png"}
    run(folder, gallery, estimator, again=True)
    assert len(estimator.seen) == 7


def test_a_moved_file_keeps_its_pose_and_gets_new_tags(folder: Path, tmp_path: Path) -> None:
    gallery, estimator = tmp_path / "g", Counting()
    run(folder, gallery, estimator)
    before = {entry.name: entry.poses[0].keypoints for entry in Gallery(gallery).entries}
    (folder / "Lying").mkdir()
    (folder / "Sitting" / "child.png").rename(folder / "Lying" / "child.png")
    report = run(folder, gallery, estimator)
    assert (report.updated, report.dropped) == (1, 1) and len(estimator.seen) == 3
    moved = next(entry for entry in Gallery(gallery).entries if entry.name == "child.png")
    assert moved.tags == ("lying", "child")
    np.testing.assert_array_equal(moved.poses[0].keypoints, before["child.png"])
    found = Gallery(gallery)
    assert found.thumbnail([entry.name for entry in found.entries].index("child.png"))[8:12] == b"WEBP"


def test_parts_done_apart_are_the_whole(folder: Path, tmp_path: Path) -> None:
    for i in range(9):
        Image.new("RGB", (40, 40 + i)).save(folder / f"{i}.png")
    whole, apart, estimator = tmp_path / "whole", tmp_path / "apart", Counting()
    assert run(folder, whole, estimator).added == 12
    parts = [run(folder, apart, estimator, shard=(part, 3)) for part in (1, 2, 3)]
    assert sum(part.added for part in parts) == 12 and all(part.added for part in parts)
    assert {e.path for e in Gallery(apart).entries} == {e.path for e in Gallery(whole).entries}
    # a part drops what has gone of its own, and nothing of the others'
    gone = [folder / f"{i}.png" for i in range(9)]
    for path in gone:
        path.unlink()
    dropped = [run(folder, apart, estimator, shard=(part, 3)).dropped for part in (1, 2, 3)]
    assert sum(dropped) == 9 and len(Gallery(apart).entries) == 3


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/2", "1/2/3"])
def test_a_part_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["index", "folder", "--gallery", "g", f"--shard={text}"])
    assert "is not a part: give for instance 3/16" in capsys.readouterr().err


def test_tags_come_from_folders_names_and_a_table(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "tags.csv"
    table.write_text("file,tags,more\nSitting/child.png,Small; Bare foot,kid\nrun fast.jpg,\nimg_OldMan01.png,old\n")
    gallery, estimator = tmp_path / "g", Counting()
    run(folder, gallery, estimator, tags=read_tags(table))
    tags = {entry.name: entry.tags for entry in Gallery(gallery).entries}
    assert tags == {
        "img_OldMan01.png": ("sitting", "old", "man"),
        "child.png": ("sitting", "child", "small", "bare foot", "kid"),
        "run fast.jpg": ("run", "fast"),
    }
    table.write_text("child.png,new\n")
    report = run(folder, gallery, estimator, tags=read_tags(table))
    assert report.updated == 1 and len(estimator.seen) == 3, "tags change without estimation"


@pytest.mark.parametrize(
    ("data", "message"), [(b"\xff\xfe\x00", "UTF-8"), (b",only a tag\n", "row 1 has tags and no file name")]
)
def test_a_bad_table_is_explained(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "tags.csv").write_bytes(data)
    with pytest.raises(FormatError, match=message):
        read_tags(tmp_path / "tags.csv")


def test_unreadable_pictures_are_listed_and_tried_again(folder: Path, tmp_path: Path) -> None:
    (folder / "letter.png").write_bytes(b"dear reader")
    Image.new("RGB", (40, 40), "white").save(folder / "blank.png")
    gallery, estimator = tmp_path / "g", Counting()
    report = run(folder, gallery, estimator)
    problems = {Path(path).name: words for path, words in report.problems.items()}
    assert problems == {
        "letter.png": "not a picture that can be read; use PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF.",
        "blank.png": "nothing is drawn on it; choose a picture with a person.",
    }
    assert {Path(path).name for path in Gallery(gallery).problems} == set(problems)
    assert {Path(path).name for path in run(folder, gallery, estimator).problems} == set(problems)
    shutil.copy(DRAWINGS / "stick_sm_002.png", folder / "letter.png")
    assert run(folder, gallery, estimator).added == 1
    assert {Path(path).name for path in Gallery(gallery).problems} == {"blank.png"}


def test_a_coco_document_is_taken_at_its_word(tmp_path: Path) -> None:
    picture = read_image(DRAWINGS / "stick_sm_002.png")
    (tmp_path / "images" / "sport").mkdir(parents=True)
    shutil.copy(DRAWINGS / "stick_sm_002.png", tmp_path / "images" / "sport" / "runner.png")
    pose = Pose.annotated(np.random.default_rng(0).uniform(9, 99, (17, 2)), np.full(17, 2))
    images = [
        PosedImage("sport/runner.png", picture.width, picture.height, (pose, pose)),
        PosedImage("gone.png", 9, 9, (pose,)),
    ]
    (tmp_path / "coco.json").write_text(json.dumps(to_coco(images)))

    def nobody() -> Any:
        raise AssertionError("nothing is to be estimated")

    def again() -> IndexReport:
        items = read_source(tmp_path / "coco.json")
        return index(tmp_path / "g", items, tmp_path / "coco.json", nobody)

    report = again()
    assert report.people == 2 and "the picture gone.png is missing" in "".join(report.problems.values())
    (entry,) = Gallery(tmp_path / "g").entries
    np.testing.assert_array_equal(entry.poses[1].keypoints, pose.keypoints)
    assert entry.tags == ("sport", "runner")
    assert again().unchanged == 2, "the missing picture is no news"
    corrected = Pose.annotated(pose.keypoints + 1, np.full(17, 2))
    renewed = PosedImage("sport/runner.png", picture.width, picture.height, (corrected,))
    (tmp_path / "coco.json").write_text(json.dumps(to_coco([renewed])))
    report = again()
    assert (report.added, report.dropped, report.problems) == (1, 1, {}), "corrected poses are taken over"
    np.testing.assert_array_equal(Gallery(tmp_path / "g").entries[0].poses[0].keypoints, corrected.keypoints)
    other = PosedImage("sport/runner.png", 99, 99, (pose,))
    (tmp_path / "coco.json").write_text(json.dumps(to_coco([other])))
    report = again()
    assert (report.added, report.people) == (0, 0) and len(report.problems) == 1, "of another shape: not read"


def test_the_dataset_is_a_source_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path))
    dataset = Dataset()
    image = dataset.add_image(DRAWINGS / "stick_sm_002.png")
    pose = Pose.annotated(np.random.default_rng(0).uniform(9, 99, (17, 2)), np.full(17, 2))
    first = Revision.make(image, [Person.of_pose("p1", pose)], tags=("Run",), artist="Ada", licence="CC0-1.0")
    dataset.save(first)

    def again() -> IndexReport:
        return index(tmp_path / "g", read_source("dataset"), "dataset", Counting)

    assert again().people == 1
    (entry,) = Gallery(tmp_path / "g").entries
    assert entry.tags == ("stick", "sm", "run", "ada") and entry.credit == "Ada, CC0-1.0"
    np.testing.assert_array_equal(entry.poses[0].keypoints, pose.keypoints)
    assert again().unchanged == 1
    dataset.delete(first.drawing, "Ada")
    assert again().dropped == 1 and not Gallery(tmp_path / "g").entries
    dataset.close()


KILLED = """
import os, sys
from pathlib import Path
from sketchpose.retrieve.gallery.indexing import index
from sketchpose.retrieve.gallery.sources import read_source
sys.path.insert(0, sys.argv[3])
from test_gallery_index import Counting
folder, gallery = Path(sys.argv[1]), sys.argv[2]
die = lambda done, total, name: os._exit(9) if done == 5 else None
index(gallery, read_source(folder), folder, Counting, workers=2, progress=die)
"""


def test_killed_while_indexing_nothing_is_lost_but_the_file_in_hand(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(12):
        Image.fromarray(np.random.default_rng(i).integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(
            folder / f"{i}.png"
        )
    command = [sys.executable, "-c", KILLED, folder, tmp_path / "g", Path(__file__).parent]
    assert subprocess.run(command, cwd=Path(__file__).parents[3], timeout=600).returncode == 9
    assert len(Gallery(tmp_path / "g").entries) == 5
    estimator = Counting()
    report = run(folder, tmp_path / "g", estimator)
    assert (report.unchanged, report.added) == (5, 7) and len(estimator.seen) == 7
    assert len(Gallery(tmp_path / "g").entries) == 12


def test_pictures_are_read_side_by_side(tmp_path: Path, folder: Path) -> None:
    meeting = threading.Barrier(2, timeout=300)

    class Waiting(Counting):
        def estimate(self, image: Any, boxes: ArrayLike | None = None) -> list[Pose]:
            meeting.wait()
            return super().estimate(image, boxes)

    (folder / "run fast.jpg").unlink()
    assert run(folder, tmp_path / "g", Waiting(), workers=2).added == 2


def test_a_source_that_is_neither_folder_nor_document(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("")
    for source in (tmp_path / "a.doc", tmp_path / "none"):
        with pytest.raises(ValueError, match="folder of pictures, a file of poses"):
            read_source(source)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    return tmp_path


def test_index_and_search_on_the_command_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = home / "few"
    few.mkdir()
    for name in ("peeps_stand_PolkaDots", "peeps_sit_CrossedLegs"):
        shutil.copy(DRAWINGS / f"{name}.png", few)
    assert main(["index", str(few), "--gallery", "few"]) == 0
    assert "2 pictures read with 2 people" in capsys.readouterr().out
    sheet, saved = home / "sheet.png", home / "saved"
    query = str(DRAWINGS / "peeps_stand_PolkaDots.png")
    assert (
        main(["search", query, "--gallery", "few", "-k", "2", "--json", "--sheet", str(sheet), "--save", str(saved)])
        == 0
    )
    results = json.loads(capsys.readouterr().out)
    assert [set(one) for one in results] == [{"image", "score", "box", "keypoints", "mirrored", "tags"}] * 2
    assert results[0]["image"] == str(few / "peeps_stand_PolkaDots.png") and results[0]["score"] > 99.9
    assert results[0]["score"] > results[1]["score"] and np.shape(results[0]["keypoints"]) == (17, 3)
    assert Image.open(sheet).size[0] == 900, "the query and two results"
    assert sorted(path.name for path in saved.iterdir())[0] == "01 peeps_stand_PolkaDots.png"
    assert main(["search", query, "--gallery", "few", "--tags", "sit", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    pose = home / "pose.json"
    main(["estimate", query, "--format", "openpose", "--out", str(pose)])
    assert main(["search", str(pose), "--gallery", "few", "-k", "1"]) == 0
    assert "peeps_stand_PolkaDots.png" in capsys.readouterr().out
    shutil.rmtree(few)
    with pytest.raises(ImageError, match="not where it was indexed; run `sketchpose index` again"):
        original(open_gallery("few"), open_gallery("few").entries[0])
    for words, message in (
        (["--gallery", "none"], "no gallery 'none'"),
        (["--gallery", "few", "--tags", "blue"], "carries the tag 'blue'"),
        (["--gallery", "few", "--parts", "tail"], "no part 'tail'"),
        (["--gallery", "few", "--person", "7"], "--person is 7"),
    ):
        assert main(["search", str(pose), *words]) == 2
        assert message in capsys.readouterr().err
    assert main(["index", str(DRAWINGS), "--gallery", "reference"]) == 2
    assert not (gallery_folder("reference") / "few").exists()
