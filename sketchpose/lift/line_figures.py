"""Figures of single lines: their shoulders lie on the spine, both on one spot, and so do their hips.

Taken by their joints they would stand in profile. But where arms and legs go to their own sides they face the viewer,
or turn away; whoever walks in profile has one arm and the other leg ahead. Their heads are circles of any size, whose
features say nothing of how a head is bowed.
"""

from typing import Final

import numpy as np

from sketchpose.lift.rotations import Floats
from sketchpose.skeleton import FACE

_SPOT: Final = 0.16
"""Share of the trunk within which shoulders, and hips, count as one spot."""
_APART: Final = 0.2
"""Share of the trunk by which elbows, and knees, lie to their own sides."""
_HALF: Final = {(5, 6): 0.25, (11, 12): 0.15}
"""Shares of the trunk by which shoulders and hips are moved to their sides: less than a body has."""


def with_breadth(points: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return joints (17, 2) and weights (17,): a line figure's with shoulders and hips beside its spine and no face.

    Args:
        points: (17, 2).
        weights: (17,) 0 where a joint is missing.
    """
    ends = [joint + step for pair in _HALF for joint in pair for step in (0, 2)]
    if not weights[ends].all():
        return points, weights
    trunk = points[[5, 6]].mean(0) - points[[11, 12]].mean(0)
    length = float(np.linalg.norm(trunk))
    across = np.array([-trunk[1], trunk[0]]) / max(length, 1e-9)
    spread = [(points[left + 2] - points[right + 2]) @ across for left, right in _HALF]
    narrow = all(np.linalg.norm(points[left] - points[right]) < _SPOT * length for left, right in _HALF)
    if not narrow or min(abs(one) for one in spread) < _APART * length or spread[0] * spread[1] < 0:
        return points, weights
    out = points.copy()
    for (left, right), half in _HALF.items():
        aside = np.sign(spread[0]) * half * length * across
        middle = points[[left, right]].mean(0)
        out[left], out[right] = middle + aside, middle - aside
    return out, np.where(np.isin(np.arange(len(weights)), FACE), 0, weights)
