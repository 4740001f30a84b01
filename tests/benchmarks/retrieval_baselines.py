"""How others compare poses, written from their descriptions: what ``bench_retrieval`` measures ours against.

Each takes one query and a gallery and returns how alike they are, greater is better. None of the four says what to do
about a missing joint; here it is left out on both sides, and what is left is normalised, which is the kindest reading.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Indices = NDArray[np.intp]
Baseline = Callable[[Array, Array, Indices], Array]
"""(query (17, 2), gallery (N, 17, 2), indices of the joints to use) -> (N,) likeness."""


def box_l2(query: Array, gallery: Array, which: Indices) -> Array:
    """sketch-search: joints in the unit square of their bounding box, plain Euclidean distance."""

    def normalised(points: Array) -> Array:
        low, high = points.min(-2, keepdims=True), points.max(-2, keepdims=True)
        return np.asarray((points - low) / np.maximum(high - low, 1e-6))

    apart = normalised(gallery[:, which]) - normalised(query[which])
    return np.asarray(-np.sqrt((apart**2).sum((1, 2))))


def pair_distances(query: Array, gallery: Array, which: Indices) -> Array:
    """Bizarre Pose Estimator: distances between all pairs of joints, scaled to unit norm, Euclidean distance."""
    a, b = np.triu_indices(len(which), 1)

    def normalised(points: Array) -> Array:
        lengths = np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1)
        return np.asarray(lengths / np.maximum(np.linalg.norm(lengths, axis=-1, keepdims=True), 1e-6))

    return np.asarray(-np.linalg.norm(normalised(gallery[:, which]) - normalised(query[which]), axis=-1))


_ANGLES: Final = (
    (7, 5, 11), (8, 6, 12), (5, 7, 9), (6, 8, 10), (5, 11, 13), (6, 12, 14), (11, 13, 15), (12, 14, 16),
    (7, 5, 6), (8, 6, 5), (13, 11, 12), (14, 12, 11),
)  # fmt: skip
"""(end, corner, end): shoulders, elbows, hips and knees."""


def joint_angles(query: Array, gallery: Array, which: Indices) -> Array:
    """pose-search: angles at the joints, mean difference; angles of which a joint is missing are left out."""
    known = set(which.tolist())
    rows = np.array([row for row in _ANGLES if known.issuperset(row)]).reshape(-1, 3)

    def angles(points: Array) -> Array:
        first, second = (points[..., rows[:, i], :] - points[..., rows[:, 1], :] for i in (0, 2))
        lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
        return np.asarray(np.arccos(np.clip((first * second).sum(-1) / np.maximum(lengths, 1e-6), -1, 1)))

    return np.asarray(-np.abs(angles(gallery) - angles(query)).sum(-1))


def joint_cosine(query: Array, gallery: Array, which: Indices) -> Array:
    """STLPose: joints about their mean, scaled to unit norm, cosine."""

    def normalised(points: Array) -> Array:
        points = points - points.mean(-2, keepdims=True)
        return np.asarray(points / np.maximum(np.linalg.norm(points, axis=(-2, -1), keepdims=True), 1e-6))

    return np.asarray((normalised(gallery[:, which]) * normalised(query[which])).sum((1, 2)))


BASELINES: Final[dict[str, Baseline]] = {
    "keypoint L2 in the box (sketch-search)": box_l2,
    "pairwise joint distances (Bizarre)": pair_distances,
    "joint angles (pose-search)": joint_angles,
    "cosine of normalised joints (STLPose)": joint_cosine,
}
