"""The COCO-17 skeleton: the one place that knows joint names, edges, mirror pairs and tolerances.

Joints are in COCO order. Left and right are the person's own, so a figure that faces the viewer has its left arm on the
right of the picture. Source of the order, the edges and the sigmas: COCO keypoint task, Lin et al. 2014, and
``pycocotools.cocoeval.Params``.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["left", "right", "middle"]

KEYPOINTS: Final[tuple[str, ...]] = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
NUM_KEYPOINTS: Final = len(KEYPOINTS)
INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(KEYPOINTS)}

EDGES: Final[tuple[tuple[int, int], ...]] = (
    (15, 13),
    (13, 11),
    (16, 14),
    (14, 12),
    (11, 12),
    (5, 11),
    (6, 12),
    (5, 6),
    (5, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (1, 2),
    (0, 1),
    (0, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
)
"""Pairs of joint indices joined by a limb, as in the COCO category record (which counts from 1)."""

FACE: Final[tuple[int, ...]] = (0, 1, 2, 3, 4)
SHOULDERS: Final[tuple[int, ...]] = (5, 6)
BODY: Final[tuple[int, ...]] = tuple(range(5, 17))
"""The 12 joints without the face: many drawn heads have none."""

SWAP: Final[tuple[int, ...]] = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
"""``keypoints[SWAP, :]`` exchanges left and right. A mirrored picture needs it: the left arm becomes a right arm."""

SIGMAS: Final[NDArray[np.float64]] = np.array(
    [
        0.026,
        0.025,
        0.025,
        0.035,
        0.035,
        0.079,
        0.079,
        0.072,
        0.072,
        0.062,
        0.062,
        0.107,
        0.107,
        0.087,
        0.087,
        0.089,
        0.089,
    ]
)
"""OKS standard deviations per joint, as a share of the square root of the person's area."""
SIGMAS.setflags(write=False)


def side(joint: int) -> Side:
    """Return which half of the body a joint index belongs to."""
    name = KEYPOINTS[joint]
    return "left" if name.startswith("left_") else "right" if name.startswith("right_") else "middle"


def edge_side(a: int, b: int) -> Side:
    """Return the side of a limb: that of its ends where they agree or one is in the middle, else ``middle``."""
    ends = {side(a), side(b)} - {"middle"}
    return ends.pop() if len(ends) == 1 else "middle"
