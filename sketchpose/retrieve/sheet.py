"""Results on one picture: contact sheets, the query's skeleton over each result, limbs coloured by agreement.

The colours run from blue (agrees) over yellow to vermillion (differs), Okabe and Ito's, which differ in lightness and
hue for colour-blind eyes too.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sketchpose.images import ImageError, Picture, Pixels
from sketchpose.retrieve.gallery import Gallery
from sketchpose.retrieve.library import Found
from sketchpose.retrieve.originals import original
from sketchpose.skeleton import EDGES

AGREEMENT: Final = ((0.35, "#d55e00"), (0.7, "#f0c800"), (1.01, "#0072b2"))
"""Colour of a limb whose agreement lies below each limit."""
UNKNOWN: Final = "#8c8c8c"
TILE: Final = 300
_BAR: Final = 26
_MARGIN: Final = 0.16
_PAPER: Final = (238, 238, 238)


def colour(agreement: float) -> str:
    """Return the colour of a limb; NaN is grey: it was not compared."""
    return next((paint for limit, paint in AGREEMENT if agreement < limit), UNKNOWN)


def view_square(box: NDArray[np.float32]) -> tuple[float, float, float]:
    """Return x, y and side of the square that shows a person with some room round its box (4,)."""
    side = float((box[2:] - box[:2]).max()) * (1 + 2 * _MARGIN)
    x, y = ((box[:2] + box[2:]) / 2 - side / 2).tolist()
    return x, y, side


def tile(picture: Picture, found: Found, *, skeleton: bool, size: int = TILE) -> Pixels:
    """Return a result as a square picture (size, size, 3) of the person."""
    x, y, side = view_square(found.pose.box)
    scale = size / side
    move = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32)
    source = picture.pixels
    if scale < 0.5:  # the affine warp does not average over what it skips
        source = np.asarray(
            cv2.resize(source, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        move[:, :2] /= 2 * scale
    made = cv2.warpAffine(source, move, (size, size), flags=cv2.INTER_AREA, borderValue=_PAPER)
    if skeleton:
        points = (found.match.overlay - (x, y)) * scale
        drawn = [
            (points[a], points[b], float(share))
            for (a, b), share in zip(EDGES, found.match.agreement, strict=True)
            if found.match.compared[a] and found.match.compared[b]
        ]
        for width, casing in ((7, True), (3, False)):
            for a, b, share in drawn:
                paint = "#ffffff" if casing else colour(share)
                ends = [tuple(int(v * 16) for v in p) for p in (a, b)]
                rgb = tuple(int(paint[i : i + 2], 16) for i in (1, 3, 5))
                cv2.line(made, ends[0], ends[1], rgb, width, cv2.LINE_AA, 4)
    return np.asarray(made, np.uint8)


def contact_sheet(
    gallery: Gallery, results: Sequence[Found], *, query: Pixels | None = None, skeleton: bool = True, columns: int = 4
) -> Pixels:
    """Return results side by side, each with its score and name.

    Args:
        gallery: Where they come from.
        results: Best first, at least one.
        query: A picture of what was looked for, put first.
        skeleton: Draw the query's skeleton over each result.
        columns: How many side by side.

    Raises:
        ValueError: There are no results.
    """
    tiles: list[tuple[Pixels, str]] = []
    if query is not None:
        tiles.append((_square(query), "query"))
    for found in results:
        try:
            picture = original(gallery, found.entry)
        except ImageError:
            continue
        mark = ", mirrored" if found.match.mirrored else ""
        tiles.append((tile(picture, found, skeleton=skeleton), f"{found.match.score:.0f}{mark}  {found.entry.name}"))
    if not tiles:
        raise ValueError("There is nothing to put on a contact sheet; choose some results first.")
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * TILE, rows * (TILE + _BAR)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for i, (pixels, words) in enumerate(tiles):
        left, top = i % columns * TILE, i // columns * (TILE + _BAR)
        sheet.paste(Image.fromarray(pixels[1:-1, 1:-1]), (left + 1, top + 1))
        while draw.textlength(words, font) > TILE - 12:
            words = words[:-2]
        draw.text((left + 6, top + TILE + 4), words, "black", font)
    return np.asarray(sheet)


def _square(pixels: Pixels) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", (TILE, TILE), "white")
    paper.paste(image, ((TILE - image.width) // 2, (TILE - image.height) // 2))
    return np.asarray(paper)
