"""A run that was stopped goes on where it stopped."""

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sketchpose.cli import main
from sketchpose.estimate import command
from sketchpose.estimate.partial import Partial
from sketchpose.formats import PosedImage
from sketchpose.pose import Pose

DRAWING = Path(__file__).parents[2] / "examples" / "drawings"


class Stops:
    """An estimator that is interrupted at one picture."""

    name = "fake"

    def __init__(self, at: str = "") -> None:
        self.at = at
        self.seen: list[str] = []

    def estimate(self, picture: Any, boxes: Any = None) -> list[Pose]:
        if picture.name == self.at:
            raise KeyboardInterrupt
        self.seen.append(picture.name)
        rng = np.random.default_rng(len(picture.name))
        points = rng.random((17, 2), np.float32) * 50 + 10
        return [Pose(points, rng.random(17, np.float32), np.full(17, 2), [1.1, 2.2, 90.3, 95.7], 0.3, "detector")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    first = next(DRAWING.glob("*.png"))
    for name in ("a.png", "b.png", "c.png"):
        shutil.copy(first, tmp_path / "in" / name)
    return tmp_path


@pytest.mark.parametrize("kind", ["coco", "openpose", "yolo"])
def test_a_stopped_run_is_kept_said_and_goes_on(
    folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["estimate", str(folder / "in"), "--format", kind, "--out"]
    monkeypatch.setattr(command, "open_model", lambda *_, **__: Stops())
    assert main([*words, str(folder / "whole")]) == 0
    monkeypatch.setattr(command, "open_model", lambda *_, **__: Stops("c.png"))
    assert main([*words, str(folder / "out")]) == 130
    assert "goes on from there" in capsys.readouterr().err
    kept = folder / "out.partial"
    assert kept.is_file() and not (folder / "out").exists()
    with kept.open("ab") as file:
        file.write(b'{"name": "cut o')
    again = Stops()
    monkeypatch.setattr(command, "open_model", lambda *_, **__: again)
    assert main([*words, str(folder / "out")]) == 0
    assert again.seen == ["c.png"] and not kept.exists()
    assert "going on with 2 pictures" in capsys.readouterr().err
    written = [sorted((folder / n).glob("*")) or [folder / n] for n in ("whole", "out")]
    assert [p.read_bytes() for p in written[0]] == [p.read_bytes() for p in written[1]]


def test_another_question_or_a_changed_picture_is_begun_anew(folder: Path) -> None:
    path = folder / "in" / "a.png"
    image = PosedImage("a.png", 9, 8, (Pose.annotated(np.full((17, 2), 5.5), np.full(17, 2)),))
    with pytest.raises(KeyboardInterrupt), Partial(folder / "o.json", {"model": "x"}) as kept:
        kept.add(image, path)
        raise KeyboardInterrupt
    found = Partial(folder / "o.json", {"model": "x"}).find("a.png", path)
    assert found is not None and np.array_equal(found.poses[0].keypoints, image.poses[0].keypoints)
    os.utime(path, ns=(1, 1))
    assert Partial(folder / "o.json", {"model": "x"}).find("a.png", path) is None
    assert len(Partial(folder / "o.json", {"model": "y"})) == 0


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        (["--out", "there"], "there is a folder and a file is needed"),
        (["--out", "file.txt/x.json"], "file.txt is a file; choose another place"),
        (["--format", "openpose", "--out", "file.txt"], "file.txt is a file and a folder is needed"),
        (["--overlay", "file.txt"], "file.txt is a file and a folder is needed"),
        (["--format", "yolo"], "give a folder with --out"),
    ],
)
def test_outputs_are_checked_before_the_work(
    folder: Path, rest: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator = Stops()
    monkeypatch.setattr(command, "open_model", lambda *_, **__: estimator)
    monkeypatch.chdir(folder)
    (folder / "there").mkdir()
    (folder / "file.txt").touch()
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["estimate", str(folder / "in"), *rest])
    with pytest.raises((ValueError, OSError), match=words):
        arguments.run(arguments)
    assert estimator.seen == []


def test_a_name_that_is_not_utf8_does_not_end_a_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "open_model", lambda *_, **__: Stops())
    odd = os.fsdecode(b"caf\xe9.png")
    try:
        shutil.copy(folder / "in" / "a.png", folder / "in" / odd)
        (folder / "in" / os.fsdecode(b"bad\xe9.png")).write_bytes(b"none")
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    assert main(["estimate", str(folder / "in"), "--out", str(folder / "o.json"), "--overlay", str(folder / "s")]) == 1
    names = [image["file_name"] for image in json.loads((folder / "o.json").read_text())["images"]]
    assert odd in names and len(names) == 4
    assert "bad\\udce9.png" in capsys.readouterr().err
