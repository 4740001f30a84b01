"""The exact comparison of one person with some others: a score from 0 to 100, and limb by limb why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.retrieve.descriptor import GALLERY_SURE, IMPORTANCE, confidence, limbs
from sketchpose.retrieve.embedding import BONES, load_embedding
from sketchpose.retrieve.engines.base import Space
from sketchpose.retrieve.people import Floats
from sketchpose.retrieve.same_body import doubt
from sketchpose.skeleton import EDGES, FACE, NUM_KEYPOINTS

_NEUTRAL: Final = {"same": 0.3, "any": 0.1}
"""Agreement assumed where the other lacks what the query has: about that of two people taken at random."""
_JOINT_SPREAD: Final = 0.55
"""A joint that is off by this much of the person's spread agrees by exp(-1/2), about 60 %."""
_JOINT_IMPORTANCE: Final = np.where(np.isin(np.arange(NUM_KEYPOINTS), FACE), 0.4, 1.0).astype(np.float32)
_LIMB_SPREAD: Final = 0.7
"""A limb that is off by this much of its length agrees by exp(-1), about 37 %; by half as much, almost fully: a few
degrees in many limbs must not outweigh one that points elsewhere."""
_SPREAD: Final = 0.45
"""By this much of its length a limb that is shown differs by exp(-1/2)."""
_SHORT: Final = 0.1
"""Limbs are taken to be at least this long, in spreads: of shorter ones the direction is chance."""
_DOUBT: Final = 0.12
_TOLERANCE: Final = 0.002
"""How much the geometric test counts beside the embedding; chosen on bodies that the embedding was learned from."""
_SPACE_SPREAD: Final = 0.6
"""The same for where a limb points in space, which is only guessed."""
_SAME_WAY: Final = float(np.cos(np.radians(45)))
"""Cosine of the angle up to which two limbs point the same way."""
_SAME_WAY_IN_SPACE: Final = float(np.exp(-(1 - _SAME_WAY) / _SPACE_SPREAD**2))
"""Agreement of two limbs in space at that angle."""
_EDGE_START: Final = np.array([a for a, _ in EDGES])
_EDGE_END: Final = np.array([b for _, b in EDGES])
_HEAD: Final = len(BONES) - 1
_EDGE_BONE: Final = np.array([next((i for i, bone in enumerate(BONES) if set(bone) == set(e)), _HEAD) for e in EDGES])
"""The bone of ``embedding.BONES`` that each limb is; those of the face share the head's."""


@dataclass(frozen=True, eq=False)
class PoseComparison:
    """One query against n people.

    Attributes:
        score: (n,) float32 in 0..100; 100 is the same pose.
        agreement: (n, 19) float32 in 0..1 per limb of ``skeleton.EDGES``; NaN where either lacks the limb.
    """

    score: Floats
    agreement: Floats


def compare(camera: Space, query: Floats, query_scores: Floats, keypoints: Floats, scores: Floats) -> PoseComparison:
    """Compare one person with others.

    Args:
        camera: ``same`` as one camera sees them, ``any`` as bodies in space.
        query: (17, 2).
        query_scores: (17,), 0 for joints that do not count.
        keypoints: (n, 17, 2).
        scores: (n, 17).
    """
    weights = confidence(query_scores)
    others = confidence(scores, GALLERY_SURE) * (weights > 0)  # so that both are judged by the same joints
    if camera == "any":
        return _in_space(query, weights, keypoints, others)
    return _in_picture(query, weights, keypoints, others)


def _in_picture(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> PoseComparison:
    """Compare limb by limb and joint by joint, as one camera sees them; weights, otherwise as ``compare``.

    Limbs tell poses apart; the places of joints, once position and size are matched, forgive the errors of an estimate
    and joints that are missing. Each counts half.
    """
    places, a, b = _places(query, weights, keypoints, others)
    score = 50 * (_limbs(query, weights, keypoints, others) + places)
    return PoseComparison(score.astype(np.float32), _edges(a, weights, b, others))


def _limbs(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> Floats:
    """Mean agreement (n,) of the limbs of the descriptor."""
    mine, sure, _ = limbs(query[None], weights[None])
    theirs, known, _ = limbs(keypoints, others)
    wanted = sure * IMPORTANCE
    agree = np.exp(-((((mine - theirs) ** 2).sum(2) / _LIMB_SPREAD**2) ** 2))
    return _blend(wanted, known * wanted, agree)


def _places(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean agreement (n,) of the joints' places, and both people (n, 17, 2) once place and size are matched."""
    wanted = weights * _JOINT_IMPORTANCE
    both = others * wanted
    a, b = _placed(np.broadcast_to(query, keypoints.shape), both), _placed(keypoints, both)
    return _blend(wanted, both, np.exp(-((a - b) ** 2).sum(2) / (2 * _JOINT_SPREAD**2))), a, b


def _blend(wanted: Floats, both: Floats, agree: Floats) -> Floats:
    """Mean (n,) of agreements (n, m) where both have what is wanted, of the neutral one where the other lacks it."""
    total = (both * agree + (wanted - both) * _NEUTRAL["same"]).sum(1)
    return np.asarray(total / np.maximum(wanted.sum(), 1e-6))


def _placed(points: Floats, weights: Floats) -> Floats:
    """People (n, 17, 2) about the mean of their joints, in units of their spread, both by weights (n, 17)."""
    points = np.where(weights[..., None] > 0, points, 0)
    total = np.maximum(weights.sum(1), 1e-6)[:, None, None]
    points = points - (points * weights[..., None]).sum(1, keepdims=True) / total
    spread = np.sqrt((weights[..., None] * points**2).sum((1, 2), keepdims=True) / total)
    return np.asarray(points / np.maximum(spread, 1e-6), np.float32)


def _edges(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> Floats:
    """Agreement (n, 19) of drawn limbs in direction and length, of people (n, 17, 2) of one size."""
    a, b = (points[:, _EDGE_END] - points[:, _EDGE_START] for points in (query, keypoints))
    length = np.maximum(np.maximum(np.linalg.norm(a, axis=2), np.linalg.norm(b, axis=2)), _SHORT)
    agree = np.exp(-((a - b) ** 2).sum(2) / length**2 / (2 * _SPREAD**2))
    return np.where(_known(weights, others), agree, np.nan).astype(np.float32)


def _in_space(query: Floats, weights: Floats, keypoints: Floats, others: Floats) -> PoseComparison:
    """Compare embeddings of the joints that the query has, less what geometry says against it, and limbs in space."""
    network = load_embedding()
    common = weights * others  # both are seen with the same gaps, so that a gap is no difference
    theirs, their_bones = network(keypoints, common)
    masks, which = np.unique(common, axis=0, return_inverse=True)
    mine, bones = network(np.broadcast_to(query, (len(masks), *query.shape)), masks)
    alike = (theirs * mine[which]).sum(1) - _DOUBT * doubt(query, weights, keypoints, others, _TOLERANCE)
    known = common.sum(1) / np.maximum(weights.sum(), 1e-6)
    score = 100 * (known * np.clip(alike, 0, 1) + (1 - known) * _NEUTRAL["any"])
    apart = 2 - 2 * (their_bones * bones[which]).sum(2)
    agree = np.exp(-apart / (2 * _SPACE_SPREAD**2))[:, _EDGE_BONE]
    return PoseComparison(score.astype(np.float32), np.where(_known(weights, others), agree, np.nan).astype(np.float32))


def _known(weights: Floats, others: Floats) -> NDArray[np.bool_]:
    """Which limbs (n, 19) both have."""
    mine, theirs = weights[_EDGE_START] * weights[_EDGE_END], others[:, _EDGE_START] * others[:, _EDGE_END]
    return np.asarray((mine > 0) & (theirs > 0))


def same_way(
    camera: Space, query: Floats, keypoints: Floats, agreement: Floats, edges: Sequence[int]
) -> NDArray[np.bool_]:
    """Tell which people hold all of some limbs as the query does, within 45 degrees; not those who lack one.

    Args:
        camera: As in ``compare``.
        query: (17, 2).
        keypoints: (n, 17, 2).
        agreement: (n, 19) as ``compare`` gives it.
        edges: Indices in ``skeleton.EDGES``.

    Returns:
        (n,).
    """
    chosen, ends, starts = agreement[:, edges], _EDGE_END[edges], _EDGE_START[edges]
    if camera == "any":
        return np.asarray((chosen >= _SAME_WAY_IN_SPACE).all(1))  # NaN is not
    a, b = query[ends] - query[starts], keypoints[:, ends] - keypoints[:, starts]
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=2)
    return np.asarray((~np.isnan(chosen) & ((a * b).sum(2) >= _SAME_WAY * lengths)).all(1))


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
    weights = confidence(query_scores) * confidence(scores, GALLERY_SURE)
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
