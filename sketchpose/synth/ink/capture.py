"""How the page got into the computer: scan, photograph, compression."""

import cv2
import numpy as np

from sketchpose.synth.arrays import Array


def capture(image: Array, rng: np.random.Generator, printed: bool = False) -> Array:
    """Return the captured picture (S, S, 3) uint8 of a drawing (S, S, 3) float32 in 0..1; print mostly stays clean."""
    size = image.shape[0]
    kind = rng.random() if not printed or rng.random() < 0.3 else 1.0
    if kind < 0.22:
        image = _photograph(image, rng, size)
    elif kind < 0.4:
        low, high = rng.uniform(0, 0.18), rng.uniform(0.82, 1)
        image = (image - low) / (high - low)
    if rng.random() < (0.1 if printed else 0.3):
        image = image + rng.normal(0, rng.uniform(0.004, 0.03), image.shape[:2] + (1,)).astype(np.float32)
    image = np.clip(image, 0, 1)
    if rng.random() < 0.12:
        image = np.repeat(image.mean(2, keepdims=True), 3, 2)
    out = (image * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.4:
        jpeg = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(35, 92))])[1]
        return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    return out


def _photograph(image: Array, rng: np.random.Generator, size: int) -> Array:
    """Uneven light, a colour cast, sometimes a soft shadow and blur."""
    axis = np.arange(size, dtype=np.float32) / size - 0.5
    x, y = axis[None], axis[:, None]
    turn = rng.uniform(0, 6.28)
    dim = 0.5 + 0.6 * (x * np.cos(turn) + y * np.sin(turn)) + rng.uniform(0, 0.8) * (x**2 + y**2)
    if rng.random() < 0.25:
        turn = rng.uniform(0, 6.28)
        edge = x * np.cos(turn) + y * np.sin(turn) - rng.uniform(0.1, 0.4)
        dim = dim + 0.5 / (1 + np.exp(-edge * rng.uniform(8, 40)))
    cast = np.clip(rng.normal(1, 0.028, 3), 0.85, 1.1).astype(np.float32)
    image = image * (1 - rng.uniform(0.08, 0.4) * dim[..., None]).astype(np.float32) * cast
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.0)) if rng.random() < 0.7 else image


def page_on_desk(image: Array, owner: Array, rng: np.random.Generator) -> Array:
    """Photograph a page lying on something, in place, and return the (3, 3) homography of its pixels.

    Args:
        image: (S, S, 3) float32 drawing, replaced by the photo.
        owner: (S, S) uint8 map of whose ink each pixel is, moved along.
        rng: Chooses the view and the desk.
    """
    size = image.shape[0]
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    centred = corners - 0.5
    angle = rng.normal(0, 0.07)
    c, s = np.cos(angle), np.sin(angle)
    moved = centred @ np.array([[c, s], [-s, c]]) * rng.uniform(0.86, 1.04) + 0.5 + rng.normal(0, 0.02, (4, 2))
    matrix = cv2.getPerspectiveTransform(corners * size, (moved * size).astype(np.float32))
    desk = tuple(float(v) for v in np.clip(rng.uniform(0.1, 0.8) + rng.normal(0, 0.08, 3), 0, 1))
    shape = (size, size)
    image[:] = cv2.warpPerspective(image, matrix, shape, borderMode=cv2.BORDER_CONSTANT, borderValue=desk)
    owner[:] = cv2.warpPerspective(owner, matrix, shape, flags=cv2.INTER_NEAREST)
    return np.asarray(matrix)
