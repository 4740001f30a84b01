"""The sheet of worst cases: what was drawn, what is true (grey) and what was read (coloured by side)."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from sketchpose.crop import Crop
from sketchpose.evaluate.report import Worst
from sketchpose.images import Pixels, read_image
from sketchpose.overlay import draw, plain_limbs, skeleton
from sketchpose.sheet import contact_sheet

_TILE: Final = 320


def worst_sheet(cases: Sequence[Worst], columns: int = 5, captions: Sequence[str] = ()) -> Pixels:
    """Return one picture (H, W, 3) uint8 RGB of the given cases, in their order.

    Args:
        cases: At least one.
        columns: Tiles in a row.
        captions: What stands below each; default: its OKS and the name of its file.

    Raises:
        ValueError: There is no case.
    """
    if not cases:
        raise ValueError("There is no case to show: ask for at least one with --worst.")
    captions = captions or [f"OKS {case.oks:.2f} {case.image.path.stem}" for case in cases]
    return contact_sheet([_tile(case) for case in cases], captions, columns=columns)


def _tile(case: Worst) -> Pixels:
    square = Crop.around(case.person.box, _TILE, 1.3)
    # Faint, so that the skeletons stand out.
    tile: Pixels = 255 - (255 - square.cut(read_image(case.image.path).pixels)) // 2
    draw(tile, plain_limbs(square.to_crop(case.person.keypoints), case.person.labelled, 4))
    if case.pose is not None:
        draw(tile, skeleton(square.to_crop(case.pose.keypoints), np.ones(len(case.pose.scores), bool), 2))
    return tile
