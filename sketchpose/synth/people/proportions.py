"""Who is drawn: the mix of baked bodies, stylised proportions and the artist's errors of length."""

from typing import Final

import numpy as np

from sketchpose.synth.people.body import PARTS, Body, Proportions, Shape

_LIMBS = ("uarm", "farm", "thigh", "shin")
_GROWN = 0.55
"""Anny's age from which a body is an adult's."""
_ARMS, _LEGS = ("uarm", "farm"), ("thigh", "shin")

STYLISED: Final[dict[str, tuple[float, tuple[tuple[tuple[str, ...], float, float, float, float], ...]]]] = {
    "real": (0.42, ()),
    "hero": (
        0.12,
        ((_LEGS, 1.12, 0.05, 1.0, 0.08), (_ARMS, 1.05, 0.02, 1.14, 0.1), (("head",), 0.88, 0.04, 0.88, 0.04),
         (("chest",), 1.05, 0.03, 1.17, 0.07)),
    ),
    "long-legged": (
        0.12,
        ((_LEGS, 1.25, 0.08, 0.92, 0.08), (_ARMS, 1.08, 0.05, 0.9, 0.08), (("head",), 0.95, 0.06, 0.95, 0.06)),
    ),
    "big head": (0.14, ((_LIMBS, 0.92, 0.06, 0.95, 0.1), (("head",), 1.35, 0.12, 1.35, 0.12))),
    "chibi": (
        0.06,
        ((_LEGS, 0.6, 0.08, 1.05, 0.12), (_ARMS, 0.68, 0.06, 1.05, 0.12), (("head",), 2.0, 0.25, 2.0, 0.25),
         (("chest",), 0.8, 0.05, 0.95, 0.05), (("pelvis",), 0.85, 0.04, 0.95, 0.04)),
    ),
    "lanky": (0.07, ((_LIMBS, 1.2, 0.08, 0.72, 0.08), (("head",), 1.05, 0.1, 1.05, 0.1))),
    "stocky": (0.07, ((_LIMBS, 0.88, 0.05, 1.25, 0.12), (("chest",), 1.0, 0.04, 1.15, 0.06))),
}  # fmt: skip
"""Name -> (weight, rows of parts, mean and spread of their length, mean and spread of their thickness)."""


def sample_shape(
    body: Body, rng: np.random.Generator, muscular: bool = False, adult: bool = False
) -> tuple[Shape, bool]:
    """Return a random body, from child to elder, and whether it is grown up.

    Args:
        body: The asset.
        rng: Chooses.
        muscular: Keep to grown, muscular bodies.
        adult: Keep to grown bodies.
    """
    age, muscle, weight = body.phenotypes[:, 1], body.phenotypes[:, 2], body.phenotypes[:, 3]
    choices = np.arange(body.bodies())
    if muscular:
        choices = choices[(age > _GROWN) & (age < 0.85) & (muscle > 0.6) & (weight < 0.6)]
    elif adult:
        choices = choices[age > _GROWN]
    first, second = rng.choice(choices, 2)
    grown = bool(min(age[first], age[second]) > _GROWN)
    return body.shape(int(first), int(second), 0.5 * float(rng.random())), grown


def sample_proportions(rng: np.random.Generator, kind: str | None = None) -> tuple[str, Proportions]:
    """Return the kind and the scale of every part.

    On top of the kind every limb gets its own error, left and right apart, because artists misjudge lengths.
    """
    names = list(STYLISED)
    weights = np.array([STYLISED[n][0] for n in names])
    kind = kind or str(rng.choice(names, p=weights / weights.sum()))
    out = dict.fromkeys(PARTS, (1.0, 1.0))

    def normal(mean: float, spread: float) -> float:
        return float(mean + spread * np.clip(rng.normal(), -2, 2))

    for parts, length, length_sd, thick, thick_sd in STYLISED[kind][1]:
        for part in parts:
            scale = normal(length, length_sd)
            value = (scale, scale if part == "head" else normal(thick, thick_sd))
            for name in (part,) if part in out else ("l_" + part, "r_" + part):
                out[name] = value
    hands, feet = normal(1.0, 0.1), normal(1.0, 0.1)
    out |= {s + "hand": (hands, hands) for s in ("l_", "r_")} | {s + "foot": (feet, 1.0) for s in ("l_", "r_")}
    error = abs(normal(0.0, 0.05))
    wide = abs(normal(0.0, 0.08))
    for part, (length, thick) in out.items():
        if part[2:] in _LIMBS:
            out[part] = (length * (1 + normal(0, error)), thick * (1 + normal(0, wide)))
        elif part in ("chest", "pelvis"):
            out[part] = (length * (1 + normal(0, error / 2)), thick * (1 + normal(0, wide / 2)))
    return kind, out
