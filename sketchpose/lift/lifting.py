"""From the joints of a drawing to the bodies that may have been meant, the likeliest first."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sketchpose.lift.fit import Bodies, fit, look
from sketchpose.lift.ground import flat_soles, settled
from sketchpose.lift.line_figures import with_breadth
from sketchpose.lift.network import Guess, load_network, prepare, seen
from sketchpose.lift.rig import Rig
from sketchpose.lift.rotations import Floats, unit
from sketchpose.lift.standard import as_proportions, standard_rig, standard_size, stretched
from sketchpose.lift.vectors import turns_from
from sketchpose.pose import Pose
from sketchpose.skeleton import BODY
from sketchpose.synth.people.body import PART, PARTS, BodyPose, Proportions
from sketchpose.synth.scene import Projection

LEAST_JOINTS: Final = 6
"""Joints of trunk and limbs that a drawing must show, so that there is something to lift."""
_ALIKE: Final = 0.06
"""Two bodies are one where their joints differ by less than this share of the body's size, in the mean."""
_FARTHEST: Final = 200.0
"""Metres from which an eye that is infinitely far looks."""


@dataclass(frozen=True, eq=False)
class LiftedBody:
    """A body that a drawing may show.

    World axes are the generator's: x to the left of a figure that faces the viewer, y away from the viewer, z up.

    Attributes:
        pose: Rotations of the parts, the pelvis's in the world.
        proportions: Of the standard body, as the drawing has them.
        joints: (17, 3) metres.
        camera: From ``joints`` to the pixels of the drawing.
        chance: How likely it is, in 0..1.
        error: Mean distance of the drawn joints in shares of the longer side of their box.
    """

    pose: BodyPose
    proportions: Proportions
    joints: Floats
    camera: Projection
    chance: float
    error: float


def lift_pose(pose: Pose, name: str = "drawing") -> list[LiftedBody]:
    """Return the bodies that a drawing may show; see ``sketchpose.lift.lift``."""
    keypoints, weights = seen(pose)
    shown = int((weights[list(BODY)] > 0).sum())
    if shown < LEAST_JOINTS:
        raise ValueError(
            f"Only {shown} of the 12 joints of trunk and limbs are there; a mannequin needs {LEAST_JOINTS}: "
            "add the others in the editor."
        )
    keypoints, weights = with_breadth(keypoints, weights)
    guess = load_network()(prepare(keypoints[None], weights[None]))
    bodies = bodies_of(guess)
    rig = standard_rig().take(np.zeros(len(bodies.turns), int))
    bodies = fit(rig, bodies, keypoints, weights)
    return _told(rig, bodies, guess, keypoints, weights, name)


def bodies_of(guess: Guess, row: int = 0) -> Bodies:
    """Return the bodies that the network guesses for one drawing, the likeliest first."""
    count = len(guess.chances[row])
    return Bodies(
        turns_from(guess.vectors[row].astype(np.float64)),
        np.repeat(guess.ratios[row : row + 1].astype(np.float64), count, 0),
        np.repeat(guess.nearness[row : row + 1].astype(np.float64), count),
    )


def upright(up: Floats) -> Floats:
    """Return the rotation (3, 3) from the world to the axes of an eye that sees the sky in a direction (3,)."""
    z = unit(up)
    ahead = np.array([0.0, 0.0, 1.0]) - z[2] * z
    if np.linalg.norm(ahead) < 1e-3:  # it looks straight up or down: what is up in the picture lies ahead
        ahead = np.array([0.0, -1.0, 0.0]) + z[1] * z
    y = unit(ahead)
    return np.stack([np.cross(y, z), y, z], 1)


def _told(rig: Rig, bodies: Bodies, guess: Guess, keypoints: Floats, weights: Floats, name: str) -> list[LiftedBody]:
    count = len(bodies.turns)
    seen_as = look(rig, bodies, np.repeat(keypoints[None], count, 0), np.repeat(weights[None], count, 0))
    there = weights > 0
    side = float(np.ptp(keypoints[there], axis=0).max())
    off = np.linalg.norm(seen_as.points - keypoints, axis=2)[:, there].mean(1) / side
    up = guess.up[0].astype(np.float64)
    out: list[LiftedBody] = []
    kept: list[Floats] = []
    for i in range(count):
        body, chance = seen_as.joints[i], float(guess.chances[0, i])
        twin = next((n for n, other in enumerate(kept) if _apart(body, other) < _ALIKE * standard_size()), None)
        if twin is not None:
            out[twin] = replace(out[twin], chance=out[twin].chance + chance)
            continue
        kept.append(body)
        eye = upright(settled(up, body))
        turns = bodies.turns[i].copy()
        turns[PART["pelvis"]] = eye.T @ turns[PART["pelvis"]]
        pose = BodyPose(name, dict(zip(PARTS, flat_soles(turns), strict=True)))
        distance = min(standard_size() / max(float(bodies.nearness[i]), 1e-6), _FARTHEST)
        camera = Projection(eye, np.zeros(3), distance, float(seen_as.scale[i]), seen_as.offset[i])
        proportions = as_proportions(stretched(bodies.ratios[i]))
        out.append(LiftedBody(pose, proportions, body @ eye, camera, chance, float(off[i])))
    return sorted(out, key=lambda lifted: -lifted.chance)


def _apart(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm((one - one.mean(0)) - (other - other.mean(0)), axis=1).mean())
