"""Whether two views can be of one body: a test by geometry alone, whatever the cameras.

Seen from afar, the joints of a body in two pictures are four linear functions of three coordinates (the rank theorem of
Tomasi and Kanade, 1992). So some mixture of x and y in one picture equals some mixture of x and y in the other, joint
for joint: their greatest canonical correlation is 1. Perspective, errors and other proportions take a little from it, a
different pose takes more.
"""

from typing import Final

import numpy as np

from sketchpose.retrieve.people import Floats

_ENOUGH: Final = 8
"""Joints from which the test counts fully. With four it says nothing: any two views of four points agree."""
_LEAST: Final = 4


def correlation(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> Floats:
    """Greatest canonical correlation of the joints of one person with those of others.

    Args:
        query: (17, 2).
        weights: (17,) in 0..1.
        keypoints: (n, 17, 2).
        others: (n, 17) weights in 0..1.

    Returns:
        (n,) float32 in 0..1; 1 where both have fewer than three joints in common.
    """
    both = (weights * others).astype(np.float64)
    total = np.maximum(both.sum(1), 1e-9)[:, None]

    def centred(points: Floats) -> Floats:
        points = np.where(both[..., None] > 0, points, 0)
        points = points - ((points * both[..., None]).sum(1) / total)[:, None]
        spread = np.sqrt((both * (points**2).sum(2)).sum(1) / total[:, 0])
        return np.asarray(points / np.maximum(spread, 1e-9)[:, None, None] * np.sqrt(both)[..., None])

    a, b = centred(np.broadcast_to(query, keypoints.shape)), centred(keypoints)
    small = 1e-7 * np.eye(2)
    within, across = a.transpose(0, 2, 1) @ a + small, a.transpose(0, 2, 1) @ b
    other = b.transpose(0, 2, 1) @ b + small
    product = np.linalg.solve(within, across) @ np.linalg.solve(other, across.transpose(0, 2, 1))
    trace, determinant = np.trace(product, axis1=1, axis2=2), np.linalg.det(product)
    square = (trace + np.sqrt(np.maximum(trace**2 - 4 * determinant, 0))) / 2
    few = both.sum(1) < 1e-6
    return np.where(few, 1, np.sqrt(np.clip(square, 0, 1))).astype(np.float32)


def doubt(query: Floats, weights: Floats, keypoints: Floats, others: Floats, tolerance: float) -> Floats:
    """How much geometry speaks against one body (n,), at least 0: the logarithm of 1 + missing correlation / tolerance.

    See ``correlation`` for the other arguments.
    """
    missing = 1 - correlation(query, weights, keypoints, others)
    joints = (weights * others > 0).sum(1)
    share = np.clip((joints - _LEAST) / (_ENOUGH - _LEAST), 0, 1)
    return np.asarray(np.log1p(missing / tolerance) * share, np.float32)
