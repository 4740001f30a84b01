"""Feet on the ground: where the sky is, as the balance of a standing figure tells, and soles that lie flat.

One picture tells how a figure is tilted to the sides but hardly how it is tilted to the viewer, and nothing of its feet
below the ankle. Whoever stands on both feet stands over them.
"""

from typing import Final

import numpy as np

from sketchpose.lift.rig import frames_of
from sketchpose.lift.rotations import Floats, about, unit
from sketchpose.synth.people.body import PART
from sketchpose.synth.people.posing import LIMITS

_WEIGHTS: Final = {0: 0.1, 5: 0.16, 6: 0.16, 11: 0.19, 12: 0.19, 13: 0.1, 14: 0.1}
"""What hangs on each joint, as shares of the body."""
_LEVEL: Final = 0.12
"""Share of the leg by which one foot of whoever stands on both may be higher than the other."""
_MOST: Final = np.deg2rad(20.0)
"""By how much the sky is moved at most."""
_SOLE: Final = np.deg2rad(40.0)
"""A foot lies flat where it is tilted by less than this."""


def settled(up: Floats, joints: Floats) -> Floats:
    """Return where the sky is (3,) for a figure that stands on both feet; for any other, where it was thought to be.

    Args:
        up: (3,) a unit vector in the axes of the eye.
        joints: (17, 3) in the axes of the eye.
    """
    mass = np.array(list(_WEIGHTS.values())) @ joints[list(_WEIGHTS)] / sum(_WEIGHTS.values())
    lean = mass - (joints[15] + joints[16]) / 2
    turned = np.arctan2(lean[2], -lean[1]) - np.arctan2(up[2], -up[1])  # about the x axis, towards the viewer
    turned = (turned + np.pi) % (2 * np.pi) - np.pi
    moved = np.array([up[0], *(_turn(turned) @ up[1:])])
    return moved if abs(turned) < _MOST and standing(moved, joints) else up


def _turn(angle: float) -> Floats:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def standing(up: Floats, joints: Floats) -> bool:
    """Whether a figure (17, 3) stands on both feet under a sky (3,)."""
    height = joints @ up
    leg = float(np.linalg.norm(joints[[11, 12]] - joints[[13, 14]], axis=1).mean()) * 2
    feet, knees, hips = height[[15, 16]], height[[13, 14]], height[[11, 12]]
    level = abs(feet[0] - feet[1]) < _LEVEL * leg and feet.max() < min(knees.min(), height[:13].min())
    return bool(level and hips.mean() - feet.mean() > 0.65 * leg)


def flat_soles(turns: Floats) -> Floats:
    """Return the turns (15, 3, 3) of a body in the world with feet that lie flat where they nearly do."""
    out = turns.copy()
    world = frames_of(turns)
    (low, high), _, _ = np.deg2rad(np.array(LIMITS["foot"]))
    for side in "lr":
        shin = world[PART[f"{side}_shin"]]
        backwards = unit(shin[:, 1] * (1, 1, 0))
        behind = shin.T @ backwards
        flexion = np.clip(np.arctan2(behind[2], behind[1]), low, high)
        if abs(flexion) < _SOLE:
            out[PART[f"{side}_foot"]] = about(0, flexion)
    return out
