"""A person's pose from whichever side: an embedding in which views of one pose lie together.

After Pr-VIPE (Sun et al., "View-Invariant Probabilistic Embedding for Human Pose", 2020) a network learns from views
of bodies in space (see ``learn``) which of them show the same pose. Ours is a small residual network that is given a
confidence per joint, so that it has learned what to make of a part of a body, and also answers where the limbs point in
space, in the frame of the trunk: that tells which limbs of two people agree. It runs in NumPy.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from sketchpose.retrieve.people import Floats
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.tensors import read_tensors

WEIGHTS: Final = Path(__file__).with_name("weights") / "embedding.safetensors"
"""The weights, packed; what they were learned from and how well they do stands beside them in a card."""
CARD: Final = WEIGHTS.with_suffix(".json")
INPUTS: Final = 3 * NUM_KEYPOINTS
BONES: Final = (
    (5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16), (6, 5), (12, 11), (11, 5), (12, 6), (4, 3),
)  # fmt: skip
"""Pairs of joints whose direction in space the network answers."""
_BLOCK: Final = 8192


def prepare(keypoints: Floats, weights: Floats) -> Floats:
    """Return what the network sees: joints about their mean, in units of their spread, times their weights.

    Args:
        keypoints: (N, 17, 2).
        weights: (N, 17) in 0..1; what a joint of weight 0 says does not matter.

    Returns:
        (N, 51) float32: 34 coordinates, 17 weights.
    """
    points = np.where(weights[..., None] > 0, keypoints, 0)
    total = np.maximum(weights.sum(1), 1e-6)[:, None]
    points = points - ((points * weights[..., None]).sum(1) / total)[:, None]
    spread = np.sqrt((weights * (points**2).sum(2)).sum(1, keepdims=True) / total)
    # a joint alone spreads by what rounding leaves of its coordinates: that is no pose
    rounding = 1e-4 * np.abs(np.where(weights[..., None] > 0, keypoints, 0)).max((1, 2), initial=0, keepdims=True)[:, 0]
    points = points / np.maximum(spread, rounding + 1e-6)[..., None] * weights[..., None]
    return np.concatenate([points.reshape(len(points), -1), weights], 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Embedding:
    """The network.

    Attributes:
        tensors: Name -> array; matrices are (outputs, inputs).
    """

    tensors: dict[str, Floats]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Self:
        """Read a network.

        Raises:
            ValueError: The file is missing or holds another network.
        """
        tensors = read_tensors(path)
        if tensors.get("enter.weight", np.zeros((0, 0))).shape[-1] != INPUTS:
            raise ValueError(f"{path} holds another network; make it with python -m sketchpose.retrieve.making.learn.")
        return cls(tensors)

    @property
    def dims(self) -> int:
        """Length of the embedding."""
        return len(self.tensors["embed.bias"])

    def __call__(self, keypoints: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Embed people.

        Args:
            keypoints: (N, 17, 2).
            weights: (N, 17) in 0..1.

        Returns:
            (N, dims) float32 of unit length, and (N, len(BONES), 3) unit vectors: where each bone points.
        """
        embedded = np.empty((len(keypoints), self.dims), np.float32)
        bones = np.empty((len(keypoints), len(BONES), 3), np.float32)
        for start in range(0, len(keypoints), _BLOCK):
            part = slice(start, start + _BLOCK)
            x = np.maximum(self._layer("enter", prepare(keypoints[part], weights[part])), 0)
            for i in range(sum(name.endswith("first.weight") for name in self.tensors)):
                inner = np.maximum(self._layer(f"blocks.{i}.first", x), 0)
                x = np.maximum(x + self._layer(f"blocks.{i}.second", inner), 0)
            embedded[part] = _unit(self._layer("embed", x))
            bones[part] = _unit(self._layer("bones", x).reshape(-1, len(BONES), 3))
        return embedded, bones

    def _layer(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"])


def _unit(x: Floats) -> Floats:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-6))


@cache
def load_embedding() -> Embedding:
    """Return the network shipped with the package, read once per process."""
    return Embedding.load()


def card() -> dict[str, Any]:
    """Return what the shipped network was learned from."""
    return dict(json.loads(CARD.read_text()))
