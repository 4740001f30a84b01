"""Crowded pages: the network finds a few people at a time, the detector finds them all."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from sketchpose.crop import Crop
from sketchpose.estimate.detect import PersonDetector
from sketchpose.images import Picture

PLACES = 6
PAPER, SIDE = 250, 256


class OnePersonPerMark:
    """A network that takes each dark square for a person and returns the largest six, cut by the edge as they are."""

    card = SimpleNamespace(input_size=SIDE)

    def __init__(self) -> None:
        self.looks = 0

    def people(self, images: NDArray[np.uint8]) -> tuple[None, NDArray[np.float32]]:
        from sketchpose.estimate.detect import ink_boxes

        self.looks += 1
        # A frame of paper, so that the paper is known whatever the edge of the look cuts.
        framed = np.pad(images[0], ((8, 8), (8, 8), (0, 0)), constant_values=PAPER)
        boxes = np.clip(ink_boxes(framed) - 8, 0, SIDE)
        boxes = boxes[np.argsort(-(boxes[:, 2:] - boxes[:, :2]).prod(1))][:PLACES]
        found = np.zeros((1, PLACES, 5), np.float32)
        found[0, : len(boxes)] = np.c_[boxes, np.full(len(boxes), 0.5)]
        return None, found


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> OnePersonPerMark:
    network = OnePersonPerMark()
    monkeypatch.setattr("sketchpose.estimate.detect.Network", lambda *_: network)
    return network


def marked(width: int, height: int, columns: int, rows: int) -> Picture:
    """A page with a grid of dark squares, each 40 pixels wide."""
    pixels = np.full((height, width, 3), PAPER, np.uint8)
    for y in np.linspace(20, height - 60, rows).astype(int):
        for x in np.linspace(20, width - 60, columns).astype(int):
            pixels[y : y + 40, x : x + 40] = 0
    return Picture(pixels)


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2, 2), (4, 2), (4, 4), (6, 4), (8, 6)])
def test_everybody_on_a_crowded_page_is_found_once(network: OnePersonPerMark, columns: int, rows: int) -> None:
    page = marked(100 * columns + 60, 120 * rows + 40, columns, rows)
    found = PersonDetector().detect(page)
    assert len(found) == columns * rows
    assert (np.abs(found[:, 2:4] - found[:, :2] - 40) < 10).all()
    assert (network.looks == 1) == (columns * rows < PLACES - 1)


def test_a_look_that_finds_few_is_not_repeated_nearer(network: OnePersonPerMark) -> None:
    assert len(PersonDetector().detect(marked(400, 300, 2, 2))) == 4
    assert network.looks == 1


def test_the_tiles_of_a_page_meet_and_overlap() -> None:
    from sketchpose.estimate.detect import _tiles

    covered = np.zeros((300, 500), int)
    for tile in _tiles(Crop.around((0, 0, 500, 300), SIDE, padding=1.0), marked(500, 300, 1, 1)):
        covered[max(tile.y, 0) : tile.y + tile.side, max(tile.x, 0) : tile.x + tile.side] += 1
    assert covered.min() == 1 and covered.max() == 4
