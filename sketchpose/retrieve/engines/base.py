"""Engines find candidates; the exact comparison in ``match`` decides. So results hardly depend on the engine."""

import importlib
from typing import Any, Final, Literal, Protocol

import numpy as np

from sketchpose.retrieve.descriptor import Descriptors
from sketchpose.retrieve.people import Filter, Floats, People, Rows

Space = Literal["same", "any"]
"""Which of the two vectors: same camera or any camera."""


class Engine(Protocol):
    """Holds the vectors of a gallery and finds those with the greatest inner product."""

    def load(self, people: People, descriptors: Descriptors) -> None:
        """Take a whole gallery in, replacing what was there."""
        ...

    def nearest(self, space: Space, queries: Floats, k: int, where: Filter) -> list[Rows]:
        """Find the rows that fit best.

        Args:
            space: Which vectors.
            queries: (Q, D) float32 from ``describe``.
            k: How many at most, at least 1.
            where: Which people are considered at all.

        Returns:
            For each query up to k rows of the gallery, best first.
        """
        ...


ENGINES: Final = {
    "numpy": "sketchpose.retrieve.engines.exact:ExactEngine",
    "qdrant": "sketchpose.retrieve.engines.qdrant:QdrantEngine",
}
"""Name of each engine and where its class lies; a class is imported when it is asked for."""


def load_engine(name: str = "numpy", **options: Any) -> Engine:
    """Make an engine.

    Args:
        name: One of ``ENGINES``.
        options: Keyword arguments of its class.

    Raises:
        ValueError: No engine has this name, or a package it needs is not installed.
    """
    if name not in ENGINES:
        raise ValueError(f"There is no engine {name!r}; choose one of {', '.join(ENGINES)}.")
    module, _, attribute = ENGINES[name].partition(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)(**options)
    return engine


def best(scores: Floats, k: int) -> Rows:
    """Indices of the k greatest of (n,) scores, greatest first, ties by index; minus infinity never counts."""
    k = min(k, len(scores))
    if k == 0:
        return np.zeros(0, np.int64)
    rows = np.arange(len(scores))
    if k < len(scores):
        # a sample tells a bound that a few times k scores exceed, and only those are sorted out
        sample = np.sort(scores[:: max(1, len(scores) // 20_000)])
        bound = sample[-min(len(sample), 1 + 4 * k * len(sample) // len(scores))]
        above = np.flatnonzero(scores >= bound)
        if len(above) >= k:
            rows = above[np.argpartition(-scores[above], k - 1)[:k]]
        else:
            rows = np.argpartition(-scores, k - 1)[:k]
    rows = rows[np.isfinite(scores[rows])]
    return np.asarray(rows[np.lexsort((rows, -scores[rows]))], np.int64)
