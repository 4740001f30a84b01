"""How others compare poses, written from their descriptions: what ``bench_retrieval`` measures ours against.

Each turns people into vectors, of which those at the least Euclidean distance are alike. None of the four says what to
do about a missing joint; here it is left out on both sides before anything is normalised, which is the kindest reading.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Indices = NDArray[np.intp]


def box(points: Array, which: Indices) -> Array:
    """sketch-search: joints in the unit square of their bounding box."""
    points = points[:, which]
    low, high = points.min(1, keepdims=True), points.max(1, keepdims=True)
    return np.asarray((points - low) / np.maximum(high - low, 1e-6)).reshape(len(points), -1)


def pair_distances(points: Array, which: Indices) -> Array:
    """Bizarre Pose Estimator: distances between all pairs of joints, scaled to unit norm."""
    a, b = np.triu_indices(len(which), 1)
    lengths = np.linalg.norm(points[:, which[a]] - points[:, which[b]], axis=2)
    return np.asarray(lengths / np.maximum(np.linalg.norm(lengths, axis=1, keepdims=True), 1e-6))


_ANGLES: Final = (
    (7, 5, 11), (8, 6, 12), (5, 7, 9), (6, 8, 10), (5, 11, 13), (6, 12, 14), (11, 13, 15), (12, 14, 16),
    (7, 5, 6), (8, 6, 5), (13, 11, 12), (14, 12, 11),
)  # fmt: skip
"""(end, corner, end): shoulders, elbows, hips and knees."""


def joint_angles(points: Array, which: Indices) -> Array:
    """pose-search: angles at the joints in radians; one of which a joint is missing is left out."""
    known = set(which.tolist())
    rows = np.array([row for row in _ANGLES if known.issuperset(row)], np.intp).reshape(-1, 3)
    first, second = (points[:, rows[:, i]] - points[:, rows[:, 1]] for i in (0, 2))
    lengths = np.linalg.norm(first, axis=2) * np.linalg.norm(second, axis=2)
    return np.asarray(np.arccos(np.clip((first * second).sum(2) / np.maximum(lengths, 1e-6), -1, 1)))


def joint_cosine(points: Array, which: Indices) -> Array:
    """STLPose: joints about their mean, scaled to unit norm; the nearest have the greatest cosine."""
    points = points[:, which] - points[:, which].mean(1, keepdims=True)
    flat = points.reshape(len(points), -1)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6))


BASELINES: Final[dict[str, Callable[[Array, Indices], Array]]] = {
    "box L2 (sketch-search)": box,
    "pair distances (Bizarre)": pair_distances,
    "joint angles (pose-search)": joint_angles,
    "joint cosine (STLPose)": joint_cosine,
}
"""Name -> (people (N, 17, 2), indices of the joints to use) -> (N, D) vectors."""
