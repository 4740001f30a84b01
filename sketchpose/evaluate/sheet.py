"""The sheet of worst cases: what was drawn, what is true (grey) and what was read (coloured)."""

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.crop import Crop
from sketchpose.evaluate.report import Worst
from sketchpose.images import read_image
from sketchpose.skeleton import EDGES, edge_side

_TILE: Final = 320
_CAPTION: Final = 22
_TRUE: Final = (150, 150, 150)
_COLOURS: Final = {"left": (28, 126, 214), "right": (232, 89, 12), "middle": (43, 138, 62)}


def worst_sheet(cases: Sequence[Worst], columns: int = 5, captions: Sequence[str] = ()) -> NDArray[np.uint8]:
    """Return one picture (H, W, 3) uint8 RGB of the given cases, in their order.

    Args:
        cases: at least one.
        columns: tiles in a row.
        captions: what stands below each; default: its OKS and the name of its file.

    Raises:
        ValueError: there is no case.
    """
    if not cases:
        raise ValueError("There is no case to show: ask for at least one with --worst.")
    rows = math.ceil(len(cases) / columns)
    sheet = np.full((rows * (_TILE + _CAPTION), columns * _TILE, 3), 255, np.uint8)
    for i, case in enumerate(cases):
        y, x = (i // columns) * (_TILE + _CAPTION), (i % columns) * _TILE
        sheet[y : y + _TILE + _CAPTION, x : x + _TILE] = _tile(
            case, captions[i] if captions else f"OKS {case.oks:.2f} {case.image.path.stem}"
        )
    return sheet


def _tile(case: Worst, caption: str) -> NDArray[np.uint8]:
    square = Crop.around(case.person.box, _TILE, 1.3)
    tile = np.full((_TILE + _CAPTION, _TILE, 3), 255, np.uint8)
    # Faint, so that the skeletons stand out.
    tile[:_TILE] = 255 - (255 - square.cut(read_image(case.image.path).pixels)) // 2
    _skeleton(tile[:_TILE], square.to_crop(case.person.keypoints), case.person.labelled, None)
    if case.pose is not None:
        _skeleton(tile[:_TILE], square.to_crop(case.pose.keypoints), np.ones(len(case.pose.scores), bool), _COLOURS)
    cv2.putText(tile, caption[:44], (4, _TILE + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _skeleton(
    tile: NDArray[np.uint8],
    points: NDArray[np.floating],
    shown: NDArray[np.bool_],
    colours: dict[str, tuple[int, int, int]] | None,
) -> None:
    for a, b in EDGES:
        if shown[a] and shown[b]:
            colour = _TRUE if colours is None else colours[edge_side(a, b)]
            start, end = (tuple(int(v) for v in np.clip(np.round(points[j]), -999, 9999)) for j in (a, b))
            cv2.line(tile, start, end, colour, 4 if colours is None else 2, cv2.LINE_AA)
