"""What correcting a figure is worth: how many of its joints are probably wrong, less for a pose that is there already.

A joint counts as wrong when it lies farther off than a tenth of the longer side of the person's box. How likely that is
follows from its score by a logistic curve. A figure in the same pose as a known one teaches little, so what it is worth
falls to nothing as its pose comes near the nearest known one. What else was tried, and the measurement that decided:
``tests/benchmarks/bench_queue.py``.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.estimate.people import distinct
from sketchpose.pose import Pose

WRONG: Final = 0.1
"""Share of the longer side of the box by which a wrong joint is off at least."""
SURELY_WRONG: Final = 1.68
SLOPE: Final = -7.07
"""Log odds of a wrong joint at score 0, and what a score of 1 adds to them. By maximum likelihood on the 1,977 labelled
joints of the 132 people of ``val``, as the weights before read them; with the present ones its calibration error is
0.020, that of a curve fitted anew without the source that it is measured on 0.015, that of the bare score 0.311
(``tests/benchmarks/bench_calibration.py``)."""
SAME: Final = 0.1
"""Distance (see ``nearest``) below which a pose counts as known. Estimates of one and the same figure lie 0.16 from the
truth in the median; up to 0.1 the order finds no fewer errors than without, from 0.3 on it does."""


def wrong_joints(pose: Pose) -> float:
    """Return how many joints are expected to be wrong; those that somebody set (score 1) or left out are right."""
    chance = 1 / (1 + np.exp(-(SURELY_WRONG + SLOPE * pose.scores.astype(np.float64))))
    return float(chance[pose.labelled & (pose.scores < 1)].sum())


def nearest(pose: Pose, known: Sequence[Pose]) -> float:
    """Return how far the nearest of some poses is, whatever its place and size; infinity without any.

    The distance is the root mean square one of the joints that both have, each pose centred and scaled to the spread 1.
    """
    if not known:
        return float("inf")
    both = np.stack([other.labelled for other in known]) & pose.labelled
    apart = _placed(pose, both) - np.stack([_placed(p, b[None])[0] for p, b in zip(known, both, strict=True)])
    # Without a joint in common nothing tells that they are alike.
    squared = np.where(both.any(1), (apart**2).sum((1, 2)) / np.maximum(both.sum(1), 1), np.inf)
    return float(np.sqrt(squared.min()))


def worth(pose: Pose, known: Sequence[Pose] = ()) -> float:
    """Return what correcting a figure is worth, in wrong joints: 0 to 17.

    Args:
        pose: As it was estimated, or as it stands after some joints were set.
        known: Poses that are in the dataset already, or come before this one.
    """
    return wrong_joints(pose) * min(1.0, nearest(pose, known) / SAME)


def drawing_worth(poses: Sequence[Pose], known: Sequence[Pose] = ()) -> float:
    """Return what a figure of a drawing is worth on average: figures take time, so a crowd does not come first.

    Args:
        poses: The people; somebody who was found twice counts once.
        known: As for ``worth``.
    """
    people = distinct(poses)
    return sum(worth(pose, known) for pose in people) / max(len(people), 1)


def _placed(pose: Pose, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the joints (n, 17, 2) of a pose, centred and scaled by each choice (n, 17) of them; 0 where not chosen."""
    count = np.maximum(chosen.sum(1), 1)[:, None, None]
    points = np.where(chosen[..., None], pose.keypoints.astype(np.float64), 0)
    centred = np.where(chosen[..., None], points - points.sum(1, keepdims=True) / count, 0)
    spread = np.sqrt((centred**2).sum((1, 2), keepdims=True) / count)
    return np.asarray(centred / np.maximum(spread, 1e-9))
