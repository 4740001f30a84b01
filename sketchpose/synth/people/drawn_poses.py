"""Poses that artists draw, lifted from labelled drawings by ``sketchpose.lift.making.drawn_poses``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import PARTS, BodyPose
from sketchpose.synth.people.rotation import turn

FILE: Final = Path(__file__).with_name("drawn_poses.npz")


@dataclass(frozen=True)
class DrawnPose:
    """A pose and the eye that the drawing sees it with: at yaw 0, see ``render.Viewpoint``.

    Attributes:
        pose: Named after the drawing.
        pitch: Degrees, positive looks down.
        roll: Degrees.
        distance: In sizes of the figure.
        front: Yaw in degrees from which the figure is seen from its front.
    """

    pose: BodyPose
    pitch: float
    roll: float
    distance: float
    front: float


@cache
def load_drawn_poses() -> dict[str, DrawnPose]:
    """Return the poses shipped with the package by name, read once per process."""
    with np.load(FILE, allow_pickle=False) as data:
        names, vectors, views = (data[key] for key in ("names", "vectors", "views"))
    return {
        str(name): DrawnPose(BodyPose(str(name), _turns(turns)), *map(float, view))
        for name, turns, view in zip(names, vectors.astype(np.float64), views, strict=True)
    }


def _turns(vectors: Array) -> dict[str, Array]:
    """Return the rotations about vectors (15, 3) by their lengths in radians."""
    angles = np.rad2deg(np.linalg.norm(vectors, axis=1))
    return {part: turn(vector, angle) for part, vector, angle in zip(PARTS, vectors, angles, strict=True) if angle}
