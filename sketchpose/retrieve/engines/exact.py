"""Exact search in memory: one product of matrices."""

from typing import Final

import numpy as np

from sketchpose.retrieve.descriptor import Descriptors
from sketchpose.retrieve.engines.base import Space, best
from sketchpose.retrieve.people import Filter, Floats, People, Rows

_FEW: Final = 0.25
"""Below this share of rows that pass a filter, they are gathered first."""


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
        if rows is not None and len(rows) < len(vectors) * _FEW:
            few = vectors[rows] @ queries.T
            return [rows[best(column, k)] for column in few.T]
        scores = vectors @ queries.T  # this way round is twice as fast for a handful of queries
        if mask is not None:
            scores[~mask] = -np.inf
        return [best(column, k) for column in scores.T]
