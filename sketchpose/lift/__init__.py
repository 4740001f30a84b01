"""From the joints of a drawing to a body in space: a mannequin in its pose that can be turned, lit and taken away.

The body is the generator's, and so are its joints, limits and pictures; what is learnt here is only which turns of them
a drawing means.
"""

from typing import TYPE_CHECKING

from sketchpose.pose import Pose

if TYPE_CHECKING:
    from sketchpose.lift.lifting import LiftedBody

__all__ = ["lift"]


def lift(pose: Pose, name: str = "drawing") -> "list[LiftedBody]":
    """Return the bodies that a drawing may show, one at least, the likeliest first.

    Args:
        pose: The joints of one person in a picture.
        name: What the poses are called.

    Raises:
        ValueError: The drawing shows too few joints.
    """
    from sketchpose.lift.lifting import lift_pose  # numba loads with the first body

    return lift_pose(pose, name)
