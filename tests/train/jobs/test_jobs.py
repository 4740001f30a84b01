"""Fine-tuning jobs: one at a time, in a process of their own, told by files alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchpose import load_estimator
from sketchpose.images import find_images
from sketchpose.sheet import CAPTION
from sketchpose.train.jobs import plan
from sketchpose.train.jobs.job import Job, find_job, list_jobs, new_folder, resume, running, start
from sketchpose.train.jobs.plan import Plan, known_speed, minutes, note_speed
from sketchpose.train.jobs.process import Identity, spawn

DRAWINGS = find_images(Path(__file__).parents[3] / "examples" / "drawings")
PATIENCE_S = 900


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path / "home"


def annotate(folder: Path, drawings: list[Path], source: str) -> Path:
    """Write a set labelled with the packaged model's own answers."""
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    estimator = load_estimator(model="sketch-thunder")
    for i, path in enumerate(drawings, 1):
        shutil.copy(path, folder / "images" / path.name)
        pose = estimator.estimate(path)[0]
        x0, y0, x1, y1 = pose.box.tolist()
        with Image.open(path) as picture:
            size = {"width": picture.width, "height": picture.height}
        images.append({"id": i, "file_name": path.name, "source": source, **size})
        keypoints = np.c_[pose.keypoints, np.full(17, 2)].astype(float).ravel().tolist()
        person = {"id": i, "image_id": i, "keypoints": keypoints, "bbox": [x0, y0, x1 - x0, y1 - y0], "area": pose.area}
        annotations.append(person)
    (folder / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return folder / "annotations.json"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("sets")
    train = annotate(folder / "train", DRAWINGS[:2], "mine")
    test = annotate(folder / "test", DRAWINGS[2:4], "yours")
    return Plan("tiny", str(train), str(test), samples=16, batch=4, size=64, threads=1)


def wait(condition: Callable[[], bool], job: Job) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < limit, (job.state, job.trouble())
        time.sleep(0.1)


def test_a_model_that_reads_heads_is_shown_heads_so_that_it_does_not_forget(tiny: Plan) -> None:
    shares = [replace(tiny, base=base).config().augment.head for base in ("", "sketch-thunder", "movenet-thunder")]
    assert shares[0] == shares[1] > 0 == shares[2]


def test_a_job_trains_measures_and_shows_what_changed(tiny: Plan) -> None:
    job = start(tiny)
    assert job.state == "running" and running() == job and find_job(job.id) == job == list_jobs()[0]
    with pytest.raises(ValueError, match="tiny is being trained: wait until it is done, or cancel it"):
        start(replace(tiny, name="second"))
    with pytest.raises(ValueError, match="tiny is being trained"):
        resume(job)
    wait(lambda: job.state != "running", job)
    assert job.state == "done" and running() is None, job.trouble()
    progress = Job(job.folder).progress()
    assert progress.samples == progress.total == 16 and len(progress.entries) == 4 and progress.left == 0
    assert job.model().card.training["samples"] == 16
    result = job.result
    assert result and not result["accepted"] and "2 drawings are too few to tell" in result["reasons"][0]
    assert [row["source"] for row in result["measured"]["rows"]] == ["yours", "all"]
    for change in result["changed"]:
        with Image.open(job.folder / change["file"]) as picture:
            assert picture.size == (640, 320 + CAPTION)
    changes = [abs(c["new_oks"] - c["old_oks"]) for c in result["changed"]]
    assert changes == sorted(changes, reverse=True) and len(changes) == 2
    assert not (job.folder / "run" / "checkpoint.safetensors").exists()
    speed = known_speed(tiny)
    assert speed and minutes(tiny, speed) == pytest.approx(16 / speed / 60)
    with pytest.raises(ValueError, match="is done: there is nothing to resume"):
        resume(job)
    with pytest.raises(ValueError, match="is done: there is nothing to cancel"):
        job.cancel()


def test_the_one_who_started_it_may_die_and_it_can_still_be_cancelled(tiny: Plan, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(asdict(replace(tiny, samples=100_000))))
    code = (
        "import json, os, sys; from sketchpose.train.jobs.job import start; "
        "from sketchpose.train.jobs.plan import Plan; "
        "start(Plan(**json.load(open(sys.argv[1])))); os._exit(1)"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "plan.json")], check=False, cwd=Path(__file__).parents[3]
    )
    job = running()
    assert job is not None
    wait(lambda: job.progress().samples > 0, job)
    assert job.progress().left and job.state == "running"
    process = job.process
    assert process
    job.cancel()
    assert job.state == "cancelled" and not process.alive() and running() is None
    assert not (job.folder / "run").exists()
    with pytest.raises(ValueError, match="is cancelled: there is nothing to resume"):
        resume(job)


def test_a_killed_job_is_interrupted_and_goes_on(tiny: Plan) -> None:
    job = start(replace(tiny, samples=400))
    wait(lambda: job.progress().samples > 0, job)
    assert job.process
    os.killpg(job.process.pid, signal.SIGKILL)
    wait(lambda: job.state == "interrupted", job)
    (job.folder / "run.json").write_text("{")
    resume(job)
    wait(lambda: job.state == "failed", job)
    assert "cannot be read as JSON" in job.trouble()


def test_what_cannot_work_is_refused_at_once(tiny: Plan, home: Path) -> None:
    with pytest.raises(ValueError, match=r"2 drawings of the frozen test split would be trained on \(peeps"):
        start(replace(tiny, train=tiny.test))
    with pytest.raises(ValueError, match="No model 'nothing'"):
        start(replace(tiny, base="nothing"))
    with pytest.raises(ValueError, match="there is no such file"):
        start(replace(tiny, train="/nowhere.json"))
    assert list_jobs() == []
    with pytest.raises(ValueError, match="no training '../../x' any more"):
        find_job("../../x")
    for wrong in ({"name": "../x"}, {"name": ""}, {"replay": 1.0}, {"samples": 3}, {"samples": 10**9}, {"price": -1.0}):
        with pytest.raises(ValueError, match="cannot be used|replay is|samples is|price is"):
            replace(tiny, **wrong)


def test_the_run_replays_synthetic_sketches(tiny: Plan) -> None:
    config = replace(tiny, replay=0.25).config()
    assert [(s.name, s.kind, s.weight) for s in config.sets] == [
        ("corrections", "coco", 0.75),
        ("synthetic", "synth", 0.25),
    ]
    assert config.init.endswith("sketch-thunder") and config.samples == 16
    assert len(replace(tiny, replay=0.0).config().sets) == 1


def test_a_number_given_out_again_is_another_process(tmp_path: Path) -> None:
    process = spawn([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path / "out.txt")
    assert process.alive()
    other = replace(process, started="1")
    assert not other.alive()
    other.end()
    assert process.alive() and not Identity(process.pid, process.started, "another boot").alive()
    process.end()
    assert not process.alive()
    process.end()


def test_the_speed_is_remembered_for_the_same_kind_of_plan(tiny: Plan) -> None:
    assert known_speed(tiny) is None
    note_speed(tiny, 12.5)
    assert known_speed(replace(tiny, samples=999, name="other")) == 12.5
    assert known_speed(replace(tiny, size=128)) is None
    (plan.jobs_folder() / "speed.json").write_text("[broken")
    assert known_speed(tiny) is None
    assert new_folder().parent == plan.jobs_folder()
