"""The exact comparison of one person with some others: a score from 0 to 100, and limb by limb why."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.retrieve.descriptor import IMPORTANCE, confidence, limbs
from sketchpose.retrieve.people import Floats
from sketchpose.skeleton import EDGES

_NEUTRAL_SHARE: Final = 0.35
"""Agreement assumed for a limb of the query that the other lacks: that of two people taken at random."""
_SPREAD: Final = 0.45
"""A limb that is off by this much of its length agrees by exp(-1/2), about 60 %."""
_EDGE_START: Final = np.array([a for a, _ in EDGES])
_EDGE_END: Final = np.array([b for _, b in EDGES])


@dataclass(frozen=True, eq=False)
class Comparison:
    """One query against n people.

    Attributes:
        score: (n,) float32 in 0..100; 100 is the same pose.
        agreement: (n, 19) float32 in 0..1 per limb of ``skeleton.EDGES``; NaN where either lacks the limb.
    """

    score: Floats
    agreement: Floats


def compare(query: Floats, query_scores: Floats, keypoints: Floats, scores: Floats) -> Comparison:
    """Compare one person with others as one camera sees them.

    Args:
        query: (17, 2).
        query_scores: (17,), 0 for joints that do not count.
        keypoints: (n, 17, 2).
        scores: (n, 17).
    """
    weights = confidence(query_scores)
    others = confidence(scores) * (weights > 0)  # so that the same joints tell both sizes
    mine, sure, size = limbs(query[None], weights[None])
    theirs, known, sizes = limbs(keypoints, others)
    both = sure * known * IMPORTANCE
    # the size is fitted anew for each pair: the joints that both have decide
    dot, square = (both * (mine * theirs).sum(2)).sum(1), (both * (theirs**2).sum(2)).sum(1)
    scale = np.clip(dot / np.maximum(square, 1e-6), 0.6, 1.6)
    apart = ((mine - scale[:, None, None] * theirs) ** 2).sum(2)
    agree = np.exp(-apart / (2 * _SPREAD**2))
    wanted = sure * IMPORTANCE
    total = (both * agree + (wanted - both) * _NEUTRAL_SHARE).sum(1)
    score = 100 * total / np.maximum(wanted.sum(), 1e-6)
    return Comparison(
        score.astype(np.float32), _edges(query / size, weights, keypoints * (scale / sizes)[:, None, None], others)
    )


def _edges(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> Floats:
    """Agreement (n, 19) of drawn limbs in direction and length, once the people are of one size."""
    a = query[_EDGE_END] - query[_EDGE_START]
    b = keypoints[:, _EDGE_END] - keypoints[:, _EDGE_START]
    length = np.maximum(np.maximum(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=2)), 0.15)
    agree = np.exp(-((a - b) ** 2).sum(2) / length**2 / (2 * _SPREAD**2))
    known = (weights[_EDGE_START] * weights[_EDGE_END] > 0) & (others[:, _EDGE_START] * others[:, _EDGE_END] > 0)
    return np.where(known, agree, np.nan).astype(np.float32)


def overlay(query: Floats, query_scores: Floats, keypoints: Floats, scores: Floats) -> Floats:
    """Lay the query over one result: scaled and moved so that the joints which both have meet best.

    Args:
        query: (17, 2).
        query_scores: (17,).
        keypoints: (17, 2) of the result.
        scores: (17,) of the result.

    Returns:
        (17, 2) in pixels of the result's picture.
    """
    weights = confidence(query_scores) * confidence(scores)
    if weights.sum() == 0:
        weights = confidence(query_scores)
    total = max(float(weights.sum()), 1e-6)
    a, b = (weights @ points / total for points in (query, keypoints))
    dot = (weights[:, None] * (query - a) * (keypoints - b)).sum()
    square = (weights[:, None] * (query - a) ** 2).sum()
    spread = (weights[:, None] * (keypoints - b) ** 2).sum()
    # opposite poses would shrink each other to a point: then only the sizes are matched
    scale = max(float(dot / max(square, 1e-6)), 0.5 * float(np.sqrt(spread / max(square, 1e-6))))
    return np.asarray((query - a) * scale + b, np.float32)
