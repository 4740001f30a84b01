"""What the lifting network learns from: bodies of the generator, varied without end, as a picture shows them."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sketchpose.lift.anatomy import BALLS, HINGES, TRUNK, limb_turns, trunk_turns
from sketchpose.lift.network import prepare
from sketchpose.lift.rig import Rig, frames_of, rig
from sketchpose.lift.rotations import Floats, about, exponential
from sketchpose.lift.standard import ratios_of
from sketchpose.lift.vectors import vectors_of
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.synth.people.actor import sample_cast, take_pose
from sketchpose.synth.people.body import PART, PARTS, load_body
from sketchpose.synth.people.posing import LIMITS
from sketchpose.synth.people.proportions import sample_proportions
from sketchpose.synth.people.recipes import is_held_out

Random = np.random.Generator
MIRROR: Final = np.diag([-1.0, 1.0, 1.0])
LOOK: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""World axes (left, backwards, up) to those of an eye in front of the figure (right, down, away)."""
_GROUPS: Final = (
    np.array([PART[f"l_{part}"] for part in ("uarm", "farm", "hand")]),
    np.array([PART[f"r_{part}"] for part in ("uarm", "farm", "hand")]),
    np.array([PART[f"{side}_{part}"] for side in "lr" for part in ("thigh", "shin", "foot")]),
    np.array([PART["chest"], PART["head"]]),
)
_DROPS: Final = ((0, 1, 2, 3, 4), (13, 14, 15, 16), (15, 16), tuple(range(5)) + (7, 8, 9, 10), (7, 9), (8, 10),
                 (9,), (10,), (13, 15), (14, 16), (3,), (4,), (1, 3), (2, 4))  # fmt: skip
"""Groups of joints that are missing together."""


@dataclass(frozen=True)
class Bank:
    """Posed bodies of the generator.

    Attributes:
        turns: (M, 15, 3, 3).
        proportions: (M, 15, 2).
        shapes: (M,) row of ``bodies``.
        bodies: The rigs of some shapes.
        ratios: (M, 8) of the builds, see ``standard.ratios_of``.
        sizes: (M,) metres.
        close: (M,) bool, whether the camera likes to come near.
        names: Of the poses.
    """

    turns: Floats
    proportions: Floats
    shapes: Floats
    bodies: Rig
    ratios: Floats
    sizes: Floats
    close: Floats
    names: tuple[str, ...]


@dataclass(frozen=True)
class Views:
    """N bodies as an eye sees them.

    Attributes:
        keypoints: (N, 17, 2) in the picture, one unit per metre at the middle of the body, as they are drawn and read.
        weights: (N, 17) how sure they are, 0 for a missing one.
        exact: (N, 17, 2) the same without errors of hand and eye.
        joints: (N, 17, 3) metres in the axes of the eye.
        vectors: (N, ROWS, 3).
        ratios: (N, 8).
        nearness: (N,).
        up: (N, 3).
        turns: (N, 15, 3, 3), the pelvis's in the axes of the eye.
    """

    keypoints: Floats
    weights: Floats
    exact: Floats
    joints: Floats
    vectors: Floats
    ratios: Floats
    nearness: Floats
    up: Floats
    turns: Floats

    @property
    def inputs(self) -> Floats:
        """(N, 68) what the network sees."""
        return prepare(self.keypoints, self.weights)

    @property
    def answers(self) -> Floats:
        """(N, ROWS * 3 + 12) what it is to answer: vectors, ratios, nearness, up."""
        flat = self.vectors.reshape(len(self.vectors), -1)
        return np.concatenate([flat, self.ratios, self.nearness[:, None], self.up], 1).astype(np.float32)


def sample_bank(seeds: range, shapes: int = 128, train: bool = True) -> Bank:
    """Return one posed body per seed.

    Args:
        seeds: At least 0 each; the same seed gives the same body.
        shapes: How many bodies at rest to choose from.
        train: Leave out poses of held-out recipes, which are drawn again.
    """
    body = load_body()
    rng = np.random.default_rng((seeds.start, 5))
    casts = [sample_cast(body, rng) for _ in range(min(shapes, len(seeds)))]
    turns = np.tile(np.eye(3, dtype=np.float32), (len(seeds), len(PARTS), 1, 1))
    proportions, which = np.empty((len(seeds), len(PARTS), 2), np.float32), np.empty(len(seeds), int)
    close, names = np.empty(len(seeds), np.bool_), []
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng((seed, 6))
        which[row] = rng.integers(len(casts))
        kind, scales = sample_proportions(rng)
        cast = replace(casts[which[row]], kind=kind, proportions=scales)
        pose, recipe = take_pose(cast, rng)
        while train and is_held_out(pose.name):
            pose, recipe = take_pose(cast, rng)
        for part, turn in pose.turns.items():
            turns[row, PART[part]] = turn
        proportions[row] = [cast.proportions[part] for part in PARTS]
        close[row] = bool(recipe and recipe.close)
        names.append(pose.name)
    bodies = rig([cast.shape for cast in casts])
    ratios, sizes = ratios_of(bodies.take(which), proportions)
    return Bank(turns, proportions, which, bodies, ratios, sizes, close, tuple(names))


def varied(turns: Floats, rng: Random) -> Floats:
    """Return new poses: limbs exchanged between bodies, some at random within limits, all turned a little."""
    out = turns.astype(np.float64)
    count = len(out)
    for group, share in zip(_GROUPS, (0.2, 0.2, 0.15, 0.15), strict=True):
        taken = np.flatnonzero(rng.random(count) < share)
        out[np.ix_(taken, group)] = turns[np.ix_(rng.integers(0, count, len(taken)), group)]
    for part in (*TRUNK, *(f"{side}_{ball}" for ball in BALLS for side in "lr"), *HINGES):
        limits = np.deg2rad(LIMITS[part.split("_")[-1]])
        at, nudged = PART[part], rng.random(count) < 0.5
        anew = np.flatnonzero(rng.random(count) < 0.05)
        if part in HINGES:
            bend = rng.triangular(0, 0.1, limits[0][1], len(anew))
            out[anew, at] = about(0, HINGES[part] * bend)
            before = np.arctan2(HINGES[part] * out[:, at, 2, 1], out[:, at, 2, 2])
            after = np.clip(before + nudged * rng.normal(0, 0.15, count), *limits[0])
            out[:, at] = about(0, HINGES[part] * after)
        else:
            middle = np.clip(np.array([0.2, 0.1, 0.0]), *limits.T)
            angles = rng.triangular(limits[:, 0], middle, limits[:, 1], (len(anew), 3))
            drawn = trunk_turns(angles) if part in TRUNK else limb_turns(angles)
            out[anew, at] = MIRROR @ drawn @ MIRROR if part[0] == "r" else drawn
            out[:, at] = out[:, at] @ exponential(rng.normal(0, 0.1, (count, 3)) * nudged[:, None])
    return out


def random_eyes(close: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Return rotations (N, 3, 3) from the world to the eye and distances (N,) in sizes of the body (``camera.aim``)."""
    count = len(close)
    kind = rng.choice(3, count, p=(0.52, 0.34, 0.14))
    pitch = np.choose(kind, [rng.normal(4, 7, count), rng.normal(8, 18, count), rng.uniform(-70, 70, count)])
    yaw = np.where(rng.random(count) < 0.45, rng.uniform(0, 360, count), rng.normal(0, 55, count))
    roll = np.where(rng.random(count) < 0.92, rng.normal(0, 2.5, count), rng.normal(0, 14, count))
    near = close & (rng.random(count) < 0.7)
    yaw, pitch = np.where(near, rng.normal(0, 28, count), yaw), np.where(near, rng.normal(2, 16, count), pitch)
    far = np.where(rng.random(count) < 0.6, np.exp(rng.uniform(np.log(0.95), np.log(4), count)), 5.0)
    far = np.where(near, rng.uniform(0.62, 1.0, count), far)
    z, x, y = np.deg2rad(roll), np.deg2rad(pitch), np.deg2rad(yaw)
    return about(2, z) @ LOOK @ about(0, x) @ about(2, y), far


def views(bank: Bank, count: int, rng: Random, vary: bool = True, eyes: int = 1) -> Views:
    """Return bodies of a bank seen from anywhere, drawn and read with errors.

    Args:
        bank: Where they are taken from.
        count: How many bodies, drawn at random; those of the bank in their order where they are not varied.
        rng: Chooses.
        vary: Whether poses and builds are changed.
        eyes: From how many sides each is seen, one after another.
    """
    rows = rng.integers(0, len(bank.turns), count) if vary else np.arange(count)
    builds = np.where(rng.random(count) < 0.5, rng.integers(0, len(bank.turns), count), rows) if vary else rows
    turns = varied(bank.turns[rows], rng) if vary else bank.turns[rows].astype(np.float64)
    joints = bank.bodies.take(bank.shapes[builds]).keypoints(turns, bank.proportions[builds].astype(np.float64))
    again = np.repeat(np.arange(count), eyes)
    rows, builds, turns, joints = rows[again], builds[again], turns[again], joints[again]
    eye, distance = random_eyes(bank.close[rows], rng)
    turns[:, PART["pelvis"]] = eye @ turns[:, PART["pelvis"]]
    joints = joints @ np.swapaxes(eye, 1, 2)
    low, high = joints.min(1), joints.max(1)
    joints = joints - (low + high)[:, None] / 2
    away = distance * np.linalg.norm(high - low, axis=1)
    depth = np.maximum(away[:, None] + joints[..., 2], 0.08 * away[:, None])
    exact = joints[..., :2] * (away[:, None] / depth)[..., None]
    drawn, weights = misread(exact, rng)
    vectors, near = vectors_of(frames_of(turns)), bank.sizes[builds] / away
    return Views(drawn, weights, exact, joints, vectors, bank.ratios[builds], near, eye[:, :, 2], turns)


def misread(points: Floats, rng: Random) -> tuple[Floats, Floats]:
    """Return joints (N, 17, 2) with the errors of a hand that draws and an eye that reads, and how sure they are.

    Two in five are exact; the others are stretched and sheared by a few hundredths and off by up to 6 hundredths of the
    figure's spread, some joints far more. Half lack a group of joints or a few at random.
    """
    count = len(points)
    spread = np.sqrt(((points - points.mean(1, keepdims=True)) ** 2).sum(2).mean(1))[:, None, None]
    wrong = rng.random((count, 1)) < 0.6
    linear = np.eye(2) + np.clip(rng.normal(0, 0.03, (count, 2, 2)), -0.1, 0.1) * wrong[..., None]
    off = rng.uniform(0, 0.06, (count, 1)) * np.exp(rng.normal(-0.2, 0.6, (count, NUM_KEYPOINTS))) * wrong
    lost = (rng.random((count, NUM_KEYPOINTS)) < 0.03) & wrong
    off = np.where(lost, 0.5, off)
    drawn = points @ np.swapaxes(linear, 1, 2) + rng.normal(0, 1, points.shape) * off[..., None] * spread
    sure = np.where(lost, rng.uniform(0.05, 0.6, off.shape), np.exp(-off / 0.15 * rng.uniform(0, 2, off.shape)))
    weights = np.clip(sure, 0.05, 1) * _kept(count, rng)
    return drawn, weights


def _kept(count: int, rng: Random) -> Floats:
    kept = np.ones((count, NUM_KEYPOINTS), np.bool_)
    groups, gaps = rng.integers(0, len(_DROPS) + 4, count), rng.random(count) < 0.5
    some = rng.random((count, NUM_KEYPOINTS)) < rng.uniform(0, 0.35, (count, 1))
    for number, group in enumerate(_DROPS):
        kept[np.ix_(gaps & (groups == number), group)] = False
    return np.where((gaps & (groups >= len(_DROPS)))[:, None], ~some, kept)
