"""The coloured skeleton on black that ControlNet's OpenPose models read: drawn from poses, and read back exactly.

Each of the 18 joints is a disc in a colour of its own, the hues going round the circle in steps of 20 degrees; each of
the 17 limbs is an ellipse in one of the same colours at 0.6 of its brightness (``draw_bodypose`` of ControlNet, Zhang
et al. 2023). So a joint is told by its hue, and who it belongs to by the limbs that lead to it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.formats import OPENPOSE_SOURCES, PosedImage
from sketchpose.images import Pixels
from sketchpose.pose import VISIBLE, Pose, joints_box
from sketchpose.skeleton import NUM_KEYPOINTS

_STEP: Final = (0, 85, 170, 255)
PALETTE: Final = (
    *((255, g, 0) for g in _STEP),
    *((r, 255, 0) for r in (170, 85, 0)),
    *((0, 255, b) for b in _STEP[1:]),
    *((0, g, 255) for g in (170, 85, 0)),
    *((r, 0, 255) for r in _STEP[1:]),
    *((255, 0, b) for b in (170, 85)),
)
"""RGB of joint i, and of limb i at ``DIMMED`` of its brightness."""
LIMBS: Final = (
    *((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10)),
    *((1, 11), (11, 12), (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17)),
)
"""Pairs of OpenPose-18 joints."""
DIMMED: Final = 0.6
_CANVAS: Final = 512
_RADIUS: Final = 4
"""Of a disc, and half the width of a limb, in pixels on a canvas whose shorter side has ``_CANVAS``."""
_SHIFT: Final = 4

_DARK: Final = 48
_BRIGHT: Final = 204
"""Between the brightness of a limb (153) and of a disc (255)."""
_VIVID: Final = 128
"""Saturation, out of 255, of what is drawn; JPEG leaves more."""
_MIN_BLACK: Final = 0.5
_MIN_VIVID: Final = 0.6
_MIN_EXPLAINED: Final = 0.5
"""A picture is a skeleton when these shares of it are black, of the rest vivid, and of what is vivid on limbs found."""
_WHOLE: Final = 0.9
"""Share of its usual area under which a disc is covered in part."""
_LARGE: Final = 32.0
"""Radius from which a covered part makes little difference, and a great deal of work."""
_SAMPLES: Final = 24
_MIN_LIMB: Final = 0.3
"""Share of the line between two discs that has the limb's own colour; the rest may be crossed by others."""
_MIN_DRAWN: Final = 0.9
_MIN_JOINTS: Final = 3
_MOST_DISCS: Final = 2000

Floats = NDArray[np.float64]


def draw_skeletons(image: PosedImage) -> Pixels:
    """Return (H, W, 3) uint8 RGB: the people of a picture as coloured skeletons on black."""
    canvas = np.zeros((image.height, image.width, 3), np.uint8)
    radius = max(2.0, _RADIUS * min(image.width, image.height) / _CANVAS)
    people = [
        [
            pose.keypoints[list(at)].mean(0).astype(np.float64) if pose.labelled[list(at)].all() else None
            for at in OPENPOSE_SOURCES
        ]
        for pose in image.poses
    ]
    for points in people:
        for colour, (a, b) in zip(PALETTE, LIMBS, strict=False):
            one, other = points[a], points[b]
            if one is not None and other is not None:
                dim = tuple(int(c * DIMMED) for c in colour)
                cv2.fillConvexPoly(canvas, _ellipse(one, other, radius), dim, cv2.LINE_8, _SHIFT)
    for points in people:
        for colour, point in zip(PALETTE, points, strict=True):
            if point is not None:
                centre = np.round((point - 0.5) * 2**_SHIFT).astype(int).tolist()
                cv2.circle(canvas, centre, round(radius * 2**_SHIFT), colour, -1, cv2.LINE_8, _SHIFT)
    return canvas


def _ellipse(one: Floats, other: Floats, radius: float) -> NDArray[np.int32]:
    along = (other - one) / 2
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6) * radius
    turn = np.linspace(0, 2 * math.pi, 72, endpoint=False)[:, None]
    outline = (one + other) / 2 + np.cos(turn) * along + np.sin(turn) * across
    return np.round((outline - 0.5) * 2**_SHIFT).astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Colours:
    """What each pixel was painted with.

    Attributes:
        value: (H, W) uint8, brightness.
        part: (H, W) uint8, number of the nearest hue; 255 where the pixel is not vivid.
    """

    value: NDArray[np.uint8]
    part: NDArray[np.uint8]

    @classmethod
    def of(cls, pixels: Pixels) -> "_Colours":
        hue, saturation, value = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV))
        part = ((hue.astype(np.uint16) + 5) // 10 % len(PALETTE)).astype(np.uint8)
        part[(saturation < _VIVID) | (value < _DARK)] = 255
        return cls(np.asarray(value, np.uint8), part)


@dataclass(frozen=True, eq=False)
class _Disc:
    joint: int
    point: Floats
    area: float


def read_skeletons(pixels: Pixels) -> list[Pose]:
    """Read the people of a picture of coloured skeletons on black.

    The canvas may be of any size, antialiased, scaled or compressed; people may overlap and lack joints.

    Args:
        pixels: (H, W, 3) uint8 RGB.

    Returns:
        The people, leftmost first; none where the picture is anything else.
    """
    if not _may_be_skeletons(pixels):
        return []
    colours = _Colours.of(pixels)
    discs, radius = _discs(colours)
    if not _MIN_JOINTS <= len(discs) <= _MOST_DISCS:
        return []
    limbs = _limbs(colours, discs, radius)
    people = [person for person in _people(discs, limbs) if len(person) >= _MIN_JOINTS]
    if not people or _explained(colours, discs, limbs, radius) < _MIN_EXPLAINED:
        return []
    made = (_pose([_centred(colours, discs[i], radius) for i in person]) for person in people)
    poses = [pose for pose in made if pose is not None]
    return sorted(poses, key=lambda pose: float(pose.box[0]))


def _may_be_skeletons(pixels: Pixels) -> bool:
    """Whether a coarse look finds vivid colours on black."""
    step = max(1, max(pixels.shape[:2]) // 512)
    red, green, blue = cv2.split(np.ascontiguousarray(pixels[::step, ::step]))
    high = cv2.max(cv2.max(red, green), blue)
    drawn = high >= _DARK
    count = int(drawn.sum())
    if not 0 < count <= (1 - _MIN_BLACK) * drawn.size:
        return False
    vivid = drawn & (high - cv2.min(cv2.min(red, green), blue) > high // 2)
    return int(vivid.sum()) >= _MIN_VIVID * count


def _discs(colours: _Colours) -> tuple[list[_Disc], float]:
    """Return the discs of all joints and their usual radius in pixels."""
    bright = colours.value >= _BRIGHT
    discs: list[_Disc] = []
    for joint in range(len(PALETTE)):
        mask = (bright & (colours.part == joint)).astype(np.uint8)
        count, _, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
        if count > _MOST_DISCS:
            return [], 0.0
        areas = stats[1:, cv2.CC_STAT_AREA].astype(float)
        discs += [_Disc(joint, centre + 0.5, area) for centre, area in zip(centres[1:], areas, strict=True)]
    if not discs:
        return [], 0.0
    largest = [max((d.area for d in discs if d.joint == j), default=0.0) for j in range(len(PALETTE))]
    usual = float(np.median([area for area in largest if area > 0]))
    radius = math.sqrt(usual / math.pi)
    # Where a limb was drawn over a disc, it lies in two parts.
    joined: list[_Disc] = []
    for disc in sorted(discs, key=lambda d: -d.area):
        near = [
            i
            for i, other in enumerate(joined)
            if other.joint == disc.joint and np.hypot(*(other.point - disc.point)) < 2 * radius
        ]
        if near and joined[near[0]].area + disc.area <= 1.2 * usual:
            other = joined[near[0]]
            area = other.area + disc.area
            joined[near[0]] = _Disc(disc.joint, (other.point * other.area + disc.point * disc.area) / area, area)
        elif not near:
            joined.append(disc)
    return [disc for disc in joined if disc.area >= 0.25 * usual], radius


def _centred(colours: _Colours, disc: _Disc, radius: float) -> _Disc:
    """Return a disc that others cover in part with its middle where all of it would fit.

    That is where it holds the most of its own colour and the least that no disc can have covered it with.
    """
    if disc.area >= _WHOLE * math.pi * radius**2 or radius > _LARGE:
        return disc
    reach = math.ceil(2 * radius)
    x0, y0 = np.maximum(np.floor(disc.point).astype(int) - reach, 0).tolist()
    window = np.s_[y0 : y0 + 2 * reach + 1, x0 : x0 + 2 * reach + 1]
    bright = colours.value[window] >= _BRIGHT
    worth = np.where(bright & (colours.part[window] == disc.joint), 1.0, np.where(bright, 0.0, -1.0))
    rows, columns = np.mgrid[: worth.shape[0], : worth.shape[1]] + 0.5
    steps = np.linspace(-radius, radius, 17)
    tried = disc.point + np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    away = np.hypot(columns - (tried[:, :1, None] - x0), rows - (tried[:, 1:, None] - y0))
    held = ((away <= radius) * worth).sum((1, 2))
    return _Disc(disc.joint, tried[held >= held.max() - 0.5].mean(0), disc.area)


def _limbs(colours: _Colours, discs: Sequence[_Disc], radius: float) -> list[tuple[int, int]]:
    """Return the pairs of discs that a limb joins; a disc has one limb of a kind at most."""
    chosen: list[tuple[int, int]] = []
    for number, (a, b) in enumerate(LIMBS):
        ones = [i for i, disc in enumerate(discs) if disc.joint == a]
        others = [i for i, disc in enumerate(discs) if disc.joint == b]
        rated = [
            (rating, i, j)
            for i in ones
            for j in others
            if (rating := _rating(colours, discs[i].point, discs[j].point, number, radius)) > 0
        ]
        taken: set[int] = set()
        for _, i, j in sorted(rated, reverse=True):
            if not {i, j} & taken:
                taken |= {i, j}
                chosen.append((i, j))
    return chosen


def _rating(colours: _Colours, one: Floats, other: Floats, limb: int, radius: float) -> float:
    """How surely a limb is drawn from one point to another, 0 where it is not."""
    length = float(np.hypot(*(other - one)))
    between = length - 2 * radius
    if between < 2 * radius:  # the discs leave too little to be seen of the limb
        return 0.3 if between < radius else 0.2
    start = (radius * 1.2) / length
    along = np.linspace(start, 1 - start, _SAMPLES)[:, None]
    x, y = (one + along * (other - one)).astype(int).T
    height, width = colours.value.shape
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    value, part = colours.value[y, x], colours.part[y, x]
    own = float(((part == limb) & (value < _BRIGHT)).mean())
    drawn = float((value >= _DARK).mean())
    return own if own >= _MIN_LIMB and drawn >= _MIN_DRAWN else 0.0


def _people(discs: Sequence[_Disc], limbs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the discs of each person: those that limbs join, then loose ones to the nearest who lacks that joint."""
    groups: list[set[int]] = [{i} for i in range(len(discs))]
    of = list(range(len(discs)))

    def joints(group: set[int]) -> set[int]:
        return {discs[i].joint for i in group}

    for i, j in limbs:
        one, other = groups[of[i]], groups[of[j]]
        if one is not other and not joints(one) & joints(other):
            one |= other
            for k in other:
                of[k] = of[i]
    whole = sorted({of[i] for i in range(len(discs))}, key=lambda g: (1 not in joints(groups[g]), -len(groups[g]), g))
    alone = [discs[i].joint for i in range(len(discs)) if len(groups[of[i]]) == 1]
    people: list[set[int]] = []
    for group in (groups[g] for g in whole):
        free = [person for person in people if not joints(person) & joints(group)]
        if len(group) == 1 and (alone.count(discs[next(iter(group))].joint) > 1 or not free):
            continue  # one of many dots, as hands are drawn with
        if free and 1 not in joints(group):
            nearest = min(free, key=lambda person: _distance(discs, person, group))
            nearest |= group
        else:
            people.append(set(group))
    return [sorted(person) for person in people]


def _distance(discs: Sequence[_Disc], person: set[int], group: set[int]) -> float:
    return min(float(np.hypot(*(discs[i].point - discs[j].point))) for i in person for j in group)


def _explained(colours: _Colours, discs: Sequence[_Disc], limbs: Sequence[tuple[int, int]], radius: float) -> float:
    """Return the share of what is vividly drawn that lies on the limbs and discs found."""
    vivid = colours.part != 255
    drawn = np.zeros(vivid.shape, np.uint8)
    for i, j in limbs:
        one, other = (np.round(discs[k].point - 0.5).astype(int).tolist() for k in (i, j))
        cv2.line(drawn, one, other, 1, max(1, round(3 * radius)))
    return float((vivid & (drawn > 0)).sum() / max(1, int(vivid.sum())))


def _pose(discs: Sequence[_Disc]) -> Pose | None:
    points, labelled = np.zeros((NUM_KEYPOINTS, 2), np.float32), np.zeros(NUM_KEYPOINTS, bool)
    for disc in discs:
        joint, *more = OPENPOSE_SOURCES[disc.joint]
        if not more:  # the neck, between two, is no joint of ours
            points[joint], labelled[joint] = disc.point, True
    if not labelled.any():
        return None
    visibility = np.where(labelled, VISIBLE, 0).astype(np.uint8)
    return Pose(points, labelled.astype(np.float32), visibility, joints_box(points[labelled]), 1.0, "given")
