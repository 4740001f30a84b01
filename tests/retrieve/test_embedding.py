"""The shipped network, and that what is learned is what runs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sketchpose.retrieve.embedding import BONES, CARD, WEIGHTS, Embedding, card, load_embedding, prepare
from sketchpose.retrieve.making.lessons import Errors, Lessons, another_body, bone_directions, read_errors, vary
from sketchpose.retrieve.making.views import nudged, project, random_cameras, sample_bodies
from sketchpose.skeleton import SWAP
from sketchpose.synth.people.recipes import HELD_OUT, is_held_out
from sketchpose.tensors import read_tensors


@pytest.fixture(scope="module")
def bodies():  # type: ignore[no-untyped-def]
    return sample_bodies(range(80_000_000, 80_000_060), train=True)


def no_errors() -> Errors:
    return Errors(np.zeros((2, 17, 2), np.float32), np.ones((2, 17), np.float32))


def test_the_shipped_weights_are_small_and_say_where_they_come_from() -> None:
    assert WEIGHTS.stat().st_size < 1_000_000
    assert set(card()["held_out_recipes"]) == HELD_OUT and CARD.exists()
    assert card()["parameters"] == sum(array.size for array in load_embedding().tensors.values())


def test_views_of_one_pose_lie_nearer_than_those_of_others(bodies) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    far = np.full(len(bodies), 4, np.float32)
    ones = np.ones((len(bodies), 17), np.float32)
    a, b = (load_embedding()(project(bodies.joints, random_cameras(60, rng), far), ones)[0] for _ in range(2))
    np.testing.assert_allclose(np.linalg.norm(a, axis=1), 1, atol=1e-4)
    ranks = (a @ b.T > (a * b).sum(1)[:, None]).sum(1)
    assert (ranks < 5).mean() > 0.8


def test_a_file_that_is_no_such_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="cannot be read"):
        Embedding.load(tmp_path / "a")
    from safetensors.numpy import save_file

    save_file({"enter.weight": np.zeros((3, 5), np.float32)}, tmp_path / "b")
    with pytest.raises(ValueError, match="another network"):
        Embedding.load(tmp_path / "b")


def test_learning_runs_and_numpy_repeats_torch(bodies, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import torch

    from sketchpose.retrieve.making.learn import learn, write

    net, log = learn(bodies, no_errors(), steps=12, size=32, seed=1)
    assert log[-1]["loss"] < log[0]["loss"]
    write(net, tmp_path / "w.safetensors")
    rng = np.random.default_rng(0)
    points, weights = rng.normal(0, 50, (9, 17, 2)).astype(np.float32), rng.random((9, 17)).astype(np.float32)
    with torch.no_grad():
        net.load_state_dict({k: torch.from_numpy(v) for k, v in read_tensors(tmp_path / "w.safetensors").items()})
        embedded, bones = net(torch.from_numpy(prepare(points, weights)))
    ours = Embedding.load(tmp_path / "w.safetensors")(points, weights)
    np.testing.assert_allclose(ours[0], embedded.numpy(), atol=1e-4)
    np.testing.assert_allclose(ours[1], torch.nn.functional.normalize(bones, dim=2).numpy(), atol=1e-3)


def test_running_needs_no_torch() -> None:
    heavy = "{'torch', 'qdrant_client', 'numba', 'gradio'}"
    code = f"import sys, sketchpose.retrieve as r; r.load_engine(); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_held_out_recipes_are_left_out_of_training_only() -> None:
    assert not any(is_held_out(name) for name in sample_bodies(range(300), train=True).names)
    assert any(is_held_out(name) for name in sample_bodies(range(60)).names)
    assert is_held_out(f"stand + {min(HELD_OUT)}")


def test_bones_are_the_same_from_everywhere_and_mirror(bodies) -> None:  # type: ignore[no-untyped-def]
    turns = random_cameras(len(bodies), np.random.default_rng(0))
    turned = bodies.joints @ turns.transpose(0, 2, 1) * 3 + 7
    expected = bone_directions(bodies.joints)
    np.testing.assert_allclose(bone_directions(turned), expected, atol=1e-3)
    flipped = bone_directions(bodies.joints[:, list(SWAP)] * np.array([-1, 1, 1], np.float32))
    swapped = [BONES.index((SWAP[a], SWAP[b])) for a, b in BONES[:8]]
    np.testing.assert_allclose(flipped[:, :8], expected[:, swapped] * np.array([-1, 1, 1]), atol=1e-3)


def test_varied_bodies_keep_their_bones_and_other_bodies_their_directions(bodies) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    other = another_body(bodies.joints, rng)
    np.testing.assert_allclose(bone_directions(other), bone_directions(bodies.joints), atol=1e-3)
    assert np.abs(other - bodies.joints).max() > 0.01
    varied = vary(bodies.joints, rng)
    assert np.isfinite(varied).all() and np.abs(varied - bodies.joints).max() > 0.1
    for a, b in ((5, 6), (5, 7), (7, 9), (14, 16)):
        lengths = [np.sort(np.linalg.norm(x[:, a] - x[:, b], axis=1)) for x in (varied, bodies.joints)]
        assert np.isclose(lengths[0][:, None], lengths[1], atol=1e-3).any(1).mean() > 0.5


def test_batches_pair_two_views_of_each_body(bodies) -> None:  # type: ignore[no-untyped-def]
    views, bones = Lessons(bodies, no_errors(), 0).batch(40, run=10)
    assert views.shape == (80, 51) and bones.shape == (40, len(BONES), 3) and np.isfinite(views).all()
    again, _ = Lessons(bodies, no_errors(), 0).batch(40, run=10)
    np.testing.assert_array_equal(views, again)


def test_errors_are_read_off_drawings() -> None:
    errors = read_errors(range(80_000_000, 80_000_006))
    assert errors.offset.shape[1:] == (17, 2) and len(errors.offset) == len(errors.scores) > 0
    assert np.median(np.abs(errors.offset)) < 0.3


def test_nudged_cameras_stay_near() -> None:
    rng = np.random.default_rng(0)
    cameras = random_cameras(200, rng)
    traces = np.trace(nudged(cameras, 15, rng) @ cameras.transpose(0, 2, 1), axis1=1, axis2=2)
    angles = np.rad2deg(np.arccos(np.clip((traces - 1) / 2, -1, 1)))
    assert angles.max() <= 15.1 and angles.mean() > 5


def test_projection_agrees_with_the_camera_of_a_drawing() -> None:
    from sketchpose.synth.scene import Projection

    joints = sample_bodies(range(3)).joints
    cameras = random_cameras(3, np.random.default_rng(0))
    points = project(joints, cameras, np.full(3, 2, np.float32))
    for body, camera, seen in zip(joints, cameras, points, strict=True):
        low, high = body.min(0), body.max(0)
        view = Projection(camera, (low + high) / 2, 2 * float(np.linalg.norm(high - low)), 1.0, np.zeros(2))
        np.testing.assert_allclose(view.project(body), seen, atol=1e-4)
