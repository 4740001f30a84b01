"""Fitting: known bodies are found again, missing joints are let be, limits are kept."""

import numpy as np
import pytest

from sketchpose.lift.anatomy import excess
from sketchpose.lift.fit import Bodies, Ease, fit, look
from sketchpose.lift.rotations import Floats, exponential
from sketchpose.lift.standard import standard_rig
from tests.lift.making_bodies import picture_of, random_bodies

LOOSE = Ease(turn=200, trunk=200, ratio=1.0, nearness=0.5)


def nudged(bodies: Bodies, degrees: float, seed: int) -> Bodies:
    noise = np.random.default_rng(seed).normal(0, np.deg2rad(degrees), (*bodies.turns.shape[:2], 3))
    noise[:, [5, 8, 11, 14]] = 0  # hands and feet
    return Bodies(bodies.turns @ exponential(noise), bodies.ratios * 0, bodies.nearness * 0 + 0.2)


def off(bodies: Bodies, target: Floats, weights: Floats) -> float:
    """Mean distance of the joints that count, as a share of the figure's longer side."""
    seen = look(standard_rig(), bodies, target[None], weights[None])
    there = weights > 0
    return float(np.linalg.norm(seen.points[0] - target, axis=1)[there].mean() / np.ptp(target[there], axis=0).max())


@pytest.mark.parametrize("seed", range(8))
def test_a_synthetic_body_is_found_again_from_nearby(seed: int) -> None:
    truth, everything = random_bodies(seed), np.ones(17)
    target = picture_of(truth)
    found = fit(standard_rig(), nudged(truth, 5, seed), target, everything, LOOSE, steps=60)
    assert off(found, target, everything) < 0.004
    assert excess(found.turns).max() < 1e-6


def test_the_truth_itself_is_left_alone() -> None:
    truth = random_bodies(3)
    target = picture_of(truth)
    found = fit(standard_rig(), truth, target, np.ones(17))
    assert np.abs(found.turns - truth.turns).max() < 1e-3


def test_a_missing_joint_says_nothing_wherever_it_lies() -> None:
    truth = random_bodies(5)
    weights = np.ones(17)
    weights[[9, 15]] = 0
    one, other = picture_of(truth), picture_of(truth)
    other[[9, 15]] = [[-5000.0, 3.0], [np.nan, np.nan]]
    start = nudged(truth, 8, 1)
    found = [fit(standard_rig(), start, target, weights) for target in (one, other)]
    assert np.array_equal(found[0].turns, found[1].turns)
    assert off(found[0], one, weights) < 0.02
