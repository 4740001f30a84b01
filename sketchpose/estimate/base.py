"""What every estimator offers, and the check of boxes that all of them share."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.images import ImageSource, Picture
from sketchpose.pose import Pose


class Estimator(Protocol):
    """Finds the poses of the people in a picture."""

    @property
    def name(self) -> str:
        """Name of the model, for people to read."""
        ...

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture.

        Args:
            image: Path, bytes, PIL image, (H, W, 3) uint8 RGB array, or a picture already read.
            boxes: (n, 4) x0, y0, x1, y1 in picture pixels, one per person; None finds the people.

        Returns:
            One pose per box in their order, or the people found, surest first. Where nobody was found the inked part
            of the picture is taken as one person, whose ``origin`` is then ``"picture"``.

        Raises:
            ImageError: The picture cannot be read, or nothing is drawn on it.
            ValueError: A box is not four finite numbers, is empty, or lies outside the picture.
        """
        ...


def check_boxes(boxes: ArrayLike, width: int, height: int) -> NDArray[np.float32]:
    """Return boxes as (n, 4) float32, or say which is wrong.

    Args:
        boxes: (n, 4) x0, y0, x1, y1 in picture pixels; n may be 0.
        width: Width of the picture.
        height: Height of the picture.

    Raises:
        ValueError: A box is not four finite numbers, is empty, or lies outside the picture.
    """
    array = np.asarray(boxes, np.float32)
    if array.size == 0:
        return np.zeros((0, 4), np.float32)
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(f"Boxes have shape {array.shape}; give one row x0, y0, x1, y1 per person.")
    for i, (x0, y0, x1, y1) in enumerate(array.tolist()):
        row = f"Box {i} ({x0:g}, {y0:g}, {x1:g}, {y1:g})"
        if not np.isfinite(array[i]).all():
            raise ValueError(f"{row} holds NaN or infinite numbers; every value must be finite.")
        if x1 - x0 < 1 or y1 - y0 < 1:
            raise ValueError(f"{row} is empty; it needs x0 < x1 and y0 < y1, at least a pixel apart.")
        if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
            raise ValueError(f"{row} lies outside the {width} x {height} picture.")
    return array
