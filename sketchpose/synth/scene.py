"""What the generator returns: a picture, the people in it and how it was drawn."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sketchpose.synth.arrays import Array


@dataclass(frozen=True)
class Projection:
    """The camera of one person. World: metres, x to the person's left at rest, y backwards, z up.

    ``p = rotation @ (point - centre)`` has x to the right, y down and z away from the eye; the pixel is
    ``offset + focal * distance / (distance + p_z) * (p_x, p_y)``. The artist's error is not part of it, so the formula
    meets the labels only to within a few percent of the figure.

    Attributes:
        rotation: (3, 3).
        centre: (3,) metres, the point that the camera turns about.
        distance: Metres from the eye to ``centre``.
        focal: Pixels per metre at ``centre``.
        offset: (2,) pixels, where ``centre`` lands.
    """

    rotation: Array
    centre: Array
    distance: float
    focal: float
    offset: Array

    def project(self, points: Array) -> Array:
        """Return the pixels (N, 2) of world points (N, 3)."""
        p = (points - self.centre) @ self.rotation.T
        return np.asarray(self.offset + p[:, :2] * (self.focal * self.distance / (self.distance + p[:, 2]))[:, None])


@dataclass(frozen=True)
class DrawnPerson:
    """One labelled figure.

    Attributes:
        keypoints: (17, 2) float32, pixels, COCO order; (0, 0) where the visibility is 0.
        visibility: (17,) uint8. 2: drawn, or seen through a see-through style. 1: covered by the own body, by another
            figure or by clothes, or a face point of a head without a face. 0: outside the picture or its panel.
        box: (4,) float32 xyxy, the ink box: the smallest box around the pixels that this figure inked or filled.
        joints3d: (17, 3) float32, world metres, in the same order, for every joint whatever its visibility.
        camera: From ``joints3d`` to pixels.
        pose: Name of the pose's recipe.
    """

    keypoints: Array
    visibility: Array
    box: Array
    joints3d: Array
    camera: Projection
    pose: str


@dataclass(frozen=True)
class Scene:
    """One synthetic drawing.

    Attributes:
        image: (size, size, 3) uint8 RGB.
        persons: Front to back is not implied.
        style: A name of the style table.
        meta: Plain JSON values: seed, size, layout, paper, proportions and the like.
    """

    image: Array
    persons: tuple[DrawnPerson, ...]
    style: str
    meta: dict[str, Any] = field(default_factory=dict)
