"""Results on one picture: contact sheets, the query's skeleton over each result, limbs coloured by agreement.

The colours run from blue (agrees) over yellow to vermillion (differs), Okabe and Ito's, which differ in lightness and
hue for colour-blind eyes too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sketchpose.images import ImageError, Picture, Pixels
from sketchpose.retrieve.gallery.gallery import Gallery
from sketchpose.retrieve.gallery.library import Found
from sketchpose.retrieve.gallery.originals import original
from sketchpose.retrieve.query import Match
from sketchpose.skeleton import EDGES

AGREEMENT: Final = ((0.35, "#d55e00"), (0.7, "#f0c800"), (1.01, "#0072b2"))
"""Colour of a limb whose agreement lies below each limit."""
UNKNOWN: Final = "#8c8c8c"
TILE: Final = 300
_BAR: Final = 26
_MARGIN: Final = 0.16
_PAPER: Final = (255, 255, 255)


def colour(agreement: float) -> str:
    """Return the colour of a limb; NaN is grey: it was not compared."""
    return next((paint for limit, paint in AGREEMENT if agreement < limit), UNKNOWN)


def view_square(box: NDArray[np.float32]) -> tuple[float, float, float]:
    """Return x, y and side of the square that shows a person with some room round its box (4,)."""
    side = float((box[2:] - box[:2]).max()) * (1 + 2 * _MARGIN)
    x, y = ((box[:2] + box[2:]) / 2 - side / 2).tolist()
    return x, y, side


@dataclass(frozen=True, eq=False)
class Skeleton:
    """What is drawn over a result.

    Attributes:
        points: (17, 2) pixels of the result's picture.
        shown: (17,) bool.
        agreement: (19,) in 0..1 per limb of ``skeleton.EDGES``, NaN where it was not compared.
    """

    points: NDArray[np.float32]
    shown: NDArray[np.bool_]
    agreement: NDArray[np.float32]

    @classmethod
    def of(cls, match: Match) -> "Skeleton":
        """Return the query laid over a result."""
        return cls(match.overlay, np.asarray(match.compared), match.agreement)


def tile(picture: Picture, box: NDArray[np.float32], skeleton: Skeleton | None = None, size: int = TILE) -> Pixels:
    """Return a person as a square picture (size, size, 3).

    Args:
        picture: Of the person.
        box: (4,) round the person.
        skeleton: Drawn over it.
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
    if skeleton is not None:
        points = (np.clip((skeleton.points - (x, y)) * scale, -size, 2 * size) * 16).astype(int).tolist()
        drawn = [
            (points[a], points[b], colour(share))
            for (a, b), share in zip(EDGES, skeleton.agreement.tolist(), strict=True)
            if skeleton.shown[a] and skeleton.shown[b]
        ]
        for width, casing in ((7, "#ffffff"), (3, "")):
            for a, b, paint in drawn:
                red, green, blue = (int((casing or paint)[i : i + 2], 16) for i in (1, 3, 5))
                cv2.line(made, a, b, (red, green, blue), width, cv2.LINE_AA, 4)
    return made


def contact_sheet(tiles: Sequence[tuple[Pixels, str]], columns: int = 4) -> Pixels:
    """Return square pictures side by side, each with words below it.

    Args:
        tiles: (TILE, TILE, 3) pictures and their words, at least one.
        columns: How many side by side.

    Raises:
        ValueError: There are none.
    """
    if not tiles:
        raise ValueError("There is nothing to put on a contact sheet; choose some references first.")
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (min(columns, len(tiles)) * TILE, rows * (TILE + _BAR)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for i, (pixels, words) in enumerate(tiles):
        left, top = i % columns * TILE, i // columns * (TILE + _BAR)
        sheet.paste(Image.fromarray(pixels[1:-1, 1:-1]), (left + 1, top + 1))
        while draw.textlength(words, font) > TILE - 12:
            words = words[:-2]
        draw.text((left + 6, top + TILE + 4), words, "black", font)
    return np.asarray(sheet)


def result_tiles(gallery: Gallery, results: Sequence[Found]) -> list[tuple[Pixels, str]]:
    """Return a tile per result with the query's skeleton, its score and name; pictures that are gone are left out."""
    tiles = []
    for found in results:
        try:
            picture = original(gallery, found.entry)
        except ImageError:
            continue
        mark = ", mirrored" if found.match.mirrored else ""
        words = f"{found.match.score:.0f}{mark}  {found.entry.name}"
        tiles.append((tile(picture, found.pose.box, Skeleton.of(found.match)), words))
    return tiles


def fitted(pixels: Pixels) -> Pixels:
    """Return a whole picture (H, W, 3) as a tile."""
    image = Image.fromarray(pixels)
    image.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", (TILE, TILE), "white")
    paper.paste(image, ((TILE - image.width) // 2, (TILE - image.height) // 2))
    return np.asarray(paper)
