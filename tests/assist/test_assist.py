"""Assisted correction: the network in NumPy and in torch, what is kept, and what is proposed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sketchpose.assist import Assistant
from sketchpose.assist.assistant import NEAR, moves
from sketchpose.assist.making.learn import AssistConfig, AssistNet, learn, mirrored, prepared, write
from sketchpose.assist.making.lessons import Lessons
from sketchpose.assist.network import AssistNetwork, load_assist_network
from sketchpose.crop import Crop
from sketchpose.estimate.joints import PEAKS, Evidence
from sketchpose.estimate.sketch import SketchEstimator
from sketchpose.skeleton import BODY, NUM_KEYPOINTS, SWAP
from sketchpose.tensors import read_tensors

DRAWING = Path(__file__).parents[2] / "examples" / "drawings" / "peeps_stand_PointingFingerWB.png"


def seen(rng: np.random.Generator) -> Evidence:
    joints = rng.random((NUM_KEYPOINTS, 2), np.float32)
    return Evidence(
        rng.random((NUM_KEYPOINTS, PEAKS, 2), np.float32),
        rng.random((NUM_KEYPOINTS, PEAKS, NUM_KEYPOINTS), np.float32),
        joints + 0.02, joints, rng.random(NUM_KEYPOINTS, np.float32),
    )  # fmt: skip


def lessons(count: int, seed: int = 0) -> Lessons:
    rng = np.random.default_rng(seed)
    some = [seen(rng) for _ in range(count)]
    truth = [one.joints + 0.1 * rng.normal(size=(NUM_KEYPOINTS, 2)) for one in some]
    return Lessons.of(some, truth, [np.full(NUM_KEYPOINTS, 2)] * count)


def some_fixed(*joints: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(NUM_KEYPOINTS), joints)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[AssistNet, Path]:
    """A small network after a few steps, and where it was written."""
    folder = tmp_path_factory.mktemp("assist")
    config = AssistConfig(samples=64, batch=16, width=16, layers=2)
    state, log = learn(lessons(600), config)
    write(state, config, log, folder)
    net = AssistNet(config).eval()
    net.load_state_dict({n: torch.from_numpy(a) for n, a in read_tensors(folder / "assist.safetensors").items()})
    for name, value in state.items():  # half a step of a row, or of float16, is what packing costs
        row = value.abs().amax(-1, keepdim=True) if value.ndim == 2 else value.abs()
        assert ((net.state_dict()[name] - value).abs() <= row / 254 * 1.01 + 1e-3).all(), name
    return net, folder / "assist.safetensors"


def test_numpy_answers_as_torch_does(small: tuple[AssistNet, Path]) -> None:
    net, path = small
    one, fixed = lessons(1, seed=5), some_fixed(3, 9)
    with torch.no_grad():
        among, chances, spread = net(
            prepared(one), torch.from_numpy(fixed).float()[None], 2 * torch.from_numpy(one.truth) - 1
        )
    found = among[0, torch.arange(NUM_KEYPOINTS), chances[0].argmax(-1)].numpy()
    evidence = Evidence(*(getattr(one, name)[0] for name in ("peaks", "heat", "rough", "joints", "scores")))
    places, width = AssistNetwork.load(path)(evidence, fixed, one.truth[0])
    # float32 sums in another order differ in the last digits
    np.testing.assert_allclose(places[~fixed], (found[~fixed] + 1) / 2, atol=1e-5)
    np.testing.assert_allclose(np.log(width), spread[0].numpy() + np.log(0.04), atol=1e-4)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read as weights"):
        AssistNetwork.load(tmp_path / "none.safetensors")


def test_the_mirror_image_of_a_lesson_twice_is_the_lesson() -> None:
    batch = prepared(lessons(2))
    again = mirrored(mirrored(batch))
    for name, value in batch.items():
        torch.testing.assert_close(again[name], value)
    assert torch.equal(mirrored(batch)["scores"], batch["scores"][:, list(SWAP)])


def test_fixed_joints_stay_to_the_last_bit_and_are_not_proposed() -> None:
    rng = np.random.default_rng(3)
    evidence, crop = seen(rng), Crop(-37, 12, 613, 256)
    now = crop.to_picture(rng.random((NUM_KEYPOINTS, 2)) * 256).astype(np.float32)
    fixed = some_fixed(0, 7, 16)
    places, _ = load_assist_network()(evidence, fixed, now)
    assert places[fixed].tobytes() == now[fixed].tobytes()
    found = moves(load_assist_network(), evidence, crop, now, fixed)
    assert found and not {0, 7, 16} & {move.joint for move in found}
    for move in found:
        assert np.hypot(move.x - now[move.joint, 0], move.y - now[move.joint, 1]) > NEAR * crop.side * 0.99
        assert 0 <= move.score <= 1


def test_a_joint_put_on_the_other_side_lets_others_follow() -> None:
    """The estimator finds this figure; told that its left wrist is where it found the right one, it reconsiders."""
    estimator = SketchEstimator()
    (pose,) = estimator.estimate(DRAWING)
    asked: list[Any] = []

    class Counting:
        name = "counting"

        def evidence(self, image: Any, box: Any) -> tuple[Evidence, Crop]:
            asked.append(box)
            return estimator.evidence(image, box)

    assistant = Assistant(Counting())
    still = assistant.follow(DRAWING, pose.box.tolist(), pose.keypoints, some_fixed(0))
    points = pose.keypoints.copy()
    points[5:11:2], fixed = pose.keypoints[6:11:2], some_fixed(5, 7, 9)
    turned = assistant.follow(DRAWING, pose.box.tolist(), points, fixed)
    assert len(asked) == 1, "the evidence is kept"
    right = {move.joint: move for move in turned}
    assert {6, 8, 10} <= right.keys() and not {5, 7, 9} & right.keys()
    for joint in (6, 8, 10):
        to = np.array([right[joint].x, right[joint].y])
        there = np.linalg.norm(to - pose.keypoints[joint - 1])
        assert there < np.linalg.norm(to - pose.keypoints[joint]), "the right arm goes where the left one was"
    assert len(still) < len(turned)


def test_evidence_is_of_the_whole_picture_and_holds_what_the_estimator_chooses() -> None:
    estimator = SketchEstimator(refine=False, toned=None)
    (pose,) = estimator.estimate(DRAWING, boxes=[[300, 40, 560, 740]])
    evidence, crop = estimator.evidence(DRAWING, [300, 40, 560, 740])
    np.testing.assert_allclose(crop.to_picture(evidence.joints * crop.size), pose.keypoints, atol=1e-3)
    np.testing.assert_allclose(np.clip(evidence.scores, 0, 1), pose.scores, atol=1e-6)
    own = np.arange(NUM_KEYPOINTS)
    nearest = np.linalg.norm(evidence.peaks - evidence.joints[:, None], axis=2).min(1)
    assert (nearest[list(BODY)] < 1e-6).all(), "what is chosen is one of the peaks"
    assert (nearest < 0.05).all(), "or, in the face, what a closer look puts beside it"
    assert (evidence.heat[own, 0, own] > 0).all()
