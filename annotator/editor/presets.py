"""What the editor knows about bodies beyond COCO: which joint turns about which, and poses to start from.

A preset shows a figure that faces the viewer, in units of its height: x to the right with 0 in the middle, y down from
0 at the crown to 1 at the soles. The person's left is therefore on the right, at positive x.
"""

from typing import Any, Final

from sketchpose.skeleton import EDGES, FACE, INDEX, KEYPOINTS, SWAP, edge_side, side

Point = tuple[float, float]

PARENTS: Final[dict[str, tuple[str, ...]]] = {
    "nose": ("left_shoulder", "right_shoulder"),
    "left_eye": ("nose",),
    "right_eye": ("nose",),
    "left_ear": ("left_eye",),
    "right_ear": ("right_eye",),
    "left_shoulder": ("left_hip", "right_hip"),
    "right_shoulder": ("left_hip", "right_hip"),
    "left_elbow": ("left_shoulder",),
    "right_elbow": ("right_shoulder",),
    "left_wrist": ("left_elbow",),
    "right_wrist": ("right_elbow",),
    "left_hip": (),
    "right_hip": (),
    "left_knee": ("left_hip",),
    "right_knee": ("right_hip",),
    "left_ankle": ("left_knee",),
    "right_ankle": ("right_knee",),
}
"""The joint, or the two joints about whose middle, a joint turns; the hips are the root."""

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "face": tuple(KEYPOINTS[joint] for joint in FACE),
    "shoulders": ("left_shoulder", "right_shoulder"),
    "hips": ("left_hip", "right_hip"),
    "arms": ("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    "legs": ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
}

_HEAD: Final[dict[str, Point]] = {
    "nose": (0.0, 0.085),
    "left_eye": (0.018, 0.068),
    "right_eye": (-0.018, 0.068),
    "left_ear": (0.042, 0.075),
    "right_ear": (-0.042, 0.075),
}


def _pose(
    arms: tuple[Point, Point, Point, Point], legs: tuple[Point, Point, Point, Point], tilt: float = 0.0, y: float = 0.0
) -> list[Point]:
    """Lay out a preset.

    Args:
        arms: Left elbow, left wrist, right elbow, right wrist.
        legs: Left knee, left ankle, right knee, right ankle.
        tilt: How far the head and shoulders lie to the right of the hips.
        y: How far the trunk and head lie below their place in a standing figure.
    """
    trunk = {"left_shoulder": (0.105, 0.19), "right_shoulder": (-0.105, 0.19)}
    upper = {name: (px + tilt, py + y) for name, (px, py) in {**_HEAD, **trunk}.items()}
    hips = {"left_hip": (0.06, 0.5 + y), "right_hip": (-0.06, 0.5 + y)}
    limbs = ("left_elbow", "left_wrist", "right_elbow", "right_wrist")
    lower = ("left_knee", "left_ankle", "right_knee", "right_ankle")
    placed: dict[str, Point] = upper | hips | dict(zip(limbs, arms, strict=True)) | dict(zip(lower, legs, strict=True))
    return [placed[name] for name in KEYPOINTS]


_STRAIGHT: Final = ((0.065, 0.73), (0.07, 0.95), (-0.065, 0.73), (-0.07, 0.95))

PRESETS: Final[dict[str, list[Point]]] = {
    "Standing": _pose(((0.135, 0.35), (0.145, 0.5), (-0.135, 0.35), (-0.145, 0.5)), _STRAIGHT),
    "T-pose": _pose(((0.265, 0.19), (0.42, 0.19), (-0.265, 0.19), (-0.42, 0.19)), _STRAIGHT),
    "Arms up": _pose(((0.17, 0.04), (0.15, -0.11), (-0.17, 0.04), (-0.15, -0.11)), _STRAIGHT),
    "Walking": _pose(
        ((0.16, 0.34), (0.23, 0.46), (-0.16, 0.34), (-0.12, 0.49)),
        ((-0.02, 0.73), (-0.12, 0.93), (0.04, 0.73), (0.16, 0.94)),
    ),
    "Running": _pose(
        ((0.21, 0.32), (0.33, 0.24), (-0.13, 0.34), (-0.25, 0.43)),
        ((0.24, 0.61), (0.21, 0.84), (-0.12, 0.72), (-0.34, 0.72)),
        tilt=0.07,
    ),
    "Sitting": _pose(
        ((0.14, 0.51), (0.12, 0.64), (-0.14, 0.51), (-0.12, 0.64)),
        ((0.13, 0.7), (0.12, 0.95), (-0.13, 0.7), (-0.12, 0.95)),
        y=0.17,
    ),
    "Kneeling": _pose(
        ((0.135, 0.52), (0.1, 0.66), (-0.135, 0.52), (-0.14, 0.67)),
        ((0.15, 0.72), (0.16, 0.95), (-0.07, 0.93), (-0.24, 0.95)),
        y=0.17,
    ),
    "Jumping": _pose(
        ((0.23, 0.08), (0.33, -0.05), (-0.23, 0.08), (-0.33, -0.05)),
        ((0.19, 0.66), (0.12, 0.86), (-0.19, 0.66), (-0.12, 0.86)),
    ),
    "Hands on hips": _pose(((0.24, 0.34), (0.1, 0.46), (-0.24, 0.34), (-0.1, 0.46)), _STRAIGHT),
}


def body_table() -> dict[str, Any]:
    """Return the skeleton and these tables as JSON-ready data for the editor's script.

    Returns:
        names, edges as [a, b, side], swap, sides, parents, groups as joint numbers, presets as [{name, points}].
    """
    return {
        "names": list(KEYPOINTS),
        "edges": [[a, b, edge_side(a, b)] for a, b in EDGES],
        "swap": list(SWAP),
        "sides": [side(joint) for joint in range(len(KEYPOINTS))],
        "parents": [[INDEX[parent] for parent in PARENTS[name]] for name in KEYPOINTS],
        "groups": {group: [INDEX[name] for name in names] for group, names in GROUPS.items()},
        "presets": [{"name": name, "points": [list(p) for p in points]} for name, points in PRESETS.items()],
    }
