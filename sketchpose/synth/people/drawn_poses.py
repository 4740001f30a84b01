"""Poses that artists draw, lifted from labelled drawings by ``sketchpose.lift.making.drawn_poses``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import PARTS, BodyPose
from sketchpose.synth.people.posing import mirror
from sketchpose.synth.people.rotation import turn

FILE: Final = Path(__file__).with_name("drawn_poses.npz")
_SPREAD: Final = 4.0
"""Degrees about each axis by which a joint is turned further."""


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


def sample_drawn_pose(rng: np.random.Generator) -> BodyPose:
    """Return one of the poses, every joint turned a little further; every second one mirrored."""
    poses = load_drawn_poses()
    pose = poses[list(poses)[rng.integers(len(poses))]].pose
    turns = {part: pose.turns.get(part, np.eye(3)) @ _little_turn(rng) for part in PARTS}
    left, right = rng.choice((5.0, 20.0, 35.0, 60.0, 85.0), 2)
    varied = BodyPose(pose.name, turns, (float(left), float(right)))
    return mirror(varied) if rng.random() < 0.5 else varied


def _little_turn(rng: np.random.Generator) -> Array:
    vector = rng.normal(0, _SPREAD, 3)
    return turn(vector, float(np.linalg.norm(vector)))


def _turns(vectors: Array) -> dict[str, Array]:
    """Return the rotations about vectors (15, 3) by their lengths in radians."""
    angles = np.rad2deg(np.linalg.norm(vectors, axis=1))
    return {part: turn(vector, angle) for part, vector, angle in zip(PARTS, vectors, angles, strict=True) if angle}
