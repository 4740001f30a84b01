"""A person's pose as two vectors: one for the same camera, one for any camera.

The **same-camera** vector holds, per limb of ``parts.LIMBS``, the limb as a 2D vector in units of the person's size and
a confidence. Comparing two people is one inner product, in which a joint that either of them lacks is neither agreement
nor disagreement: with v and u the limbs, w and z their confidences and c the mean squared difference of two random
people, ``sum w z (c - |v - u|^2)`` is the product of ``w (2 v, c - |v|^2, -1)`` with ``z (u, 1, |u|^2)``. The picture's
axes are kept, so standing is not lying.

The **any-camera** vector is the learned embedding of ``embedding``.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.retrieve.embedding import load_embedding
from sketchpose.retrieve.parts import LIMBS
from sketchpose.retrieve.people import Floats
from sketchpose.skeleton import SWAP

DESCRIPTOR_VERSION: Final = 2
"""Stored with a gallery. Descriptors of another version are made anew from the gallery's keypoints."""

START: Final = np.array([limb.start for limb in LIMBS])
END: Final = np.array([limb.end for limb in LIMBS])
LENGTH: Final = np.array([limb.length for limb in LIMBS], np.float32)
IMPORTANCE: Final = np.array([limb.importance for limb in LIMBS], np.float32)
SAME_DIMS: Final = 4 * len(LIMBS)
NEUTRAL: Final = 1.2
"""Mean squared difference of a limb between two random people, in squared lengths of the limb."""
_SURE: Final = 0.35
"""Confidence from which a joint counts fully."""
_RIGID: Final = 13
"""The first so many limbs are bones or nearly so, and tell the size of the person."""


@dataclass(frozen=True, eq=False)
class Descriptors:
    """Vectors of N people.

    Attributes:
        same: (N, SAME_DIMS) float32.
        any: (N, 128) float32 of unit length.
    """

    same: Floats
    any: Floats

    def __len__(self) -> int:
        return len(self.same)


def confidence(scores: Floats) -> Floats:
    """Weight 0..1 of joints by their scores, of any shape: half sure means half weight, sure enough is full."""
    return np.asarray(np.clip(np.asarray(scores, np.float32) / _SURE, 0, 1), np.float32)


def mirrored(keypoints: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Reflect people (..., 17, 2) left to right about x = 0, the person's left becoming right."""
    swap = list(SWAP)
    return keypoints[..., swap, :] * np.array([-1, 1], np.float32), scores[..., swap]


def limbs(keypoints: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Limbs of people in units of their size.

    Args:
        keypoints: (N, 17, 2).
        weights: (N, 17) in 0..1; what a joint of weight 0 says does not matter.

    Returns:
        (N, L, 2) vectors, about 1 long where a limb lies in the picture's plane; (N, L) confidences; (N,) sizes in the
        unit of the keypoints, at least a tiny one.
    """
    points = np.where(weights[..., None] > 0, keypoints, 0)
    vectors = (points[:, END] - points[:, START]) / LENGTH[:, None]
    sure = weights[:, START] * weights[:, END]
    rigid = sure[:, :_RIGID]
    fourth = (vectors[:, :_RIGID] ** 2).sum(2) ** 2
    size = ((rigid * fourth).sum(1) / np.maximum(rigid.sum(1), 1e-6)) ** 0.25
    # fewer than two joints, or all of them in one place: no limb says anything
    sure = np.where((size > 1e-6)[:, None], sure, 0)
    size = np.maximum(size, 1e-6)
    vectors = np.where(sure[..., None] > 0, vectors / size[:, None, None], 0)
    return np.clip(vectors, -3, 3).astype(np.float32), sure.astype(np.float32), size.astype(np.float32)


def same_camera(keypoints: Floats, scores: Floats) -> Floats:
    """Same-camera vectors (N, SAME_DIMS) of people in a gallery."""
    vectors, sure, _ = limbs(keypoints, confidence(scores))
    square = (vectors**2).sum(2)
    blocks = np.stack([vectors[..., 0], vectors[..., 1], np.ones_like(square), square], 2) * sure[..., None]
    return np.ascontiguousarray(blocks.reshape(len(blocks), SAME_DIMS), np.float32)


def same_camera_query(keypoints: Floats, scores: Floats) -> Floats:
    """Vectors (N, SAME_DIMS) whose inner product with those of ``same_camera`` tells how alike two people are."""
    vectors, sure, _ = limbs(keypoints, confidence(scores))
    square = (vectors**2).sum(2)
    parts = [2 * vectors[..., 0], 2 * vectors[..., 1], NEUTRAL - square, np.full_like(square, -1)]
    blocks = np.stack(parts, 2) * (sure * IMPORTANCE)[..., None]
    return np.ascontiguousarray(blocks.reshape(len(blocks), SAME_DIMS), np.float32)


def describe(keypoints: Floats, scores: Floats) -> Descriptors:
    """Describe people of a gallery.

    Args:
        keypoints: (N, 17, 2) in pixels of any scale.
        scores: (N, 17) confidence in 0..1; 0 where a joint is missing.
    """
    return Descriptors(same_camera(keypoints, scores), load_embedding()(keypoints, confidence(scores))[0])


def describe_query(keypoints: Floats, scores: Floats) -> Descriptors:
    """Describe people that are looked for; see ``describe`` for the arguments."""
    return Descriptors(same_camera_query(keypoints, scores), load_embedding()(keypoints, confidence(scores))[0])
