"""Poses from the user's own BVH motion-capture files, of which none is shipped, and into BVH files.

BVH (Biovision Hierarchy): a ``HIERARCHY`` of joints with offsets and rotation channels, then ``MOTION`` with one line
of numbers per frame, Euler angles in degrees applied in the order of the channels. Names and rest poses differ between
makers, so a frame is read as joint positions and each part of our body is turned until it points the same way. What is
written stands at attention in its rest pose, in centimetres, y up and z ahead; its shoulders do not move with the arms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import PARENT, Body, BodyPose, Proportions, Shape
from sketchpose.synth.people.rotation import Z, frame, turn, unit

_AXES = {"X": np.array([1.0, 0, 0]), "Y": np.array([0, 1.0, 0]), "Z": np.array([0, 0, 1.0])}
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "hips": ("hips", "pelvis", "hip", "root"),
    "neck": ("neck", "neck1", "neck01"),
    "head": ("head",),
    "l_sho": ("leftarm", "leftuparm", "leftshoulderjoint", "lshldr", "leftupperarm", "lupperarm"),
    "l_elb": ("leftforearm", "leftlowarm", "leftlowerarm", "lforearm", "leftelbow"),
    "l_wri": ("lefthand", "lhand", "leftwrist"),
    "l_hip": ("leftupleg", "leftupperleg", "lthigh", "leftthigh", "lefthip", "lhipjoint"),
    "l_kne": ("leftleg", "leftlowleg", "leftlowerleg", "lshin", "leftknee", "leftshin"),
    "l_ank": ("leftfoot", "lfoot", "leftankle"),
    "l_toe": ("lefttoebase", "lefttoe", "ltoe", "lefttoeend"),
}
"""Our joint -> names seen in the wild (case, spaces, underscores and prefixes like ``mixamorig:`` do not matter)."""


_TOE_DROP = 20.0
"""Degrees by which our toes lie below the ankle in the zero pose."""


@dataclass
class _Joint:
    name: str
    parent: int
    offset: Array
    channels: list[str] = field(default_factory=list)


def read_bvh(path: str | Path, step: int = 1) -> Iterator[BodyPose]:
    """Yield every ``step``-th frame of a BVH file as a pose of our body.

    Args:
        path: The file.
        step: Frames to advance, at least 1.

    Raises:
        ValueError: The file is not BVH, lacks a joint, or the step is not positive.
        OSError: It cannot be read.
    """
    if step < 1:
        raise ValueError(f"step is {step}; use at least 1")
    joints, frames = _parse(Path(path))
    index = _find(joints, str(path))
    still = _positions(joints, np.zeros(frames.shape[1]))
    basis = _basis(still, index)
    for k in range(0, len(frames), step):
        points = _positions(joints, frames[k]) @ basis.T
        yield _retarget(points, index, f"{Path(path).stem} {k}")


def _parse(path: Path) -> tuple[list[_Joint], Array]:
    words = iter(path.read_text(encoding="utf-8", errors="replace").split())
    joints: list[_Joint] = []
    stack: list[int] = []
    numbers: list[float] = []
    try:
        if next(words) != "HIERARCHY":
            raise ValueError("it does not begin with HIERARCHY")
        for word in words:
            if word in ("ROOT", "JOINT", "End"):
                joints.append(_Joint(next(words), stack[-1] if stack else -1, np.zeros(3)))
            elif word == "{":
                stack.append(len(joints) - 1)
            elif word == "}":
                stack.pop()
            elif word == "OFFSET":
                joints[stack[-1]].offset = np.array([float(next(words)) for _ in range(3)])
            elif word == "CHANNELS":
                joints[stack[-1]].channels = [next(words) for _ in range(int(next(words)))]
            elif word == "MOTION":
                break
        next(words)
        count = int(next(words))
        next(words), next(words), next(words)
        numbers = [float(w) for w in words]
        width = sum(len(j.channels) for j in joints)
        return joints, np.array(numbers[: count * width]).reshape(count, width)
    except (StopIteration, IndexError, ValueError) as error:
        raise ValueError(f"{path} is not a BVH file: {error or 'it ends too early'}") from error


def _plain(name: str) -> str:
    return name.split(":")[-1].lower().replace("_", "").replace(" ", "").replace(".", "")


def _find(joints: list[_Joint], path: str) -> dict[str, int]:
    """Return the index of each of our joints."""
    indices = {_plain(j.name): i for i, j in reversed(list(enumerate(joints))) if j.name != "Site"}
    wanted = dict(NAMES)
    for ours, names in NAMES.items():
        if ours.startswith("l_"):
            right = tuple(n.replace("left", "right", 1) if n.startswith("left") else "r" + n[1:] for n in names)
            wanted["r_" + ours[2:]] = right
    out = {}
    for ours, names in wanted.items():
        index = next((indices[n] for n in names if n in indices), None)
        if index is not None:
            out[ours] = index
        elif not ours.endswith(("toe", "neck")):
            raise ValueError(f"{path} has no joint for {ours}; it is looked for under the names {', '.join(names)}")
    return out


def _positions(joints: list[_Joint], values: Array) -> Array:
    """Return joint positions (J, 3) in the file's axes, the root at its offset."""
    points = np.zeros((len(joints), 3))
    turns: list[Array] = []
    at = 0
    for i, joint in enumerate(joints):
        rotation = np.eye(3)
        for channel in joint.channels:
            if channel.endswith("rotation"):
                rotation = rotation @ turn(_AXES[channel[0].upper()], float(values[at]))
            at += 1
        if joint.parent >= 0:
            points[i] = points[joint.parent] + turns[joint.parent] @ joint.offset
            rotation = turns[joint.parent] @ rotation
        turns.append(rotation)
    return points


def _basis(points: Array, index: dict[str, int]) -> Array:
    """Return the (3, 3) rotation from the file's axes to ours, from its rest pose."""
    up = unit(points[index["head"]] - points[index["hips"]])
    up = np.round(up) if np.abs(up).max() > 0.9 else up
    left = points[index["l_hip"]] - points[index["r_hip"]]
    return frame(up, left).T  # rows: left, up x left = backwards, up


def _retarget(p: Array, index: dict[str, int], name: str) -> BodyPose:
    at = {n: p[i] for n, i in index.items()}
    neck = at.get("neck", (at["l_sho"] + at["r_sho"]) / 2)
    world = {
        "pelvis": frame(neck - at["hips"], at["l_hip"] - at["r_hip"]),
        "chest": frame(neck - at["hips"], at["l_sho"] - at["r_sho"]),
    }
    skull = at["head"] - neck
    world["head"] = frame(skull, world["chest"][:, 0]) if np.linalg.norm(skull) > 1e-6 else world["chest"]
    for s in ("l_", "r_"):
        for near, far, joints, forward in (
            ("uarm", "farm", "sho elb wri", True),
            ("thigh", "shin", "hip kne ank", False),
        ):
            a, b, c = (at[s + j] for j in joints.split())
            hinge = np.cross(b - a, c - b)
            straight = np.linalg.norm(hinge) < 0.05 * np.linalg.norm(b - a) * np.linalg.norm(c - b)
            across = world["chest" if forward else "pelvis"][:, 0] if straight else -hinge if forward else hinge
            world[s + near], world[s + far] = frame(a - b, across), frame(b - c, across)
        world[s + "hand"] = world[s + "farm"]
        toe = at.get(s + "toe")
        ahead = toe - at[s + "ank"] if toe is not None else -world[s + "shin"][:, 1]
        level = unit(ahead)
        world[s + "foot"] = _foot(level, world[s + "shin"])
    turns = {part: (world[parent].T @ world[part] if parent else world[part]) for part, parent in PARENT.items()}
    return BodyPose(name, turns)


def _foot(ahead: Array, shin: Array) -> Array:
    """Return the frame of a foot that points ahead: its third column up, its second backwards."""
    across = unit(shin[:, 0] - (shin[:, 0] @ ahead) * ahead)
    backwards = -turn(across, -_TOE_DROP) @ ahead
    return np.stack([across, backwards, np.cross(across, backwards)], 1)


_CHAINS: Final = (
    ("Arm", "Spine", "sho", "uarm"), ("ForeArm", "Arm", "elb", "farm"), ("Hand", "ForeArm", "wri", "hand"),
    ("UpLeg", "Hips", "hip", "thigh"), ("Leg", "UpLeg", "kne", "shin"), ("Foot", "Leg", "ank", "foot"),
    ("ToeBase", "Foot", "toe", ""),
)  # fmt: skip
_TREE: Final[dict[str, tuple[str, str, str]]] = {
    "Hips": ("", "", "pelvis"),
    "Spine": ("Hips", "waist", "chest"),
    "Neck": ("Spine", "neck", "head"),
    "Head": ("Neck", "skull", ""),
    **{
        side + name: (above if above in ("Spine", "Hips") else side + above, f"{s}_{joint}", part and f"{s}_{part}")
        for side, s in (("Left", "l"), ("Right", "r"))
        for name, above, joint, part in _CHAINS
    },
}
"""Written joint -> the joint above, our joint where it lies, our part that turns there."""
_ENDS: Final = {"Head": (0.0, 0.0, 0.18), "Hand": (0.0, 0.0, -0.16), "ToeBase": (0.0, -0.05, 0.0)}
"""Metres from the last joint of a chain to its end."""
Y_UP: Final = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From the world, z up, to the axes of BVH and glTF files: y up, z ahead of the figure."""


def to_bvh(body: Body, shape: Shape, pose: BodyPose, proportions: Proportions) -> str:
    """Return a BVH file of one frame that holds a pose of a body, the middle of its hips at the origin."""
    at = body.joints(body.articulate(shape, BodyPose("attention", {}), proportions))
    places = {name: at[joint] if joint else (at["l_hip"] + at["r_hip"]) / 2 for name, (_, joint, _) in _TREE.items()}
    places["Head"] = places["Neck"] + Z * np.linalg.norm(places["Head"] - places["Neck"])  # upright at attention
    below: dict[str, list[str]] = {name: [child for child, row in _TREE.items() if row[0] == name] for name in _TREE}
    lines, numbers = ["HIERARCHY"], ["0 0 0"]

    def joint(name: str, depth: int) -> None:
        pad, (above, _, part) = "  " * depth, _TREE[name]
        kind, channels = ("JOINT", "3") if above else ("ROOT", "6 Xposition Yposition Zposition")
        offset = _written(places[name] - places[above]) if above else "0 0 0"
        lines.extend([f"{pad}{kind} {name}", pad + "{", f"{pad}  OFFSET {offset}"])
        lines.append(f"{pad}  CHANNELS {channels} Zrotation Xrotation Yrotation")
        turned = pose.turns.get(part, np.eye(3))
        numbers.append(" ".join(f"{angle:.6f}" for angle in _euler(Y_UP @ turned @ Y_UP.T)))
        for child in below[name]:
            joint(child, depth + 1)
        for ending, end in _ENDS.items():
            if name.endswith(ending):
                lines.extend(
                    [f"{pad}  End Site", pad + "  {", f"{pad}    OFFSET {_written(np.array(end))}", pad + "  }"]
                )
        lines.append(pad + "}")

    joint("Hips", 0)
    return "\n".join([*lines, "MOTION", "Frames: 1", "Frame Time: 0.0333333", " ".join(numbers), ""])


def _written(metres: Array) -> str:
    return " ".join(f"{value:.5f}" for value in 100 * Y_UP @ metres)


def _euler(m: Array) -> Array:
    """Return degrees about z, x and y of a rotation that is made of them in this order."""
    x = np.arcsin(np.clip(m[2, 1], -1, 1))
    return np.asarray(np.rad2deg([np.arctan2(-m[0, 1], m[1, 1]), x, np.arctan2(-m[2, 0], m[2, 2])]))
