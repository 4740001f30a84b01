"""The standard body: a grown shape, neither man nor woman, that every drawing is lifted onto, stretched as needed."""

from functools import cache
from typing import Final

import numpy as np

from sketchpose.lift.network import RATIOS
from sketchpose.lift.rig import Rig, rig
from sketchpose.lift.rotations import Floats
from sketchpose.synth.people.body import PART, PARTS, Proportions, Shape, load_body

_GROWN: Final = (0.5, 0.67, 0.55, 0.5, 0.5, 0.5)
"""Anny's phenotype of a grown body in the middle of everything."""
_LENGTHS: Final = ((5, 7, 6, 8), (7, 9, 8, 10), (11, 13, 12, 14), (13, 15, 14, 16))
_SIZED: Final = 5
"""The first so many ratios tell the size of a body; the others its build."""
MOST: Final = 0.9
"""A ratio lies between minus this and this: parts of 0.4 to 2.5 times their standard length."""


@cache
def standard_shape() -> Shape:
    """Return the standard body at rest."""
    body = load_body()
    nearest = np.argsort(((body.phenotypes - np.array(_GROWN)) ** 2).sum(1))
    return body.shape(int(nearest[0]), int(nearest[1]), 0.5)


@cache
def standard_rig() -> Rig:
    """Return the rig of the standard body."""
    return rig([standard_shape()])


def measures(bodies: Rig, proportions: Floats) -> Floats:
    """Return the lengths (N, len(RATIOS)) in metres of bodies that stand at attention: limbs, trunk, breadths, head."""
    upright = np.broadcast_to(np.eye(3), (len(proportions), len(PARTS), 3, 3))
    k = bodies.keypoints(upright, proportions)

    def apart(a: int, b: int) -> Floats:
        return np.asarray(np.linalg.norm(k[:, a] - k[:, b], axis=1))

    limbs = [(apart(a, b) + apart(c, d)) / 2 for a, b, c, d in _LENGTHS]
    trunk = np.linalg.norm(k[:, 5] + k[:, 6] - k[:, 11] - k[:, 12], axis=1) / 2
    return np.stack([*limbs, trunk, apart(5, 6), apart(11, 12), apart(3, 4)], 1)


@cache
def _standard_measures() -> Floats:
    return np.asarray(measures(standard_rig(), np.ones((1, len(PARTS), 2)))[0])


def ratios_of(bodies: Rig, proportions: Floats) -> tuple[Floats, Floats]:
    """Return the ratios (N, len(RATIOS)) of bodies to the standard one of their size, and that size (N,) in metres."""
    raw = np.log(measures(bodies, proportions) / _standard_measures())
    size = raw[:, :_SIZED].mean(1)
    return np.clip(raw - size[:, None], -MOST, MOST), np.exp(size) * standard_size()


def standard_size() -> float:
    """Length of trunk and leg of the standard body in metres: the unit of ``Guess.nearness``."""
    return float(_standard_measures()[2:5].sum())


def stretched(ratios: Floats) -> Floats:
    """Return the proportions (..., 15, 2) of the standard body, length and thickness per part, for ratios (..., 8)."""
    out = np.ones((*ratios.shape[:-1], len(PARTS), 2))
    factor = {name: np.exp(ratios[..., i]) for i, name in enumerate(RATIOS)}
    for name in RATIOS[:4]:
        for side in "lr":
            out[..., PART[f"{side}_{name}"], 0] = factor[name]
    out[..., PART["chest"], 0] = out[..., PART["pelvis"], 0] = factor["trunk"]
    out[..., PART["chest"], 1], out[..., PART["pelvis"], 1] = factor["shoulders"], factor["hips"]
    out[..., PART["head"], :] = factor["head"][..., None]
    return out


def as_proportions(values: Floats) -> Proportions:
    """Return the proportions (15, 2) as the body takes them."""
    return {part: (float(length), float(thickness)) for part, (length, thickness) in zip(PARTS, values, strict=True)}
