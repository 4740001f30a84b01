"""The whole loop, as its example runs it: what is left on disk afterwards must be what was done in the browser."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sketchpose import load_estimator
from sketchpose.dataset import Dataset, Query
from sketchpose.dataset.splits import read_splits
from sketchpose.model.current import history
from sketchpose.train.jobs.job import list_jobs

ROOT = Path(__file__).parents[2]
LIMIT_S = 1500
CROPS = 16


def check(home: Path, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(home))
    dataset = Dataset()
    truth = json.loads((ROOT / "examples" / "loop" / "annotations.json").read_text())
    entries = {entry.name: entry for entry in dataset.entries()}
    assert len(entries) == 12 and {entry.status for entry in entries.values()} == {"accepted"}
    assert len(facts["drags"]) == 6 and sum(facts["drags"].values()) >= 6

    # What was dragged lies where the hand labels say, as closely as a mouse on a screen can put it.
    for image, person in zip(truth["images"], truth["annotations"], strict=True):
        entry, wanted = entries[image["file_name"]], np.array(person["keypoints"]).reshape(17, 3)
        (kept,) = dataset.read(entry.id).persons
        labelled = wanted[:, 2] > 0
        off = np.linalg.norm(kept.pose.keypoints - wanted[:, :2], axis=1)[labelled]
        size = np.ptp(wanted[labelled, :2], 0).max()
        if image["file_name"] in facts["drags"]:
            states = [e.status for e in dataset.history(entry.drawing)]
            assert states == ["submitted", "submitted", "accepted"]
            # One joint in a crowd of others may have been caught in another's place.
            assert np.sort(off)[:-2].max() < 0.04 * size, image["file_name"]
        else:
            assert off.max() < 1e-3

    splits = read_splits(dataset)
    assert splits is not None
    by_split = {split: [e for e in entries.values() if splits.split_of(e) == split] for split in ("train", "test")}
    assert len(by_split["train"]) == len(by_split["test"]) == 6
    with zipfile.ZipFile(home / "export.zip") as archive:
        exported = {name: json.loads(archive.read(f"{name}.json")) for name in ("train", "test")}
        assert sum(name.startswith("images/") for name in archive.namelist()) == 12
    assert {name: len(document["annotations"]) for name, document in exported.items()} == {"train": 6, "test": 6}

    (job,) = list_jobs()
    assert job.state == "done" and job.result is not None
    learnt = {image["file_name"] for image in json.loads(Path(job.plan.train).read_text())["images"]}
    tested = {image["file_name"] for image in json.loads(Path(job.plan.test).read_text())["images"]}
    assert len(learnt) == len(tested) == 6 and not learnt & tested
    measured, accepted = job.result["measured"], job.result["accepted"]
    falls = [row["change"] for row in measured["rows"][:-1] if row["change"] < -0.02]
    assert accepted == (measured["low"] > 0 and not falls) == facts["accepted"]
    assert facts["default"] == ("loop" if accepted else "sketch-thunder")
    assert [event["action"] for event in history()] == (["promoted"] if accepted else [])
    assert load_estimator().name == facts["default"] and load_estimator(model=job.model().path).name == "loop"
    assert len(dataset.entries(Query(which="all"))) == 12 + 6 + 12


@pytest.mark.slow
def test_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "result.json"
    command = [sys.executable, "examples/loop/run.py", "--crops", str(CROPS), "--size", "64", "--out", str(out)]
    done = subprocess.run(
        [*command, "--home", str(tmp_path / "home")], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    check(tmp_path / "home", json.loads(out.read_text()), monkeypatch)
