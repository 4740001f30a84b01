"""Damped Gauss-Newton steps (Levenberg-Marquardt) that bring a body onto the joints of a drawing, within its limits.

What is unknown: the turns of eleven parts, eight ratios of lengths and how near the eye is. Where the figure stands in
the picture and how large it is follows from these in closed form. The first guess says what the picture leaves open, so
that leaving it costs a little. A step is taken about pivots as if the parts were rigid, tried on the very body, brought
within the limits, and undone with more damping where it did not help.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.lift.anatomy import HINGES, within_limits
from sketchpose.lift.rig import BONES, Rig, frames_of
from sketchpose.lift.rotations import Floats, exponential, logarithm
from sketchpose.lift.standard import MOST, standard_size, stretched
from sketchpose.synth.people.body import PART

STEPS: Final = 8
_PIVOTS: Final = {
    "pelvis": "root", "chest": "spine04", "head": "neck02", "l_uarm": "upperarm01.L", "r_uarm": "upperarm01.R",
    "l_farm": "lowerarm01.L", "r_farm": "lowerarm01.R", "l_thigh": "upperleg01.L", "r_thigh": "upperleg01.R",
    "l_shin": "lowerleg01.L", "r_shin": "lowerleg01.R",
}  # fmt: skip
"""Parts that are turned, and the bone about whose head."""
_ARMS: Final = {"l": (7, 9), "r": (8, 10)}
_LEGS: Final = {"l": (13, 15), "r": (14, 16)}
_UPPER: Final = tuple(range(11))
_MOVED: Final = {
    "pelvis": tuple(range(17)), "chest": _UPPER, "head": tuple(range(5)),
    **{f"{s}_uarm": _ARMS[s] for s in "lr"}, **{f"{s}_farm": _ARMS[s][1:] for s in "lr"},
    **{f"{s}_thigh": _LEGS[s] for s in "lr"}, **{f"{s}_shin": _LEGS[s][1:] for s in "lr"},
}  # fmt: skip
"""Joints that each carries along."""
_FREE: Final = tuple((part, axis) for part in _PIVOTS for axis in ((0,) if part in HINGES else (0, 1, 2)))
_PARTS: Final = np.array([PART[part] for part, _ in _FREE])
_ROWS: Final = np.array([list(_PIVOTS).index(part) for part, _ in _FREE])
_AXES: Final = np.array([axis for _, axis in _FREE])
_BONES: Final = np.array([BONES.index(_PIVOTS[part]) for part, _ in _FREE])
_CARRIED: Final = np.array([[joint in _MOVED[part] for joint in range(17)] for part, _ in _FREE])
_TURNED: Final = np.array([PART[part] for part in _PIVOTS])
_EYE_LEAST, _EYE_MOST = 0.0, 1.2
"""Bounds of nearness: from infinitely far to four fifths of trunk and leg away."""


@dataclass(frozen=True)
class Ease:
    """How far things go for the price of one joint that is off by the hundredth part of the figure's spread.

    Attributes:
        turn: Degrees that a part is turned away from the guess.
        trunk: The same of pelvis, chest and head.
        ratio: By what a logarithm of a length differs from the guess.
        nearness: The same of the nearness.
    """

    turn: float = 4.0
    trunk: float = 6.0
    ratio: float = 0.05
    nearness: float = 0.05


@dataclass(frozen=True)
class Bodies:
    """N bodies before an eye.

    Attributes:
        turns: (N, 15, 3, 3), the pelvis's in the axes of the eye.
        ratios: (N, 8) logarithms of lengths, see ``standard.stretched``.
        nearness: (N,) size of the standard body over the distance of the eye.
    """

    turns: Floats
    ratios: Floats
    nearness: Floats

    def take(self, keep: Floats, other: "Bodies") -> "Bodies":
        """Return these bodies where ``keep`` (N,), elsewhere the others."""
        return Bodies(
            np.where(keep[:, None, None, None], self.turns, other.turns),
            np.where(keep[:, None], self.ratios, other.ratios),
            np.where(keep, self.nearness, other.nearness),
        )


@dataclass(frozen=True)
class Seen:
    """How N bodies look.

    Attributes:
        joints: (N, 17, 3) metres in the axes of the eye, about the middle that the eye looks at.
        heads: (N, B, 3) heads of bones, the same.
        scale: (N,) units of the picture per metre at that middle.
        offset: (N, 2) where it lies in the picture.
        points: (N, 17, 2) the joints in the picture.
    """

    joints: Floats
    heads: Floats
    scale: Floats
    offset: Floats
    points: Floats

    def take(self, keep: Floats, other: "Seen") -> "Seen":
        """Return this where ``keep`` (N,), elsewhere the other."""
        return Seen(
            *(
                np.where(keep.reshape(-1, *[1] * (own.ndim - 1)), own, getattr(other, name))
                for name, own in vars(self).items()
            )
        )


def look(rig: Rig, bodies: Bodies, target: Floats, weights: Floats) -> Seen:
    """Return how bodies look where they are placed and scaled as the joints of a drawing say.

    Args:
        rig: Of the one standard body.
        bodies: N of them.
        target: (N, 17, 2) joints of the drawing.
        weights: (N, 17) how much each counts.
    """
    joints, heads = rig.posed(bodies.turns, stretched(bodies.ratios))
    middle = (joints.min(1) + joints.max(1))[:, None] / 2
    joints, heads = joints - middle, heads - middle
    flat = joints[..., :2] * _swell(joints, bodies.nearness)[..., None]
    total = weights.sum(1)[:, None]
    mean, goal = (np.einsum("nj,njk->nk", weights, p) / total for p in (flat, target))
    rest, aim = flat - mean[:, None], target - goal[:, None]
    scale = np.einsum("nj,njk,njk->n", weights, rest, aim) / np.einsum("nj,njk,njk->n", weights, rest, rest)
    scale = np.maximum(scale, 1e-6)
    offset = goal - scale[:, None] * mean
    return Seen(joints, heads, scale, offset, offset[:, None] + scale[:, None, None] * flat)


def _swell(joints: Floats, nearness: Floats) -> Floats:
    """How many times larger (N, 17) joints look than at the middle, by perspective."""
    return np.asarray(1 / np.maximum(1 + joints[..., 2] * (nearness / standard_size())[:, None], 0.08))


def fit(
    rig: Rig, guess: Bodies, target: Floats, weights: Floats, ease: Ease | None = None, steps: int = STEPS
) -> Bodies:
    """Return the bodies whose joints lie on those of the drawing, as near to the guess as that allows.

    Args:
        rig: Of the one standard body.
        guess: N bodies to begin with, brought within the limits of their joints.
        target: (17, 2) joints of the drawing.
        weights: (17,) in 0..1 how much each counts; 0 for one that is missing.
        ease: How much the guess counts.
        steps: At most so many.
    """
    ease = ease or Ease()
    count = len(guess.turns)
    guess = Bodies(within_limits(guess.turns), _bounded(guess.ratios), np.clip(guess.nearness, _EYE_LEAST, _EYE_MOST))
    there = weights > 0
    middle = target[there].mean(0)
    unit = 0.01 * float(np.sqrt(((target[there] - middle) ** 2).sum(1).mean()) + 1e-9)
    goal = np.broadcast_to(np.where(there[:, None], (target - middle) / unit, 0), (count, 17, 2))
    trust = np.broadcast_to(weights, (count, 17))
    stiff = np.array([1 / np.deg2rad(ease.turn if part[1] == "_" else ease.trunk) for part, _ in _FREE])
    price = np.concatenate([stiff, np.full(guess.ratios.shape[1], 1 / ease.ratio), [1 / ease.nearness]])

    def errors(bodies: Bodies) -> tuple[Seen, Floats, Floats]:
        seen = look(rig, bodies, goal, trust)
        off = (np.sqrt(trust)[..., None] * (seen.points - goal)).reshape(count, -1)
        away = np.concatenate(
            [_turned_by(guess, bodies), bodies.ratios - guess.ratios, (bodies.nearness - guess.nearness)[:, None]], 1
        )
        return seen, off, away * price

    now = guess
    seen, off, away = errors(now)
    cost = (off**2).sum(1) + (away**2).sum(1)
    damping = np.full(count, 1e-2)
    for _ in range(steps):
        slope = _slope(now, seen) * np.sqrt(trust)[:, :, None, None]
        slope = slope.reshape(count, 34, -1)
        normal = np.swapaxes(slope, 1, 2) @ slope
        diagonal = price**2 + damping[:, None] * (np.einsum("nii->ni", normal) + price**2)
        normal = normal + np.eye(len(price)) * diagonal[:, None]
        pull = np.einsum("nij,ni->nj", slope, off) + away * price
        step = -np.linalg.solve(normal, pull[..., None])[..., 0]
        tried = _stepped(now, step)
        seen_tried, off_tried, away_tried = errors(tried)
        cost_tried = (off_tried**2).sum(1) + (away_tried**2).sum(1)
        better = cost_tried < cost
        gained = np.where(better, cost - cost_tried, 0)
        now = tried.take(better, now)
        seen = seen_tried.take(better, seen)
        off, away = np.where(better[:, None], off_tried, off), np.where(better[:, None], away_tried, away)
        cost = np.where(better, cost_tried, cost)
        damping = np.clip(np.where(better, damping / 4, damping * 6), 1e-4, 1e4)
        if (better & (gained < 1e-3 * cost + 1e-3)).all():
            break
    return now


def _bounded(ratios: Floats) -> Floats:
    return np.clip(ratios, -MOST, MOST)


def _turned_by(guess: Bodies, bodies: Bodies) -> Floats:
    """By how many radians (N, free turns) parts are turned away from the guess, about their own axes."""
    between = np.swapaxes(guess.turns[:, _TURNED], -1, -2) @ bodies.turns[:, _TURNED]
    return np.asarray(logarithm(between)[:, _ROWS, _AXES])


def _stepped(bodies: Bodies, step: Floats) -> Bodies:
    vectors = np.zeros((len(step), len(_TURNED), 3))
    vectors[:, _ROWS, _AXES] = step[:, : len(_FREE)]
    turns = bodies.turns.copy()
    turns[:, _TURNED] = turns[:, _TURNED] @ exponential(vectors)
    ratios = _bounded(bodies.ratios + step[:, len(_FREE) : -1])
    nearness = np.clip(bodies.nearness + step[:, -1], _EYE_LEAST, _EYE_MOST)
    return Bodies(within_limits(turns), ratios, nearness)


def _slope(bodies: Bodies, seen: Seen) -> Floats:
    """How the joints in the picture (N, 17, 2) change with each unknown (N, 17, 2, U), as if parts were rigid."""
    axes = frames_of(bodies.turns)[:, _PARTS, :, _AXES]
    axes = np.moveaxis(axes, 0, 1)
    arms = seen.joints[:, None] - seen.heads[:, _BONES, None]
    moves = [np.cross(axes[:, :, None], arms) * _CARRIED[:, :, None], _lengthened(bodies, seen)]
    moved = np.concatenate(moves, 1)  # (N, U - 1, 17, 3)
    swell = _swell(seen.joints, bodies.nearness)
    pull = bodies.nearness / standard_size()
    flat = moved[..., :2] * swell[:, None, :, None]
    flat -= (moved[..., 2] * (swell**2 * pull[:, None])[:, None])[..., None] * seen.joints[:, None, :, :2]
    near = -(seen.joints[..., 2] * swell**2 / standard_size())[..., None] * seen.joints[..., :2]
    return np.moveaxis(np.concatenate([flat, near[:, None]], 1), 1, -1) * seen.scale[:, None, None, None]


def _lengthened(bodies: Bodies, seen: Seen) -> Floats:
    """How the joints move in space (N, 8, 17, 3) as each ratio grows."""
    j, heads = seen.joints, seen.heads
    out = np.zeros((len(j), 8, 17, 3))
    for side, (arm, leg) in {"l": (_ARMS["l"], _LEGS["l"]), "r": (_ARMS["r"], _LEGS["r"])}.items():
        shoulder, hip = (5, 11) if side == "l" else (6, 12)
        out[:, 0, list(arm)] = (j[:, arm[0]] - j[:, shoulder])[:, None]
        out[:, 1, arm[1]] = j[:, arm[1]] - j[:, arm[0]]
        out[:, 2, list(leg)] = (j[:, leg[0]] - j[:, hip])[:, None]
        out[:, 3, leg[1]] = j[:, leg[1]] - j[:, leg[0]]
        half = (j[:, 5] - j[:, 6]) / 2 * (1 if side == "l" else -1)
        out[:, 5, [shoulder, *arm]] = half[:, None]
        half = (j[:, 11] - j[:, 12]) / 2 * (1 if side == "l" else -1)
        out[:, 6, [hip, *leg]] = half[:, None]
    shoulders = (j[:, 5] + j[:, 6]) / 2
    out[:, 4, :11] = (shoulders - heads[:, BONES.index("root")])[:, None]
    out[:, 7, :5] = j[:, :5] - heads[:, BONES.index("neck02"), None]
    return out
