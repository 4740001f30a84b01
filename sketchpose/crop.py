"""Square crops around a person: what the keypoint network sees, in training and in use alike.

The square lies on whole picture pixels, so that area resampling (which keeps thin pencil lines) is exact and a point
maps to the crop and back with one scale and one shift.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.images import Pixels

PADDING = 1.25
"""Side of the square as a multiple of the longer side of the box."""

_FACE = 1.6
"""Size of a head over twice the spread of the joints of its face, from the front."""
_LARGE = 6144
"""Side from which a square is reduced before it is filled up with paper. A square around a person of a picture that the
estimator takes as it is stays below; above, the result differs by a quarter of a crop pixel at most."""


@dataclass(frozen=True)
class Crop:
    """A square of picture pixels, scaled to ``size`` x ``size``.

    Attributes:
        x: Left edge in picture pixels; may be negative.
        y: Top edge in picture pixels; may be negative.
        side: Side in picture pixels, at least 1.
        size: Side of the result in pixels.
    """

    x: int
    y: int
    side: int
    size: int

    @classmethod
    def around(cls, box: ArrayLike, size: int, padding: float = PADDING) -> "Crop":
        """Return the square around the middle of a box (4,) x0, y0, x1, y1, ``padding`` times its longer side."""
        x0, y0, x1, y1 = np.asarray(box, np.float64)
        side = max(1, round(max(x1 - x0, y1 - y0) * padding))
        return cls(round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), side, size)

    @property
    def scale(self) -> float:
        """Crop pixels per picture pixel."""
        return self.size / self.side

    def to_crop(self, points: NDArray[np.floating]) -> NDArray[np.floating]:
        """Map (..., 2) picture pixels to crop pixels."""
        return (points - np.array([self.x, self.y], points.dtype)) * points.dtype.type(self.scale)

    def to_picture(self, points: NDArray[np.floating]) -> NDArray[np.floating]:
        """Map (..., 2) crop pixels to picture pixels; the inverse of ``to_crop``."""
        return points / points.dtype.type(self.scale) + np.array([self.x, self.y], points.dtype)

    def cut(self, pixels: Pixels) -> Pixels:
        """Cut the square out of a (H, W, 3) picture as (size, size, 3); beyond its edge lies its paper colour."""
        height, width = pixels.shape[:2]
        x0, y0 = max(self.x, 0), max(self.y, 0)
        x1, y1 = min(self.x + self.side, width), min(self.y + self.side, height)
        if x0 >= x1 or y0 >= y1:
            raise ValueError(f"The crop {self} lies outside the {width} x {height} picture.")
        inside: Pixels = pixels[y0:y1, x0:x1]
        if self.side > _LARGE:
            return self._reduced(inside, (x0 - self.x, y0 - self.y), border_colour(pixels))
        if inside.shape[:2] != (self.side, self.side):
            inside = cv2.copyMakeBorder(  # type: ignore[assignment]
                inside,
                y0 - self.y,
                self.y + self.side - y1,
                x0 - self.x,
                self.x + self.side - x1,
                cv2.BORDER_CONSTANT,
                value=border_colour(pixels),
            )
        method = cv2.INTER_AREA if self.side > self.size else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(inside, (self.size, self.size), interpolation=method))

    def _reduced(self, inside: Pixels, corner: tuple[int, int], paper: tuple[float, float, float]) -> Pixels:
        """Return the square, its picture pixels reduced to four times ``size`` before paper is put round them."""
        side = 4 * self.size
        width, height = (min(side, max(1, round(n * side / self.side))) for n in inside.shape[1::-1])
        x, y = (
            min(round(n * side / self.side), side - extent) for n, extent in zip(corner, (width, height), strict=True)
        )
        square = np.empty((side, side, 3), np.uint8)
        square[:] = np.round(paper)
        square[y : y + height, x : x + width] = cv2.resize(inside, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(square, (self.size, self.size), interpolation=cv2.INTER_AREA))


def head_box(face: NDArray[np.floating], shoulders: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the square (4,) x0, y0, x1, y1 about as large as the head, around the middle of the face.

    Args:
        face: (n, 2) the joints of the face that are known, at least one.
        shoulders: (m, 2) the shoulders that are known; none will do.
    """
    middle = face.mean(0)
    size = _FACE * 2 * np.sqrt(((face - middle) ** 2).sum(1).mean())
    if len(shoulders):
        size = max(size, np.linalg.norm(middle - shoulders.mean(0)))
    return np.asarray([*(middle - size / 2), *(middle + size / 2)], np.float32)


def border_colour(pixels: Pixels) -> tuple[float, float, float]:
    """Median colour of the outermost pixels: the paper, which the eye continues beyond the edge."""
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    red, green, blue = np.median(edge, axis=0)
    return float(red), float(green), float(blue)
