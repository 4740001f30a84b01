"""Contact sheets: pictures of one size side by side, each with its caption."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sketchpose.images import Pixels

CAPTION: Final = 26
"""Height of a caption in pixels."""
_LINE: Final = (200, 200, 200)


def contact_sheet(tiles: Sequence[Pixels], captions: Sequence[str] = (), *, columns: int = 4) -> Pixels:
    """Return pictures side by side, row by row, as one picture (H, W, 3).

    Args:
        tiles: Square pictures (N, N, 3) of one size, at least one; a line is drawn along their edges.
        captions: A text below each, cut where it is too long; none leaves no room for them.
        columns: How many side by side.

    Raises:
        ValueError: There is no picture.
    """
    if not tiles:
        raise ValueError("There is nothing to put on a contact sheet; choose at least one picture.")
    size, columns = len(tiles[0]), min(columns, len(tiles))
    height = size + (CAPTION if captions else 0)
    sheet = Image.new("RGB", (columns * size, -(-len(tiles) // columns) * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for i, tile in enumerate(tiles):
        left, top = i % columns * size, i // columns * height
        sheet.paste(Image.fromarray(tile), (left, top))
        draw.rectangle((left, top, left + size - 1, top + size - 1), outline=_LINE)
        caption = captions[i] if captions else ""
        while draw.textlength(caption, font) > size - 12:
            caption = caption[:-2]
        draw.text((left + 6, top + size + 4), caption, "black", font)
    return np.asarray(sheet)
