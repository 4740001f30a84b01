"""What must not change a descriptor, and what must."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sketchpose.retrieve import describe
from sketchpose.retrieve.descriptor import (
    GALLERY_SURE,
    IMPORTANCE,
    SURE,
    Descriptors,
    confidence,
    limbs,
    mean_waves,
    mirrored,
    waves,
)


def _points(seed: int) -> np.ndarray:
    """Three figures with their joints anywhere, none of them tiny."""
    return np.random.default_rng(seed).uniform(-300, 300, (3, 17, 2)).astype(np.float32)


points = st.integers(0, 2**32 - 1).map(_points)
scores = hnp.arrays(np.float32, (3, 17), elements=st.sampled_from([0, 0, 0.1, 0.3, 0.6, 1]))
few = settings(max_examples=40, deadline=None)


def assert_alike(a: Descriptors, b: Descriptors, tolerance: float = 2e-3) -> None:
    np.testing.assert_allclose(a.same, b.same, atol=tolerance)
    np.testing.assert_allclose(a.any, b.any, atol=tolerance)


@few
@given(points, scores, st.floats(0.2, 8), st.tuples(st.floats(-900, 900), st.floats(-900, 900)))
def test_place_and_size_do_not_matter(
    keypoints: np.ndarray, sure: np.ndarray, scale: float, shift: tuple[float, float]
) -> None:
    moved = (keypoints * scale + np.array(shift)).astype(np.float32)
    assert_alike(describe(keypoints, sure), describe(moved, sure))


@few
@given(points, scores, st.integers(0, 16), st.floats(-900, 900))
def test_what_a_missing_joint_says_does_not_matter(
    keypoints: np.ndarray, sure: np.ndarray, joint: int, value: float
) -> None:
    sure, other = sure.copy(), keypoints.copy()
    sure[:, joint] = 0
    other[:, joint] = value
    assert_alike(describe(keypoints, sure), describe(other, sure), 1e-6)


@few
@given(points, scores)
def test_mirror_twice_changes_nothing(keypoints: np.ndarray, sure: np.ndarray) -> None:
    back = mirrored(*mirrored(keypoints, sure))
    np.testing.assert_array_equal(back[0], keypoints)
    np.testing.assert_array_equal(back[1], sure)


@few
@given(points, scores)
def test_a_mirrored_query_fits_a_mirrored_gallery_as_well(keypoints: np.ndarray, sure: np.ndarray) -> None:
    plain = describe(keypoints, sure, SURE).same @ describe(keypoints, sure).same.T
    flipped = describe(*mirrored(keypoints, sure), SURE).same @ describe(*mirrored(keypoints, sure)).same.T
    np.testing.assert_allclose(plain, flipped, atol=1e-2, rtol=1e-3)


@few
@given(points, scores)
def test_the_product_is_the_sum_over_limbs_that_both_have(keypoints: np.ndarray, sure: np.ndarray) -> None:
    product = describe(keypoints[:1], sure[:1], SURE).same @ describe(keypoints, sure).same.T
    mine, known, _ = limbs(keypoints[:1], confidence(sure[:1], SURE))
    theirs, there, _ = limbs(keypoints, confidence(sure, GALLERY_SURE))
    alike = ((waves(mine) - mean_waves()) * (waves(theirs) - mean_waves())).sum(2)
    expected = (known * there * alike * IMPORTANCE).sum(1)
    np.testing.assert_allclose(product[0], expected, atol=1e-3)


def figure() -> np.ndarray:
    """Somebody who stands with one arm out."""
    x = [0, 3, -3, 7, -7, 20, -20, 45, -25, 70, -28, 13, -13, 14, -14, 15, -15]
    y = [-60, -64, -64, -62, -62, -40, -40, -42, -10, -45, 18, 20, 20, 62, 62, 105, 105]
    return np.stack([x, y], 1).astype(np.float32)[None]


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    ones = np.ones((1, 17), np.float32)
    return float((describe(a, ones).same @ describe(b, ones).same.T)[0, 0])


def test_lying_is_not_standing_and_narrow_is_not_wide() -> None:
    standing = figure()
    lying = standing[..., ::-1] * np.array([1, -1], np.float32)
    squeezed = standing * np.array([0.4, 1], np.float32)
    own = likeness(standing, standing)
    assert likeness(standing, lying) < 0.2 * own
    assert likeness(standing, squeezed) < 0.97 * own


def test_left_is_not_right() -> None:
    standing = figure()
    ones = np.ones((1, 17), np.float32)
    other, _ = mirrored(standing, ones)
    assert likeness(standing, other) < 0.9 * likeness(standing, standing)


def test_nobody_and_a_single_joint_are_described_without_a_fuss() -> None:
    assert describe(np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32)).same.shape[0] == 0
    alone = np.zeros((1, 17), np.float32)
    alone[0, 5] = 1
    described = describe(figure(), alone)
    assert np.isfinite(described.any).all() and not described.same.any()


@pytest.mark.parametrize(("score", "weight"), [(0, 0), (SURE, 1), (1, 1), (SURE / 2, 0.5)])
def test_uncertain_joints_weigh_less(score: float, weight: float) -> None:
    assert confidence(np.array([score], np.float32))[0] == pytest.approx(weight)
