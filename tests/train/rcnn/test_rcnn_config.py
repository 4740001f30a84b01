"""Runs of keypoint R-CNN as data, and the pictures they learn from."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from sketchpose.cli import main
from sketchpose.estimate.optional import COMMIT
from sketchpose.synth import generate
from sketchpose.synth.shards import write_shard
from sketchpose.train.config import SetConfig
from sketchpose.train.pages import PageMixture, batches
from sketchpose.train.rcnn.config import RcnnConfig, RcnnStage, load_config

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "sketchpose" / "train" / "configs"
STAGE = RcnnStage("s", (SetConfig("drawn", "synth", size=96),), 3)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("detectron2-*.json")) + sorted(CONFIGS.glob("torchvision-*.json")))
def test_the_committed_runs_can_be_read(path: Path, tmp_path: Path) -> None:
    config = load_config(path)
    assert config.name == path.stem and config.backend == path.stem.partition("-")[0]
    first, second = config.stages
    assert second.rate <= first.rate / 10 and second.frozen >= first.frozen
    assert all(Path(s.path).is_absolute() for stage in config.stages for s in stage.sets)
    config.write(tmp_path / "again.json")
    assert load_config(tmp_path / "again.json") == config


def test_both_libraries_follow_one_recipe() -> None:
    one, other = (load_config(CONFIGS / f"{backend}-two-stage.json") for backend in ("detectron2", "torchvision"))
    assert one.stages == other.stages and one.validation == other.validation


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"backend": "mmpose"}, "backend\n.*'detectron2' or 'torchvision'"),
        ({"optimiser": "adam"}, "optimiser\n.*'sgd' or 'adamw'"),
        ({"stages": ()}, "has no stages"),
        ({"momentum": 1.0}, "momentum\n.*less than 1"),
        ({"threads": 0}, "threads\n.*greater than or equal to 1"),
    ],
)
def test_what_would_fail_hours_later_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(RcnnConfig("run", "torchvision", (STAGE,)), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sets": ()}, "Stage 's' has no sets"),
        ({"steps": 0}, "steps\n.*greater than or equal to 1"),
        ({"drops": (1.5,)}, "drops.0\n.*less than 1"),
    ],
)
def test_a_stage_that_would_fail_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(STAGE, **change)  # type: ignore[arg-type]


def test_broken_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.json"
    for record, message in (
        ({"name": "r", "backend": "torchvision", "stages": [{"name": "s", "depth": 3}]}, "does not describe a run"),
        ({"name": "r", "backend": "torchvision"}, "stages is missing; add it"),
        ({"name": "r", "backend": "torchvision", "stages": []}, "has no stages"),
        (
            {"name": "r", "backend": "mmpose", "stages": []},
            "backend is 'mmpose' and must be 'detectron2' or 'torchvision'",
        ),
    ):
        path.write_text(json.dumps(record))
        assert main(["train", str(path), "--out", str(tmp_path / "out")]) == 2
        assert message in capsys.readouterr().err
    path.write_text("{")
    assert main(["train", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "cannot be read as JSON" in capsys.readouterr().err


def test_pictures_follow_from_seed_and_number(tmp_path: Path) -> None:
    scenes = [generate(seed, 96) for seed in range(7, 10)]
    write_shard(tmp_path / "a.npz", scenes)
    sets = [SetConfig("drawn", "synth", size=96, weight=0.5), SetConfig("shards", "shards", str(tmp_path))]
    one, same, other = PageMixture(sets, (3, 0)), PageMixture(sets, (3, 0)), PageMixture(sets, (3, 1))
    pages = [one.get(i)[0] for i in range(8)]
    for i, page in enumerate(pages):
        again, random = same.get(i)
        np.testing.assert_array_equal(again.pixels, page.pixels)
        assert page.keypoints.shape[1:] == (17, 2) and len(page.keypoints) == len(page.boxes) == len(page.visibility)
        assert random.random() == one.get(i)[1].random()
    assert any(not np.array_equal(page.pixels, other.get(i)[0].pixels) for i, page in enumerate(pages))
    shard = PageMixture(sets[1:], (0, 0))
    sizes = {len(shard.get(i)[0].boxes) for i in range(30)}
    assert sizes == {len(scene.persons) for scene in scenes}
    with pytest.raises(ValueError, match="holds no shards"):
        PageMixture([SetConfig("none", "shards", str(tmp_path / "none"))], (0,))


def test_batches_start_where_a_run_stopped() -> None:
    assert list(batches(lambda number: number, 2, 5, 3)) == [[6, 7, 8], [9, 10, 11], [12, 13, 14]]
    with pytest.raises(ZeroDivisionError):
        list(batches(lambda number: 1 // (number - 4), 0, 9, 2))


def test_the_container_installs_the_same_detectron2() -> None:
    assert f"detectron2.git@{COMMIT}" in (ROOT / "Dockerfile").read_text("utf-8")
