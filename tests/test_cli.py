import argparse
import errno
import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sketchpose
from sketchpose.cli import COMMANDS, main
from sketchpose.estimate.command import find_pictures, read_boxes
from sketchpose.formats import FormatError, Notes, read_poses
from sketchpose.images import ImageError

FIXTURES = Path(__file__).parent / "fixtures"
DRAWINGS = Path(__file__).parents[1] / "examples" / "drawings"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    shutil.copy(DRAWINGS / "peeps_stand_PolkaDots.png", tmp_path / "in" / "a.png")
    shutil.copy(DRAWINGS / "peeps_sit_MediumBW.png", tmp_path / "in" / "deep" / "b.png")
    return tmp_path / "in"


def test_a_folder_to_coco_with_overlays(folder: Path, tmp_path: Path) -> None:
    out, drawn = tmp_path / "poses.json", tmp_path / "drawn"
    assert main(["estimate", str(folder), "--out", str(out), "--overlay", str(drawn)]) == 0
    images, _ = read_poses(out.read_bytes(), out.name, Notes())
    assert [i.picture for i in images] == ["a.png", "deep/b.png"]
    assert all(len(i.poses) == 1 for i in images)
    before, after = (np.array(Image.open(f / "deep" / "b.png").convert("RGB")) for f in (folder, drawn))
    assert before.shape == after.shape and (before != after).any()


def test_printed_results_and_svg(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(folder / "*.png"), "--format", "coco-results"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert len(result["keypoints"]) == 51 and result["image_id"] == 1
    assert main(["estimate", str(folder / "a.png"), "--overlay", str(tmp_path), "--overlay-format", "svg"]) == 0
    assert (tmp_path / "a.svg").read_text().startswith("<svg") and capsys.readouterr().out == ""


def test_openpose_one_file_a_picture(folder: Path, tmp_path: Path) -> None:
    assert main(["estimate", str(folder), "--format", "openpose", "--out", str(tmp_path / "o")]) == 0
    document = json.loads((tmp_path / "o" / "deep" / "b_keypoints.json").read_text())
    assert len(read_poses(json.dumps(document).encode(), "pose.json", Notes())[0][0].poses) == 1
    assert main(["estimate", str(folder / "a.png"), "--format", "openpose", "--out", str(tmp_path / "a.json")]) == 0
    assert "people" in json.loads((tmp_path / "a.json").read_text())


def test_skeletons_on_black_are_drawn_and_read_back(folder: Path, tmp_path: Path) -> None:
    out, drawn = tmp_path / "poses.json", tmp_path / "drawn"
    assert main(["estimate", str(folder), "--out", str(out), "--skeletons", str(drawn)]) == 0
    picture = np.asarray(Image.open(drawn / "deep" / "b.png"))
    assert (picture.max(2) == 0).mean() > 0.5 and picture.max() == 255
    again = tmp_path / "again.json"
    assert main(["estimate", str(drawn / "a.png"), "--out", str(again)]) == 0
    (pose,), (read,) = (read_poses(path.read_bytes(), path.name, Notes())[0][0].poses for path in (out, again))
    assert np.linalg.norm(pose.keypoints - read.keypoints, axis=1).max() < 2


def test_one_bad_file_is_reported_and_skipped(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.png").write_bytes(b"not a picture")
    (folder / "photo.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    shutil.copy(FIXTURES / "exif_signed_rational.jpg", folder / "phone.jpg")
    Image.open(folder / "a.png").save(folder / "cut.avif")
    whole = (folder / "cut.avif").read_bytes()
    (folder / "cut.avif").write_bytes(whole[: len(whole) // 2])
    assert main(["estimate", str(folder)]) == 1
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["images"]) == 3
    assert "bad.png: not a picture that can be read" in printed.err
    assert "photo.jpg: this is a HEIC photo, which is not read; save or send it as JPEG." in printed.err
    assert "cut.avif: the file is cut off or damaged" in printed.err
    assert "3 of 6 pictures could not be used" in printed.err


def test_boxes_from_a_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boxes = tmp_path / "boxes.json"
    boxes.write_text(json.dumps({"a.png": [[10, 20, 200, 700], [0, 0, 150, 300]]}))
    assert main(["estimate", str(folder), "--boxes", str(boxes)]) == 1
    printed = capsys.readouterr()
    assert [a["bbox"] for a in json.loads(printed.out)["annotations"]] == [[10, 20, 190, 680], [0, 0, 150, 300]]
    assert "deep/b.png: boxes.json holds no boxes for it" in printed.err
    coco = {"images": [{"id": 5, "file_name": "a.png"}], "annotations": [{"image_id": 5, "bbox": [1, 2, 3, 4]}]}
    boxes.write_text(json.dumps(coco))
    np.testing.assert_array_equal(read_boxes(boxes)["a.png"], [[1, 2, 4, 6]])


@pytest.mark.parametrize("content", ["[]", "3", '{"a.png": [[1, 2]]}', '{"a.png": "b"}', '{"annotations": []}'])
def test_boxes_of_the_wrong_shape(content: str, tmp_path: Path) -> None:
    (tmp_path / "boxes.json").write_text(content)
    with pytest.raises(FormatError, match="boxes.json: boxes are"):
        read_boxes(tmp_path / "boxes.json")


def test_nothing_to_do_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(tmp_path)]) == 2
    assert "the folder holds no pictures" in capsys.readouterr().err
    assert main(["estimate", str(tmp_path / "nothing*.png")]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    with pytest.raises(ImageError, match="no such file"):
        find_pictures([str(tmp_path / "x.png")])


def test_names_stay_apart(tmp_path: Path) -> None:
    for name in ("one/a.png", "two/a.png", "two/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (30, 30)).save(tmp_path / name)
    found = find_pictures([str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "two" / "a.png")])
    assert len(found) == 3 and {p.parent.name for p in found.values()} == {"one", "two"}


def test_unknown_models_and_formats(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(folder), "--model", "no-such-model"]) == 2
    assert "No model 'no-such-model'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["estimate", str(folder), "--format", "xml"])
    with pytest.raises(SystemExit):
        main([])


def test_a_full_disk_is_no_wrong_usage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sketchpose.dataset.stats.statistics", full)
    assert main(["dataset", "stats"]) == 1
    assert "No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        ("--help", ("torch", "numba", "onnxruntime")),
        ("estimate --help", ("torch", "numba", "onnxruntime", "pydantic", "sketchpose.dataset", "sketchpose.retrieve")),
    ],
)
def test_help_does_not_wait_for_what_only_work_needs(words: str, unwanted: tuple[str, ...]) -> None:
    code = (
        f"import sys, sketchpose.cli as c\ntry: c.main({words.split()})\nexcept SystemExit: print(sorted(sys.modules))"
    )
    command = [sys.executable, "-c", code, *words.split()]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "estimate" in out and not [name for name in unwanted if f"'{name}'" in out]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("estimate x.png --threshold 7", "--threshold: 7 is out of range: give a number from 0 to 1."),
        ("estimate x.png --threshold nan", "--threshold: nan is out of range"),
        ("estimate x.png --threshold half", "--threshold: 'half' is not a number: give one from 0 to 1."),
        ("estimate x.png --threads 0", "--threads: 0 is out of range: give a whole number from 1 to 256."),
        ("evaluate --dataset x.json --min-joints 18", "--min-joints: 18 is out of range"),
        ("evaluate --dataset x.json --worst -1", "--worst: -1 is out of range"),
        ("evaluate --dataset x.json --threads 1.5", "--threads: '1.5' is not a whole number: give one from 1 to 256."),
        ("search x.png -k 0", "-k: 0 is out of range: give a whole number from 1 to 1000."),
        ("search x.png --person 0", "--person: 0 is out of range: give a whole number of at least 1."),
        ("search x.png --people 0", "--people: 0 is out of range"),
        ("index x y --workers 0", "--workers: 0 is out of range"),
        ("train x.json --minutes 0", "--minutes: 0 is out of range: give a number above 0."),
        ("average a b --share 2", "--share: 2 is out of range"),
        ("average a b --gate -1", "--gate: -1 is out of range"),
        ("promote x --margin 2", "--margin: 2 is out of range"),
        ("promote x --confidence 95", "--confidence: 95 is out of range: give a number from 0.5 to 0.9999."),
        ("promote x --draws 1", "--draws: 1 is out of range"),
        ("promote x --seed -1", "--seed: -1 is out of range"),
        ("synth --count 0", "--count: 0 is out of range"),
        ("synth --size 32", "--size: 32 is out of range: give a whole number from 64 to 2048."),
        ("synth --workers 1000", "--workers: 1000 is out of range"),
        ("dataset list --limit 0", "--limit: 0 is out of range"),
        ("dataset splits --freeze source --shares 2 0 -1", "--shares: 2 is out of range"),
    ],
)
def test_a_number_out_of_range_is_refused_with_value_limits_and_remedy(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words.split())
    assert stopped.value.code == 2 and said in capsys.readouterr().err


def every_parser(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from every_parser(inner)


def test_no_option_takes_a_number_without_limits() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for name in dict.fromkeys(COMMANDS.values()):
        importlib.import_module(name).add_parser(commands)
    assert commands.choices.keys() == COMMANDS.keys()
    numbers = ((p.prog, one) for p in every_parser(parser) for one in p._actions if one.type in (int, float))
    free = [(program, one.dest) for program, one in numbers if one.choices is None]
    assert free == []


def test_running_the_package_is_running_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "sketchpose", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"sketchpose {sketchpose.__version__}\n"
