import numpy as np
from crowd import crowd

from sketchpose.retrieve.same_body import correlation, doubt

ONES = np.ones(17, np.float32)


def views(seed: int, count: int = 2) -> np.ndarray:
    """Parallel projections (count, 17, 2) of one cloud of points, scaled and moved."""
    rng = np.random.default_rng(seed)
    cloud = rng.normal(size=(17, 3))
    turns = [np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(count)]
    return np.stack([(cloud @ t)[:, :2] * rng.uniform(1, 200) + rng.normal(0, 50, 2) for t in turns]).astype(np.float32)


def test_views_of_one_body_correlate_fully_and_others_do_not() -> None:
    for seed in range(20):
        a, b = views(seed)
        (own,) = correlation(a, ONES, b[None], ONES[None])
        (other,) = correlation(a, ONES, views(seed + 100, 1), ONES[None])
        assert own > 0.9999 and other < 0.99


def test_joints_that_either_lacks_do_not_count() -> None:
    a, b = views(3)
    a[4], b[9] = 900, -500
    weights, others = ONES.copy(), ONES.copy()
    weights[4], others[9] = 0, 0
    assert correlation(a, weights, b[None], others[None])[0] > 0.9999
    assert correlation(a, ONES, b[None], ONES[None])[0] < 0.999


def test_four_joints_raise_no_doubt() -> None:
    people = crowd(5)
    few = np.zeros(17, np.float32)
    few[:4] = 1
    assert not doubt(people.keypoints[0], few, people.keypoints, people.scores, 0.003).any()
    assert doubt(people.keypoints[0], ONES, people.keypoints, people.scores, 0.003)[1:].min() > 0.5


def test_nobody_in_common_is_no_error() -> None:
    people = crowd(3)
    assert correlation(people.keypoints[0], ONES, people.keypoints, 0 * people.scores).tolist() == [1, 1, 1]
