"""Contacts: two-bone inverse kinematics for hands and feet, balance over the feet, two people holding each other."""

from typing import Final

import numpy as np

from sketchpose.synth.arrays import Array
from sketchpose.synth.people.body import Body, BodyPose, Proportions, Shape, Skeleton
from sketchpose.synth.people.rotation import Z, turn, unit

OWN, OTHER, MIDDLE = "own", "other", ""
TARGETS: Final[dict[str, tuple[str, str, str, tuple[float, float, float], tuple[float, float, float]]]] = {
    "hip": (OWN, "hip", "pelvis", (0.07, 0.02, 0.13), (1.0, 0.5, -0.1)),
    "pocket": (OWN, "hip", "pelvis", (0.08, -0.03, -0.04), (0.8, 0.8, -0.2)),
    "small of back": (MIDDLE, "waist", "pelvis", (0.04, 0.14, 0.02), (0.9, 0.4, -0.3)),
    "belly": (MIDDLE, "waist", "pelvis", (0.03, -0.15, -0.02), (0.8, 0.2, -0.6)),
    "prayer": (MIDDLE, "chest", "chest", (0.015, -0.26, 0.08), (0.9, 0.0, -0.6)),
    "chin": (MIDDLE, "skull", "head", (0.03, -0.13, -0.07), (0.5, -0.3, -1.0)),
    "mouth": (MIDDLE, "skull", "head", (0.03, -0.17, -0.03), (0.8, 0.0, -0.7)),
    "ear": (MIDDLE, "skull", "head", (0.12, -0.05, 0.0), (0.9, -0.1, -0.6)),
    "brow": (MIDDLE, "skull", "head", (0.1, -0.12, 0.1), (1.0, 0.0, 0.1)),
    "nape": (MIDDLE, "skull", "head", (0.07, 0.06, 0.03), (1.0, -0.1, 0.3)),
    "knee": (OWN, "kne", "thigh", (0.0, -0.08, 0.05), (0.8, 0.0, 0.3)),
    "other knee": (OTHER, "kne", "thigh", (0.0, -0.08, 0.05), (0.6, -0.2, -0.6)),
    "between knees": (OWN, "kne", "thigh", (-0.1, -0.06, 0.0), (0.9, 0.0, 0.0)),
    "shin": (OWN, "ank", "shin", (0.02, -0.06, 0.12), (0.9, 0.0, 0.2)),
    "other shin": (OTHER, "ank", "shin", (0.0, -0.07, 0.15), (0.9, 0.0, 0.2)),
    "ankle": (OWN, "ank", "shin", (0.04, 0.0, 0.03), (0.8, 0.5, 0.0)),
    "other ankle": (OTHER, "ank", "shin", (0.0, -0.05, 0.03), (0.8, 0.0, 0.2)),
    "other elbow": (OTHER, "elb", "uarm", (0.0, -0.03, 0.05), (0.9, 0.0, -0.7)),
    "other wrist": (OTHER, "wri", "farm", (0.0, -0.03, 0.02), (0.9, 0.1, -0.6)),
    "overhead": (MIDDLE, "skull", "chest", (0.015, -0.02, 0.5), (1.0, -0.2, 0.2)),
    "crown": (MIDDLE, "skull", "head", (0.04, 0.0, 0.16), (1.0, 0.0, 0.2)),
    "plead": (MIDDLE, "chest", "chest", (0.05, -0.28, 0.16), (0.3, 0.1, -1.0)),
    "under the chin": (MIDDLE, "skull", "head", (0.04, -0.15, -0.19), (0.5, -0.3, -1.0)),
    "face": (MIDDLE, "skull", "head", (0.07, -0.19, -0.08), (0.4, -0.2, -1.0)),
    "strap": (OWN, "sho", "chest", (-0.05, -0.12, 0.02), (0.5, -0.3, -0.9)),
    "shoulder load": (OWN, "sho", "chest", (0.06, -0.1, 0.26), (0.9, -0.3, -0.6)),
    "mop high": (MIDDLE, "chest", "chest", (0.05, -0.32, 0.02), (0.9, 0.2, -0.2)),
    "mop low": (MIDDLE, "waist", "chest", (0.2, -0.42, -0.14), (0.8, 0.3, -0.3)),
    "rifle barrel": (MIDDLE, "skull", "chest", (-0.04, -0.58, -0.1), (0.4, 0.0, -0.9)),
    "rifle stock": (MIDDLE, "skull", "chest", (0.08, -0.26, -0.14), (0.9, 0.2, -0.3)),
    "crossed near": (OTHER, "hip", "pelvis", (-0.03, -0.29, -0.05), (1.0, -0.2, 0.12)),
    "crossed far": (OTHER, "hip", "pelvis", (-0.03, -0.17, -0.05), (1.0, -0.2, 0.12)),
    "floor": (OWN, "sho", "floor", (0.05, 0.0, 0.0), (0.6, 0.7, 0.0)),
}
"""Target -> (whose side, joint, frame, offset in that frame in metres with x outwards, where elbow or knee point)."""
_OF_FEET: Final = ("crossed near", "crossed far")
"""Targets of ankles; all others are of wrists."""
_WEIGHTS: Final = {"skull": 0.09, "chest": 0.28, "waist": 0.2, "l_kne": 0.13, "r_kne": 0.13, "l_elb": 0.06,
                   "r_elb": 0.06, "l_hip": 0.025, "r_hip": 0.025}  # fmt: skip
_LOW = (
    "l_ank",
    "r_ank",
    "l_toe",
    "r_toe",
    "l_kne",
    "r_kne",
    "l_hip",
    "r_hip",
    "l_elb",
    "r_elb",
    "skull",
    "l_sho",
    "r_sho",
)
_HAND = {
    "l_ank": 0.06,
    "r_ank": 0.06,
    "l_toe": 0.02,
    "r_toe": 0.02,
    "l_kne": 0.05,
    "r_kne": 0.05,
    "l_hip": 0.11,
    "r_hip": 0.11,
}


def bend(root: Array, target: Array, upper: float, lower: float, pole: Array, forward: bool) -> tuple[Array, Array]:
    """Return the world frames of the two bones of a limb whose end reaches for ``target``.

    Args:
        root: (3,) shoulder or hip, metres.
        target: (3,) where the wrist or ankle should be; pulled in when out of reach.
        upper: Length of the first bone.
        lower: Length of the second bone.
        pole: (3,) direction in which the elbow or knee points.
        forward: Whether the hinge bends as an elbow does (the forearm swings forward), else as a knee.

    Returns:
        Two (3, 3) frames, aligned to the world axes in the zero pose.
    """
    reach = target - root
    distance = float(np.clip(np.linalg.norm(reach), abs(upper - lower) + 0.3 * lower, 0.995 * (upper + lower)))
    reach = unit(reach)
    cosine = float(np.clip((upper**2 + distance**2 - lower**2) / (2 * upper * distance), -1, 1))
    side = unit(pole - (pole @ reach) * reach)
    first = reach * cosine + side * np.sqrt(1 - cosine**2)
    second = unit(reach * distance - first * upper)
    hinge = unit(np.cross(first, second))
    x = -hinge if forward else hinge
    frames = [np.stack([x, np.cross(-d, x), -d], 1) for d in (first, second)]
    return frames[0], frames[1]


def ground(joints: dict[str, Array]) -> float:
    """Return the height of the floor under a figure: its lowest joint less the flesh below it."""
    return float(min(joints[j][2] - _HAND.get(j, 0.07) for j in _LOW))


def with_arm(pose: BodyPose, skeleton: Skeleton, side: str, frames: tuple[Array, Array]) -> BodyPose:
    """Return the pose with one arm replaced by world frames of its upper arm and forearm."""
    upper, fore = frames
    chest = skeleton.frames["chest"]
    turns = pose.turns | {side + "_uarm": chest.T @ upper, side + "_farm": upper.T @ fore}
    return BodyPose(pose.name, turns, pose.curl)


def reach_for(
    body: Body, shape: Shape, pose: BodyPose, proportions: Proportions, side: str, point: Array, pole: Array
) -> tuple[BodyPose, Skeleton]:
    """Return the pose and skeleton in which one wrist has moved to a world point as far as the arm allows.

    The shoulder girdle follows the arm, so the solution is taken twice.
    """
    skeleton = body.articulate(shape, pose, proportions)
    for _ in range(2):
        at = body.joints(skeleton)
        shoulder, elbow, wrist = at[side + "_sho"], at[side + "_elb"], at[side + "_wri"]
        upper, lower = float(np.linalg.norm(elbow - shoulder)), float(np.linalg.norm(wrist - elbow))
        frames = bend(shoulder, point, upper, lower, pole, forward=True)
        pose = with_arm(pose, skeleton, side, frames)
        skeleton = body.articulate(shape, pose, proportions)
    return pose, skeleton


def target_point(skeleton: Skeleton, joints: dict[str, Array], side: str, target: str) -> tuple[Array, Array]:
    """Return the world point of a named target for the hand or foot of ``side``, and where elbow or knee would go."""
    whose, joint, frame_of, offset, pole = TARGETS[target]
    own = 1.0 if side == "l" else -1.0
    foreign = "r" if side == "l" else "l"
    prefix = {OWN: side + "_", OTHER: foreign + "_", MIDDLE: ""}[whose]
    outward = -own if whose == OTHER else own
    scale = float(np.linalg.norm(joints[side + "_elb"] - joints[side + "_sho"])) / 0.26
    pole_world = skeleton.frames["pelvis" if target in _OF_FEET else "chest"] @ (np.array(pole) * (own, 1, 1))
    if frame_of == "floor":
        shoulder = joints[side + "_sho"]
        return np.array([shoulder[0], shoulder[1], ground(joints) + 0.07 * scale]), pole_world
    frame = skeleton.frames.get(frame_of)
    if frame is None:
        frame = skeleton.frames[prefix + frame_of]
    return joints[prefix + joint] + frame @ (np.array(offset) * (outward, 1, 1)) * scale, pole_world


def close_contacts(
    body: Body, shape: Shape, pose: BodyPose, proportions: Proportions, contacts: list[tuple[str, str]]
) -> tuple[BodyPose, Skeleton]:
    """Return the pose whose hands (and feet, of targets for feet) rest on their targets, and its skeleton."""
    skeleton = body.articulate(shape, pose, proportions)
    for side, target in contacts:
        joints = body.joints(skeleton)
        point, pole = target_point(skeleton, joints, side, target)
        if target in _OF_FEET:
            thigh, shin = _leg(joints, side, point, pole)
            bent = {side + "_thigh": skeleton.frames["pelvis"].T @ thigh, side + "_shin": thigh.T @ shin}
            pose = BodyPose(pose.name, pose.turns | bent, pose.curl)
            skeleton = body.articulate(shape, pose, proportions)
            continue
        pose, skeleton = reach_for(body, shape, pose, proportions, side, point, pole)
        if target == "floor":
            pose = BodyPose(pose.name, pose.turns | {side + "_hand": turn(np.array([1.0, 0, 0]), 0.0)}, pose.curl)
    return pose, skeleton


def _leg(joints: dict[str, Array], side: str, target: Array, pole: Array) -> tuple[Array, Array]:
    """Return the world frames of thigh and shin of a leg whose ankle goes to ``target``, its knee towards ``pole``."""
    hip, knee, ankle = (joints[f"{side}_{joint}"] for joint in ("hip", "kne", "ank"))
    upper, lower = float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))
    return bend(hip, target, upper, lower, pole, forward=False)


def plant(body: Body, shape: Shape, pose: BodyPose, proportions: Proportions, skeleton: Skeleton) -> BodyPose:
    """Return the pose with the higher foot set down on the ground of the lower one, by leg inverse kinematics."""
    at = body.joints(skeleton)
    low, high = ("l", "r") if at["l_ank"][2] < at["r_ank"][2] else ("r", "l")
    target = at[high + "_ank"].copy()
    target[2] = at[low + "_ank"][2]
    pole = skeleton.frames[high + "_thigh"] @ np.array([0.0, -1.0, 0.0])
    thigh, shin = _leg(at, high, target, pole)
    foot = skeleton.frames[low + "_foot"]
    forward = unit(foot @ np.array([0.0, -1.0, 0.0]) * (1, 1, 0))
    level = np.stack([np.cross(forward, Z) * -1, -forward, Z], 1)
    level = level if np.linalg.det(level) > 0 else level * (-1, 1, 1)
    own = skeleton.frames[high + "_foot"] @ np.array([0.0, -1.0, 0.0])
    yaw = float(np.rad2deg(np.arctan2(own[1], own[0]) - np.arctan2(forward[1], forward[0])))
    level = turn(Z, yaw) @ level
    turns = pose.turns | {
        high + "_thigh": skeleton.frames["pelvis"].T @ thigh,
        high + "_shin": thigh.T @ shin,
        high + "_foot": shin.T @ level,
    }
    return BodyPose(pose.name, turns, pose.curl)


def balance(body: Body, pose: BodyPose, skeleton: Skeleton) -> BodyPose:
    """Return the pose leaned as a whole until the centre of mass stands over the middle of the feet."""
    at = body.joints(skeleton)
    mass = sum((at[j] * w for j, w in _WEIGHTS.items()), np.zeros(3)) / sum(_WEIGHTS.values())
    feet = (at["l_ank"] + at["r_ank"] + at["l_toe"] + at["r_toe"]) / 4
    lean = mass - feet
    if lean[2] < 0.3:
        return pose
    axis = np.cross(unit(lean), Z)
    degrees = float(np.rad2deg(np.arcsin(np.clip(np.linalg.norm(axis), 0, 1))))
    if degrees < 0.5:
        return pose
    upright = turn(axis, min(degrees, 20.0))
    return BodyPose(pose.name, pose.turns | {"pelvis": upright @ pose.turns["pelvis"]}, pose.curl)
