"""Variations of a training crop that move its joints exactly as they move its pixels.

Geometry is one resampling: a perspective map (crop, rotation, stretch, mirror image, view of a page) and a smooth
displacement, together. Appearance then changes lines, paper, light and capture, and touches no joint.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.crop import border_colour
from sketchpose.skeleton import SWAP
from sketchpose.train.config import AugmentConfig

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
_GRID: Final = 4
_INVERSE_STEPS: Final = 8
_MARGIN: Final = (0.03, 0.12)
"""What is left round a person who stands alone; an estimate leaves 0.06 where there are neighbours."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One person to learn from.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        keypoints: (17, 2) float32 picture pixels.
        visibility: (17,) uint8 in {0, 1, 2}.
        box: (4,) float32 x0, y0, x1, y1.
        photo: Whether it is a photograph.
    """

    image: Pixels
    keypoints: Floats
    visibility: NDArray[np.uint8]
    box: Floats
    photo: bool = False


@dataclass(frozen=True, eq=False)
class CropMap:
    """A map from picture pixels to crop pixels.

    Attributes:
        matrix: (3, 3) perspective map from picture to crop.
        field: (size, size, 2) float32, or None. The crop pixel p shows the picture at ``matrix^-1 (p + field[p])``.
        size: Side of the crop.
        mirrored: Whether the map reverses left and right.
    """

    matrix: NDArray[np.float64]
    field: Floats | None
    size: int
    mirrored: bool

    def points(self, points: Floats) -> Floats:
        """Map (n, 2) picture pixels to crop pixels.

        The displacement is given for crop pixels, so it is inverted by iteration; it changes slowly, which makes the
        iteration converge to a hundredth of a pixel.
        """
        p = np.c_[points.astype(np.float64), np.ones(len(points))] @ self.matrix.T
        target = p[:, :2] / p[:, 2:]
        if self.field is None:
            return np.asarray(target, np.float32)
        moved = target.copy()
        for _ in range(_INVERSE_STEPS):
            # Pixel i of the field is centred on i + 0.5.
            at = np.asarray(moved - 0.5, np.float32)[:, None]
            x, y = at[..., 0], at[..., 1]
            shift = cv2.remap(self.field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            moved = target - shift.reshape(-1, 2)
        return np.asarray(moved, np.float32)

    def picture(self, image: Pixels) -> Pixels:
        """Resample a picture; beyond its edge lies its paper colour."""
        inverse = np.linalg.inv(self.matrix)
        scale = 1 / math.sqrt(abs(np.linalg.det(inverse[:2, :2] / inverse[2, 2])) + 1e-12)
        if scale < 0.8:
            # Thin lines must not fall between the samples: reduce by area first, then resample near 1:1.
            height, width = image.shape[:2]
            reduced = max(1, round(width * scale)), max(1, round(height * scale))
            image = np.asarray(cv2.resize(image, reduced, interpolation=cv2.INTER_AREA), np.uint8)
            inverse = np.diag([reduced[0] / width, reduced[1] / height, 1.0]) @ inverse
        at = np.arange(self.size, dtype=np.float32) + 0.5
        x, y = np.meshgrid(at, at)
        if self.field is not None:
            x, y = x + self.field[..., 0], y + self.field[..., 1]
        source = np.stack((x, y, np.ones_like(x)), -1) @ inverse.T.astype(np.float32)
        source = source[..., :2] / source[..., 2:] - 0.5
        paper = border_colour(image)
        return np.asarray(
            cv2.remap(image, source[..., 0], source[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_CONSTANT, paper),
            np.uint8,
        )


def draw_view(box: Floats, size: int, config: AugmentConfig, rng: np.random.Generator) -> CropMap:
    """Draw a random view of the person in a box (4,); ``size`` is the side of the crop in pixels."""
    x0, y0, x1, y1 = box.astype(np.float64)
    side = max(x1 - x0, y1 - y0, 1.0) * rng.uniform(*config.zoom)
    center = np.array([x0 + x1, y0 + y1]) / 2 + rng.normal(0, config.shift, 2) * side
    angle = rng.uniform(-math.pi, math.pi) if rng.random() < config.spin else math.radians(rng.normal(0, config.tilt))
    ratio = math.exp(rng.normal(0, config.stretch) / 2)
    mirrored = bool(rng.random() < config.flip)
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    quad = (corners * [ratio, 1 / ratio] + rng.normal(0, config.perspective, (4, 2))) @ turn.T * side + center
    target = (corners + 0.5) * size
    if mirrored:
        target[:, 0] = size - target[:, 0]
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target.astype(np.float32))
    field = None
    if config.warp > 0 and rng.random() < 0.6:
        strength = rng.uniform(0.2, 1) * config.warp * size
        coarse = rng.normal(0, strength, (_GRID, _GRID, 2)).astype(np.float32)
        field = np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)
    return CropMap(np.asarray(matrix, np.float64), field, size, mirrored)


def apply(sample: Sample, view: CropMap) -> tuple[Pixels, Floats, NDArray[np.uint8]]:
    """Return crop, joints (17, 2) in crop pixels, and visibility: 0 where a joint left the crop.

    A mirror image exchanges left and right.
    """
    points, visibility = view.points(sample.keypoints), sample.visibility
    if view.mirrored:
        points, visibility = points[list(SWAP)], visibility[list(SWAP)]
    inside = ((points >= 0) & (points < view.size)).all(1)
    visibility = np.where(inside, visibility, 0).astype(np.uint8)
    return view.picture(sample.image), points, visibility


def appearance(crop: Pixels, photo: bool, config: AugmentConfig, rng: np.random.Generator) -> Pixels:
    """Return a crop (S, S, 3) with other lines, paper, light and capture; joints stay where they are."""
    size = len(crop)

    def chance(probability: float) -> bool:
        return bool(rng.random() < probability)

    if not photo and chance(config.weight):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2, 2) if chance(0.6) else (3, 3))
        crop = np.asarray(cv2.erode(crop, kernel) if chance(0.6) else cv2.dilate(crop, kernel), np.uint8)
    if chance(config.erase):
        h, w = (int(v) for v in rng.uniform(0.08, 0.3, 2) * size)
        y, x = int(rng.integers(0, size - h)), int(rng.integers(0, size - w))
        crop = crop.copy()
        crop[y : y + h, x : x + w] = rng.integers(0, 256, 3) if chance(0.5) else crop[0, 0]
    x_ = crop.astype(np.float32)
    if chance(config.grey):
        x_[:] = x_.mean(2, keepdims=True)
    if not photo and chance(config.invert):
        x_ = 255 - x_
    x_ = (x_ - 128) * rng.uniform(0.7, 1.25) + 128 + rng.normal(0, 12)
    x_ *= 1 + rng.normal(0, 0.04, 3).astype(np.float32)
    if chance(config.light):
        coarse = rng.uniform(0.6, 1.1, (2, 2) if chance(0.7) else (4, 4)).astype(np.float32)
        x_ *= np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC))[..., None]
    if chance(config.blur):
        x_ = np.asarray(cv2.GaussianBlur(x_, (0, 0), rng.uniform(0.4, 1.4) * size / 256))
    if chance(config.noise):
        grain = int(rng.integers(1, 4))
        coarse = rng.normal(0, rng.uniform(2, 10), (size // grain, size // grain, 1)).astype(np.float32)
        x_ += np.asarray(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR)).reshape(size, size, 1)
    result = np.clip(x_, 0, 255).astype(np.uint8)
    if chance(config.jpeg):
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
        result = np.asarray(cv2.imdecode(cv2.imencode(".jpg", result, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return result


def _alone(sample: Sample, margin: float) -> Pixels:
    """Return the picture with paper over what is farther from the person than a share of its box's longer side."""
    extent = margin * (sample.box[2:] - sample.box[:2]).max()
    x0, y0 = np.maximum(sample.box[:2] - extent, 0).astype(int).tolist()
    x1, y1 = np.maximum(sample.box[2:] + extent, 0).astype(int).tolist()
    alone = np.empty_like(sample.image)
    alone[:] = np.round(border_colour(sample.image))
    alone[y0:y1, x0:x1] = sample.image[y0:y1, x0:x1]
    return alone


def vary(
    sample: Sample, size: int, config: AugmentConfig, rng: np.random.Generator, head: Floats | None = None
) -> tuple[Pixels, Floats, NDArray[np.uint8]]:
    """Return a random crop (size, size, 3), its joints (17, 2) in crop pixels and their visibility (17,).

    Args:
        sample: The person.
        size: Side of the crop in pixels.
        config: How it is varied.
        rng: Source of chance.
        head: (4,) the square about as large as the head, for a view of the head alone.
    """
    if config.alone and rng.random() < config.alone:
        sample = replace(sample, image=_alone(sample, rng.uniform(*_MARGIN)))
    if head is None:
        view = draw_view(sample.box, size, config, rng)
    else:
        view = draw_view(head, size, replace(config, zoom=config.head_zoom), rng)
    crop, points, visibility = apply(sample, view)
    return appearance(crop, sample.photo, config, rng), points, visibility
