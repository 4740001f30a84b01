"""The evaluator on small sets: perfect and useless estimators, broken records, the command line."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sketchpose.evaluate import command, evaluate, read_truth
from sketchpose.evaluate.sheet import worst_sheet
from sketchpose.images import read_image
from sketchpose.model import ModelFolder
from sketchpose.pose import Pose
from sketchpose.sheet import CAPTION
from sketchpose.skeleton import KEYPOINTS


def record(identity: int, image: int, rng: np.random.Generator, **more: Any) -> dict[str, Any]:
    low = rng.uniform(5, 40, 2)
    points = low + rng.random((17, 2)) * 80
    keypoints = np.c_[points, np.full(17, 2)].ravel().tolist()
    box = [*low.tolist(), 80.0, 80.0]
    return {
        "id": identity,
        "image_id": image,
        "category_id": 1,
        "keypoints": keypoints,
        "num_keypoints": 17,
        "bbox": box,
        "area": 4000.0,
        "iscrowd": 0,
        **more,
    }


def write_set(folder: Path, pictures: int = 4) -> tuple[Path, dict[str, Any]]:
    rng = np.random.default_rng(0)
    (folder / "images").mkdir()
    document: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 1, "keypoints": list(KEYPOINTS)}],
    }
    for i in range(1, pictures + 1):
        pixels = rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{i}.png")
        source = "ink" if i % 2 else "clay"
        document["images"].append({"id": i, "file_name": f"{i}.png", "width": 128, "height": 128, "source": source})
        document["annotations"].append(record(i, i, rng, attributes={"difficulty": 1 + i % 2}))
    path = folder / "truth.json"
    path.write_text(json.dumps(document))
    return path, document


class Oracle:
    """Knows the truth and moves every joint by ``noise`` pixels."""

    name = "oracle"

    def __init__(self, path: Path, noise: float = 0.0) -> None:
        self.truth = {im.path.name: im.people for im in read_truth(path).images}
        self.noise = noise

    def estimate(self, image: Any, boxes: Any = None) -> list[Pose]:
        people = self.truth[read_image(image).name]
        return [
            Pose(p.keypoints + self.noise, np.full(17, 0.9), np.full(17, 2), p.box, 0.9, "detector") for p in people
        ]


@pytest.mark.parametrize("boxes", ["true", "found"])
def test_an_oracle_is_perfect(tmp_path: Path, boxes: Any) -> None:
    path, _ = write_set(tmp_path)
    report = evaluate(Oracle(path), path, boxes=boxes)
    for result in (report.overall, *report.sources.values(), *report.difficulties.values()):
        assert result.ap == result.ar == result.body_ap == pytest.approx(1)
        assert result.pck05 == result.body_pck10 == 1 and result.swaps == 0
    assert set(report.sources) == {"ink", "clay"} and set(report.difficulties) == {"1", "2"}
    assert set(report.joints) == set(KEYPOINTS) and set(report.joints.values()) == {1.0}
    assert (report.recall, report.precision) == (1, 1) if boxes == "found" else np.isnan(report.recall)


def test_a_shifted_oracle_is_worse_and_the_worst_come_first(tmp_path: Path) -> None:
    path, document = write_set(tmp_path)
    shifted = evaluate(Oracle(path, noise=6.0), path, worst=3)
    assert 0 < shifted.overall.ap < 0.9
    assert shifted.overall.pck10 < 1
    assert len(shifted.worst) == 3
    assert [w.oks for w in shifted.worst] == sorted(w.oks for w in shifted.worst)
    sheet = worst_sheet(shifted.worst, columns=2)
    assert sheet.shape == (2 * (320 + CAPTION), 2 * 320, 3) and sheet.std() > 0
    with pytest.raises(ValueError, match="--worst"):
        worst_sheet([])
    assert len(document["annotations"]) == shifted.overall.people
    assert json.loads(json.dumps(shifted.as_json()))["overall"]["people"] == 4
    assert "clay" in shifted.table() and "left wrist" in shifted.table()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["annotations"][1]["keypoints"].pop(), r"annotations\[1\].*51"),
        (lambda d: d["annotations"][1]["keypoints"].__setitem__(2, 3), r"annotations\[1\].*visibility"),
        (lambda d: d["annotations"][1]["keypoints"].__setitem__(0, float("nan")), "NaN"),
        (lambda d: d["annotations"][1].__setitem__("id", 1), r"annotations\[1\] repeats the id 1"),
        (lambda d: d["annotations"][1].__setitem__("area", "big"), r"annotations\[1\].*area"),
        (lambda d: d["annotations"][1].__setitem__("image_id", 99), r"annotations\[1\] has no image_id"),
        (lambda d: d["images"][1].__setitem__("id", 1), r"images\[1\] repeats"),
        (lambda d: d["images"][1].__setitem__("file_name", "gone.png"), r"images\[1\].*gone.png is missing"),
        (lambda d: d["images"][1].pop("file_name"), r"images\[1\] needs"),
        (lambda d: d["categories"][0]["keypoints"].pop(), "must hold 48 numbers; it has 51"),
        (lambda d: d.pop("annotations"), "no poses"),
    ],
)
def test_broken_sets_name_file_and_record(tmp_path: Path, change: Any, message: str) -> None:
    path, document = write_set(tmp_path)
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=message) as error:
        read_truth(path)
    assert "truth.json" in str(error.value)


def test_bad_records_are_skipped_and_counted(tmp_path: Path) -> None:
    path, document = write_set(tmp_path)
    oracle = Oracle(path)
    document["annotations"][0]["keypoints"][2] = 7
    document["images"][1]["file_name"] = "gone.png"
    (tmp_path / "images" / "3.png").write_bytes(b"not a picture")
    path.write_text(json.dumps(document))
    report = evaluate(oracle, path, skip_bad=True)
    assert report.overall.people == 1
    assert len(report.skipped) == 3
    with pytest.raises(ValueError, match="--skip-bad"):
        evaluate(oracle, path)


def test_people_with_few_joints_are_neither_missed_nor_false(tmp_path: Path) -> None:
    path, document = write_set(tmp_path)
    document["annotations"][0]["keypoints"] = [5.0, 5.0, 2, *[0] * 48]
    path.write_text(json.dumps(document))
    report = evaluate(Oracle(path), path, boxes="found", min_joints=8)
    assert report.overall.people == 3
    assert report.overall.ap == pytest.approx(1) and report.precision == 1
    with pytest.raises(ValueError, match="nobody"):
        evaluate(Oracle(path), read_truth(path, min_joints=17).__class__("empty", ()))
    with pytest.raises(ValueError, match="'true' or 'found'"):
        evaluate(Oracle(path), path, boxes="guessed")  # type: ignore[arg-type]


def run(words: list[str]) -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(words)
    return int(arguments.run(arguments))


def test_the_command_line_writes_table_json_and_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(__file__).parents[1] / "golden" / "movenet"
    people = json.loads((folder / "golden.json").read_text())["thunder"]["standing.png"]
    points = np.array(people).reshape(17, 3)[:, [1, 0]] * 256
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "standing.png").write_bytes((folder / "standing.png").read_bytes())
    low, high = points.min(0), points.max(0)
    annotation = {
        "id": 1,
        "image_id": 1,
        "keypoints": np.c_[points, np.full(17, 2)].ravel().tolist(),
        "bbox": [*low.tolist(), *(high - low).tolist()],
        "area": float(np.prod(high - low)),
    }
    image = {"id": 1, "file_name": "standing.png", "width": 256, "height": 256, "source": "peeps"}
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"images": [image], "annotations": [annotation]}))
    model = shutil.copytree(ModelFolder.open("movenet-thunder").path, tmp_path / "model")
    words = ["evaluate", "--model", str(model), "--card", "--dataset", str(path), "--json", str(tmp_path / "out.json")]
    assert run([*words, "--worst", "1", "--sheet", str(tmp_path / "worst.png")]) == 0
    assert "peeps" in capsys.readouterr().out
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["model"] == "movenet-thunder"
    assert ModelFolder.open(model).card.scores["peeps, true boxes"]["people"] == 1
    assert report["overall"]["ap50"] == pytest.approx(1)
    assert Image.open(tmp_path / "worst.png").size == (320, 320 + CAPTION)
    with pytest.raises(ValueError, match="no such file"):
        run(["evaluate", "--dataset", str(tmp_path / "none.json")])
