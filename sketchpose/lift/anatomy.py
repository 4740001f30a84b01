"""What joints can do: rotations of many bodies brought within the limits that the generator draws its poses from."""

from typing import Final

import numpy as np

from sketchpose.lift.rotations import Floats, about
from sketchpose.synth.people.body import PART
from sketchpose.synth.people.posing import LIMITS

TRUNK: Final = ("chest", "head")
BALLS: Final = ("uarm", "thigh")
HINGES: Final[dict[str, float]] = {"l_farm": -1.0, "r_farm": -1.0, "l_shin": 1.0, "r_shin": 1.0}
"""Elbows and knees, and about which end of the x axis they bend."""
_LIMITS: Final = {part: np.deg2rad(np.array(limits, float)) for part, limits in LIMITS.items()}
_TRUNK: Final = np.array([PART[part] for part in TRUNK])
_TRUNK_LIMITS: Final = np.stack([_LIMITS[part].T for part in TRUNK], 1)
_HINGED: Final = np.array([PART[part] for part in HINGES])
_SENSE: Final = np.array(list(HINGES.values()))
_HINGE_LIMITS: Final = np.stack([_LIMITS[part[2:]][0] for part in HINGES], 1)
_REFLECT: Final = np.array([[1.0, -1, -1], [-1, 1, 1], [-1, 1, 1]])
"""What the entries of a turn are multiplied with in the mirror."""


def trunk_angles(turns: Floats) -> Floats:
    """Return flexion, side bend and twist (..., 3) in radians of turns (..., 3, 3) of chest or head."""
    side = np.arcsin(np.clip(-turns[..., 2, 0], -1, 1))
    flexion = np.arctan2(turns[..., 2, 1], turns[..., 2, 2])
    return np.stack([flexion, side, np.arctan2(turns[..., 1, 0], turns[..., 0, 0])], -1)


def trunk_turns(angles: Floats) -> Floats:
    """Return the turns of ``trunk_angles``."""
    return np.asarray(about(2, angles[..., 2]) @ about(1, angles[..., 1]) @ about(0, angles[..., 0]))


def limb_angles(part: str, turns: Floats) -> Floats:
    """Return flexion, abduction and twist (..., 3) in radians of turns (..., 3, 3) of a left ``uarm`` or ``thigh``.

    Every turn has two such triples; the one that lies nearer to the limits is returned (``posing.limb``).
    """
    flexion = np.arcsin(np.clip(turns[..., 1, 2], -1, 1))
    abduction = -np.arctan2(turns[..., 0, 2], turns[..., 2, 2])
    twist = np.arctan2(turns[..., 1, 0], turns[..., 1, 1])
    one = np.stack([flexion, abduction, twist], -1)
    other = np.stack([np.pi - flexion, abduction + np.pi, twist + np.pi], -1)
    both = (np.stack([one, other]) + np.pi) % (2 * np.pi) - np.pi
    over = np.abs(both - np.clip(both, *_LIMITS[part].T)).sum(-1)
    return np.asarray(np.where((over[0] <= over[1])[..., None], both[0], both[1]))


def limb_turns(angles: Floats) -> Floats:
    """Return the turns of ``limb_angles``."""
    return np.asarray(about(1, -angles[..., 1]) @ about(0, -angles[..., 0]) @ about(2, angles[..., 2]))


def hinge_angles(turns: Floats) -> Floats:
    """Return by how much (..., 4) the hinges of turns (..., 15, 3, 3) bend, in radians."""
    hinges = turns[..., _HINGED, :, :]
    return np.asarray(np.arctan2(_SENSE * hinges[..., 2, 1], hinges[..., 2, 2]))


def _both_sides(part: str, turns: Floats) -> Floats:
    """The turns (..., 2, 3, 3) of a left limb and of the right one in the mirror."""
    pair = turns[..., [PART[f"l_{part}"], PART[f"r_{part}"]], :, :].copy()
    pair[..., 1, :, :] *= _REFLECT
    return np.asarray(pair)


def within_limits(turns: Floats) -> Floats:
    """Return the turns (..., 15, 3, 3) with every joint brought to the nearest of what it can do, but the pelvis."""
    out = np.array(turns, np.float64)
    out[..., _TRUNK, :, :] = trunk_turns(np.clip(trunk_angles(out[..., _TRUNK, :, :]), *_TRUNK_LIMITS))
    for part in BALLS:
        pair = limb_turns(np.clip(limb_angles(part, _both_sides(part, out)), *_LIMITS[part].T))
        pair[..., 1, :, :] *= _REFLECT
        out[..., [PART[f"l_{part}"], PART[f"r_{part}"]], :, :] = pair
    out[..., _HINGED, :, :] = about(0, _SENSE * np.clip(hinge_angles(out), *_HINGE_LIMITS))
    return out


def excess(turns: Floats) -> Floats:
    """Return by how many degrees (...) the turns (..., 15, 3, 3) leave the limits, at the joint that does most."""
    trunk, hinges = trunk_angles(turns[..., _TRUNK, :, :]), hinge_angles(turns)
    over = [np.abs(trunk - np.clip(trunk, *_TRUNK_LIMITS)).max((-1, -2))]
    over.append(np.abs(hinges - np.clip(hinges, *_HINGE_LIMITS)).max(-1))
    for part in BALLS:
        angles = limb_angles(part, _both_sides(part, turns))
        over.append(np.abs(angles - np.clip(angles, *_LIMITS[part].T)).max((-1, -2)))
    return np.asarray(np.rad2deg(np.max(over, 0)))
