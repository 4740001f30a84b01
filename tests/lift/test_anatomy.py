"""Joints stay within what they can do, and what lies within it stays as it is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sketchpose.lift.anatomy import excess, within_limits
from sketchpose.lift.rotations import exponential
from sketchpose.synth.people.body import PART, PARTS
from sketchpose.synth.people.posing import random_pose

LIMITED = [PART[name] for name in PARTS if name != "pelvis" and name[2:] not in ("hand", "foot")]


@given(st.integers(0, 2**32 - 1))
def test_any_turns_come_within_the_limits(seed: int) -> None:
    turns = exponential(np.random.default_rng(seed).normal(0, 2, (20, len(PARTS), 3)))
    limited = within_limits(turns)
    assert excess(limited).max() < 1e-6
    assert np.allclose(limited @ np.swapaxes(limited, -1, -2), np.eye(3), atol=1e-9)
    assert np.array_equal(limited[:, PART["pelvis"]], turns[:, PART["pelvis"]])
    assert np.allclose(within_limits(limited), limited, atol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_poses_of_the_generator_that_keep_the_limits_are_left_alone(seed: int) -> None:
    pose = random_pose(np.random.default_rng(seed))
    turns = np.array([pose.turns[part] for part in PARTS])
    assert excess(turns) < 1e-6
    assert np.allclose(within_limits(turns)[LIMITED], turns[LIMITED], atol=1e-6)
