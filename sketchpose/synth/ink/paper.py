"""Paper: colour, unevenness, ruling and the grain that eats the ink."""

from functools import cache
from typing import Final

import cv2
import numpy as np

from sketchpose.synth.arrays import Array

PAPERS: Final[dict[str, tuple[float, float, float]]] = {
    "white": (1.0, 1.0, 1.0),
    "scan": (0.96, 0.96, 0.95),
    "cream": (0.96, 0.92, 0.83),
    "kraft": (0.78, 0.66, 0.5),
    "grey": (0.75, 0.75, 0.74),
    "dark": (0.13, 0.13, 0.15),
    "lined": (0.97, 0.97, 0.95),
    "grid": (0.97, 0.97, 0.96),
}
"""Paper name -> RGB in 0..1."""
_GRAIN = 512
_BLUR: Final = ((0.5, 1.0), (0.8, 1.0), (1.2, 1.0), (0.6, 2.2), (1.8, 1.0), (1.0, 0.5))
"""Blur of each kind of grain and how many times longer it is down the sheet."""


def clouds(size: int, rng: np.random.Generator, octaves: tuple[int, ...] = (2, 4, 8, 16), fall: float = 0.6) -> Array:
    """Return a smooth random field (size, size) float32 in 0..1; each octave is ``fall`` as strong as the last."""
    n = size // 2 if max(octaves) < size // 4 else size
    out = np.zeros((n, n), np.float32)
    strength = 1.0
    for octave in octaves:
        knots = rng.random((octave + 1, octave + 1)).astype(np.float32)
        out += strength * cv2.resize(knots, (n, n), interpolation=cv2.INTER_CUBIC)
        strength *= fall
    out -= out.min()
    out /= out.max() + 1e-6
    return out if n == size else np.asarray(cv2.resize(out, (size, size)))


@cache
def _grain(kind: int) -> Array:
    noise = np.random.default_rng(kind).random((_GRAIN, _GRAIN)).astype(np.float32)
    blur, longer = _BLUR[kind]
    soft = cv2.GaussianBlur(noise, (0, 0), blur, sigmaY=blur * longer)
    levels = np.linspace(0, 1, 64)
    return np.asarray(np.interp(soft, np.quantile(soft, levels), levels), np.float32)


def grain(rng: np.random.Generator) -> Array:
    """Return a paper height map (512, 512) in 0..1 from a pool, randomly shifted and turned over."""
    height = _grain(int(rng.integers(len(_BLUR))))
    if rng.random() < 0.5:
        height = height[::-1]
    return np.ascontiguousarray(np.roll(height, tuple(rng.integers(0, _GRAIN, 2)), (0, 1)))


def blank(rng: np.random.Generator, size: int, kind: str) -> Array:
    """Return an empty sheet (size, size, 3) float32 RGB in 0..1."""
    tint = 0.0 if kind == "white" else rng.normal(0, 0.018, 3)
    colour = np.clip(np.array(PAPERS[kind]) + tint, 0, 1).astype(np.float32)
    image = np.empty((size, size, 3), np.float32)
    image[:] = colour
    if kind != "white":
        uneven = 1 - (clouds(size, rng, (3, 6, 40), 0.7) - 0.5) * rng.uniform(0.02, 0.09)
        image *= uneven[..., None]
    if kind in ("lined", "grid"):
        gap = size / 256 * rng.uniform(8, 16)
        blue = rng.random() < 0.7
        line = np.array((0.65, 0.75, 0.9) if blue else (0.75, 0.75, 0.75), np.float32)
        for at in np.arange(rng.uniform(0, gap), size, gap).astype(int):
            image[at] = image[at] * 0.45 + line * 0.55
            if kind == "grid":
                image[:, at] = image[:, at] * 0.45 + line * 0.55
    return image


def ink_colour(rng: np.random.Generator, dark: bool, printed: bool = False) -> Array:
    """Return an ink (3,) in 0..1: mostly black or grey, else blue, sanguine, sepia or any; light on dark paper."""
    if dark:
        return np.clip(np.array([0.92, 0.92, 0.9]) + rng.normal(0, 0.06, 3), 0, 1)
    if printed and rng.random() < 0.65:
        return np.full(3, rng.uniform(0.0, 0.1))
    kind = rng.choice(5, p=(0.62, 0.12, 0.08, 0.08, 0.1))
    if kind == 0:
        return np.full(3, rng.uniform(0.0, 0.28))
    base = ((0.15, 0.25, 0.65), (0.65, 0.2, 0.12), (0.3, 0.2, 0.12), tuple(rng.uniform(0, 0.6, 3)))[kind - 1]
    return np.clip(np.array(base) + rng.normal(0, 0.06, 3), 0, 1)
