"""The open drawings as a gallery, fetched from a server of the test: with credit and true joints, and once more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import drawing_bytes
from publisher import Server, person, published, serving

from sketchpose import cli
from sketchpose.dataset.sketches import read_sketches
from sketchpose.retrieve.gallery import masters
from sketchpose.retrieve.gallery.gallery import Gallery, gallery_folder, open_gallery
from sketchpose.retrieve.gallery.masters import OPEN, add_masters
from sketchpose.retrieve.gallery.originals import original


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as publisher:
        yield publisher


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))

    def read() -> None:
        raise AssertionError("a drawing whose joints are known was read by the model")

    monkeypatch.setattr(masters, "load_estimator", read)


def facing(side: str, x: float = 40.0) -> dict[str, Any]:
    return {**person(x), "attributes": {"facing": side}}


def test_drawings_come_with_their_true_joints_tags_and_credit(server: Server, tmp_path: Path) -> None:
    book = f"GITenberg/Max-und-Moritz--Eine-Geschichte_17161@{'0' * 40}:images/a.png"
    sketch = published(server, "a.png", "busch")
    people = (facing("left"), facing("back", 60.0))
    sketch = replace(sketch, artist="Wilhelm Busch (1832-1908)", style="pen", people=people, origin=book)
    server.files[sketch.path] = drawing_bytes(0)
    report = add_masters(tmp_path / "g", sketches=[sketch], mirror=server.url)
    assert (report.indexed.added, report.indexed.people, report.missing, report.closed) == (1, 2, (), 0)
    (entry,) = Gallery(tmp_path / "g").entries
    assert entry.credit == (
        "Wilhelm Busch (1832-1908), Max und Moritz Eine Geschichte (Project Gutenberg 17161), public domain"
    )
    assert entry.tags == ("drawing", "pen", "by busch", "facing left", "back")
    for pose, one in zip(entry.poses, people, strict=True):
        np.testing.assert_array_equal(pose.keypoints, np.reshape(one["keypoints"], (17, 3))[:, :2])
    gallery = Gallery(tmp_path / "g")
    assert original(gallery, entry).pixels.shape == (128, 96, 3) and gallery.thumbnail(0)


def test_a_second_run_asks_for_what_is_missing_alone(server: Server, tmp_path: Path) -> None:
    sketches = [published(server, f"{i}.png", seed=i) for i in range(3)]
    gone = server.files.pop(sketches[1].path)
    first = add_masters(tmp_path / "g", sketches=sketches, mirror=server.url)
    assert first.indexed.added == 2 and "hands/1.png" in first.missing[0] and "answers 404" in first.missing[0]
    server.files[sketches[1].path] = gone
    server.asked.clear()
    second = add_masters(tmp_path / "g", sketches=sketches, mirror=server.url)
    assert (second.indexed.added, second.indexed.unchanged, second.missing) == (1, 2, ())
    assert dict(server.asked) == {sketches[1].path: 1} and len(Gallery(tmp_path / "g").entries) == 3


def test_a_run_that_was_stopped_keeps_what_it_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sketches = [published(server, f"{i}.png", seed=i) for i in range(3)]

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(masters, "index", stopped)
        with pytest.raises(KeyboardInterrupt):
            add_masters(tmp_path / "g", sketches=sketches, mirror=server.url)
    server.asked.clear()
    assert add_masters(tmp_path / "g", sketches=sketches, mirror=server.url).indexed.added == 3
    assert not server.asked


def test_a_file_that_has_changed_and_a_licence_that_is_not_open_stay_out(server: Server, tmp_path: Path) -> None:
    changed, closed = published(server, "a.png"), replace(published(server, "b.png", seed=1), licence="CC-BY-NC-4.0")
    server.files[changed.path] = drawing_bytes(99)
    report = add_masters(tmp_path / "g", sketches=[changed, closed], mirror=server.url)
    assert "has changed at its origin" in report.missing[0] and report.closed == 1
    assert Gallery(tmp_path / "g").entries == [] and closed.path not in server.asked


def test_the_command_fills_a_gallery_and_says_what_to_do_about_the_rest(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sketches = (published(server, "1.png"), published(server, "2.png", seed=2))
    content = server.files.pop(sketches[1].path)
    monkeypatch.setattr(masters, "read_sketches", lambda: sketches)
    command = ["gallery", "add", "masters", "--mirror", server.url]
    assert cli.main(command) == 1
    said = capsys.readouterr()
    assert said.out == "masters: 1 picture read with 1 person, 0 updated, 0 unchanged, 0 dropped, 0 cannot be used.\n"
    assert "left out: hands/2.png" in said.err and "1 drawing could not be fetched: run the same command" in said.err
    server.files[sketches[1].path] = content
    assert cli.main(command) == 0 and len(open_gallery("masters").entries) == 2
    assert cli.main([*command, "--gallery", "old hands"]) == 0 and len(open_gallery("old hands").entries) == 2
    assert cli.main([*command, "--gallery", "reference"]) == 2
    assert "built-in gallery" in capsys.readouterr().err and not (gallery_folder("reference") / "masters").exists()


def test_the_manifest_names_an_open_licence_and_a_work_for_every_drawing() -> None:
    sketches = read_sketches()
    assert {sketch.licence for sketch in sketches} <= OPEN
    works = {sketch.file_name: sketch.work for sketch in sketches}
    assert works["phil-may/album_i_052_large.jpg"] == "The Phil May Album (Project Gutenberg 37767)"
    assert works["mulberry-symbols/bend_2___to.png"] == "straight-street/mulberry-symbols"
    assert works["openmoji/ballet-dancer.png"] == "@iconify-json/openmoji, ballet-dancer"
    assert not any("==" in work or "@" in work[1:] or "--" in work for work in works.values())
