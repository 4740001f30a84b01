"""How a network reads a person, with a network that says where things are."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sketchpose.crop import Crop
from sketchpose.estimate.reading import _HEAD_LOOKS, Reader
from sketchpose.images import Picture
from sketchpose.skeleton import BODY, FACE

SIDE, CELLS = 256, 64


class Pointing:
    """Stands in for a network: all joints lie in the middle of what it is shown, in the mirror too."""

    def __init__(self, reads_heads: bool) -> None:
        self.card = SimpleNamespace(input_size=SIDE, reads_heads=reads_heads)
        self.shown: list[NDArray[np.uint8]] = []

    def maps(self, cuts: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        self.shown.append(cuts)
        n, heat = len(cuts), np.zeros((len(cuts), 17, CELLS, CELLS), np.float32)
        # Two cells on either side of the middle, so that the mirror image says the same.
        heat[:, :, CELLS // 2 - 1 : CELLS // 2 + 1, CELLS // 2 - 1 : CELLS // 2 + 1] = 0.6
        offset = np.full((n, 34, CELLS, CELLS), 1.0, np.float32)
        zero = np.zeros((n, 34, CELLS, CELLS), np.float32)
        return {"heat": heat, "center": np.ones((n, 1, CELLS, CELLS), np.float32), "regress": zero, "offset": offset}


def reader(network: Pointing, **options: Any) -> Reader:
    return Reader(network, refine=False, **options)  # type: ignore[arg-type]


def read(one: Reader, boxes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read everybody, faces from nearby."""
    return one.faces(picture(), boxes, *one.read(picture(), boxes), np.arange(len(boxes)))


def picture() -> Picture:
    return Picture(np.full((400, 600, 3), 255, np.uint8), "white")


BOX = np.array([[100, 100, 300, 300]], np.float32)


@pytest.mark.parametrize(
    ("reads", "views", "looks"), [(True, 5, [5, 1, 1]), (True, 2, [2, 1, 1]), (True, 1, [1]), (False, 5, [5])]
)
def test_a_head_is_looked_at_from_nearby_by_a_network_that_has_learnt_to(
    reads: bool, views: int, looks: list[int]
) -> None:
    network = Pointing(reads)
    read(reader(network, views=views), BOX)
    assert [len(cuts) for cuts in network.shown] == looks


def test_the_face_is_the_median_of_three_looks_and_the_body_that_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    (points,), (scores,) = read(reader(Pointing(False), views=2), BOX)
    (first, _), (second, _) = _HEAD_LOOKS
    moved = {first: (8, 0.3), second: (100, 0.0)}  # a little aside; another way altogether

    def joints(self: Reader, picture: Picture, places: Any, people: Any, indices: Any, padding: float, _: Any) -> Any:
        by, more = moved.get(padding, (0, 0))
        return points[None] + np.float32(by), scores[None] + np.float32(more)

    monkeypatch.setattr(Reader, "_joints", joints)
    (both,), (sure,) = read(reader(Pointing(True), views=2), BOX)
    np.testing.assert_array_equal(both[list(BODY)], points[list(BODY)])
    np.testing.assert_array_equal(sure[list(BODY)], scores[list(BODY)])
    np.testing.assert_allclose(both[list(FACE)], points[list(FACE)] + 8, atol=1e-4)
    np.testing.assert_allclose(sure[list(FACE)], scores[list(FACE)] + 0.1, atol=1e-5)


def test_a_head_beyond_the_edge_is_not_looked_at() -> None:
    network = Pointing(True)
    beyond = np.array([[-190, 100, 10, 300]], np.float32)
    (points,), _ = read(reader(network, views=2), beyond)
    assert points[0, 0] < 0 and [len(cuts) for cuts in network.shown] == [2]


def test_evidence_says_what_was_chosen_after_the_closer_look() -> None:
    (points,), (scores,) = read(reader(Pointing(True), views=2), BOX)
    seen = reader(Pointing(True), views=2).evidence(picture(), BOX[0])
    np.testing.assert_allclose(Crop.around(BOX[0], SIDE).to_picture(seen.joints * SIDE), points, atol=1e-3)
    np.testing.assert_allclose(seen.scores, scores, atol=1e-6)
