"""The optional estimators without their packages: how they are chosen, what is said, which weights are refused."""

import builtins
import json
import os
import pickle
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from annotator.estimators import shared_estimator
from annotator.pose.tab import build_pose_tab
from sketchpose import load_estimator
from sketchpose.cli import main
from sketchpose.estimate import choose
from sketchpose.estimate.choose import menu, open_model
from sketchpose.estimate.optional import COMMIT, NotInstalledError, require
from sketchpose.estimate.rcnn.network import RcnnEstimator, RcnnResult, joint_scores
from sketchpose.estimate.rcnn.weights import fill, read_weights, write_weights
from sketchpose.estimate.record import read_record
from sketchpose.images import ImageError
from sketchpose.model.trunk import Trunk

DRAWING = Path(__file__).parents[2] / "examples" / "drawings" / "peeps_stand_PolkaDots.png"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if neither library were installed, whatever this machine has."""
    for package in ("detectron2", "torchvision"):
        monkeypatch.setitem(__import__("sys").modules, package, None)
    monkeypatch.setattr(choose, "installed", lambda package: False)


@pytest.mark.parametrize("name", ["detectron2", "torchvision"])
def test_without_the_package_the_commands_are_printed(
    bare: None, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotInstalledError) as caught:
        load_estimator(name)
    text = str(caught.value)
    assert f"{name} is not installed" in text and "CPU:" in text and "CUDA:" in text
    if name == "detectron2":
        assert f"detectron2.git@{COMMIT}" in text and text.count("--no-build-isolation") == 2
    assert main(["estimate", str(DRAWING), "--model", name]) == 2
    assert text in capsys.readouterr().err
    assert list(menu()) == ["SketchPose"]
    assert main(["estimate", str(DRAWING)]) == 0


def test_a_package_that_is_broken_is_told_from_one_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def broken(name: str) -> Any:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr("importlib.import_module", broken)
    with pytest.raises(NotInstalledError, match="is installed but cannot be imported .*nms does not exist"):
        require("torchvision")
    assert builtins.__import__ is real


def test_training_says_so_before_it_makes_a_folder(
    bare: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = {"name": "s", "steps": 1, "sets": [{"name": "drawn", "kind": "synth"}]}
    (tmp_path / "run.json").write_text(json.dumps({"name": "r", "backend": "detectron2", "stages": [stage]}))
    assert main(["train", str(tmp_path / "run.json"), "--out", str(tmp_path / "out")]) == 2
    assert "detectron2 is not installed" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_one_word_chooses_the_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(choose, "load_estimator", lambda name="sketch", **options: asked.append((name, options)))
    weights = tmp_path / "w.safetensors"
    write_weights(weights, nn.Linear(2, 2), {"backend": "detectron2", "name": "w", "network": {}, "training": {}})
    for word in (None, "sketch-thunder", "torchvision", "detectron2:a/b.yaml", "torchvision:resnet18", str(weights)):
        open_model(word, threads=1)
    assert asked == [
        ("sketch", {"threads": 1}),
        ("sketch", {"threads": 1, "model": "sketch-thunder"}),
        ("torchvision", {"threads": 1}),
        ("detectron2", {"threads": 1, "config": "a/b.yaml"}),
        ("torchvision", {"threads": 1, "backbone": "resnet18"}),
        ("detectron2", {"threads": 1, "weights": str(weights)}),
    ]
    save_file({"x": torch.zeros(1)}, tmp_path / "plain.safetensors")
    with pytest.raises(ValueError, match="does not say what it belongs to"):
        open_model(str(tmp_path / "plain.safetensors"))


def test_the_menu_of_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path))
    monkeypatch.setattr(choose, "installed", lambda package: package == "torchvision")
    (tmp_path / "models").mkdir()
    for backend in ("detectron2", "torchvision"):
        record = {"backend": backend, "name": "mine", "network": {}}
        write_weights(tmp_path / "models" / f"{backend}-mine.safetensors", nn.Linear(2, 2), record)
    (tmp_path / "models" / "broken.safetensors").write_bytes(b"nothing")
    assert menu() == {
        "SketchPose": "",
        "torchvision keypoint R-CNN": "torchvision",
        "torchvision-mine (torchvision)": str(tmp_path / "models" / "torchvision-mine.safetensors"),
    }


def test_the_app_says_what_a_model_lacks(bare: None) -> None:
    with gr.Blocks() as app:
        tab = build_pose_tab(app, shared_estimator, [DRAWING], DRAWING)
    with pytest.warns(UserWarning, match="detectron2 is not installed"):
        updates = tab.estimate(str(DRAWING), 0.3, "detectron2")
    assert updates[tab.result] is None and "detectron2 is not installed" in updates[tab.view]
    assert tab.estimate(str(DRAWING), 0.3)[tab.result].poses


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("ran-the-pickle",))


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("evil.pkl", "evil.pth"):
        path = tmp_path / name
        path.write_bytes(pickle.dumps({"model": {"a": np.zeros(2), "b": _Runs()}}))
        with pytest.raises(ValueError, match="cannot be read as plain tensors .* is refused"):
            read_weights(path)
    assert not (tmp_path / "ran-the-pickle").exists()


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_of_arrays_is_read(tmp_path: Path, protocol: int) -> None:
    arrays = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1], np.int64)}
    (tmp_path / "zoo.pkl").write_bytes(pickle.dumps({"model": arrays, "__author__": "zoo"}, protocol))
    tensors, record = read_weights(tmp_path / "zoo.pkl")
    assert record == {} and set(tensors) == set(arrays)
    for key, array in arrays.items():
        np.testing.assert_array_equal(tensors[key].numpy(), array)


def test_weights_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There are no weights"):
        read_weights(tmp_path / "none.pth")
    cases: list[tuple[str, bytes, str]] = [
        ("a.bin", b"", "is not a weight file that can be read"),
        ("a.safetensors", b"nothing", "is not a safetensors file"),
        ("a.pth", b"nothing", "cannot be read as plain tensors"),
        ("a.pkl", pickle.dumps([1, 2]), "holds a list instead of tensors"),
        ("b.pkl", pickle.dumps({"a": 1}), "holds no tensors"),
    ]
    for name, content, message in cases:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=message):
            read_weights(tmp_path / name)
    save_file({"x": torch.zeros(1)}, tmp_path / "r.safetensors", metadata={"sketchpose": "{}"})
    with pytest.raises(ValueError, match="has a record that cannot be read"):
        read_record(tmp_path / "r.safetensors")


def test_weights_of_another_architecture() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    good = {key: torch.ones_like(value) for key, value in net.state_dict().items()}
    fill(net, good, "w.pth")
    assert all((value == 1).all() for value in net.state_dict().values())
    for tensors, message in (
        ({**good, "0.weight": torch.zeros(2, 2)}, r"1 of 4 tensors are of another shape, such as 0.weight \(2, 2\)"),
        ({key: good[key] for key in list(good)[1:]}, "1 of 4 tensors are missing, such as 0.weight"),
        ({**good, "2.weight": torch.zeros(1)}, "1 of 4 tensors are unknown to the network, such as 2.weight"),
    ):
        with pytest.raises(ValueError, match=f"w.pth holds weights of another architecture: {message}"):
            fill(net, tensors, "w.pth")


def test_the_trunk_is_that_of_our_network() -> None:
    from sketchpose.model import ModelFolder
    from sketchpose.model.checkpoint import load_network

    trunk = Trunk().eval()
    trunk.load("sketch-thunder")
    net = load_network(ModelFolder.open("sketch-thunder"))
    x = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        maps = trunk(x)
        finest = net.features(x)
        deep = net.stem(x)
        for block in net.blocks:
            deep = block(deep)
    assert [tuple(m.shape[2:]) for m in maps] == [(16, 24), (8, 12), (4, 6), (2, 3)]
    assert [m.shape[1] for m in maps] == trunk.channels
    torch.testing.assert_close(maps[-1], deep)
    torch.testing.assert_close(maps[0], finest)
    parts = [module for stage in trunk.stages for module in stage]
    assert sum(p.numel() for m in parts for p in m.parameters()) == sum(p.numel() for p in trunk.parameters())
    with pytest.raises(ValueError, match="No model 'nobody'"):
        trunk.load("nobody")


def test_joint_scores_are_the_share_around_the_peak() -> None:
    maps = torch.full((1, 2, 20, 20), -50.0)
    maps[0, 0, 3, 4] = 10.0  # all in one cell
    maps[0, 1, 0, 0] = 10.0  # in a corner, with an equal far away
    maps[0, 1, 15, 15] = 10.0
    scores = joint_scores(maps)
    assert scores[0, 0] == pytest.approx(1, abs=1e-4) and scores[0, 1] == pytest.approx(0.5, abs=1e-3)
    assert joint_scores(torch.zeros(1, 1, 50, 50))[0, 0] < 0.011


class _Net:
    """Finds the same people in every picture."""

    backend, name, stages = "torchvision", "fake", ()
    net = nn.Identity()

    def __init__(self, scores: list[float]) -> None:
        self.scores = scores

    def find(self, pixels: Any, boxes: Any = None) -> RcnnResult:
        count = len(self.scores) if boxes is None else len(boxes)
        places = torch.tensor([[10.0, 10, 50, 90]]).repeat(count, 1) if boxes is None else torch.from_numpy(boxes)
        if boxes is None:  # side by side: nobody is found twice
            places = places + torch.arange(count)[:, None] * torch.tensor([100.0, 0, 100, 0])
        points = places[:, None, :2] + torch.arange(17)[:, None].float()
        scores = torch.tensor(self.scores) if boxes is None else torch.ones(count)
        return RcnnResult(places, scores, points.expand(count, 17, 2), torch.full((count, 17), 0.4))


@pytest.mark.parametrize(
    ("scores", "kept"), [([0.2, 0.9, 0.6], [0.9, 0.6]), ([0.1, 0.3], [0.3]), ([0.5], [0.5])], ids=str
)
def test_unsure_people_are_left_out_unless_there_is_nobody_else(scores: list[float], kept: list[float]) -> None:
    poses = RcnnEstimator(_Net(scores)).estimate(DRAWING)  # type: ignore[arg-type]
    assert [pose.score for pose in poses] == pytest.approx(kept)
    assert {pose.origin for pose in poses} == {"detector"}
    assert len(RcnnEstimator(_Net(scores), min_score=0).estimate(DRAWING)) == len(scores)  # type: ignore[arg-type]


def test_given_boxes_and_pictures_without_a_find() -> None:
    estimator = RcnnEstimator(_Net([]))  # type: ignore[arg-type]
    (given,) = estimator.estimate(DRAWING, [[5, 6, 70, 80]])
    assert given.origin == "given" and given.box.tolist() == [5, 6, 70, 80] and given.score == pytest.approx(0.4)
    assert estimator.estimate(DRAWING, []) == []
    (drawn,) = estimator.estimate(DRAWING)
    assert drawn.origin == "picture"
    with pytest.raises(ImageError, match="nothing is drawn"):
        estimator.estimate(np.full((60, 50, 3), 255, np.uint8))
    with pytest.raises(ValueError, match="min_score is 2"):
        RcnnEstimator(_Net([]), min_score=2)  # type: ignore[arg-type]
