import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_descriptor import figure

from sketchpose.retrieve.match import compare, overlay
from sketchpose.skeleton import EDGES, INDEX

ONES = np.ones(17, np.float32)


def edge(a: str, b: str) -> int:
    return next(i for i, pair in enumerate(EDGES) if set(pair) == {INDEX[a], INDEX[b]})


@pytest.mark.parametrize("camera", ["same", "any"])
def test_a_pose_agrees_with_itself_wholly(camera: str) -> None:
    result = compare(camera, figure()[0], ONES, figure() * 3 + 50, ONES[None])  # type: ignore[arg-type]
    assert result.score[0] == pytest.approx(100, abs=0.1)
    np.testing.assert_allclose(result.agreement, 1, atol=1e-2)


def test_only_the_limb_that_differs_disagrees() -> None:
    bent = figure()
    bent[0, INDEX["left_wrist"]] = [45, -70]
    result = compare("same", figure()[0], ONES, bent, ONES[None])
    forearm = edge("left_elbow", "left_wrist")
    assert result.agreement[0, forearm] < 0.3
    assert np.delete(result.agreement[0], forearm).min() > 0.9
    assert 60 < result.score[0] < 98


@pytest.mark.parametrize("camera", ["same", "any"])
def test_missing_limbs_are_not_judged_and_cost_less_than_wrong_ones(camera: str) -> None:
    wrong, gone = figure(), ONES.copy()
    arm = [INDEX["left_elbow"], INDEX["left_wrist"]]
    wrong[0, arm] = [[-10, -50], [-40, -50]]
    gone[arm] = 0
    both = compare(camera, figure()[0], ONES, np.concatenate([wrong, figure()]), np.stack([ONES, gone]))  # type: ignore[arg-type]
    assert both.score[0] < both.score[1] < 100
    assert np.isnan(both.agreement[1, edge("left_elbow", "left_wrist")])
    assert not np.isnan(both.agreement[0]).any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scores_and_agreements_keep_their_range(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = rng.normal(0, 100, (6, 17, 2)).astype(np.float32)
    scores = (rng.random((6, 17)) * (rng.random((6, 17)) < 0.6)).astype(np.float32)
    for camera in ("same", "any"):
        result = compare(camera, people[0], scores[0], people, scores)  # type: ignore[arg-type]
        assert (result.score >= 0).all() and (result.score <= 100.01).all()
        known = result.agreement[~np.isnan(result.agreement)]
        assert ((known >= 0) & (known <= 1 + 1e-5)).all()


def test_the_overlay_of_a_moved_pose_lies_on_it() -> None:
    laid = overlay(figure()[0], ONES, figure()[0] * 2.5 + np.float32(40), ONES)
    np.testing.assert_allclose(laid, figure()[0] * 2.5 + 40, atol=1e-3)


def test_the_overlay_of_an_opposite_pose_keeps_some_size() -> None:
    laid = overlay(figure()[0], ONES, -figure()[0], ONES)
    assert np.ptp(laid, axis=0).max() > 0.4 * np.ptp(figure(), axis=1).max()
