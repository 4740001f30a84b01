"""Where the people are: a MultiPose network that learned drawings on the whole picture, and the ink it leaves over."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.crop import Crop, border_colour
from sketchpose.images import Picture, Pixels
from sketchpose.model import Network
from sketchpose.pose import iou

MIN_SCORE: Final = 0.05
"""People under this score are dropped: about where recall and precision balance on 300 synthetic pages held out. Most
false positives are dropped later, by the score of their joints."""
MAX_OVERLAP: Final = 0.6
"""Of two boxes that share more than this (intersection over union) the weaker is dropped."""
INK: Final = 48
"""A pixel is ink when its channels differ from the paper by this much together, out of 3 x 255."""
_INK_SIDE: Final = 512
_SPECK: Final = 4
_GAP: Final = 0.01
_SLOTS_LEFT: Final = 1
"""Where a look fills all of the network's places but so many, there may be more people than places."""
_TILE: Final = 0.6
"""Side of a tile as a share of what it is a part of: whoever is smaller than the overlap lies whole in one of four."""
_LOOKS_CLOSER: Final = 2
"""How often a crowded part is divided again: a page of more than a hundred people."""
_CUT: Final = 0.01
"""A box this near the inner edge of a tile, as a share of the tile's side, belongs to somebody who is cut there."""


class PersonDetector:
    """Finds people with a network that reads whole pictures, and crowded ones again in parts."""

    def __init__(self, model: str = "sketch-multipose", threads: int = 1) -> None:
        """Load the network.

        Args:
            model: Name or path of a model folder.
            threads: CPU threads per picture.

        Raises:
            ValueError: The model cannot be used.
        """
        self._network = Network(model, threads)

    def detect(self, picture: Picture) -> NDArray[np.float32]:
        """Return the people as (n, 5) float32 x0, y0, x1, y1 in picture pixels and score, surest first; n may be 0."""
        whole = Crop.around((0, 0, picture.width, picture.height), self._network.card.input_size, padding=1.0)
        return apart(self._look(picture, whole, _LOOKS_CLOSER))

    def _look(self, picture: Picture, square: Crop, closer: int) -> NDArray[np.float32]:
        """Return the people (n, 5) of a square, those of a crowded one also from its parts, ``closer`` times."""
        _, (found, *_) = self._network.people(square.cut(picture.pixels)[None])
        limits = np.array([picture.width, picture.height] * 2, np.float32)
        boxes = np.clip(square.to_picture(found[:, :4].reshape(-1, 2, 2)).reshape(-1, 4), 0, limits)
        real = (found[:, 4] >= MIN_SCORE) & (boxes[:, 2:] - boxes[:, :2] >= 1).all(1)
        people = np.asarray(np.concatenate([boxes, found[:, 4:]], 1)[real], np.float32)
        if not closer or len(apart(people)) < len(found) - _SLOTS_LEFT:
            return people
        parts = [_whole_in(tile, self._look(picture, tile, closer - 1), limits) for tile in _tiles(square, picture)]
        return np.concatenate([people, *parts])


def _tiles(square: Crop, picture: Picture) -> list[Crop]:
    """Return the four overlapping quarters of a square, without those that lie beyond the picture."""
    side = round(_TILE * square.side)
    starts = [(square.x + dx, square.y + dy) for dy in (0, square.side - side) for dx in (0, square.side - side)]
    tiles = [Crop(x, y, side, square.size) for x, y in starts]
    return [t for t in tiles if 0 < t.x + side and t.x < picture.width and 0 < t.y + side and t.y < picture.height]


def _whole_in(tile: Crop, people: NDArray[np.float32], limits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return those of the people (n, 5) that no edge of the tile cuts, unless it is the edge of the picture (4,)."""
    edge = np.array([tile.x, tile.y, tile.x + tile.side, tile.y + tile.side], np.float32)
    margin = _CUT * tile.side
    inner = np.where([True, True, False, False], edge > margin, edge < limits - margin)
    near = np.abs(people[:, :4] - edge) < margin
    return np.asarray(people[~(near & inner).any(1)])


def apart(people: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the detections (m, 5) of (n, 5) x0, y0, x1, y1, score that no surer one covers, surest first."""
    kept: list[NDArray[np.float32]] = []
    for person in people[np.argsort(-people[:, 4])]:
        if not kept or iou([person[:4]], [k[:4] for k in kept]).max() <= MAX_OVERLAP:
            kept.append(person)
    return np.array(kept, np.float32).reshape(-1, 5)


def ink_boxes(pixels: Pixels) -> NDArray[np.float32]:
    """Boxes around the separate things that are drawn on the paper, without specks.

    Args:
        pixels: (H, W, 3) uint8 RGB.

    Returns:
        (n, 4) float32 x0, y0, x1, y1 in picture pixels; n is 0 for a blank picture. Strokes closer together than
        about a fiftieth of the page belong to one thing.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, _INK_SIDE / max(height, width))
    paper = np.broadcast_to(np.rint(border_colour(pixels)).astype(np.uint8), pixels.shape)
    distance = cv2.transform(cv2.absdiff(pixels, np.ascontiguousarray(paper)), np.full((1, 3), 1.0, np.float32))
    # Strokes must survive the reduction, so each small pixel keeps the ink farthest from the paper.
    reach = max(1, round(1 / scale))
    grown = cv2.dilate(distance, np.ones((reach, reach), np.uint8))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    ink = (cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST) > INK).astype(np.uint8)
    _, labels, parts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    speck = parts[:, cv2.CC_STAT_AREA] < _SPECK
    ink[speck[labels]] = 0
    gap = 2 * max(1, round(_GAP * max(size))) + 1
    count, things = cv2.connectedComponents(cv2.dilate(ink, np.ones((gap, gap), np.uint8)))
    owner = np.zeros(len(parts), np.intp)
    owner[labels.ravel()] = things.ravel()  # all pixels of a part lie in one thing
    low = np.full((count, 2), np.inf)
    high = np.zeros((count, 2))
    real = np.flatnonzero(~speck[1:]) + 1  # part 0 is the paper
    np.minimum.at(low, owner[real], parts[real, :2])
    np.maximum.at(high, owner[real], parts[real, :2] + parts[real, 2:4])
    ratio = np.array([width / size[0], height / size[1]])
    return np.concatenate([low * ratio, high * ratio], 1)[1:].astype(np.float32)


def bounds(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (4,) box around (n, 4) boxes, n >= 1."""
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])
