"""The model to turn is first seen from where the drawing was seen from, and whole, from there and from everywhere."""

from dataclasses import replace

import numpy as np
import pytest

from annotator.mannequin.orbit import HALF_ANGLE, first_sight
from sketchpose.lift import lift
from sketchpose.lift.lifting import LiftedBody
from sketchpose.lift.mannequin import eye_of, mannequin
from sketchpose.lift.rotations import Floats
from sketchpose.pose import Pose
from sketchpose.synth.people.body import PARTS
from sketchpose.synth.people.bvh import Y_UP
from sketchpose.synth.people.posing import build, complete
from sketchpose.synth.people.recipes import RECIPES
from tests.lift.making_bodies import picture_of, random_bodies

POSES = ("stand", "lie back", "crouch", "arms up")


def holding(name: str) -> LiftedBody:
    """A body in the pose of a recipe, seen by the eye of some drawing."""
    lifted = lift(Pose.annotated(picture_of(random_bodies(1)), np.full(17, 2)))[0]
    pose = build(name, complete(RECIPES[name].angles), (25.0, 25.0))
    return replace(lifted, pose=pose, proportions=dict.fromkeys(PARTS, (1.0, 1.0)))


def eye(alpha: float, beta: float) -> Floats:
    """The direction (3,) in which the viewer of the page puts its eye, y up."""
    a, b = np.deg2rad((alpha, beta))
    return np.array([np.cos(a) * np.sin(b), np.cos(b), np.sin(a) * np.sin(b)])


def test_it_is_seen_from_where_the_drawing_was() -> None:
    lifted = holding("stand")
    alpha, beta, _ = first_sight(lifted, mannequin(lifted))
    assert np.allclose(eye(alpha, beta), Y_UP @ -eye_of(lifted)[2])


@pytest.mark.parametrize("name", POSES)
def test_all_of_it_is_in_sight_however_it_is_turned(name: str) -> None:
    lifted = holding(name)
    actor = mannequin(lifted)
    alpha, beta, radius = first_sight(lifted, actor)
    body = actor.vertices[: actor.cast.body.vertices] @ Y_UP.T
    body = body - (body.min(0) + body.max(0)) / 2
    widest = 0.0
    for turned, tilted in ((0, beta), (90, beta), (180, 90), (45, 20), (-60, 160)):
        z = eye(alpha + turned, tilted)
        x = np.cross((0.0, 1.0, 0.0), z)
        x = x / np.linalg.norm(x)
        across = np.abs(body @ np.column_stack([x, np.cross(z, x)])).max(1)
        widest = max(widest, float((across / (radius - body @ z)).max() / np.tan(HALF_ANGLE)))
    assert 0.6 < widest < 1, "in shares of the way from the middle of the picture to its edge"
