"""From recipes and random angles to body poses: noise within anatomical limits, mirroring, mixed halves."""

from typing import Any, Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import BodyPose
from sketchpose.synth.people.recipes import FAMILY_WEIGHT, RECIPES, Recipe
from sketchpose.synth.people.rotation import X, Y, Z, turn
from sketchpose.synth.people.studies import STUDIES

LIMITS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "chest": ((-25, 75), (-30, 30), (-45, 45)),
    "head": ((-50, 50), (-35, 35), (-75, 75)),
    "uarm": ((-55, 178), (-30, 170), (-80, 80)),
    "farm": ((0, 145),),
    "hand": ((-60, 60), (-15, 25), (-85, 85)),
    "thigh": ((-30, 125), (-20, 75), (-40, 50)),
    "shin": ((0, 145),),
    "foot": ((-25, 45), (-15, 15), (-15, 15)),
}
"""Least and greatest (flexion, abduction or side bend, twist) in degrees; hinges only bend."""
RELAXED: Final[dict[str, Any]] = {
    "pelvis": (0.0, 0.0),
    "chest": (3, 0, 0),
    "head": (0, 0, 0),
    "uarm": (0, 10, 0),
    "farm": 15,
    "hand": (0, 0, 0),
    "thigh": (0, 6, 0),
    "shin": 5,
    "foot": (0, 0, 6),
}
_MIRROR = np.diag([-1.0, 1.0, 1.0])
Angles = dict[str, tuple[float, ...]]


def limb(side: str, flexion: float, abduction: float, twist: float = 0.0) -> Array:
    """Return the rotation of an upper arm or thigh."""
    s = 1 if side == "l" else -1
    return np.asarray(turn(Y, -s * abduction) @ turn(X, -flexion) @ turn(Z, s * twist))


def build(name: str, angles: Angles, curl: tuple[float, float]) -> BodyPose:
    """Return the pose of a full table of angles (one entry per part, sides apart; see ``pose_table``)."""
    pitch, roll = angles["pelvis"]
    turns = {"pelvis": turn(X, pitch) @ turn(Y, roll)}
    for part in ("chest", "head"):
        flexion, side_bend, about = angles[part]
        turns[part] = turn(Z, about) @ turn(Y, side_bend) @ turn(X, flexion)
    for s in "lr":
        out = 1 if s == "l" else -1
        turns[s + "_uarm"] = limb(s, *angles[s + "_uarm"])
        turns[s + "_thigh"] = limb(s, *angles[s + "_thigh"])
        turns[s + "_farm"] = turn(X, -angles[s + "_farm"][0])
        turns[s + "_shin"] = turn(X, angles[s + "_shin"][0])
        flexion, sideways, about = angles[s + "_hand"]
        turns[s + "_hand"] = turn(Z, out * about) @ turn(Y, flexion) @ turn(X, sideways)
        flexion, _, about = angles[s + "_foot"]
        turns[s + "_foot"] = turn(Z, out * about) @ turn(X, flexion)
    return BodyPose(name, turns, curl)


def complete(given: dict[str, Any]) -> Angles:
    """Return a full table: what is given, for both sides where no side is named, over the relaxed body."""
    out: Angles = {}
    for part, relaxed in RELAXED.items():
        both = given.get(part, relaxed)
        names = (part,) if part in ("pelvis", "chest", "head") else ("l_" + part, "r_" + part)
        for name in names:
            value = given.get(name, both)
            out[name] = tuple(map(float, value)) if isinstance(value, tuple) else (float(value),)
    return out


def vary(angles: Angles, spread: float, rng: np.random.Generator) -> Angles:
    """Return the angles with normal noise (degrees), clipped to the anatomical limits."""
    out: Angles = {}
    for name, values in angles.items():
        if name == "pelvis":
            out[name] = tuple(v + 0.6 * spread * rng.normal() for v in values)
            continue
        limits = LIMITS[name.split("_")[-1]]
        scale = 1.3 * spread if len(values) == 1 else spread
        out[name] = tuple(
            float(np.clip(v + scale * rng.normal(), lo, hi)) for v, (lo, hi) in zip(values, limits, strict=True)
        )
    return out


def random_pose(rng: np.random.Generator) -> BodyPose:
    """Return independent angles, triangular between the limits around a relaxed value."""

    def draw(low: float, mode: float, high: float) -> float:
        return float(rng.triangular(low, mode, high))

    angles: Angles = {
        "pelvis": (18 * rng.normal(), 10 * rng.normal()),
        "chest": (draw(-20, 8, 55), draw(-25, 0, 25), draw(-40, 0, 40)),
        "head": (draw(-40, 0, 40), draw(-30, 0, 30), draw(-65, 0, 65)),
    }
    for s in ("l_", "r_"):
        angles[s + "uarm"] = (draw(-45, 25, 170), draw(-20, 20, 120), draw(-60, 0, 60))
        angles[s + "farm"] = (draw(0, 30, 140),)
        angles[s + "hand"] = (draw(-50, 0, 50), draw(-15, 0, 20), draw(-70, 0, 70))
        angles[s + "thigh"] = (draw(-25, 15, 120), draw(-12, 10, 65), draw(-30, 5, 40))
        angles[s + "shin"] = (draw(0, 15, 140),)
        angles[s + "foot"] = (draw(-20, 5, 45), 0.0, draw(-10, 5, 15))
    return build("random", angles, (float(rng.uniform(0, 90)), float(rng.uniform(0, 90))))


def from_recipe(name: str, rng: np.random.Generator) -> BodyPose:
    """Return one variation of a recipe or study, contacts still open."""
    recipe = (RECIPES | STUDIES)[name]
    spread = recipe.noise * float(rng.uniform(0.4, 1.6))
    angles = vary(complete(recipe.angles), spread, rng)
    if recipe.grounded:
        pitch, roll = complete(recipe.angles)["pelvis"]
        angles["pelvis"] = (pitch + 2.5 * rng.normal(), roll + 2.5 * rng.normal())
    if rng.random() < 0.35:
        flexion, side_bend, about = angles["head"]
        angles["head"] = (flexion, side_bend, float(np.clip(about + 35 * rng.normal(), -75, 75)))
    fingers = (70.0, 90.0) if recipe.fist else (5.0, 20.0, 35.0, 60.0, 85.0)
    left, right = rng.choice(fingers, 2)
    return build(name, angles, (float(left), float(right)))


def sample_recipe(rng: np.random.Generator, family: str | None = None) -> str:
    """Return the name of a recipe: first a family by its weight, then a member by its own."""
    families = list(FAMILY_WEIGHT)
    weights = np.array([FAMILY_WEIGHT[f] for f in families])
    family = family or str(rng.choice(families, p=weights / weights.sum()))
    members = [n for n, r in RECIPES.items() if r.family == family]
    weights = np.array([RECIPES[n].weight for n in members])
    return str(rng.choice(members, p=weights / weights.sum()))


def sample_pose(rng: np.random.Generator, families: tuple[str, ...] = ()) -> tuple[BodyPose, Recipe | None, bool]:
    """Return a pose, its recipe (None for random angles) and whether it has been mirrored.

    Half of the poses come from ``families`` where some are given.
    """
    wanted = str(rng.choice(families)) if families and rng.random() < 0.5 else None
    if wanted is None and rng.random() < 0.08:
        return random_pose(rng), None, False
    name = sample_recipe(rng, wanted)
    pose = from_recipe(name, rng)
    recipe: Recipe = RECIPES[name]
    if rng.random() < 0.12:
        other = sample_recipe(rng)
        arms = from_recipe(other, rng)
        taken = {p: arms.turns[p] for p in arms.turns if p[2:] in ("uarm", "farm", "hand")}
        pose = BodyPose(f"{name} + {other}", pose.turns | taken, arms.curl)
        recipe = Recipe(recipe.family, recipe.noise, recipe.angles, (), grounded=recipe.grounded, close=recipe.close)
    flipped = bool(rng.random() < 0.5)
    return (mirror(pose) if flipped else pose), recipe, flipped


def mirror(pose: BodyPose) -> BodyPose:
    """Return the pose reflected in the plane of symmetry: left and right change places."""
    swap = {"l": "r", "r": "l"}
    turns = {
        (swap[part[0]] + part[1:] if part[1] == "_" else part): _MIRROR @ matrix @ _MIRROR
        for part, matrix in pose.turns.items()
    }
    return BodyPose(pose.name, turns, (pose.curl[1], pose.curl[0]))
