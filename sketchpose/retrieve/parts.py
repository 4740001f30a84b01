"""Parts of the body to which a search can be limited, and the limbs that are compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.skeleton import EDGES, INDEX, KEYPOINTS, NUM_KEYPOINTS, SWAP

_ARM = ("shoulder", "elbow", "wrist")
_LEG = ("hip", "knee", "ankle")
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")


def _both(*names: str) -> tuple[str, ...]:
    return tuple(f"{side}_{name}" for name in names for side in ("left", "right"))


PARTS: Final[dict[str, tuple[str, ...]]] = {
    "upper body": _HEAD + _both(*_ARM, "hip"),
    "lower body": _both(*_LEG),
    "head": (*_HEAD, *_both("shoulder")),
    "torso": _both("shoulder", "hip"),
    "arms": _both(*_ARM),
    "legs": _both(*_LEG),
    **{f"{side} arm": tuple(f"{side}_{j}" for j in _ARM) for side in ("left", "right")},
    **{f"{side} leg": tuple(f"{side}_{j}" for j in _LEG) for side in ("left", "right")},
}
"""Name of a part -> its joints. Left and right are the person's own."""


def joint_mask(parts: Iterable[str]) -> NDArray[np.bool_]:
    """Joints (17,) that belong to any of the parts; all of them where none is named.

    Args:
        parts: Names of ``PARTS`` or of single joints, such as ``left_wrist``.

    Raises:
        ValueError: A name is neither a part nor a joint.
    """
    mask = np.zeros(NUM_KEYPOINTS, np.bool_)
    for part in parts:
        names = PARTS.get(part) or ((part,) if part in INDEX else ())
        if not names:
            raise ValueError(f"There is no part {part!r}; choose from {', '.join((*PARTS, *KEYPOINTS))}.")
        mask[[INDEX[name] for name in names]] = True
    return mask if mask.any() else ~mask


def _edge(start: str, end: str) -> int:
    a, b = INDEX[start], INDEX[end]
    return next(i for i, edge in enumerate(EDGES) if set(edge) == {a, b})


NAMED_LIMBS: Final[dict[str, int]] = {
    **{
        f"{side} {name}": _edge(f"{side}_{start}", f"{side}_{end}")
        for side in ("left", "right")
        for name, start, end in (
            ("upper arm", "shoulder", "elbow"),
            ("forearm", "elbow", "wrist"),
            ("thigh", "hip", "knee"),
            ("shin", "knee", "ankle"),
            ("flank", "shoulder", "hip"),
        )
    },
    "shoulders": _edge("left_shoulder", "right_shoulder"),
    "hips": _edge("left_hip", "right_hip"),
}
"""Name of a limb that a search may insist on -> its index in ``skeleton.EDGES``."""
MIRRORED_EDGE: Final = tuple(
    next(i for i, edge in enumerate(EDGES) if set(edge) == {SWAP[a], SWAP[b]}) for a, b in EDGES
)
"""Index of the edge that each edge of ``skeleton.EDGES`` becomes in the mirror."""


def named_limbs(names: Iterable[str]) -> list[int]:
    """Return the indices in ``skeleton.EDGES`` of limbs.

    Args:
        names: Of ``NAMED_LIMBS``.

    Raises:
        ValueError: There is no such limb.
    """
    chosen = tuple(names)
    if unknown := [name for name in chosen if name not in NAMED_LIMBS]:
        raise ValueError(f"There is no limb {unknown[0]!r}; choose from {', '.join(NAMED_LIMBS)}.")
    return [NAMED_LIMBS[name] for name in chosen]


@dataclass(frozen=True)
class ComparedLimb:
    """Two joints compared as one vector.

    Attributes:
        start: Joint index.
        end: Joint index.
        length: Mean length in 3D on 2,000 poses of the synthetic body, where shoulder to hip is 1.
        importance: How much it says about the pose.
    """

    start: int
    end: int
    length: float
    importance: float


def _limb(start: str, end: str, length: float, importance: float) -> tuple[ComparedLimb, ...]:
    """One limb, or both of a pair where the names carry no side; ``~`` marks the end on the other side."""
    if start in INDEX and end in INDEX:
        return (ComparedLimb(INDEX[start], INDEX[end], length, importance),)
    out = []
    for here, there in (("left_", "right_"), ("right_", "left_")):
        a = INDEX.get(start, INDEX.get(here + start, -1))
        b = INDEX[there + end[1:]] if end[0] == "~" else INDEX[here + end]
        out.append(ComparedLimb(a, b, length, importance))
    return tuple(out)


LIMBS: Final[tuple[ComparedLimb, ...]] = (
    *_limb("shoulder", "elbow", 0.55, 1.0),
    *_limb("elbow", "wrist", 0.49, 1.0),
    *_limb("hip", "knee", 0.82, 1.0),
    *_limb("knee", "ankle", 0.82, 1.0),
    *_limb("shoulder", "hip", 1.0, 1.0),
    *_limb("shoulder", "~hip", 1.11, 0.5),
    *_limb("left_shoulder", "right_shoulder", 0.63, 1.0),
    *_limb("left_hip", "right_hip", 0.38, 0.7),
    *_limb("shoulder", "wrist", 0.91, 0.7),
    *_limb("hip", "ankle", 1.47, 0.7),
    *_limb("left_wrist", "right_wrist", 1.07, 0.4),
    *_limb("left_ankle", "right_ankle", 1.2, 0.4),
    *_limb("nose", "shoulder", 0.55, 0.7),
    *_limb("left_ear", "right_ear", 0.30, 0.4),
    *_limb("nose", "ear", 0.26, 0.4),
)
"""What same-camera descriptors are made of. Several overlap: a short limb is sure of its direction only beside a long
one, and a dropped joint must not take a whole side of the body with it."""
