"""A scene with its labels drawn on it."""

from typing import Final

import cv2

from sketchpose.overlay import draw, skeleton
from sketchpose.pose import HIDDEN, UNLABELLED
from sketchpose.synth.arrays import Array
from sketchpose.synth.scene import Scene

_BOX: Final = (150, 150, 150)


def with_labels(scene: Scene) -> Array:
    """Return the scene's picture with its skeletons (hidden joints hollow, their limbs dashed) and boxes."""
    image = scene.image.copy()
    for person in scene.persons:
        x0, y0, x1, y1 = (int(v) for v in person.box)
        cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), _BOX, 1)
        drawn = skeleton(person.keypoints, person.visibility > UNLABELLED, 1.2, unsure=person.visibility == HIDDEN)
        draw(image, drawn)
    return image
