"""How much two poses differ: the directions of their limbs, whoever takes them and whichever is left."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Limbs = NDArray[np.float64]

_BONES: Final = (("sho", "elb"), ("elb", "wri"), ("hip", "kne"), ("kne", "ank"), ("hip", "sho"))


def limbs(joints: dict[str, NDArray[Any]]) -> Limbs:
    """Return the limbs of a body's joints (``Body.joints``) as (10, 3) unit vectors, left and right in turn."""
    vectors = [joints[f"{s}_{b}"] - joints[f"{s}_{a}"] for a, b in _BONES for s in "lr"]
    return np.array([v / np.linalg.norm(v) for v in vectors])


def apart(poses: Limbs, pose: Limbs) -> Limbs:
    """Return the mean squared distance of limbs from others (N, 10, 3) to a pose or its mirror image, the nearer."""
    mirrored = np.roll(pose.reshape(-1, 2, 3), 1, 1).reshape(-1, 3) * (-1, 1, 1)
    return np.asarray(np.minimum(*(((poses - one) ** 2).sum(2).mean(1) for one in (pose, mirrored))))
