"""From joints to bodies: near to the drawing, within limits, mirrored alike, and honest about what it lacks."""

from pathlib import Path

import numpy as np
import pytest

from sketchpose.lift import lift
from sketchpose.lift.anatomy import excess
from sketchpose.lift.lifting import upright
from sketchpose.lift.network import CARD, WEIGHTS, load_network, mirrored_view, prepare
from sketchpose.lift.vectors import mirrored
from sketchpose.pose import Pose
from sketchpose.skeleton import SWAP
from sketchpose.synth.people.body import PARTS
from sketchpose.synth.people.posing import mirror
from tests.lift.making_bodies import picture_of, random_bodies


def drawn(seed: int) -> Pose:
    return Pose.annotated(picture_of(random_bodies(seed)), np.full(17, 2))


@pytest.mark.parametrize("seed", range(6))
def test_a_body_is_lifted_onto_its_joints_within_its_limits(seed: int) -> None:
    pose = drawn(seed)
    bodies = lift(pose, "test")
    assert 1 <= len(bodies) <= 3 and sum(body.chance for body in bodies) == pytest.approx(1)
    assert [body.chance for body in bodies] == sorted((body.chance for body in bodies), reverse=True)
    for body in bodies:
        turns = np.array([body.pose.turns[part] for part in PARTS])
        assert excess(turns) < 1e-6 and body.pose.name == "test"
        off = np.linalg.norm(body.camera.project(body.joints) - pose.keypoints, axis=1).mean()
        assert off / np.ptp(pose.keypoints, axis=0).max() == pytest.approx(body.error, abs=1e-3)
    assert bodies[0].error < 0.05


def test_a_mirrored_drawing_gives_the_mirrored_body() -> None:
    pose = drawn(2)
    one, other = lift(pose)[0], lift(pose.mirror(640))[0]
    again = mirror(other.pose)
    assert all(np.allclose(one.pose.turns[part], again.turns[part], atol=1e-3) for part in PARTS)
    assert np.allclose(other.joints[list(SWAP)] * (-1, 1, 1), one.joints, atol=1e-3)
    assert one.chance == pytest.approx(other.chance, abs=1e-4)


def test_the_network_answers_the_mirror_image_with_the_mirror_image() -> None:
    x = prepare(np.random.default_rng(0).normal(0, 1, (20, 17, 2)), np.ones((20, 17)))
    one, other = load_network()(x), load_network()(mirrored_view(x))
    assert np.allclose(mirrored(other.vectors), one.vectors, atol=1e-4)
    assert np.allclose(one.chances, other.chances, atol=1e-4) and np.allclose(one.up * (-1, 1, 1), other.up, atol=1e-4)


def test_place_and_scale_of_the_drawing_make_no_difference() -> None:
    pose = drawn(4)
    one, other = lift(pose)[0], lift(pose.moved(3.0, 250.0))[0]
    assert np.allclose(one.joints, other.joints, atol=2e-3)


@pytest.mark.parametrize("missing", [(9,), (7, 9), (13, 14, 15, 16), (0, 1, 2, 3, 4)])
def test_joints_may_be_missing(missing: tuple[int, ...]) -> None:
    pose = drawn(1)
    visibility = pose.visibility.copy()
    visibility[list(missing)] = 0
    scattered = pose.keypoints.copy()
    scattered[list(missing)] = 0
    bodies = lift(Pose.annotated(scattered, visibility))
    assert np.isfinite(bodies[0].joints).all() and bodies[0].error < 0.06


def test_too_few_joints_are_refused_in_a_sentence() -> None:
    pose = drawn(1)
    visibility = np.where(np.arange(17) < 9, 2, 0)
    with pytest.raises(ValueError, match="Only 4 of the 12 joints .* a mannequin needs 6"):
        lift(Pose.annotated(pose.keypoints, visibility))


@pytest.mark.parametrize("up", [(0.0, -1.0, 0.0), (0.1, -0.9, 0.4), (0.0, 0.0, -1.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)])
def test_an_eye_is_set_upright(up: tuple[float, float, float]) -> None:
    eye = upright(np.array(up))
    assert np.allclose(eye @ eye.T, np.eye(3)) and np.linalg.det(eye) == pytest.approx(1)
    assert np.allclose(eye[:, 2], np.array(up) / np.linalg.norm(up))


def test_the_weights_are_small_and_say_where_they_come_from() -> None:
    assert WEIGHTS.stat().st_size < 450_000 and '"seed"' in Path(CARD).read_text()
