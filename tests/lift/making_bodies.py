"""Bodies whose joints in a picture are known, for the tests of lifting."""

import numpy as np

from sketchpose.lift.fit import Bodies, look
from sketchpose.lift.making.lessons import random_eyes
from sketchpose.lift.rotations import Floats
from sketchpose.lift.standard import standard_rig
from sketchpose.synth.people.body import PART, PARTS
from sketchpose.synth.people.posing import random_pose

_EXACT = np.ones((1, 17))


def random_bodies(seed: int) -> Bodies:
    """One body in a random pose within limits, with hands and feet at rest, as an eye somewhere sees it."""
    rng = np.random.default_rng(seed)
    pose = random_pose(rng)
    turns = np.array([np.eye(3) if part[2:] in ("hand", "foot") else pose.turns[part] for part in PARTS])[None]
    eye, _ = random_eyes(np.zeros(1, np.bool_), rng)
    turns[:, PART["pelvis"]] = eye @ turns[:, PART["pelvis"]]
    return Bodies(turns, rng.normal(0, 0.08, (1, 8)), rng.uniform(0, 0.4, 1))


def picture_of(bodies: Bodies) -> Floats:
    """The joints (17, 2) of one body in a picture, in pixels, about 400 of them high."""
    target = np.zeros((1, 17, 2))
    target[0, :, 1] = np.linspace(0, 1, 17)
    seen = look(standard_rig(), bodies, target, _EXACT)
    return np.asarray((seen.points[0] - seen.offset[0]) / seen.scale[0] * 230 + (300, 400))
