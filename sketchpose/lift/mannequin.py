"""A lifted pose on a body of choice, and how it looks from any side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from sketchpose.lift.body_types import AS_DRAWN, TYPES, body_type
from sketchpose.lift.lifting import LiftedBody
from sketchpose.lift.rotations import Floats
from sketchpose.lift.standard import standard_shape
from sketchpose.synth.people.actor import Actor, Cast, stage
from sketchpose.synth.people.body import PARTS, Proportions, Shape, load_body
from sketchpose.synth.people.proportions import STYLISED
from sketchpose.synth.people.rotation import Z, turn
from sketchpose.synth.render import Still, Viewpoint, render_still


@dataclass(frozen=True)
class Side:
    """From where a mannequin is looked at: degrees about the figure from its front, and downwards."""

    yaw: float
    pitch: float = 6.0


SIDES: Final[dict[str, Side]] = {
    "front": Side(0.0),
    "left": Side(-90.0),
    "back": Side(180.0),
    "right": Side(90.0),
    "above": Side(0.0, 72.0),
    "below": Side(0.0, -50.0),
}
"""Beside the camera of the drawing."""
THIS_CAMERA: Final = "this camera"
_NEAREST: Final = 0.75
"""Sizes of the figure from which it is looked at, at least: nearer, a body of other proportions leaves the picture."""
_FARTHEST: Final = 6.0


@cache
def _shape(name: str) -> Shape:
    body, wanted = load_body(), TYPES[name]
    weights = np.array([3.0, 3.0, 1.0, 1.0, 0.5, 0.5])
    nearest = np.argsort((weights * (body.phenotypes - np.array(wanted.phenotype)) ** 2).sum(1))
    return body.shape(int(nearest[0]), int(nearest[1]), 0.5)


def _stylised(kind: str) -> Proportions:
    out = dict.fromkeys(PARTS, (1.0, 1.0))
    for parts, length, _, thickness, _ in STYLISED[kind][1]:
        for part in parts:
            names = (part,) if part in out else (f"l_{part}", f"r_{part}")
            out |= dict.fromkeys(names, (length, length if part == "head" else thickness))
    return out


def cast_as(lifted: LiftedBody, name: str = AS_DRAWN) -> Cast:
    """Return who is to be posed: the standard body in the drawing's proportions, or one of ``TYPES``.

    Raises:
        ValueError: There is no body of this name.
    """
    if name == AS_DRAWN:
        return Cast(load_body(), standard_shape(), True, "real", lifted.proportions)
    kind = body_type(name)
    return Cast(load_body(), _shape(name), kind.grown, kind.stylised, _stylised(kind.stylised))


def mannequin(lifted: LiftedBody, name: str = AS_DRAWN) -> Actor:
    """Return the body of a name in the lifted pose.

    Raises:
        ValueError: There is no body of this name.
    """
    hair = "short" if name == AS_DRAWN else body_type(name).hair
    rng = np.random.default_rng(0)
    return stage(cast_as(lifted, name), lifted.pose, rng, dressed=False, hair=hair, meshes=False)


def facing(actor: Actor) -> float:
    """Return the yaw in degrees from which a figure is seen from its front (``render.Viewpoint``).

    Its front is where its breast and the line of its hips and shoulders say; whoever lies on the back is seen from the
    side of the feet or the head at random, so that the line alone decides.
    """
    chest, pelvis = actor.skeleton.frames["chest"], actor.skeleton.frames["pelvis"]
    across = chest[:2, 0] + pelvis[:2, 0]
    ahead = np.array([across[1], -across[0]]) - chest[:2, 1] - pelvis[:2, 1]
    return float(np.rad2deg(np.arctan2(-ahead[0], -ahead[1])))


def eye_at(actor: Actor, side: Side) -> Floats:
    """Return the rotation (3, 3) from the world to the axes of an eye beside a figure."""
    return np.asarray(Viewpoint(yaw=facing(actor) + side.yaw, pitch=side.pitch).rotation)


def eye_of(lifted: LiftedBody, yaw: float = 0.0) -> Floats:
    """Return the rotation (3, 3) of the eye of the drawing, once it has gone about the figure by degrees."""
    return np.asarray(lifted.camera.rotation @ turn(Z, yaw))


def distance_of(lifted: LiftedBody, actor: Actor) -> float:
    """Return from how far the drawing shows the figure, in sizes of the figure."""
    return float(np.clip(lifted.camera.distance / actor.size, _NEAREST, _FARTHEST))


def drawn_still(lifted: LiftedBody, actor: Actor, size: int, turned: float = 0.0, lamp: float = 0.0) -> Still:
    """Return the picture of a mannequin from the eye of the drawing, once it has gone about the figure.

    Args:
        lifted: The pose, whose camera is that of the drawing.
        actor: The mannequin.
        size: In pixels.
        turned: Degrees that the eye has gone.
        lamp: Degrees that the light is turned about the vertical.
    """
    return render_still(actor, eye_of(lifted, turned), size, distance_of(lifted, actor), lamp=lamp)


def stills(
    lifted: LiftedBody, actor: Actor, names: Sequence[str] = (THIS_CAMERA, *SIDES), size: int = 320, lamp: float = 0.0
) -> dict[str, Still]:
    """Return pictures of a mannequin by where they are taken from.

    Args:
        lifted: The pose, whose camera is that of the drawing.
        actor: The mannequin.
        names: ``THIS_CAMERA`` and names of ``SIDES``.
        size: Of each in pixels.
        lamp: Degrees that the light is turned about the vertical.
    """
    out = {}
    for name in names:
        if name == THIS_CAMERA:
            out[name] = drawn_still(lifted, actor, size, lamp=lamp)
        else:
            out[name] = render_still(actor, eye_at(actor, SIDES[name]), size, lamp=lamp)
    return out
