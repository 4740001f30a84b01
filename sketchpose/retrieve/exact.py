"""Exact search in memory: one product of matrices, block by block."""

import numpy as np

from sketchpose.retrieve.descriptor import Descriptors
from sketchpose.retrieve.engine import Space, best
from sketchpose.retrieve.people import Filter, Floats, People, Rows

BLOCK = 65_536
"""Rows per product: small enough that its result stays in the processor's cache."""


class ExactEngine:
    """Compares a query with everybody."""

    def __init__(self) -> None:
        self._vectors: dict[str, Floats] = {}
        self._people: People | None = None

    def load(self, people: People, descriptors: Descriptors) -> None:
        """Take a whole gallery in; see ``Engine``. The arrays are shared, not copied."""
        self._people, self._vectors = people, {"same": descriptors.same, "any": descriptors.any}

    def nearest(self, space: Space, queries: Floats, k: int, where: Filter) -> list[Rows]:
        """Find the rows that fit best; see ``Engine``."""
        if self._people is None:
            raise ValueError("The engine holds no gallery yet; load one first.")
        vectors = self._vectors[space]
        mask = where.mask(self._people)
        rows = None if mask is None else np.flatnonzero(mask)
        if rows is not None and len(rows) < len(vectors) // 4:
            scores = queries @ vectors[rows].T
            return [rows[best(line, k)] for line in scores]
        scores = np.empty((len(queries), len(vectors)), np.float32)
        for start in range(0, len(vectors), BLOCK):
            scores[:, start : start + BLOCK] = queries @ vectors[start : start + BLOCK].T
        if mask is not None:
            scores[:, ~mask] = -np.inf
        return [best(line, k) for line in scores]
