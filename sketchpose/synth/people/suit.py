"""The suit of a mannequin: how far each spot of the body lies inside it, so that its edge is a smooth line."""

from functools import cache
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import PART, load_body

EDGE: Final = 0.5
"""The suit ends where ``suited`` passes this."""
_PARTS: Final = tuple(PART[name] for name in ("chest", "pelvis"))
_ROUNDS: Final = 12
"""Each vertex takes the mean of its neighbours so often: parts alone end along the zigzag of the triangles."""


@cache
def suited() -> Array:
    """Return per vertex of the body (V,) float32 how far it lies inside the suit: 0 outside to 1 inside."""
    body = load_body()
    edges = np.concatenate([body.faces[:, [0, 1]], body.faces[:, [1, 2]], body.faces[:, [2, 0]]])
    ends, others = np.concatenate([edges, edges[:, ::-1]]).T
    count = np.maximum(np.bincount(ends, minlength=body.vertices), 1)
    inside = np.isin(body.vertex_part, _PARTS).astype(np.float64)
    for _ in range(_ROUNDS):
        inside = (inside + np.bincount(ends, inside[others], body.vertices) / count) / 2
    return inside.astype(np.float32)
