"""torchvision's own keypoint R-CNN through ours: trained, measured, saved, loaded, used."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sketchpose import load_estimator
from sketchpose.cli import main
from sketchpose.estimate.rcnn.network import TrainingPage
from sketchpose.estimate.rcnn.torchvision import NetworkConfig, TorchvisionRcnn, build
from sketchpose.estimate.rcnn.weights import fill, read_weights
from sketchpose.evaluate import read_truth
from sketchpose.skeleton import SWAP
from sketchpose.train.journal import read_log

SMALL: dict[str, Any] = {
    "backbone": "movenet-thunder",
    "sides": [96, 128],
    "longest": 160,
    "pyramid": 32,
    "keypoint_layers": [32, 32],
    "box_features": 64,
    "proposals": 50,
    "proposals_after": 30,
    "box_batch": 16,
}


def test_train_measure_save_load_predict(
    run_config: Callable[..., Path], toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", str(run_config("torchvision", SMALL, trunk="sketch-thunder")), "--out", str(out)]) == 0
    log = read_log(out / "log.jsonl")
    loss = [entry["loss"] for entry in log if "loss" in entry]
    assert np.mean(loss[-5:]) < 0.8 * np.mean(loss[:5])
    assert {entry["stage"] for entry in log if "loss" in entry} == {"illustrations", "sketches"}
    assert "toy" in log[-1]["validation"] and (out / "curve.svg").is_file()
    weights = out / "toy-run.safetensors"
    truth = read_truth(toy)
    estimator = load_estimator("torchvision", weights=weights)
    assert estimator.name == "toy-run"
    picture = truth.images[0]
    poses = estimator.estimate(picture.path)
    assert poses and all(pose.keypoints.shape == (17, 2) for pose in poses)
    # Where the network found somebody, the same box given leads to the same joints.
    again = estimator.estimate(picture.path, [pose.box for pose in poses])
    for pose, same in zip(poses, again, strict=True):
        assert same.origin == "given"
        np.testing.assert_allclose(same.keypoints, pose.keypoints, atol=0.5)
        np.testing.assert_allclose(same.scores, pose.scores, atol=1e-3)
    capsys.readouterr()
    assert main(["evaluate", "--dataset", str(toy), "--model", str(weights), "--model", "sketch-thunder"]) == 0
    table = capsys.readouterr().out
    assert "2 models on annotations.json" in table and "toy-run" in table and "sketch-thunder" in table


def test_a_run_that_was_stopped_becomes_the_same_run(run_config: Callable[..., Path], tmp_path: Path) -> None:
    config = str(run_config("torchvision", SMALL, steps=3, validation=[], optimiser="sgd"))
    assert main(["train", config, "--out", str(tmp_path / "whole")]) == 0
    for _ in range(5):
        assert main(["train", config, "--out", str(tmp_path / "parts"), "--minutes", "0.00001"]) == 0
    whole, parts = (read_weights(tmp_path / run / "toy-run.safetensors") for run in ("whole", "parts"))
    assert all(torch.equal(whole[0][key], parts[0][key]) for key in whole[0])
    frozen = [entry["step"] for entry in read_log(tmp_path / "parts" / "log.jsonl") if entry.get("stage") == "sketches"]
    assert frozen == [1, 2]


def test_the_second_stage_leaves_early_layers_alone(run_config: Callable[..., Path], tmp_path: Path) -> None:
    from sketchpose.train.rcnn.config import load_config
    from sketchpose.train.rcnn.trainer import RcnnTrainer

    trainer = RcnnTrainer(load_config(run_config("torchvision", SMALL, steps=1, validation=[])), tmp_path / "run")
    before = {key: value.clone() for key, value in trainer.rcnn.net.state_dict().items()}
    trainer.run()
    body = [key for key in before if key.startswith("backbone.body.")]
    middle = {key: value.clone() for key, value in trainer.rcnn.net.state_dict().items()}
    assert any(not torch.equal(before[key], middle[key]) for key in body)
    trainer.stage, trainer.step = 1, 0
    trainer._optimiser = trainer._start_stage()
    trainer.run()
    after = trainer.rcnn.net.state_dict()
    early = [key for key in body if key.startswith(("backbone.body.stem", "backbone.body.blocks.0."))]
    assert early and all(torch.equal(middle[key], after[key]) for key in early)
    assert any(not torch.equal(middle[key], after[key]) for key in body)


def test_the_default_network_is_the_published_one() -> None:
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights, keypointrcnn_resnet50_fpn

    theirs = keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None, min_size=128, max_size=160).eval()
    ours = TorchvisionRcnn(NetworkConfig(sides=(128,), longest=160))
    count = sum(p.numel() for p in ours.net.parameters())
    assert count == KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.meta["num_params"]
    state = theirs.state_dict()
    for key in state:  # norms away from the identity, so that a forgotten one would show
        if key.endswith("running_var"):
            state[key] = torch.full_like(state[key], 1.5)
    fill(ours.net, state, "theirs")
    theirs.load_state_dict(state)
    image = torch.rand(3, 120, 150, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mine, other = (net.eval().backbone(image[None])["0"] for net in (ours.net, theirs))
    torch.testing.assert_close(mine, other, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v3_small", "movenet-lightning", "timm:mobilenetv3_small_050"])
def test_backbones_by_name(name: str) -> None:
    rcnn = build({**SMALL, "backbone": name, "norm": "batch"})
    page = TrainingPage(
        np.full((90, 120, 3), 255, np.uint8),
        np.full((1, 17, 2), 40, np.float32),
        np.full((1, 17), 2, np.uint8),
        np.array([[10, 10, 80, 80]], np.float32),
    )
    rcnn.net.train()
    losses = rcnn.losses([rcnn.prepare(page, np.random.default_rng(0))] * 2)
    assert {"loss_keypoint", "loss_box_reg", "loss_objectness"} <= set(losses)
    sum(losses.values()).backward()
    assert all(any(p.grad is not None for m in modules for p in m.parameters()) for modules in rcnn.stages[1:])


def test_mirrored_pictures_have_left_and_right_exchanged() -> None:
    rcnn = build(SMALL)
    random = np.random.default_rng(1)
    points = random.uniform(10, 80, (1, 17, 2)).astype(np.float32)
    page = TrainingPage(
        random.integers(0, 255, (90, 120, 3), np.uint8), points, np.full((1, 17), 2, np.uint8), _around(points)
    )
    seen = set()
    for seed in range(8):
        image, target = rcnn.prepare(page, np.random.default_rng(seed))
        pixels, found = image.permute(1, 2, 0).numpy(), target["keypoints"][0, :, :2].numpy()
        mirrored = not np.array_equal(pixels, page.pixels)
        expected = (points[0] * [-1, 1] + [120, 0])[list(SWAP)] if mirrored else points[0]
        np.testing.assert_allclose(found, expected, atol=1e-4)
        np.testing.assert_allclose(target["boxes"].numpy(), _around(found[None]), atol=1e-4)
        assert np.array_equal(pixels, page.pixels[:, ::-1] if mirrored else page.pixels)
        seen.add(mirrored)
    assert seen == {False, True}


def _around(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points.min(1) - 2, points.max(1) + 2], 1).astype(np.float32)


def test_errors(tmp_path: Path, toy: Path) -> None:
    with pytest.raises(ValueError, match="did you mean resnet50"):
        build({"backbone": "resnt50"})
    with pytest.raises(ValueError, match="no row of layers"):
        build({**SMALL, "backbone": "vit_b_16"})
    with pytest.raises(ValueError, match="timm has no backbone"):
        build({**SMALL, "backbone": "timm:no_such"})
    with pytest.raises(ValueError, match="is for 5 joints"):
        build({"keypoints": 5})
    with pytest.raises(ValueError, match="has no field 'depth'"):
        build({"depth": 5})
    with pytest.raises(ValueError, match="No trained weights are published for mobilenet_v2"):
        load_estimator("torchvision", backbone="mobilenet_v2")
    with pytest.raises(ValueError, match="is not one of our trunks"):
        build({**SMALL, "backbone": "resnet18"}, trunk="sketch-thunder")
    with pytest.raises(ValueError, match="whose trunk is of another shape"):
        build({**SMALL, "backbone": "movenet-lightning"}, trunk="sketch-thunder")
    other = tmp_path / "other.pth"
    torch.save(build({**SMALL, "pyramid": 16}).net.state_dict(), other)
    with pytest.raises(ValueError, match="another architecture: .* tensors are .*Choose the config or backbone"):
        build(SMALL, init=str(other))
    fill(build({**SMALL, "pyramid": 16}).net, read_weights(other)[0], "itself")


def test_a_set_with_other_joints(
    toy: Path, run_config: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(toy.read_text())
    document["categories"][0]["keypoints"] = document["categories"][0]["keypoints"][:13]
    wrong = toy.with_name("wrong.json")
    wrong.write_text(json.dumps(document))
    config = run_config("torchvision", SMALL, validation=[])
    config.write_text(config.read_text().replace(str(toy), str(wrong)))
    assert main(["train", str(config), "--out", str(config.parent / "wrong")]) == 2
    assert "keypoints must hold 39 numbers; it has 51" in capsys.readouterr().err
