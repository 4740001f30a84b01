# ruff: noqa: E501 (one recipe per row reads best as a table)
"""Two people who do something together: a table of placements and holds, closed by inverse kinematics."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.actor import Actor, Cast, sample_cast, stage
from sketchpose.synth.people.body import BodyPose, Skeleton, load_body
from sketchpose.synth.people.contact import ground, reach_for
from sketchpose.synth.people.posing import from_recipe
from sketchpose.synth.people.rotation import Z, turn

Hold = tuple[str, str, str, tuple[float, float, float]]
"""(person a or b, hand side, joint of the other or ``between``, offset in metres).

The offset is in the chest frame of the other for a joint, and in the first person's frame for ``between``, which is the
point half-way between the two breasts."""


@dataclass(frozen=True)
class Duo:
    """Two poses, where the second person stands in the first one's frame (metres), how it is turned, what they hold."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    place: tuple[float, float]
    turned: float
    holds: tuple[Hold, ...] = field(default=())
    lift: float = 0.0


_UP = ("stand", "contrapposto", "wide stance")
DUOS: Final[dict[str, Duo]] = {
    "embrace": Duo(_UP, _UP, (0.0, -0.3), 180, (("a", "l", "chest", (-0.06, 0.13, 0.05)), ("a", "r", "waist", (0.06, 0.13, 0.05)), ("b", "l", "neck", (-0.05, 0.1, 0.0)), ("b", "r", "chest", (0.08, 0.12, 0.08)))),
    "handshake": Duo(_UP, _UP, (0.0, -0.8), 180, (("a", "r", "between", (-0.05, 0.0, -0.25)), ("b", "r", "between", (-0.05, 0.02, -0.27)))),
    "hand in hand": Duo(("walk", "stand"), ("walk", "stand"), (-0.55, 0.0), 0, (("a", "r", "between", (0.0, -0.05, -0.5)), ("b", "l", "between", (0.0, -0.05, -0.52)))),
    "arm around": Duo(_UP, _UP, (-0.42, 0.0), 0, (("a", "r", "r_sho", (0.0, 0.08, 0.03)), ("b", "l", "waist", (0.05, 0.12, 0.0)))),
    "waltz": Duo(("stand", "walk"), ("stand", "walk"), (0.0, -0.42), 180, (("a", "r", "waist", (0.05, 0.13, 0.1)), ("b", "l", "l_sho", (0.0, 0.05, 0.03)), ("a", "l", "between", (0.6, 0.0, 0.15)), ("b", "r", "between", (0.62, 0.0, 0.13)))),
    "punch": Duo(("punch", "charge"), ("recoil", "block", "guard"), (0.0, -0.8), 180, (("a", "r", "skull", (0.0, -0.12, 0.0)),)),
    "grapple": Duo(("push", "charge"), ("push", "guard"), (0.0, -0.75), 180, (("a", "l", "l_sho", (0, 0, 0)), ("a", "r", "r_sho", (0, 0, 0)), ("b", "l", "l_elb", (0, 0, 0)), ("b", "r", "r_elb", (0, 0, 0)))),
    "kick": Duo(("high kick", "side kick", "flying kick"), ("block", "recoil"), (0.0, -1.0), 180),
    "duel": Duo(("sword overhead", "fencing lunge"), ("fencing lunge", "block", "spear thrust"), (0.0, -1.4), 180),
    "piggyback": Duo(("walk", "carry", "stand"), ("sit chair", "cycle"), (0.0, 0.28), 0, (("b", "l", "chest", (0.06, -0.14, 0.1)), ("b", "r", "chest", (-0.06, -0.14, 0.1)), ("a", "l", "l_kne", (0, 0, 0)), ("a", "r", "r_kne", (0, 0, 0))), lift=0.62),
    "proposal": Duo(("kneel one",), _UP, (0.0, -0.75), 180, (("a", "l", "r_wri", (0, 0, 0)),)),
    "back to back": Duo(("arms crossed", "stand"), ("arms crossed", "hands on hips", "stand"), (0.0, 0.3), 180),
    "sit together": Duo(("sit chair", "sit legs crossed", "sit slouch"), ("sit chair", "sit lean forward"), (-0.6, 0.0), 0, (("a", "r", "l_sho", (0, 0.06, 0.03)),)),
    "high five": Duo(("stand", "wave"), ("stand", "wave"), (0.0, -0.75), 180, (("a", "r", "between", (0, 0, 0.45)), ("b", "r", "between", (0, 0, 0.47)))),
    "help up": Duo(("bow", "lunge", "pull"), ("sit floor", "one knee up"), (0.0, -0.9), 180, (("a", "r", "between", (0, 0, -0.1)), ("b", "r", "between", (0, 0, -0.12)))),
    "dip": Duo(("lunge", "side lunge"), ("lean back", "body wave", "fall"), (0.0, -0.45), 180, (("a", "l", "chest", (0, 0.13, 0)), ("a", "r", "waist", (0, 0.13, 0)), ("b", "l", "neck", (0.03, 0.05, 0)))),
    "wrestle": Duo(("all fours", "crawl"), ("lie back", "lie back knee", "wounded"), (0.0, 0.0), 180, (("a", "l", "l_wri", (0, 0, 0)), ("b", "r", "chest", (0, -0.1, 0)))),
    "lie together": Duo(("lie side", "lie back", "odalisque"), ("lie back", "lie side", "fetal"), (-0.5, 0.0), 0, (("a", "r", "chest", (0, -0.12, 0)),)),
    "tug": Duo(("pull",), ("pull",), (0.0, -1.5), 180, (("a", "l", "between", (0, 0.25, -0.2)), ("a", "r", "between", (0, 0.4, -0.2)), ("b", "l", "between", (0, -0.25, -0.2)), ("b", "r", "between", (0, -0.4, -0.2)))),
    "whisper": Duo(_UP, ("stand", "shy", "thinking"), (-0.38, -0.1), 40, (("a", "r", "skull", (0.1, -0.02, 0.0)),)),
    "dance apart": Duo(("twist", "disco", "hip sway"), ("twist", "hip sway", "plié"), (0.0, -0.9), 180, (("a", "l", "between", (0.1, 0, 0.1)), ("b", "r", "between", (0.1, 0, 0.08)))),
}  # fmt: skip
"""Name -> how two people meet."""
PAIR_STUDIES: Final[dict[str, Duo]] = {
    "carry in arms": Duo(("stand",), ("lie in arms",), (0.1, -0.36), 90, (("a", "l", "r_kne", (0.0, 0.05, -0.06)), ("a", "r", "chest", (0.0, 0.15, -0.06)), ("b", "l", "neck", (0.0, 0.08, 0.0))), lift=0.5),
    "carry over the shoulder": Duo(("walk", "stand"), ("hang over a shoulder",), (-0.16, -0.06), 180, (("a", "r", "l_kne", (0.0, 0.05, 0.0)),), lift=0.52),
    "underarm turn": Duo(("stand",), ("walk",), (0.05, -0.65), 110, (("a", "l", "between", (0.05, 0.0, 0.62)), ("b", "r", "between", (0.05, 0.0, 0.6)))),
    "lift by the waist": Duo(("wide stance",), ("arabesque", "ballet"), (0.0, -0.42), 180, (("a", "l", "waist", (-0.14, 0.0, 0.02)), ("a", "r", "waist", (0.14, 0.0, 0.02)), ("b", "l", "r_sho", (0.0, 0.0, 0.05)), ("b", "r", "l_sho", (0.0, 0.0, 0.05))), lift=0.42),
    "hold from behind": Duo(("wide stance",), ("lean back",), (0.0, -0.26), 0, (("a", "r", "neck", (0.1, -0.12, 0.0)), ("a", "l", "l_wri", (0.0, 0.0, 0.0)), ("b", "r", "r_wri", (0.0, 0.0, 0.0)))),
    "mercy": Duo(("sword overhead",), ("beg",), (0.0, -0.95), 180),
}  # fmt: skip
"""The same, for the gallery only: a row more in ``DUOS`` would change what ``generate`` draws."""


_DRESSED: Final = 0.9
"""Least chance of clothes for people who touch."""


@dataclass
class _Partner:
    """One of the two while they are being posed."""

    cast: Cast
    pose: BodyPose
    place: Array
    skeleton: Skeleton

    def joints(self) -> dict[str, Array]:
        return {n: p + self.place for n, p in self.cast.body.joints(self.skeleton).items()}


def _partner(
    rng: np.random.Generator, names: tuple[str, ...], turned: float, muscular: bool, kind: str | None
) -> _Partner:
    body = load_body()
    cast = sample_cast(body, rng, muscular, kind, adult=True)
    pose = from_recipe(str(rng.choice(names)), rng)
    pose = BodyPose(pose.name, pose.turns | {"pelvis": turn(Z, turned) @ pose.turns["pelvis"]}, pose.curl)
    return _Partner(cast, pose, np.zeros(3), body.articulate(cast.shape, pose, cast.proportions))


def stage_duo(
    rng: np.random.Generator, dressed: float, muscular: float, meshes: bool, mannequins: str | None = None
) -> tuple[Actor, Actor]:
    """Return two grown-up actors that share one world, posed after a random row of ``DUOS``.

    Args:
        rng: Source of everything random.
        dressed: Chance of clothes.
        muscular: Chance of muscular bodies.
        meshes: Whether loose clothes and hair are allowed.
        mannequins: Instead, two unclothed bodies of natural proportions posed after the row of this name.

    Raises:
        ValueError: There is no such row.
    """
    name = mannequins or str(rng.choice(list(DUOS)))
    known = DUOS | PAIR_STUDIES
    if name not in known:
        raise ValueError(f"there is no pair {name!r}; choose one of {', '.join(known)}")
    duo = known[name]
    strong = bool(rng.random() < muscular)
    kind = "real" if mannequins else None
    a = _partner(rng, duo.first, 0.0, strong, kind)
    b = _partner(rng, duo.second, duo.turned + rng.normal(0, 8), strong, kind)
    scale = float(np.linalg.norm(a.joints()["l_hip"] - a.joints()["neck"])) / 0.5
    drop = ground(a.joints()) - ground(b.joints()) + duo.lift * scale
    b.place = np.array([duo.place[0] * scale, duo.place[1] * scale, drop])
    for holder, side, joint, offset in duo.holds:
        if rng.random() < 0.95:
            _hold(a, b, holder, side, joint, np.array(offset) * scale)
    if mannequins:
        one, other = (stage(p.cast, p.pose, rng, False, p.place, "short", meshes=False) for p in (a, b))
        return one, other
    actors = [
        stage(p.cast, p.pose, rng, bool(rng.random() < max(dressed, _DRESSED)), p.place, meshes=meshes) for p in (a, b)
    ]
    return actors[0], actors[1]


def _hold(a: _Partner, b: _Partner, holder: str, side: str, joint: str, offset: Array) -> None:
    """Let one hand take hold, changing the pose of its owner."""
    me, other = (a, b) if holder == "a" else (b, a)
    if joint == "between":
        point = (a.joints()["chest"] + b.joints()["chest"]) / 2 + offset
    else:
        point = other.joints()[joint] + other.skeleton.frames["chest"] @ offset
    out = 1.0 if side == "l" else -1.0
    pole = me.skeleton.frames["chest"] @ np.array([0.7 * out, 0.1, -0.8])
    cast = me.cast
    me.pose, me.skeleton = reach_for(cast.body, cast.shape, me.pose, cast.proportions, side, point - me.place, pole)
