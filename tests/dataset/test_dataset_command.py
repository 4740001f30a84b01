"""The command line, as a researcher would go through it."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from making import add
from PIL import Image

from sketchpose.cli import main
from sketchpose.dataset import Dataset
from sketchpose.dataset.proposal import freeze
from sketchpose.sheet import CAPTION

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*words: object) -> int:
    return main(["dataset", *map(str, words)])


def test_from_import_to_export(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, source in (("cvat", "a"), ("roboflow", "b"), ("openpose", "c")):
        assert run("import", FIXTURES / folder, "--source", source, "--author", "Ada", "--licence", "CC0-1.0") == 0
    out = capsys.readouterr().out
    assert "2 drawings with 2 people imported" in out and "dropped: 3 joints that COCO-17 does not have" in out
    assert run("review") == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert len(rows) == 4 and all("submitted" in row for row in rows)
    assert run("review", "--reject", rows[0].split()[1], "--author", "Rev", "--note", "again") == 0
    assert run("review", "--accept", "all", "--author", "Rev") == 0
    assert run("splits", "--freeze", "source", "--test", "b", "--yes") == 2
    printed = capsys.readouterr()
    assert "test         2      2       0 b" in printed.out
    assert "The test would have 2 accepted drawings and a promotion needs 6: accept 4 more of 'b'" in printed.err
    freeze(Dataset(), assign={"b": "test"}, min_test=0)
    assert run("splits") == 0 and "test: 2 drawings from b" in capsys.readouterr().out
    assert run("export", tmp_path / "out") == 0
    test = json.loads((tmp_path / "out" / "test.json").read_text())
    assert {image["source"] for image in test["images"]} == {"b"}
    assert run("check", "--rebuild") == 0
    out = capsys.readouterr().out
    assert "index right" in out and "look alike and only one of them is for the test" in out
    assert run("list", "--status", "accepted", "--source", "b") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    other = tmp_path / "other"
    assert run("--folder", other, "merge", home / "dataset") == 0
    assert "are new" in capsys.readouterr().out


def test_the_test_split_is_shown_first_and_frozen_only_when_that_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = Dataset()
    for seed in range(18):
        add(dataset, seed, source="large" if seed < 12 else "middle" if seed < 17 else "small", status="accepted")
    assert run("splits", "--freeze", "source") == 2
    printed = capsys.readouterr()
    assert (
        "train       12     12       0 large" in printed.out and "test         5      5       0 middle" in printed.out
    )
    assert "Nothing is frozen yet" in printed.err and "--yes" in printed.err
    assert run("splits") == 0 and "not frozen yet" in capsys.readouterr().out
    assert run("splits", "--freeze", "source", "--yes") == 0
    assert "test: 6 drawings from middle, small" in capsys.readouterr().out
    assert run("splits", "--freeze", "source", "--yes") == 2 and "frozen already" in capsys.readouterr().err


def test_stats(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import", FIXTURES / "cvat")
    capsys.readouterr()
    assert run("stats", "--json") == 0
    assert json.loads(capsys.readouterr().out)["drawings"] == 1
    assert run("stats") == 0
    assert "1 drawing, 1 person" in capsys.readouterr().out


def test_history_and_erase(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import", FIXTURES / "cvat", "--author", "Ada")
    run("review", "--accept", "all", "--author", "Rev")
    capsys.readouterr()
    run("list")
    drawing = capsys.readouterr().out.splitlines()[1].split()[0]
    assert run("list", "--history", drawing) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert run("erase", "--author", "Ada") == 2
    assert "--yes" in capsys.readouterr().err
    assert run("erase", "--image", drawing, "--yes") == 0
    assert "2 revisions and 1 pictures erased" in capsys.readouterr().out
    assert not [path for path in (home / "dataset").rglob("*.png")]


def test_a_damaged_dataset_is_reported_by_the_exit_code(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import", FIXTURES / "cvat")
    [path] = (home / "dataset" / "revisions").rglob("*.json")
    path.write_bytes(path.read_bytes()[:-9])
    assert run("check") == 1
    assert path.name in capsys.readouterr().out


def test_wrong_usage_says_what_to_do(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", tmp_path / "out") == 2
    assert "Accept some" in capsys.readouterr().err
    run("import", FIXTURES / "cvat")
    assert run("review", "--accept", "all") == 2
    assert "--author" in capsys.readouterr().err
    assert run("list", "--history", "00") == 2
    assert run("import", tmp_path / "nothing") == 2
    assert "check the path" in capsys.readouterr().err


def test_names_from_strangers_move_no_cursor_and_become_no_markup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from annotator.dataset.files import import_report
    from sketchpose.dataset.exporters.card import write_card

    cases = Path(__file__).parents[1] / "formats" / "cases"
    with zipfile.ZipFile(cases / "coco_animal_category.zip") as archive:
        archive.extractall(tmp_path / "in")
    document = json.loads((tmp_path / "in" / "a.json").read_text())
    document["categories"][1]["name"] = "dog ![x](http://evil.example/p.png)"
    document["images"][0] |= {"name": "\x1b[2J![x](http://evil.example/n.png)", "source": "<img src=x>\x1b[31m"}
    (tmp_path / "in" / "a.json").write_text(json.dumps(document))
    folder = tmp_path / "dataset"
    assert main(["dataset", "--folder", str(folder), "import", str(tmp_path / "in")]) == 0
    for words in (["list"], ["stats"], ["list", "--source", "x"]):
        assert main(["dataset", "--folder", str(folder), *words]) == 0
    assert "\x1b" not in capsys.readouterr().out
    text = import_report(Dataset(tmp_path / "other"), [tmp_path / "in" / "a.json"], "auto", {})
    dataset = Dataset(folder)
    [entry] = dataset.entries()
    revision = dataset.read(entry.id)
    card = write_card([revision], {revision.drawing: "train"}, "![t](http://evil.example/t.png)")
    for shown in (text, card.partition("---\n\n")[2]):
        assert "evil.example" in shown or "img src" in shown
        assert "](http" not in shown and "<img" not in shown and "\x1b" not in shown


def test_yolo_goes_out_and_comes_back(tmp_path: Path) -> None:
    cases = Path(__file__).parents[1] / "formats" / "cases"
    folder = ["dataset", "--folder", str(tmp_path / "dataset")]
    assert main([*folder, "import", str(cases / "labelme_points.zip"), "--status", "accepted"]) == 0
    assert main([*folder, "export", str(tmp_path / "yolo"), "--format", "yolo"]) == 0
    assert "kpt_shape: [17, 3]" in (tmp_path / "yolo" / "data.yaml").read_text()
    assert main(["dataset", "--folder", str(tmp_path / "again"), "import", str(tmp_path / "yolo")]) == 0
    one, other = (Dataset(tmp_path / name) for name in ("dataset", "again"))
    before, after = (data.read(data.entries()[0].id).persons[0].pose for data in (one, other))
    assert np.abs(before.keypoints - after.keypoints).max() < 1e-3


def test_sheets_show_everybody_by_source(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(8):
        add(Dataset(), seed, source="a/b" if seed else "c")
    assert run("sheet", tmp_path / "sheets") == 0
    tiles = {path.name: np.asarray(Image.open(path)) for path in (tmp_path / "sheets").iterdir()}
    rows = {name: pixels.shape[0] // (280 + CAPTION) for name, pixels in tiles.items()}
    assert rows == {"a_b.png": 2, "c.png": 1} and tiles["a_b.png"].shape[1] == 6 * 280
    colours = tiles["c.png"].reshape(-1, 3)
    assert all((np.abs(colours.astype(int) - rgb).max(1) < 8).any() for rgb in ((0, 114, 178), (213, 94, 0)))
    assert run("sheet", tmp_path / "sheets", "--source", "nobody") == 2
    assert "There is nobody on these drawings" in capsys.readouterr().err
