"""What every estimator offers, and the check of boxes that all of them share."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.images import WORK_SIDE, ImageSource, Picture, read_image
from sketchpose.pose import Pose

_REACH: Final = 0.5
"""How far a box may reach beyond the picture, as a share of its longer side; what lies farther out is cut off."""


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
            One pose per box in their order, or the people found, each once, most prominent first (size times
            confidence). Where nobody was found the inked part of the picture is taken as one person, whose ``origin``
            is then ``"picture"``. A picture of coloured skeletons, as ControlNet tools exchange them, is read instead:
            their ``origin`` is ``"given"``.

        Raises:
            ImageError: The picture cannot be read, or nothing is drawn on it.
            ValueError: A box is not four finite numbers, is empty, or lies outside the picture.
        """
        ...


@dataclass(frozen=True, eq=False)
class Workpiece:
    """A picture with as many pixels as an estimator needs, and the way back to those of the whole picture.

    Attributes:
        picture: What is worked on; its coordinates are those of its own pixels.
        ratio: (2,) float32, pixels of the whole picture per pixel of ``picture``; 1 where it was small enough.
        whole: Width and height of the whole picture.
    """

    picture: Picture
    ratio: NDArray[np.float32]
    whole: tuple[int, int]

    @classmethod
    def of(cls, image: ImageSource | Picture) -> Self:
        """Read a picture; see ``read_image`` for the errors."""
        read = read_image(image, work_side=WORK_SIDE)
        height, width = read.pixels.shape[:2]
        ratio = np.array([read.width / width, read.height / height], np.float32)
        return cls(Picture(read.pixels, read.name), ratio, (read.width, read.height))

    def boxes(self, given: ArrayLike) -> NDArray[np.float32]:
        """Check boxes of the whole picture (see ``check_boxes``) and return them in pixels of ``picture``."""
        return np.asarray(check_boxes(given, *self.whole) / np.tile(self.ratio, 2), np.float32)

    def poses(self, poses: list[Pose]) -> list[Pose]:
        """Return poses in pixels of ``picture`` as those of the whole picture."""
        return poses if (self.ratio == 1).all() else [pose.moved(self.ratio, 0) for pose in poses]


def check_boxes(boxes: ArrayLike, width: int, height: int) -> NDArray[np.float32]:
    """Return boxes as (n, 4) float32, cut off half a picture beyond its edge, or say which is wrong.

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
    beyond = _REACH * max(width, height)
    return np.clip(array, -beyond, np.array([width, height] * 2, np.float32) + np.float32(beyond))
