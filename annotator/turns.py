"""Whose turn it is: as many pictures are worked on at a time as there are cores; small ones go first, none starves."""

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from numpy.typing import ArrayLike

from sketchpose.estimate import Estimator
from sketchpose.images import ImageSource, Picture
from sketchpose.options import cores
from sketchpose.pose import Pose

_S_PER_MB: Final = 1.0
"""For each megabyte of its file, a picture lets others go first that come up to so many seconds later."""


class Turns:
    """Lets a few threads work at a time; a thread that has its turn may take it again."""

    def __init__(self, places: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with every place free.

        Args:
            places: How many threads may work at a time.
            clock: Seconds from any start.
        """
        self._free, self._clock = places, clock
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._lock, self._number, self._mine = threading.Lock(), itertools.count(), threading.local()

    @contextmanager
    def take(self, source: object = None) -> Iterator[None]:
        """Wait for a turn and hold it until the block ends.

        Args:
            source: The picture to work on, as a path, bytes or pixels: large files let small ones go first.
        """
        if getattr(self._mine, "held", False):
            yield
            return
        called = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                called.set()
            else:
                due = self._clock() + _S_PER_MB * _megabytes(source)
                heapq.heappush(self._waiting, (due, next(self._number), called))
        called.wait()
        self._mine.held = True
        try:
            yield
        finally:
            self._mine.held = False
            with self._lock:
                if self._waiting:
                    heapq.heappop(self._waiting)[2].set()
                else:
                    self._free += 1


TURNS: Final = Turns(cores())
"""The turns of this process: whatever decodes or estimates a picture takes one."""


class TurnTaker:
    """An ``Estimator`` that waits for its turn; threads may share it."""

    def __init__(self, estimator: Estimator, turns: Turns = TURNS) -> None:
        """Have an estimator wait for its turn.

        Args:
            estimator: Threads must be able to share it.
            turns: Those to wait for.
        """
        self._estimator, self._turns = estimator, turns

    @property
    def name(self) -> str:
        """Name of the model that estimates now."""
        return self._estimator.name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``."""
        with self._turns.take(image):
            return self._estimator.estimate(image, boxes)


def _megabytes(source: object) -> float:
    """Return the size of a picture's file; 0 for one that is decoded already."""
    if isinstance(source, (str, Path)):
        try:
            return os.path.getsize(source) / 1e6
        except OSError:
            return 0.0
    return len(source) / 1e6 if isinstance(source, bytes) else 0.0
