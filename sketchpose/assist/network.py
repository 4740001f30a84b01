"""The network that moves joints when others are fixed: 17 tokens, one a joint, that look at one another.

A token holds the highest peaks of its joint's heat with how likely every joint is there, the place as seen from the
person's centre, what the estimator chose, and, where somebody has fixed the joint, that place. A few layers of
attention later it says which of these candidates to believe, how far from there the joint lies, and how exactly it
knows. It runs in NumPy and sees no pixel, so it serves every network that answers with heat maps.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sketchpose.estimate.joints import PEAKS, Evidence
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.tensors import read_tensors

Floats = NDArray[np.float32]

WEIGHTS: Final = Path(__file__).with_name("weights") / "assist.safetensors"
"""The weights; what they were learnt from and how well they do stands beside them in a card."""
CARD: Final = WEIGHTS.with_suffix(".json")
HEADS: Final = 4
CANDIDATES: Final = PEAKS + 2
"""The peaks, the place as seen from the centre, and what the estimator chose."""
INPUTS: Final = PEAKS * (3 + NUM_KEYPOINTS) + 8
NEARBY: Final = 8
"""What lies beside the joint is given this many times as large, so that a hundredth of the square tells."""
REACH: Final = 0.125
"""Share of the square's side that the last layer's unit moves a joint."""
SPREAD: Final = np.float32(0.04)
"""Share of the square's side that it is uncertain by before anything is learnt."""
PRIOR: Final = np.array([0.0] * PEAKS + [-1.0, 3.0], np.float32)
"""Logits of the candidates before anything is learnt: believe the estimator."""
LEAST: Final = 1e-5
PERSON: Final = 0.62
"""Square root of a person's area as a share of the side of the square round it, for OKS."""


def tokens(seen: Evidence, fixed: NDArray[np.bool_], places: Floats) -> Floats:
    """Return what the network is given of one person.

    Args:
        seen: The evidence.
        fixed: (17,) joints that somebody has fixed.
        places: (17, 2) where those are, as shares of the square's side; what it says of the others does not matter.

    Returns:
        (17, INPUTS).
    """
    own = np.arange(NUM_KEYPOINTS)
    heat = np.clip(seen.heat, LEAST, 1 - LEAST)
    logits = np.log(heat / (1 - heat)) / 4
    here, held = seen.joints, fixed[:, None].astype(np.float32)
    beside = 2 * NEARBY * (seen.peaks - here[:, None])
    peaks = np.concatenate([beside, logits[own, :, own][..., None], logits], -1)
    away = [2 * NEARBY * (seen.rough - here), np.where(held > 0, 2 * NEARBY * (places - here), 0)]
    parts = [peaks.reshape(NUM_KEYPOINTS, -1), 2 * here - 1, *away, seen.scores[:, None], held]
    return np.concatenate(parts, -1).astype(np.float32)


def candidates(seen: Evidence) -> Floats:
    """Return the places (17, CANDIDATES, 2) among which the network chooses."""
    return np.concatenate([seen.peaks, seen.rough[:, None], seen.joints[:, None]], 1)


@dataclass(frozen=True, eq=False)
class AssistNetwork:
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
        if tensors.get("enter.weight", np.empty((0, 0))).shape[1:] != (INPUTS,):
            raise ValueError(f"{path} holds another network; make it with python -m sketchpose.assist.making.learn.")
        return cls(tensors)

    def __call__(self, seen: Evidence, fixed: NDArray[np.bool_], places: Floats) -> tuple[Floats, Floats]:
        """Return where the joints belong (17, 2) and how exactly that is known (17,), as shares of the square's side.

        The arguments are those of ``tokens``. Fixed joints are returned where they are.
        """
        t = self._layer("enter", tokens(seen, fixed, places)) + self.tensors["joint"]
        for i in range(sum(name.endswith(".bias_between") for name in self.tensors)):
            t = t + self._attention(f"layers.{i}", t)
            inner = np.maximum(self._layer(f"layers.{i}.first", self._normal(f"layers.{i}.inner", t)), 0)
            t = t + self._layer(f"layers.{i}.second", inner)
        t = self._normal("out", t)
        best = (self._layer("choice", t) + PRIOR).argmax(1)
        answer = self._layer("place", t)
        found = candidates(seen)[np.arange(NUM_KEYPOINTS), best] + REACH * answer[:, :2]
        spread = SPREAD * np.exp(np.clip(answer[:, 2], -3, 2.5))
        return np.where(fixed[:, None], places, found).astype(np.float32), spread

    def _attention(self, name: str, t: Floats) -> Floats:
        width = t.shape[1]
        parts = self._layer(f"{name}.look", self._normal(f"{name}.outer", t))
        query, key, value = parts.reshape(NUM_KEYPOINTS, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
        logits = query @ key.transpose(0, 2, 1) / np.sqrt(width // HEADS) + self.tensors[f"{name}.bias_between"]
        weights = np.exp(logits - logits.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return self._layer(f"{name}.tell", (weights @ value).transpose(1, 0, 2).reshape(NUM_KEYPOINTS, width))

    def _layer(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"], np.float32)

    def _normal(self, name: str, x: Floats) -> Floats:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
        return np.asarray(scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"], np.float32)


@cache
def load_assist_network() -> AssistNetwork:
    """Return the network shipped with the package, read once per process."""
    return AssistNetwork.load()
