"""The synthetic body as far as its 17 keypoints go, for many poses at once.

``Body.articulate`` poses one body with all of its bones, ``Body.skin`` moves 13,718 vertices, and a keypoint is a mean
of some of them. All of that is linear once the bones are turned, so that each keypoint is a sum over few bones: the
same keypoints, thousands of poses a second.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from sketchpose.lift.rotations import Floats, about, exponential, logarithm, twist_down
from sketchpose.synth.people.body import GIRDLE, NECK, PARENT, PART, PARTS, SPINE, Body, Shape, load_body

_SIDES: Final = ("L", "R")
_ARM: Final = ("clavicle", "shoulder01", "upperarm01", "upperarm02", "lowerarm01", "lowerarm02", "wrist")
_LEG: Final = ("upperleg01", "lowerleg01", "foot")
BONES: Final = (
    "root",
    *SPINE,
    *NECK,
    *(f"{bone}.{side}" for side in _SIDES for bone in (*_ARM, *_LEG)),
)
"""The bones that move on their own; the others move with the nearest of these above them."""
_BONE_PART: Final = {
    "root": "pelvis", "spine05": "pelvis", "spine04": "pelvis", "spine": "chest", "neck": "head", "head": "head",
    "clavicle": "chest", "shoulder01": "chest", "upperarm": "uarm", "lowerarm": "farm", "wrist": "hand",
    "upperleg": "thigh", "lowerleg": "shin", "foot": "foot",
}  # fmt: skip


def _part(bone: str) -> int:
    name = next(part for prefix, part in _BONE_PART.items() if bone.startswith(prefix))
    return PART[name] if name in PART else PART[f"{bone[-1].lower()}_{name}"]


_PART_OF: Final = np.array([_part(bone) for bone in BONES])
_AT: Final = {bone: i for i, bone in enumerate(BONES)}
_OWN: Final = np.array([i for i, bone in enumerate(BONES) if bone[:-2] not in (*GIRDLE, "upperarm01", "lowerarm02")
                        and bone not in SPINE and bone not in NECK])  # fmt: skip
_PARENTS: Final = np.array([PART.get(parent, -1) for parent in PARENT.values()])
_BENDS: Final = (
    *((bone, "pelvis", 0, share) for bone, share in SPINE.items()),
    *((bone, "chest", 1, share) for bone, share in NECK.items()),
    *((f"{bone}.{side}", "chest", 2 + i, share) for i, side in enumerate(_SIDES) for bone, share in GIRDLE.items()),
)
"""Bones that go a share of a turn: of which part, and of which of chest, head, raised left and right arm."""
_BENT: Final = np.array([_AT[bone] for bone, _, _, _ in _BENDS])
_BENT_FROM: Final = np.array([PART[part] for _, part, _, _ in _BENDS])
_BENT_BY: Final = np.array([source for _, _, source, _ in _BENDS])
_BENT_SHARE: Final = np.array([share for _, _, _, share in _BENDS])
_NECKS: Final = np.array([_AT[name] for name in NECK if name != "head"])


@dataclass(frozen=True)
class Rig:
    """S bodies at rest, as far as keypoints need them.

    Attributes:
        zero: (S, 15, 3, 3) rotations from the bent-arm rest to the zero pose, per part.
        axes: (S, 15, 3) directions in which a part's length is measured.
        steps: (S, B, 3) metres from the head of the bone above to that of each bone of ``BONES``.
        above: (B,) index of the bone above, -1 for the root.
        levels: Bones below the root by how many bones are above them.
        pairs: (P,) bones, grouped by keypoint.
        first: (17,) where the group of each keypoint begins.
        arms: (S, P, 3) weighted offsets from the bone's head.
        shares: (S, P) weights of the bones.
    """

    zero: Floats
    axes: Floats
    steps: Floats
    above: Floats
    levels: tuple[Floats, ...]
    pairs: Floats
    first: Floats
    arms: Floats
    shares: Floats

    def __len__(self) -> int:
        return len(self.zero)

    def take(self, rows: Floats) -> "Rig":
        """Return the bodies of some rows (N,), one for each pose."""
        return Rig(self.zero[rows], self.axes[rows], self.steps[rows], self.above, self.levels, self.pairs,
                   self.first, self.arms[rows], self.shares[rows])  # fmt: skip

    def keypoints(self, turns: Floats, proportions: Floats) -> Floats:
        """Return the keypoints (N, 17, 3) in metres.

        Args:
            turns: (N, 15, 3, 3) rotation of each part relative to the one it hangs on.
            proportions: (N, 15, 2) length and thickness of each part, as ``body.Proportions``.
        """
        return self.posed(turns, proportions)[0]

    def posed(self, turns: Floats, proportions: Floats) -> tuple[Floats, Floats]:
        """Return the keypoints (N, 17, 3) and the heads (N, B, 3) of ``BONES``, the root at the origin."""
        maps = self._turned(turns) @ self._scales(proportions)
        heads = np.zeros((len(maps), len(BONES), 3))
        for bones in self.levels:
            above = self.above[bones]
            heads[:, bones] = heads[:, above] + (maps[:, above] @ self.steps[:, bones, :, None])[..., 0]
        arms = (maps[:, self.pairs] @ self.arms[..., None])[..., 0]
        return np.add.reduceat(arms + heads[:, self.pairs] * self.shares[..., None], self.first, axis=1), heads

    def _scales(self, proportions: Floats) -> Floats:
        length, thickness = proportions[..., 0], proportions[..., 1]
        outer = self.axes[..., :, None] * self.axes[..., None, :]
        parts = np.eye(3) * thickness[..., None, None] + outer * (length - thickness)[..., None, None]
        out = np.asarray(parts[:, _PART_OF])
        big = length[:, PART["head"]]  # a big head keeps a modest neck, as in Body.articulate
        neck = np.zeros((len(big), 3, 3))
        neck[:, 0, 0] = neck[:, 1, 1] = 1 + 0.3 * (big - 1)
        neck[:, 2, 2] = np.minimum(1, 1.25 - 0.25 * big)
        out[:, _NECKS] = neck[:, None]
        return out

    def _turned(self, turns: Floats) -> Floats:
        world = frames_of(turns)
        out = np.empty((len(turns), len(BONES), 3, 3))
        zero = np.broadcast_to(self.zero, (len(turns), *self.zero.shape[1:]))
        parts = _PART_OF[_OWN]
        out[:, _OWN] = world[:, parts] @ zero[:, parts]
        sides = {side: [PART[f"{side.lower()}_{part}"] for part in ("uarm", "farm", "hand")] for side in _SIDES}
        raised = [turns[:, upper] @ zero[:, upper] for upper, _, _ in sides.values()]
        sources = np.stack([turns[:, PART["chest"]], turns[:, PART["head"]], *raised], 1)
        bent = exponential(logarithm(sources)[:, _BENT_BY] * _BENT_SHARE[:, None])
        out[:, _BENT] = world[:, _BENT_FROM] @ bent
        twisted = twist_down(turns[:, [part for upper, _, hand in sides.values() for part in (upper, hand)]])
        halves = about(2, twisted * np.array([0.5, -0.5, 0.5, -0.5]))  # about z, which is against DOWN
        for i, (side, (upper, fore, _)) in enumerate(sides.items()):
            out[:, _AT[f"upperarm01.{side}"]] = world[:, upper] @ halves[:, 2 * i] @ zero[:, upper]
            out[:, _AT[f"lowerarm02.{side}"]] = world[:, fore] @ halves[:, 2 * i + 1] @ zero[:, fore]
        return out


def frames_of(turns: Floats) -> Floats:
    """Return the orientations (..., 15, 3, 3) of parts in space from their rotations relative to one another."""
    out = np.array(turns, np.float64)
    for part, parent in enumerate(_PARENTS):
        if parent >= 0:
            out[..., part, :, :] = out[..., parent, :, :] @ turns[..., part, :, :]
    return out


def turns_of(frames: Floats) -> Floats:
    """Return the rotations (..., 15, 3, 3) of parts relative to one another from their orientations in space."""
    out = np.array(frames, np.float64)
    for part, parent in enumerate(_PARENTS):
        if parent >= 0:
            out[..., part, :, :] = np.swapaxes(frames[..., parent, :, :], -1, -2) @ frames[..., part, :, :]
    return out


@cache
def _skinning() -> tuple[Floats, list[tuple[int, int, Floats, Floats]]]:
    """Which bone of ``BONES`` is above each, and per keypoint and bone the vertices that count and their weights."""
    body = load_body()
    moves = np.array([_mover(body, bone) for bone in range(len(body.bones))])
    above = np.array([-1 if body.parents[body.bone[b]] < 0 else moves[body.parents[body.bone[b]]] for b in BONES])
    rows = []
    for joint, (vertices, weights) in enumerate(body.regressor):
        skin = np.where(body.skin_weight[vertices] > 1e-4, body.skin_weight[vertices], 0.0) * weights[:, None]
        movers = moves[body.skin_index[vertices]]
        for bone in np.unique(movers[skin > 0]):
            share = np.where(movers == bone, skin, 0).sum(1)
            rows.append((joint, int(bone), vertices[share > 0], share[share > 0]))
    return above, rows


def _mover(body: Body, bone: int) -> int:
    """Return the nearest bone of ``BONES`` from a bone upwards."""
    while body.bones[bone] not in _AT:
        bone = int(body.parents[bone])
    return _AT[body.bones[bone]]


def rig(shapes: list[Shape]) -> Rig:
    """Return the rig of some bodies at rest."""
    body = load_body()
    above, rows = _skinning()
    bones = [body.bone[name] for name in BONES]
    heads = np.stack([shape.heads[bones] for shape in shapes])
    zero = np.stack([[shape.zero[part] for part in PARTS] for shape in shapes])
    down = np.array([0.0, 0.0, -1.0])
    axes = np.stack([[shape.axes.get(part, down) for part in PARTS] for shape in shapes])
    arms = np.stack(
        [[share @ (shape.rest[at] - shape.heads[bones[bone]]) for _, bone, at, share in rows] for shape in shapes]
    )
    joints, pairs, shares = [r[0] for r in rows], np.array([r[1] for r in rows]), np.array([r[3].sum() for r in rows])
    first = np.array([joints.index(joint) for joint in range(len(body.regressor))])
    steps = heads - heads[:, np.maximum(above, 0)]
    depth = np.zeros(len(BONES), int)
    for bone, parent in enumerate(above):  # parents first
        depth[bone] = depth[parent] + 1 if parent >= 0 else 0
    levels = tuple(np.flatnonzero(depth == level) for level in range(1, depth.max() + 1))
    return Rig(zero, axes, steps, above, levels, pairs, first, arms, np.tile(shares, (len(shapes), 1)))
