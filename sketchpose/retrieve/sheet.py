"""Results on one picture: the query's skeleton over each result, limbs coloured by agreement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sketchpose.images import ImageError, Picture, Pixels
from sketchpose.overlay import compared_limbs, draw
from sketchpose.retrieve.gallery.gallery import Gallery
from sketchpose.retrieve.gallery.library import SearchResult
from sketchpose.retrieve.gallery.originals import original
from sketchpose.sheet import contact_sheet

TILE: Final = 300
_MARGIN: Final = 0.16
_PAPER: Final = (255, 255, 255)


def view_square(box: NDArray[np.float32]) -> tuple[float, float, float]:
    """Return x, y and side of the square that shows a person with some room round its box (4,)."""
    side = float((box[2:] - box[:2]).max()) * (1 + 2 * _MARGIN)
    x, y = ((box[:2] + box[2:]) / 2 - side / 2).tolist()
    return x, y, side


@dataclass(frozen=True, eq=False)
class Compared:
    """The skeleton that is drawn over a result, and how well it agrees.

    Attributes:
        points: (17, 2) pixels of the result's picture.
        shown: (17,) bool.
        agreement: (19,) in 0..1 per limb of ``skeleton.EDGES``, NaN where it was not compared.
    """

    points: NDArray[np.float32]
    shown: NDArray[np.bool_]
    agreement: NDArray[np.float32]


def tile(picture: Picture, box: NDArray[np.float32], compared: Compared | None = None, size: int = TILE) -> Pixels:
    """Return a person as a square picture (size, size, 3).

    Args:
        picture: Of the person.
        box: (4,) round the person.
        compared: Drawn over it.
        size: Side in pixels.
    """
    x, y, side = view_square(box)
    scale = size / side
    move = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32)
    source = picture.pixels
    if scale < 0.5:  # the affine warp does not average over what it skips
        height, width = (max(1, round(n * 2 * scale)) for n in source.shape[:2])
        move[:, :2] *= [source.shape[1] / width, source.shape[0] / height]
        source = np.asarray(cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    made = np.asarray(cv2.warpAffine(source, move, (size, size), flags=cv2.INTER_LINEAR, borderValue=_PAPER), np.uint8)
    if compared is not None:
        points = (compared.points - (x, y)) * scale
        draw(made, compared_limbs(points, compared.shown, compared.agreement, 3))
    return made


def result_sheet(gallery: Gallery, query: Pixels, results: Sequence[SearchResult]) -> Pixels:
    """Return the query (H, W, 3) and its results, each with the query's skeleton, its score and its name.

    Pictures that are gone are left out.
    """
    tiles, captions = [_fitted(query)], ["query"]
    for result in results:
        try:
            picture = original(gallery, result.entry)
        except ImageError:
            continue
        match = result.match
        tiles.append(
            tile(picture, result.pose.box, Compared(match.overlay, np.asarray(match.compared), match.agreement))
        )
        captions.append(f"{match.score:.0f}{', mirrored' if match.mirrored else ''}  {result.entry.name}")
    return contact_sheet(tiles, captions)


def _fitted(pixels: Pixels) -> Pixels:
    """Return a whole picture (H, W, 3) as a tile."""
    image = Image.fromarray(pixels)
    image.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", (TILE, TILE), "white")
    paper.paste(image, ((TILE - image.width) // 2, (TILE - image.height) // 2))
    return np.asarray(paper)
