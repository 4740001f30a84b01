"""Promotion: only what measures better becomes the default, and a broken default never stops anybody."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchpose import load_estimator
from sketchpose.cli import main
from sketchpose.estimate.live import LiveEstimator
from sketchpose.evaluate.compare import interval
from sketchpose.evaluate.promote import Rules, judge, promote
from sketchpose.images import find_images
from sketchpose.model import ModelFolder
from sketchpose.model.current import PACKAGED, find_default, history, models_folder, roll_back, stamp, switch
from sketchpose.skeleton import KEYPOINTS

DRAWINGS = find_images(Path(__file__).parents[2] / "examples" / "drawings")[:8]
ALL = Rules(margin=1.0, draws=500)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight drawings labelled with what the packaged model reads, so that it is the best one possible."""
    folder = tmp_path_factory.mktemp("test split")
    estimator = load_estimator(model=PACKAGED)
    images, annotations = [], []
    for i, path in enumerate(DRAWINGS, 1):
        shutil.copy(path, folder / path.name)
        (pose, *_) = estimator.estimate(path)
        x0, y0, x1, y1 = pose.box.tolist()
        source = "seated" if "sit" in path.name else "standing"
        with Image.open(path) as picture:
            width, height = picture.size
        images.append({"id": i, "file_name": path.name, "width": width, "height": height, "source": source})
        again = estimator.estimate(path, [pose.box])[0]
        annotations.append(
            {
                "id": i,
                "image_id": i,
                "keypoints": np.c_[again.keypoints, np.full(17, 2)].astype(float).ravel().tolist(),
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": pose.area,
            }
        )
    category = {"id": 1, "name": "person", "keypoints": list(KEYPOINTS)}
    document = {"images": images, "annotations": annotations, "categories": [category]}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder / "annotations.json"


@pytest.fixture
def good() -> ModelFolder:
    return ModelFolder.open(PACKAGED)


@pytest.fixture
def bad() -> ModelFolder:
    return ModelFolder.open("movenet-thunder")


def measure(dataset: Path, candidate: ModelFolder, rules: Rules = ALL) -> bool:
    verdict = judge(candidate, dataset, dataset.parent, rules)
    promote(candidate, verdict)
    return verdict.accepted


def test_a_worse_model_is_refused_with_the_table(dataset: Path, bad: ModelFolder, home: Path) -> None:
    verdict = judge(bad, dataset, dataset.parent, Rules(draws=500))
    promote(bad, verdict)
    assert not verdict.accepted and find_default()[0].card.name == PACKAGED
    text = verdict.text()
    assert "It is worse: the 95% interval" in text and "more than the margin of 0.02" in text
    for source in ("seated", "standing", "all"):
        assert f"\n{source} " in text
    (event,) = history()
    assert event["action"] == "refused" and event["measured"]["high"] < 0 and len(event["dataset_sha256"]) == 64


def test_a_better_model_answers_at_once_and_one_step_goes_back(
    dataset: Path, good: ModelFolder, bad: ModelFolder
) -> None:
    running = LiveEstimator(toned=None)
    switch(bad, {})
    assert running.name == "movenet-thunder" == load_estimator().name
    assert measure(dataset, good)
    assert running.name == PACKAGED and find_default()[0].path.parent == models_folder()
    left, now = roll_back()
    assert left.startswith("sketch-thunder-") and now.startswith("movenet-thunder-")
    assert running.name == "movenet-thunder"
    assert [e["action"] for e in history()] == ["promoted", "promoted", "rolled back"]


def test_the_same_model_is_not_surely_better(dataset: Path, good: ModelFolder) -> None:
    verdict = judge(good, dataset, dataset.parent, ALL)
    assert verdict.comparison.overall.difference == verdict.comparison.low == verdict.comparison.high == 0
    assert not verdict.accepted and "not surely better" in verdict.text() and history() == []


def test_few_drawings_tell_nothing(dataset: Path, good: ModelFolder, bad: ModelFolder, tmp_path: Path) -> None:
    switch(bad, {})
    document = json.loads(dataset.read_text())
    document["images"], document["annotations"] = document["images"][:5], document["annotations"][:5]
    (tmp_path / "five.json").write_text(json.dumps(document))
    verdict = judge(good, tmp_path / "five.json", dataset.parent, ALL)
    assert verdict.comparison.low > 0 and verdict.reasons == (
        "5 drawings are too few to tell: annotate at least 6 for the test split.",
    )


def test_what_was_learnt_cannot_be_tested_on(
    dataset: Path, good: ModelFolder, bad: ModelFolder, tmp_path: Path
) -> None:
    switch(bad, {})
    sets = [{"name": "mine", "kind": "coco", "path": "x/y.json", "sources": ["seated", "other"]}]
    card = dataclasses.replace(good.card, training={"config": {"sets": sets}})
    (reason,) = judge(ModelFolder(good.path, card), dataset, dataset.parent, ALL).reasons
    assert "trained on what it is tested on, seated in the set 'mine'" in reason
    sets = [{"name": "all", "kind": "coco", "path": "/".join(dataset.parts[-2:])}]
    card = dataclasses.replace(good.card, training={"config": {"sets": sets}})
    (reason,) = judge(ModelFolder(good.path, card), dataset, dataset.parent, ALL).reasons
    assert "seated, standing in the set 'all'" in reason


@pytest.mark.parametrize("harm", ["gone", "cut", "pointer", "outside"])
def test_a_broken_promoted_model_leaves_the_packaged_one(bad: ModelFolder, harm: str) -> None:
    folder = switch(bad, {})
    if harm == "gone":
        shutil.rmtree(folder.path)
    elif harm == "cut":
        folder.weights.write_bytes(folder.weights.read_bytes()[:1000])
    elif harm == "pointer":
        (models_folder() / "current.json").write_text('{"format": 1, "mod')
    else:
        record = {"format": 1, "model": "../../elsewhere", "before": []}
        (models_folder() / "current.json").write_text(json.dumps(record))
    with pytest.warns(RuntimeWarning, match="promoted model cannot be used, so the packaged sketch-thunder answers"):
        estimator = load_estimator()
    assert estimator.name == PACKAGED and estimator.estimate(DRAWINGS[0])


def test_a_running_app_keeps_its_model_when_the_next_one_is_broken(bad: ModelFolder) -> None:
    running = LiveEstimator()
    before = stamp()
    folder = switch(bad, {})
    assert stamp() != before
    folder.weights.unlink()
    with pytest.warns(RuntimeWarning, match="cannot be used"):
        assert running.name == PACKAGED
    roll_back()
    assert running.name == PACKAGED and find_default() == (ModelFolder.open(PACKAGED), "")


def test_nothing_to_go_back_to() -> None:
    with pytest.raises(ValueError, match="no earlier model to go back to: sketch-thunder is the first"):
        roll_back()


def test_the_command_line(dataset: Path, bad: ModelFolder, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["promote", str(bad.path), "--dataset", str(dataset), "--images", str(dataset.parent), "--draws", "500"]
    assert main(words) == 1 and "Refused:" in capsys.readouterr().out
    switch(bad, {})
    words[1] = str(ModelFolder.open(PACKAGED).path)
    assert main([*words, "--dry-run"]) == 0 and find_default()[0].card.name == bad.card.name
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] is True
    assert main(["promote", "--rollback"]) == 0 and "movenet-thunder" in capsys.readouterr().out
    assert main(["promote", "--history"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[:-1]] == [
        "refused",
        "promoted",
        "promoted",
        "rolled",
    ]
    assert main(["promote"]) == 2 and "--dataset" in capsys.readouterr().err


@pytest.mark.parametrize(("shift", "better"), [(0.0, False), (0.2, True)])
def test_the_interval_covers_the_truth_as_often_as_it_says(shift: float, better: bool) -> None:
    rng = np.random.default_rng(1)
    holds = []
    for trial in range(200):
        groups = [rng.normal(shift, 0.2, 15), rng.normal(shift, 0.2, 25)]
        low, high = interval(groups, 0.95, 400, trial)
        holds.append(low <= shift <= high)
        if better:
            assert low > 0
    # The percentile interval is a little narrow with 40 drawings.
    assert 0.88 <= np.mean(holds) <= 0.99
