"""Contact sheets: many scenes on one picture, plain or with their labels."""

import cv2
import numpy as np

from sketchpose.skeleton import EDGES, edge_side
from sketchpose.synth.arrays import Array
from sketchpose.synth.scene import Scene

_LINE = {"left": (0, 120, 230), "right": (230, 90, 0), "middle": (40, 160, 40)}
_POINT = {2: (220, 0, 0), 1: (220, 0, 220)}


def overlay(scene: Scene) -> Array:
    """Return the scene's picture with limbs (blue left, orange right), joints (magenta when hidden) and boxes."""
    image = scene.image.copy()
    for person in scene.persons:
        points = person.keypoints
        for a, b in EDGES:
            if person.visibility[a] and person.visibility[b]:
                ends = [(int(points[i, 0] * 16), int(points[i, 1] * 16)) for i in (a, b)]
                cv2.line(image, ends[0], ends[1], _LINE[edge_side(a, b)], 1, cv2.LINE_AA, 4)
        for (x, y), v in zip(points, person.visibility, strict=True):
            if v:
                cv2.circle(image, (int(x * 16), int(y * 16)), 36, _POINT[int(v)], -1, cv2.LINE_AA, 4)
        x0, y0, x1, y1 = (int(v) for v in person.box)
        cv2.rectangle(image, (x0, y0), (x1 - 1, y1 - 1), (150, 150, 150), 1)
    return image


def contact_sheet(images: list[Array], columns: int) -> Array:
    """Return equally large pictures (H, W, 3) side by side, row by row, with thin borders."""
    tiles = [cv2.copyMakeBorder(i, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(128, 128, 128)) for i in images]
    while len(tiles) % columns:
        tiles.append(np.full_like(tiles[0], 255))
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def encode_sheet(sheet: Array, suffix: str) -> bytes:
    """Return a picture (H, W, 3) uint8 RGB as the bytes of a file.

    Raises:
        ValueError: the suffix names no format that can be written.
    """
    options = {".png": [], ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 88], ".webp": [cv2.IMWRITE_WEBP_QUALITY, 85]}
    if suffix.lower() not in options:
        raise ValueError(f"cannot write {suffix or 'a file without suffix'}; choose {', '.join(options)}")
    return cv2.imencode(suffix, sheet[..., ::-1], options[suffix.lower()])[1].tobytes()
