"""From a network's maps of one person to joints, with the left and the right of a pair told apart.

Each joint's heat often has two peaks in a drawing, one on either side of the body: taken alone, the left and the right
wrist may both choose the same hand. So a pair is chosen together, and two joints in one place cost what makes them
share a peak only where it is much the best for both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.skeleton import NUM_KEYPOINTS, SWAP

Maps = dict[str, NDArray[np.float32]]

_REACH: Final = 20.0
"""Cells at which the distance from the joint as seen from the person's centre halves the heat."""
PEAKS: Final = 4
"""Peaks of each joint's heat that are considered."""
_PEAK: Final = np.ones((5, 5), np.uint8)
_APART: Final = 3.0
"""Cells; joints of a pair that are nearer share a place."""
_SHARED: Final = 0.5
"""Natural logarithm of the factor by which two joints in one place must be more likely than apart.

Reach, distance and factor were chosen on the development sets, where on average the joint choice raises the share of
persons right (OKS .50:.95) by 1.5 points; values half or twice as large do as well to within a point.
"""
_PAIRS: Final = tuple((a, b) for a, b in enumerate(SWAP) if 5 <= a < b)
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class View:
    """One look at a person.

    Attributes:
        zoom: Side of the square that is looked at, relative to that of the first look.
        mirrored: Whether the square is seen in the mirror.
    """

    zoom: float = 1.0
    mirrored: bool = False


VIEWS: Final[dict[int, tuple[View, ...]]] = {
    1: (View(),),
    2: (View(), View(mirrored=True)),
    5: (View(), View(mirrored=True), View(1.18), View(0.89, mirrored=True), View(1.33)),
}
"""How often a person may be looked at, and how. On the seven sources of drawings that models are chosen by, two looks
raise the average precision from 0.561 to 0.587, five to 0.601 (body joints 0.608, 0.636, 0.666); turned squares instead
of nearer and farther ones gave less, and other sets of up to twelve looks no more."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the choice of one person's joints rests on. Places are x, y as shares of the side of the square looked at.

    Attributes:
        peaks: (17, PEAKS, 2) the highest peaks of each joint's heat, highest first; one with fewer repeats its first.
        heat: (17, PEAKS, 17) how likely every joint is at each of these peaks; 0 for a repeated one.
        rough: (17, 2) each joint as seen from the person's centre.
        joints: (17, 2) what is chosen: by ``decode``, and in the face by a closer look as well.
        scores: (17,) how sure it is.
    """

    peaks: NDArray[np.float32]
    heat: NDArray[np.float32]
    rough: NDArray[np.float32]
    joints: NDArray[np.float32]
    scores: NDArray[np.float32]


def decode(looks: Sequence[tuple[View, Maps]], size: int) -> NDArray[np.float32]:
    """Return the joints of one person.

    Args:
        looks: The views and the maps of each, one of zoom 1 first: ``heat`` (17, H, W) and ``center`` (1, H, W) as
            probabilities, ``regress`` and ``offset`` (34, H, W) as (y, x) per joint in cells.
        size: Side of the crop in pixels.

    Returns:
        (17, 3) x and y in pixels of the first crop as it lies in the picture, score 0..1.
    """
    heat, likely, _ = _merged(looks)
    return _chosen(looks, heat, likely, size)


def evidence(looks: Sequence[tuple[View, Maps]]) -> Evidence:
    """Return what the choice of one person's joints rests on; see ``decode`` for the looks."""
    heat, likely, rough = _merged(looks)
    _, height, width = heat.shape
    offset = _offset(*looks[0])
    places = np.empty((NUM_KEYPOINTS, PEAKS, 2), np.float32)
    there = np.zeros((NUM_KEYPOINTS, PEAKS, NUM_KEYPOINTS), np.float32)
    for joint, layer in enumerate(likely):
        rows, columns = np.divmod([cell for cell, _ in _peaks(layer)], width)
        found, shift = len(rows), offset[joint, :, rows, columns]
        places[joint, :found] = np.stack((columns + shift[:, 1], rows + shift[:, 0]), 1)
        places[joint, found:] = places[joint, 0]
        there[joint, :found] = heat[:, rows, columns].T
    joints = _chosen(looks, heat, likely, 1)
    return Evidence(places / width, there, np.asarray(rough / width, np.float32), joints[:, :2], joints[:, 2])


def _merged(
    looks: Sequence[tuple[View, Maps]],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return what all looks say together.

    Returns:
        The heat (17, H, W); the same, less far from where the joint is as seen from the centre; and that place (17, 2)
        x, y in cells.
    """
    aligned = [_aligned(view, maps) for view, maps in looks]
    heat = np.stack([heat for heat, _ in aligned]).mean(0)
    rough = np.stack([rough for _, rough in aligned]).mean(0)
    _, height, width = heat.shape
    rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    away = np.hypot(columns - rough[:, 0, None, None], rows - rough[:, 1, None, None])
    return heat, heat * (_REACH / (away + _REACH)), rough


def _chosen(
    looks: Sequence[tuple[View, Maps]], heat: NDArray[np.float32], likely: NDArray[np.float32], size: int
) -> NDArray[np.float32]:
    """Return the joints (17, 3) as ``decode`` does."""
    _, height, width = heat.shape
    cells = likely.reshape(NUM_KEYPOINTS, -1).argmax(1)
    for left, right in _PAIRS:
        cells[left], cells[right] = _pair(likely[left], likely[right])
    row, column = np.divmod(cells, width)
    joint = np.arange(NUM_KEYPOINTS)
    offset = _offset(*looks[0])[joint, :, row, column]
    x, y = column + offset[:, 1], row + offset[:, 0]
    points = np.stack((x, y), 1) * (size / width)
    return np.asarray(np.c_[points, heat[joint, row, column]], np.float32)


def _aligned(view: View, maps: Maps) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the heat (17, H, W) and the joints as seen from the centre (17, 2) of a view in cells of the plain one."""
    heat, rough = maps["heat"], _rough(maps)
    _, height, width = heat.shape
    if view.mirrored:
        heat = heat[list(SWAP), :, ::-1]
        rough = np.asarray([width - 1, 0] - rough[list(SWAP)] * (1, -1), np.float32)
    if view.zoom != 1:
        middle = np.array([width - 1, height - 1], np.float32) / 2
        rough = np.asarray((rough - middle) * view.zoom + middle, np.float32)
        # From cells of the plain view to those of this one.
        to_view = np.c_[np.eye(2) / view.zoom, middle - middle / view.zoom]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        heat = np.stack([cv2.warpAffine(layer, to_view, (width, height), flags=flags) for layer in heat])
    return heat, rough


def _offset(view: View, maps: Maps) -> NDArray[np.float32]:
    """Return the places within the cells (17, 2, H, W), (y, x), of a view of zoom 1 as those of the plain one."""
    _, height, width = maps["offset"].shape
    offset = maps["offset"].reshape(NUM_KEYPOINTS, 2, height, width)
    if not view.mirrored:
        return offset
    y, x = np.moveaxis(offset[list(SWAP), :, :, ::-1], 1, 0)
    return np.stack((y, 1 - x), 1)


def _rough(maps: Maps) -> NDArray[np.float32]:
    """Return (17, 2) x, y in cells of the joints as seen from the strongest centre."""
    center = maps["center"][0]
    row, column = divmod(int(center.argmax()), center.shape[1])
    seen = maps["regress"][:, row, column].reshape(NUM_KEYPOINTS, 2)
    return np.asarray(np.stack((column + seen[:, 1], row + seen[:, 0]), 1), np.float32)


def _pair(left: NDArray[np.float32], right: NDArray[np.float32]) -> tuple[int, int]:
    """Return the cells of two joints (H, W) that are the likeliest together."""
    width = left.shape[1]
    choices = [
        (math.log(a) + math.log(b) - (_SHARED if _distance(i, j, width) < _APART else 0.0), i, j)
        for i, a in _peaks(left)
        for j, b in _peaks(right)
    ]
    _, i, j = max(choices)
    return i, j


def _distance(i: int, j: int, width: int) -> float:
    return math.hypot(i // width - j // width, i % width - j % width)


def _peaks(likely: NDArray[np.float32]) -> list[tuple[int, float]]:
    """Return the highest peaks of a map (H, W) as cell and value, highest first."""
    at = np.flatnonzero(likely == cv2.dilate(likely, _PEAK))
    best = at[np.argsort(-likely.flat[at], kind="stable")[:PEAKS]]
    return [(int(i), max(float(likely.flat[i]), _LEAST)) for i in best]
