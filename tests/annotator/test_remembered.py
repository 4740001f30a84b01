"""Poses that are remembered: of the same pixels and the same model only, and not more than asked for."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from annotator import remembered
from annotator.remembered import Remembering
from sketchpose.pose import Pose


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    def estimate(self, image: Any, boxes: ArrayLike | None = None) -> list[Pose]:
        self.asked += 1
        return [Pose.annotated(np.full((17, 2), float(self.asked)), np.full(17, 2))]


def page(grey: int) -> np.ndarray[Any, Any]:
    return np.full((40, 30, 3), grey, np.uint8)


def test_a_picture_is_looked_at_once_until_others_take_its_place() -> None:
    counting = Counting()
    memory = Remembering(counting, last=2)
    first = memory.estimate(page(1))
    assert memory.estimate(page(1)) == first and counting.asked == 1
    memory.estimate(page(2))
    memory.estimate(page(1))
    memory.estimate(page(3))
    assert counting.asked == 3
    assert memory.estimate(page(1)) == first and counting.asked == 3, "the one used least lately went"
    memory.estimate(page(2))
    assert counting.asked == 4
    assert memory.name == "counting"


def test_what_a_caller_does_with_its_list_stays_there() -> None:
    memory = Remembering(Counting())
    memory.estimate(page(1)).clear()
    assert len(memory.estimate(page(1))) == 1


def test_boxes_are_asked_anew() -> None:
    counting = Counting()
    memory = Remembering(counting)
    memory.estimate(page(1))
    memory.estimate(page(1), [[0, 0, 5, 5]])
    memory.estimate(page(1), [[0, 0, 5, 5]])
    assert counting.asked == 3


def test_another_model_looks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    memory = Remembering(counting)
    memory.estimate(page(1))
    monkeypatch.setattr(remembered, "stamp", lambda: (1, 2, 3))
    memory.estimate(page(1))
    assert counting.asked == 2
