"""The open sketches, fetched from a server of the test: whole, cut off, changed, missing, busy, and once more."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from making import add, drawing_bytes
from publisher import COMMIT, Server, person, published, serving

from sketchpose import cli
from sketchpose.dataset import Dataset
from sketchpose.dataset.proposal import propose
from sketchpose.dataset.query import Query
from sketchpose.dataset.sketches import fetch as fetching
from sketchpose.dataset.sketches import fetch_sketches, read_sketches
from sketchpose.dataset.sketches.card import CARD, with_statistics
from sketchpose.dataset.sketches.fetch import cut
from sketchpose.dataset.sketches.pack import pack
from sketchpose.dataset.splits import SPLITS, read_splits
from sketchpose.dataset.starter import STARTER_DRAWINGS, load_starter
from sketchpose.encode import encode
from sketchpose.images import read_image

SHARED = Path(__file__).parents[4] / "shared" / "data" / "drawings"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as publisher:
        yield publisher


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_manifest_names_every_drawing_once_with_an_address_a_check_and_people_on_it() -> None:
    sketches = read_sketches()
    assert len({Path(s.file_name).with_suffix("") for s in sketches}) == len(sketches) == 693
    assert {s.split for s in sketches} == set(SPLITS)
    assert len({(s.source, s.split) for s in sketches}) == len({s.source for s in sketches}), "a source has one split"
    for sketch in sketches:
        assert sketch.address.startswith("https://") and " " not in sketch.address
        assert bool(sketch.sha256) != bool(sketch.part), "a file of its own has a hash, a part of a file has a name"
        assert sketch.licence and sketch.artist and sketch.people
        for one in sketch.people:
            x, y, v = np.reshape(one["keypoints"], (17, 3)).T
            assert ((v == 0) | ((0 <= x) & (x <= sketch.width) & (0 <= y) & (y <= sketch.height))).all()


def test_the_card_gives_the_statistics_of_the_manifest() -> None:
    card = CARD.read_text("utf-8")
    assert with_statistics(card, read_sketches()) == card, "run python -m sketchpose.dataset.sketches.card"
    fewer = with_statistics(card, read_sketches()[1:])
    assert fewer != card and with_statistics(fewer, read_sketches()) == card
    with pytest.raises(ValueError, match="end of statistics"):
        with_statistics(card.replace("<!-- end of statistics -->", ""), read_sketches())


def test_fetched_drawings_come_with_source_artist_licence_and_split(server: Server, tmp_path: Path) -> None:
    sketches = [published(server, f"{i}.png", f"book-{i % 2}", ("train", "test")[i % 2], seed=i) for i in range(4)]
    dataset = Dataset(tmp_path / "dataset")
    report = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert report.missing == () and report.imported is not None
    assert (report.imported.drawings, report.imported.people, report.known) == (4, 4, 0)
    entries = dataset.entries(Query())
    assert {(e.source, e.artist, e.licence, e.status, e.consent) for e in entries} == {
        (f"book-{i}", "Somebody", "public domain", "accepted", "licence") for i in (0, 1)
    }
    splits = read_splits(dataset)
    assert splits is not None
    assert {e.source: splits.split_of(e) for e in entries} == {"book-0": "train", "book-1": "test"}


def test_what_is_gone_changed_or_cut_off_is_named_and_left_out(server: Server, tmp_path: Path) -> None:
    sketches = [published(server, f"{word}.png", seed=i) for i, word in enumerate(("whole", "gone", "other", "half"))]
    del server.files[sketches[1].path]
    server.files[sketches[2].path] = drawing_bytes(99)
    server.files[sketches[3].path] = server.files[sketches[3].path][:200]
    dataset = Dataset(tmp_path / "dataset")
    report = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert [e.name for e in dataset.entries(Query())] == ["whole.png"]
    gone, other, half = sorted(
        report.missing, key=lambda s: ("gone", "other", "half").index(s.split("/")[1].split(".")[0])
    )
    assert "hands/gone.png" in gone and "answers 404" in gone
    assert all("has changed at its origin, or arrived incomplete" in sentence for sentence in (other, half))


def test_a_busy_server_is_asked_again_and_a_second_run_asks_for_what_is_missing_alone(
    server: Server, tmp_path: Path
) -> None:
    sketches = [published(server, f"{i}.png", seed=i) for i in range(3)]
    server.failures[sketches[0].path] = [503]
    server.failures[sketches[1].path] = [503] * 9
    dataset = Dataset(tmp_path / "dataset")
    report = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert len(report.missing) == 1 and "503" in report.missing[0] and server.asked[sketches[0].path] == 2
    server.failures.clear()
    server.asked.clear()
    again = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert again.missing == () and again.known == 2 and dict(server.asked) == {sketches[1].path: 1}
    third = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert (third.known, third.imported) == (3, None) and len(dataset.entries(Query())) == 3


def test_a_run_that_was_stopped_keeps_what_it_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sketches = [published(server, f"{i}.png", seed=i) for i in range(3)]
    dataset = Dataset(tmp_path / "dataset")

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "import_files", stopped)
        with pytest.raises(KeyboardInterrupt):
            fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    server.asked.clear()
    report = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert not server.asked and report.imported is not None and report.imported.drawings == 3


def test_a_cut_is_reduced_as_its_joints_were_set(server: Server) -> None:
    page = np.full((400, 600, 3), 255, np.uint8)
    cv2.circle(page, (300, 200), 12, (0, 0, 0), -1)
    content = encode(page)
    sketch = replace(published(server, "page.png"), sha256=hashlib.sha256(content).hexdigest(),
                     crop=(200, 100, 200, 300), width=100, height=150)  # fmt: skip
    suffix, data = cut(sketch, content)
    pixels = read_image(data).pixels
    assert suffix == ".png" and pixels.shape == (150, 100, 3)
    rows, columns = np.nonzero(pixels[..., 0] < 128)
    assert (rows.mean(), columns.mean()) == pytest.approx((50, 50), abs=0.5)


def test_a_drawing_of_an_icon_collection_is_rendered_on_white(server: Server, tmp_path: Path) -> None:
    icons = {"width": 24, "height": 24, "icons": {"run": {"body": '<rect width="12" height="24" fill="#000"/>'}}}
    sketch = replace(published(server, "run.png"), origin="npm:@icons/people==1.2.3:icons.json#run", sha256="",
                     crop=(0, 0, 500, 500), width=500, height=500, render=500)  # fmt: skip
    assert sketch.path == "npm/@icons/people@1.2.3/icons.json"
    server.files[sketch.path] = json.dumps(icons).encode()
    dataset = Dataset(tmp_path / "dataset")
    report = fetch_sketches(
        dataset,
        sketches=[sketch, replace(sketch, file_name="hands/fly.png", origin=sketch.origin.replace("#run", "#fly"))],
        mirror=server.url,
    )
    assert server.asked[sketch.path] == 1, "one file, however many drawings are in it"
    (entry,) = dataset.entries(Query())
    pixels = read_image(dataset.image_path(entry)).pixels
    assert pixels.shape == (500, 500, 3) and pixels[:, :248].max() == 0 and pixels[:, 252:].min() == 255
    assert report.missing == ("hands/fly.png: the collection at its origin has no drawing 'fly'.",)


def test_own_drawings_are_not_frozen_by_a_fetch_and_published_splits_are_kept_when_they_are(
    server: Server, tmp_path: Path
) -> None:
    dataset = Dataset(tmp_path / "dataset")
    add(dataset, 50, source="mine", status="accepted")
    sketches = [published(server, f"{i}.png", ("a", "b")[i % 2], ("val", "test")[i % 2], seed=i) for i in range(4)]
    report = fetch_sketches(dataset, sketches=sketches, mirror=server.url)
    assert read_splits(dataset) is None and "not frozen yet" in report.splits
    known = {sketch.source: sketch.split for sketch in read_sketches()}
    source = next(name for name, split in known.items() if split == "test")
    add(dataset, 60, source=source, status="accepted")
    assert propose(dataset, min_test=0).splits.groups[source] == "test"


def test_a_split_that_the_dataset_gave_stays(server: Server, tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "dataset")
    fetch_sketches(dataset, sketches=[published(server, "1.png", "a", "train", 1)], mirror=server.url)
    report = fetch_sketches(dataset, sketches=[published(server, "2.png", "a", "test", 2)], mirror=server.url)
    splits = read_splits(dataset)
    assert splits is not None and splits.groups == {"a": "train"} and "a keeps the split" in report.splits


def test_the_command_says_what_it_did(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sketches = (published(server, "1.png"), published(server, "2.png", seed=2))
    del server.files[sketches[1].path]
    monkeypatch.setattr(fetching, "read_sketches", lambda: sketches)
    assert cli.main(["dataset", "fetch", "sketches", "--mirror", server.url]) == 1
    said = capsys.readouterr().out
    assert "1 drawing with 1 person imported" in said and "left out: hands/2.png" in said


@pytest.mark.skipif(not SHARED.is_dir(), reason="the annotated drawings are not on this machine")
def test_real_drawings_arrive_as_they_were_annotated(server: Server, tmp_path: Path) -> None:
    """The cut files stand in for the published ones, which are not here."""
    files = ((s, SHARED / s.source / "images" / Path(s.file_name).name) for s in read_sketches())
    here = [(sketch, file) for sketch, file in files if file.is_file()]
    assert len(here) >= 650
    stand_ins = []
    for i, number in enumerate(np.random.default_rng(0).choice(len(here), 20, replace=False)):
        sketch, file = here[number]
        content = file.read_bytes()
        origin = f"somebody/{sketch.source}@{COMMIT}:{i}{Path(sketch.file_name).suffix}"
        stand_in = replace(sketch, origin=origin, sha256=hashlib.sha256(content).hexdigest(), render=0,
                           crop=(0, 0, sketch.width, sketch.height))  # fmt: skip
        server.files[stand_in.path] = content
        stand_ins.append(stand_in)
    dataset = Dataset(tmp_path / "dataset")
    report = fetch_sketches(dataset, sketches=stand_ins, mirror=server.url)
    assert report.missing == () and report.imported is not None and report.imported.skipped == ()
    stored = {e.drawing: dataset.read(e.id) for e in dataset.entries(Query())}
    for sketch in stand_ins:
        revision = stored[sketch.sha256]
        assert len(revision.persons) == len(sketch.people)
        for one, annotation in zip(revision.persons, sketch.people, strict=True):
            joints = np.reshape(annotation["keypoints"], (17, 3))[:, :2]
            np.testing.assert_allclose(one.pose.keypoints, joints, atol=1e-3)


def test_sources_become_a_manifest_with_the_people_as_they_were_corrected(tmp_path: Path) -> None:
    folder, image = tmp_path / "sources", {"id": 7, "file_name": "x.png", "width": 50, "height": 60}
    (folder / "book").mkdir(parents=True)
    annotation = {"id": 1, "image_id": 7, **person()}
    (folder / "book" / "annotations.json").write_text(json.dumps({"images": [image], "annotations": [annotation]}))
    about = {
        "artist": "A",
        "licence": "CC0-1.0",
        "origin": f"a/b@{COMMIT}:x.svg",
        "split": "val",
        "style": "doodle",
        "sha256_original": "0" * 64,
    }
    record = {
        "file": "book/images/x.png",
        "crop": {"x": 1, "y": 2, "w": 50, "h": 60},
        "render": "SVG drawn 500 px",
        **about,
    }
    (folder / "sources.json").write_text(json.dumps([record]))
    people = [{**annotation, "id": 90, "image_id": 5, "keypoints": [3.0] * 51}]
    corrected = {"images": [{**image, "id": 5, "file_name": "0a1b.png", "name": "x.png", "source": "book"}]}
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "annotations.json").write_text(json.dumps(corrected | {"annotations": people}))
    assert pack(folder, tmp_path / "mended.xz", tmp_path / "export") == (1, 0)
    assert [one["keypoints"] for one in read_sketches(tmp_path / "mended.xz")[0].people] == [[3.0] * 51]
    assert pack(folder, tmp_path / "made.xz") == (1, 0)
    (sketch,) = read_sketches(tmp_path / "made.xz")
    assert (sketch.crop, sketch.render, sketch.split, sketch.style, sketch.people[0]["bbox"]) == (
        (1, 2, 50, 60),
        500,
        "val",
        "doodle",
        person()["bbox"],
    )


def test_the_starter_drawings_are_there_without_a_network_and_are_not_loaded_twice(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "dataset")
    first, second = load_starter(dataset), load_starter(dataset)
    assert (first.drawings, first.people, first.skipped) == (STARTER_DRAWINGS, STARTER_DRAWINGS, ())
    assert (second.drawings, second.known) == (0, STARTER_DRAWINGS)
    found = Counter((e.source, e.licence, e.status) for e in dataset.entries(Query()))
    assert found == {
        ("open-peeps", "CC0-1.0", "accepted"): 20,
        ("openclipart-stickmen", "public domain", "accepted"): 21,
    }
