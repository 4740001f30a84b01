"""Whole pages for the person detector: varied as their pixels are, learnt from, measured."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from sketchpose.estimate.rcnn.network import TrainingPage
from sketchpose.model import ModelFolder, decode
from sketchpose.model.checkpoint import load_network
from sketchpose.skeleton import NUM_KEYPOINTS, SWAP
from sketchpose.synth import generate
from sketchpose.synth.shards import write_shard
from sketchpose.train.average import sweep
from sketchpose.train.config import AugmentConfig, LossConfig, SetConfig, Stage, TrainConfig
from sketchpose.train.crowd import MOST, CrowdMixture, ValidationPages, share_found, vary_page
from sketchpose.train.journal import read_log
from sketchpose.train.loop import Trainer
from sketchpose.train.loss import crowd_losses
from sketchpose.train.validate import read_validation

STILL = AugmentConfig(
    zoom=(1.0, 1.0), shift=0, tilt=0, spin=0, perspective=0, stretch=0, warp=0, flip=0, weight=0, invert=0, grey=0,
    light=0, blur=0, noise=0, jpeg=0, erase=0,
)  # fmt: skip


def page_of(seed: int, size: int = 128) -> TrainingPage:
    scene = generate(seed, size)
    return TrainingPage(
        scene.image,
        np.stack([p.keypoints for p in scene.persons]),
        np.stack([p.visibility for p in scene.persons]),
        np.stack([p.box for p in scene.persons]),
    )


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    write_shard(folder / "synth-128-000000000-000000011.npz", [generate(seed, 128) for seed in range(12)])
    return folder


def test_a_page_seen_as_it_is_keeps_joints_and_boxes() -> None:
    page = page_of(3)
    _, joints, visibility, boxes = vary_page(page, 128, STILL, np.random.default_rng(0))
    people = len(page.boxes)
    seen = page.visibility > 0
    np.testing.assert_allclose(joints[:people][seen], page.keypoints[seen], atol=0.02)
    np.testing.assert_allclose(boxes[:people], page.boxes, atol=0.02)
    assert not visibility[people:].any()
    assert not boxes[people:].any()


def test_the_mirror_image_of_a_page_exchanges_left_and_right() -> None:
    page = page_of(3)
    mirrored = dataclasses.replace(STILL, flip=1.0)
    _, joints, visibility, boxes = vary_page(page, 128, mirrored, np.random.default_rng(0))
    seen = (page.visibility[0] > 0)[list(SWAP)]
    np.testing.assert_allclose(128 - joints[0, seen, 0], page.keypoints[0, list(SWAP)][seen, 0], atol=0.02)
    np.testing.assert_allclose(boxes[0, [0, 2]], 128 - page.boxes[0, [2, 0]], atol=0.02)
    assert (visibility[0] > 0).sum() == seen.sum()


def test_batches_depend_on_the_number_alone(shards: Path) -> None:
    sets = (SetConfig("ink", "shards", str(shards)),)
    one, two = (CrowdMixture(sets, AugmentConfig(warp=0), seed=1) for _ in range(2))
    first, second = one.batch(4, 2, 96), two.batch(4, 2, 96)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.joints, second.joints)
    assert first.boxes.shape == (2, MOST, 4)
    assert (CrowdMixture(sets, AugmentConfig(warp=0), seed=2).batch(4, 2, 96).images != first.images).any()


def test_maps_that_say_what_is_drawn_cost_least() -> None:
    """Maps built from the truth decode to the truth, and any other box costs more."""
    joints = torch.full((1, 2, NUM_KEYPOINTS, 2), 40.0)
    joints[0, 1] = 90.0
    visibility = torch.zeros(1, 2, NUM_KEYPOINTS, dtype=torch.uint8)
    visibility[0, :, :5] = 2
    boxes = torch.tensor([[[20.0, 24.0, 60.0, 56.0], [80.0, 70.0, 100.0, 110.0]]])
    rows, columns = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    maps = {name: torch.full((1, n, 32, 32), -9.0) for name, n in (("heat", NUM_KEYPOINTS), ("center", 1))}
    maps |= {name: torch.zeros(1, n, 32, 32) for name, n in (("box_scale", 2), ("box_offset", 2))}
    maps |= {name: torch.zeros(1, 2 * NUM_KEYPOINTS, 32, 32) for name in ("regress", "offset")}
    for person in range(2):
        x, y = (joints[0, person, 0] / 4).tolist()
        near = ((columns - x).abs() <= 2) & ((rows - y).abs() <= 2)
        x0, y0, x1, y1 = (boxes[0, person] / 4).tolist()
        maps["center"][0, 0, int(y), int(x)] = 9.0
        maps["heat"][0, :5, int(y), int(x)] = 9.0
        maps["box_scale"][0, 0][near], maps["box_scale"][0, 1][near] = y1 - y0, x1 - x0
        maps["box_offset"][0, 0][near] = (y0 + y1) / 2 - rows[near]
        maps["box_offset"][0, 1][near] = (x0 + x1) / 2 - columns[near]
        for joint in range(NUM_KEYPOINTS):
            maps["regress"][0, 2 * joint][near] = y - rows[near]
            maps["regress"][0, 2 * joint + 1][near] = x - columns[near]

    parts = crowd_losses(maps, joints, visibility, boxes, LossConfig())
    assert float(parts["box"]) == pytest.approx(0, abs=1e-5)
    assert float(parts["regress"]) == pytest.approx(0, abs=1e-5)
    _, found = decode.several(maps, 2)
    np.testing.assert_allclose(np.sort(found[0, :, 0].numpy()), [20, 80], atol=1e-3)

    wrong = crowd_losses(maps, joints, visibility, boxes + torch.tensor([0.0, 0.0, 8.0, 0.0]), LossConfig())
    assert float(wrong["box"]) > 0.01
    elsewhere = crowd_losses({**maps, "center": maps["center"].flip(3)}, joints, visibility, boxes, LossConfig())
    assert float(elsewhere["center"]) > float(parts["center"])


def test_a_detector_learns_for_some_steps_and_is_written(shards: Path, tmp_path: Path) -> None:
    one = SetConfig("ink", "shards", str(shards))
    config = TrainConfig(
        name="tiny", init="sketch-multipose", sets=(one,), validation=(one,), stages=(Stage(size=96, batch=3),),
        samples=24, warmup=2, threads=1, checkpoint=0.0, log=1, augment=AugmentConfig(warp=0, spin=0, tilt=4),
    )  # fmt: skip
    model = Trainer(config, tmp_path / "run", say=lambda _: None).run()
    log = read_log(tmp_path / "run" / "log.jsonl")
    losses = [entry["loss"] for entry in log if "loss" in entry]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    assert {"ink/ap50", "ink/threshold"} <= set(log[-1].get("validation", {}))
    assert ModelFolder.open(str(model.path)).card.people == 6


def test_recall_counts_who_was_found(shards: Path) -> None:
    pages = ValidationPages.read(SetConfig("ink", "shards", str(shards)), 256)
    found = share_found(load_network(ModelFolder.open("sketch-multipose")).eval(), [pages])
    assert found["ink/ap50"] > 0.2
    nobody = dataclasses.replace(pages, boxes=tuple(boxes + 1e4 for boxes in pages.boxes))
    assert share_found(load_network(ModelFolder.open("sketch-multipose")).eval(), [nobody])["ink/ap50"] == 0


def test_points_between_two_detectors_are_measured_on_pages(shards: Path) -> None:
    folder = ModelFolder.open("sketch-multipose")
    pages = read_validation((SetConfig("ink", "shards", str(shards)),), folder.card.people, folder.card.input_size)
    (first, _), (last, found) = sweep(folder, folder, (0.0, 1.0), pages)
    assert (first, last) == (0.0, 1.0) and found["ink/ap50"] > 0.2
