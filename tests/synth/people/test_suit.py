"""The suit of a mannequin ends along a smooth line."""

import numpy as np

from sketchpose.synth.people.body import load_body
from sketchpose.synth.people.suit import EDGE, suited
from sketchpose.synth.view.raster import rasterize, spread


def test_the_suit_covers_the_trunk_and_fades_without_a_jump() -> None:
    body, inside = load_body(), suited()
    assert inside.min() >= 0 and inside.max() <= 1
    assert (inside[body.on["l_hand"]] < 0.01).all() and (inside[body.on["head"]] < EDGE).mean() > 0.95
    assert (inside[body.on["chest"]] > EDGE).mean() > 0.9
    edges = np.concatenate([body.faces[:, [0, 1]], body.faces[:, [1, 2]]])
    assert np.abs(inside[edges[:, 0]] - inside[edges[:, 1]]).max() < 0.35, "two parts alone jump by 1"


def test_values_of_corners_are_spread_evenly_over_their_face() -> None:
    points = np.array([[2.0, 2, 5], [28, 6, 5], [9, 27, 5], [30, 30, 5]])
    faces = np.array([[0, 2, 1], [1, 2, 3]], np.int32)
    _, face, _ = rasterize(points, faces, 0, np.ones((4, 3)), 32)
    out = spread(face, points, faces, points[:, 0] + 2 * points[:, 1])
    rows, columns = np.nonzero(face >= 0)
    assert len(rows) > 300
    np.testing.assert_allclose(out[rows, columns], columns + 0.5 + 2 * (rows + 0.5), atol=1e-3)
    assert not out[face < 0].any()
    part = spread(face, points, faces, np.ones(3))
    assert (part[face == 0] == 1).all() and not part[face == 1].any(), "a face with a corner that has no value says 0"
