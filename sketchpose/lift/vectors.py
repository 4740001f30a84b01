"""A posed body as the vectors that the network answers with, in the axes of the eye: x right, y down, z away.

Where each part points, and where the axis of each elbow and knee lies. A part's direction is what its outline in the
picture tells most directly; rotations follow from two of them, and limits are kept afterwards (``anatomy``).
"""

from typing import Final

import numpy as np

from sketchpose.lift.anatomy import HINGES
from sketchpose.lift.rig import turns_of
from sketchpose.lift.rotations import Floats, about, frames
from sketchpose.synth.people.body import PART, PARTS

LIMBS: Final = (("l_uarm", "l_farm"), ("r_uarm", "r_farm"), ("l_thigh", "l_shin"), ("r_thigh", "r_shin"))
_UP, _ACROSS = 2, 0
ROWS: Final = (
    *((part, axis) for part in ("pelvis", "chest", "head") for axis in (_UP, _ACROSS)),
    *(row for near, far in LIMBS for row in ((near, _UP), (far, _UP), (near, _ACROSS))),
)
"""Each vector: whose axis of which part."""
SIZE: Final = 3 * len(ROWS)
_PART_ROWS: Final = np.array([PART[part] for part, _ in ROWS])
_AXIS_ROWS: Final = np.array([axis for _, axis in ROWS])
_SWAP: Final = {"l": "r", "r": "l"}
SWAPPED: Final = np.array(
    [ROWS.index((_SWAP[part[0]] + part[1:] if part[1] == "_" else part, axis)) for part, axis in ROWS]
)
"""Which vector each becomes in the mirror image."""
SIGNS: Final = np.array([(-1.0, 1, 1) if axis == _UP else (1.0, -1, -1) for _, axis in ROWS])
"""And what its coordinates are multiplied with: an axis that points to the left points to the left afterwards too."""
WEIGHTS: Final = np.array([1.0 if axis == _UP else 0.25 if part[1] == "_" else 0.6 for part, axis in ROWS])
"""How much each counts while learning: that of a stretched elbow's axis cannot be seen."""
_STRAIGHT: Final = 0.25
"""How much the answered axis of a hinge counts beside the one that two limb directions tell ."""


def vectors_of(orientations: Floats) -> Floats:
    """Return the vectors (..., ROWS, 3) of parts' orientations (..., 15, 3, 3)."""
    return np.asarray(orientations[..., _PART_ROWS, :, _AXIS_ROWS]).transpose(
        *range(1, orientations.ndim - 2), 0, orientations.ndim - 2
    )


def mirrored(vectors: Floats) -> Floats:
    """Return the vectors (..., ROWS, 3) of the mirror image."""
    return np.asarray(vectors[..., SWAPPED, :] * SIGNS)


def turns_from(vectors: Floats) -> Floats:
    """Return turns (..., 15, 3, 3), the pelvis's in the axes of the eye, from vectors (..., ROWS, 3) of any length."""
    at = {row: vectors[..., i, :] for i, row in enumerate(ROWS)}
    world = np.broadcast_to(np.eye(3), (*vectors.shape[:-2], len(PARTS), 3, 3)).copy()
    for part in ("pelvis", "chest", "head"):
        world[..., PART[part], :, :] = frames(at[part, _UP], at[part, _ACROSS])
    for near, far in LIMBS:
        upper, lower = at[near, _UP], at[far, _UP]
        hinge = HINGES[far] * np.cross(upper, lower)
        first = frames(upper, hinge + _STRAIGHT * at[near, _ACROSS])
        bent = np.swapaxes(first, -1, -2) @ lower[..., None]
        angle = np.arctan2(-HINGES[far] * bent[..., 1, 0], bent[..., 2, 0])
        world[..., PART[near], :, :] = first
        world[..., PART[far], :, :] = first @ about(0, HINGES[far] * angle)
        end = PART[f"{near[0]}_{'hand' if near.endswith('uarm') else 'foot'}"]
        world[..., end, :, :] = world[..., PART[far], :, :]
    return turns_of(world)
