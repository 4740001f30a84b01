"""A person's pose as two vectors: one for the same camera, one for any camera.

The **same-camera** vector holds, per limb of ``parts.LIMBS``, the limb as a 2D vector in units of the person's size,
seen through sines and cosines of its two coordinates (random Fourier features with the axes as directions, Rahimi and
Recht 2007), less what they are on average, times a confidence. The inner product of two people then sums, over the
limbs that both have, how alike they are, beside two people taken at random: a missing joint is neither agreement nor
disagreement, and what a wrong limb takes away has a bound. The picture's axes are kept, so
standing is not lying.

The **any-camera** vector is the learned embedding of ``embedding``.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.retrieve.embedding import load_embedding
from sketchpose.retrieve.parts import LIMBS
from sketchpose.retrieve.people import Floats
from sketchpose.skeleton import SWAP

DESCRIPTOR_VERSION: Final = 4
"""Stored with a gallery. Descriptors of another version are made anew from the gallery's keypoints."""

START: Final = np.array([limb.start for limb in LIMBS])
END: Final = np.array([limb.end for limb in LIMBS])
LENGTH: Final = np.array([limb.length for limb in LIMBS], np.float32)
IMPORTANCE: Final = np.array([limb.importance for limb in LIMBS], np.float32)
SAME_DIMS: Final = 4 * len(LIMBS)
MEANS: Final = Path(__file__).with_name("weights") / "limbs.safetensors"
"""What the sines and cosines are on average over views of the synthetic body; made by ``learn``."""
FREQUENCY: Final = 2.2
"""Radians per length of a limb. Of 0.8 to 2.5, most drawn people of a development set were among the candidates."""
SURE: Final = 0.6
"""Score from which a joint of a query counts fully. On drawings the shipped model's median error is then 8 % of a
person's spread; at half that score it is 25 %."""
GALLERY_SURE: Final = 0.3
"""The same in a gallery: a person whom the model read with less confidence is to be found as well."""
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


def confidence(scores: Floats, sure: float = SURE) -> Floats:
    """Weight 0..1 of joints by their scores, of any shape: proportional up to ``sure``, then full."""
    return np.asarray(np.clip(np.asarray(scores, np.float32) / sure, 0, 1), np.float32)


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


def waves(vectors: Floats) -> Floats:
    """Cosine of x and y, sine of x and y (N, L, 4) of limbs (N, L, 2)."""
    phases = FREQUENCY * vectors
    return np.concatenate([np.cos(phases), np.sin(phases)], 2)


@cache
def mean_waves() -> Floats:
    """What ``waves`` is on average (L, 4)."""
    from safetensors.numpy import load_file

    return np.asarray(load_file(MEANS)["means"], np.float32)


def same_camera(keypoints: Floats, weights: Floats) -> Floats:
    """Same-camera vectors (N, SAME_DIMS) of people (N, 17, 2) with weights (N, 17)."""
    vectors, sure, _ = limbs(keypoints, weights)
    blocks = (waves(vectors) - mean_waves()) * (sure * np.sqrt(IMPORTANCE))[..., None]
    return np.ascontiguousarray(blocks.reshape(len(blocks), SAME_DIMS), np.float32)


def describe(keypoints: Floats, scores: Floats, sure: float = GALLERY_SURE) -> Descriptors:
    """Describe people.

    Args:
        keypoints: (N, 17, 2) in pixels of any scale.
        scores: (N, 17) confidence in 0..1; 0 where a joint is missing.
        sure: Score from which a joint counts fully: ``SURE`` for people who are looked for.
    """
    weights = confidence(scores, sure)
    return Descriptors(same_camera(keypoints, weights), load_embedding()(keypoints, weights)[0])
