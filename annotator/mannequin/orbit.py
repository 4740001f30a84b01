"""Where the eye of the model to turn stands at first: where the drawing was seen from, the whole figure in sight."""

from typing import Final

import numpy as np

from sketchpose.lift.lifting import LiftedBody
from sketchpose.lift.mannequin import eye_of
from sketchpose.synth.people.actor import Actor

HALF_ANGLE: Final = 0.4
"""Radians from the middle of the viewer's picture to its upper edge. The page keeps it at least as wide as high."""
_MARGIN: Final = 1.04
"""Times as far as need be, so that no toe touches the edge."""


def first_sight(lifted: LiftedBody, actor: Actor) -> tuple[float, float, float]:
    """Return alpha and beta in degrees and the radius in metres, as ``gr.Model3D`` takes its ``camera_position``.

    The viewer looks at the middle of the body's box and knows no tilt to the sides. It is so far away that the ball
    about that middle which holds the body is in sight: however the model is turned, nothing is cut off.

    Args:
        lifted: The pose, whose camera is that of the drawing.
        actor: The mannequin.
    """
    x, y, z = -eye_of(lifted)[2]  # from the figure to the eye
    body = actor.vertices[: actor.cast.body.vertices]
    middle = (body.min(0) + body.max(0)) / 2
    reach = float(np.linalg.norm(body - middle, axis=1).max())
    alpha, beta = np.rad2deg(np.arctan2(-y, x)), np.rad2deg(np.arccos(np.clip(z, -1, 1)))
    return float(alpha), float(beta), _MARGIN * reach / float(np.sin(HALF_ANGLE))
