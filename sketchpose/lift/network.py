"""From joints in a picture to bodies in space: the network that makes the first guess.

Each layer reads the drawing and its mirror image with the same weights, and lets either see what the other has found:
so a mirrored drawing gives exactly the mirrored body, and every lesson counts twice. It answers several bodies with
their probabilities, because one picture does not tell whether an arm points to the viewer or away; only the best of
them is taught (Guzman-Rivera et al., "Multiple Choice Learning", 2012). It runs in NumPy.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sketchpose.lift.rotations import Floats
from sketchpose.lift.vectors import ROWS, SIZE, mirrored
from sketchpose.pose import Pose
from sketchpose.skeleton import NUM_KEYPOINTS, SWAP
from sketchpose.tensors import read_tensors

WEIGHTS: Final = Path(__file__).with_name("weights") / "lift.safetensors"
"""The weights, float16; what they were learnt from and how well they do stands beside them in a card."""
CARD: Final = WEIGHTS.with_suffix(".json")
INPUTS: Final = 4 * NUM_KEYPOINTS
READINGS: Final = 3
"""Bodies that are answered for one drawing."""
RATIOS: Final = ("uarm", "farm", "thigh", "shin", "trunk", "shoulders", "hips", "head")
"""Logarithms of lengths beside those of the standard body; see ``standard.measures``."""
ANSWERS: Final = READINGS * (SIZE + 1) + len(RATIOS) + 1 + 3
SURE: Final = 0.6
"""Score from which a joint counts fully, as in ``retrieve.descriptor``."""
_LEAST: Final = 0.05
"""Score below which a joint is missing."""


@dataclass(frozen=True)
class Guess:
    """What the network answers for N drawings.

    Attributes:
        vectors: (N, READINGS, ROWS, 3), see ``vectors``.
        chances: (N, READINGS) probabilities.
        ratios: (N, len(RATIOS)) logarithms of lengths.
        nearness: (N,) size of the body over the distance of the eye, at least 0.
        up: (N, 3) where the sky is, a unit vector in the axes of the eye.
    """

    vectors: Floats
    chances: Floats
    ratios: Floats
    nearness: Floats
    up: Floats


def seen(pose: Pose) -> tuple[Floats, Floats]:
    """Return the joints (17, 2) of a person in pixels and how surely each is there (17,) in 0..1."""
    weights = np.clip(pose.scores / SURE, 0, 1) * pose.labelled * (pose.scores >= _LEAST)
    return pose.keypoints.astype(np.float64), weights.astype(np.float64)


def prepare(keypoints: Floats, weights: Floats) -> Floats:
    """Return what the network sees: joints about their middle in units of their spread, how sure and whether there.

    Args:
        keypoints: (N, 17, 2).
        weights: (N, 17) in 0..1; what a joint of weight 0 says does not matter.

    Returns:
        (N, 68) float32.
    """
    there = weights > 0
    total = np.maximum(weights.sum(1), 1e-6)[:, None]
    points = np.where(there[..., None], keypoints, 0)
    points = points - ((points * weights[..., None]).sum(1) / total)[:, None]
    spread = np.sqrt((weights * (points**2).sum(2)).sum(1, keepdims=True) / total)
    points = np.where(there[..., None], points / np.maximum(spread, 1e-6)[..., None], 0)
    return np.concatenate([points.reshape(len(points), -1), weights, there], 1).astype(np.float32)


def mirrored_view(x: Floats) -> Floats:
    """Return what ``prepare`` gives (N, 68) for the mirror image."""
    swap, at = list(SWAP), 2 * NUM_KEYPOINTS
    points = x[:, :at].reshape(-1, NUM_KEYPOINTS, 2)[:, swap] * np.array([-1, 1], np.float32)
    rest = x[:, at:].reshape(-1, 2, NUM_KEYPOINTS)[:, :, swap]
    return np.concatenate([points.reshape(len(x), -1), rest.reshape(len(x), -1)], 1)


def mirrored_answers(y: Floats) -> Floats:
    """Return the answers (N, ANSWERS) of the mirror image."""
    at = READINGS * SIZE
    vectors = mirrored(y[:, :at].reshape(len(y), READINGS, len(ROWS), 3)).reshape(len(y), -1)
    rest = y[:, at:].copy()
    rest[:, -3] = -rest[:, -3]
    return np.concatenate([vectors, rest], 1)


def read_answers(y: Floats) -> Guess:
    """Return what the answers (N, ANSWERS) of the last layer mean, the likeliest body first."""
    at = READINGS * SIZE
    vectors, logits = y[:, :at].reshape(len(y), READINGS, len(ROWS), 3), y[:, at : at + READINGS]
    chances = np.exp(logits - logits.max(1, keepdims=True))
    chances = chances / chances.sum(1, keepdims=True)
    order = np.argsort(-chances, 1, kind="stable")
    at += READINGS
    up = y[:, -3:] / (np.linalg.norm(y[:, -3:], axis=1, keepdims=True) + 1e-9)
    return Guess(
        np.take_along_axis(vectors, order[..., None, None], 1), np.take_along_axis(chances, order, 1),
        y[:, at : at + len(RATIOS)], np.maximum(y[:, at + len(RATIOS)], 0), up,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Network:
    """The network.

    Attributes:
        tensors: Name -> array; matrices are (outputs, inputs).
    """

    tensors: dict[str, NDArray[np.float32]]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Self:
        """Read a network.

        Raises:
            ValueError: The file is missing or holds another network.
        """
        tensors = read_tensors(path)
        if len(tensors.get("answer.bias", ())) != ANSWERS:
            raise ValueError(f"{path} holds another network; make it with python -m sketchpose.lift.making.learn.")
        return cls(tensors)

    def __call__(self, x: Floats) -> Guess:
        """Guess bodies from what ``prepare`` returns (N, 68)."""
        h = np.maximum(self._layer("enter", np.stack([x, mirrored_view(x)])), 0)
        for i in range(sum(name.endswith("second.own.weight") for name in self.tensors)):
            inner = np.maximum(self._both(f"blocks.{i}.first", h), 0)
            h = np.maximum(h + self._both(f"blocks.{i}.second", inner), 0)
        own, other = self._layer("answer", h)
        return read_answers((own + mirrored_answers(other)) / 2)

    def _layer(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"])

    def _both(self, name: str, h: Floats) -> Floats:
        return self._layer(f"{name}.own", h) + h[::-1] @ self.tensors[f"{name}.other.weight"].T


@cache
def load_network() -> Network:
    """Return the network shipped with the package, read once per process."""
    return Network.load()
