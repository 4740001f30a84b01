"""The body in stacks: the very keypoints of the one body that the generator poses."""

import numpy as np

from sketchpose.lift.rig import frames_of, rig, turns_of
from sketchpose.lift.rotations import exponential, logarithm
from sketchpose.synth.people.actor import sample_cast, take_pose
from sketchpose.synth.people.body import PARTS, load_body
from sketchpose.synth.people.rotation import part_way


def test_the_rig_has_the_keypoints_of_the_body() -> None:
    body, shapes, turns, proportions, truth = load_body(), [], [], [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        cast = sample_cast(body, rng)
        pose, _ = take_pose(cast, rng)
        skeleton = body.articulate(cast.shape, pose, cast.proportions)
        shapes.append(cast.shape)
        turns.append([pose.turns.get(part, np.eye(3)) for part in PARTS])
        proportions.append([cast.proportions[part] for part in PARTS])
        truth.append(body.keypoints(body.skin(cast.shape.rest, skeleton)))
    found = rig(shapes).keypoints(np.array(turns), np.array(proportions))
    assert np.abs(found - np.array(truth)).max() < 1e-3


def test_turns_of_parts_and_their_orientations_are_inverse() -> None:
    turns = exponential(np.random.default_rng(0).normal(0, 1, (5, len(PARTS), 3)))
    assert np.allclose(turns_of(frames_of(turns)), turns)
    assert np.allclose(frames_of(turns_of(turns)), turns)


def test_logarithm_and_exponential_are_inverse_up_to_half_a_turn() -> None:
    vectors = np.random.default_rng(1).normal(0, 0.8, (200, 3))
    vectors = vectors[np.linalg.norm(vectors, axis=1) < 3.1]
    assert np.allclose(logarithm(exponential(vectors)), vectors)
    assert np.allclose(exponential(logarithm(exponential(vectors))), exponential(vectors))
    half = np.array([np.diag([1.0, -1, -1]), np.diag([-1.0, 1, -1]), np.diag([-1.0, -1, 1]), np.eye(3)])
    assert np.allclose(exponential(logarithm(half)), half, atol=1e-7)
    one = exponential(vectors[0])
    assert np.allclose(exponential(0.3 * logarithm(one)), part_way(one, 0.3))
