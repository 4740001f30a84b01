"""Joints from maps: peaks, pairs told apart, and the mirror image."""

import numpy as np
import pytest

from sketchpose.estimate.joints import VIEWS, Maps, View, decode
from sketchpose.skeleton import INDEX, NUM_KEYPOINTS, SWAP

SIDE = 64


def maps_of(peaks: dict[str, list[tuple[int, int, float]]]) -> Maps:
    """Maps with a centre in the middle, from which every joint is seen there, and given peaks (x, y, value)."""
    heat = np.full((NUM_KEYPOINTS, SIDE, SIDE), 0.001, np.float32)
    for j in range(NUM_KEYPOINTS):
        heat[j, 20 + j, 30] = 0.5
    for name, places in peaks.items():
        heat[INDEX[name], 20 + INDEX[name], 30] = 0.001
        for x, y, value in places:
            heat[INDEX[name], y, x] = value
    center = np.zeros((1, SIDE, SIDE), np.float32)
    center[0, 32, 32] = 0.9
    regress = np.zeros((2 * NUM_KEYPOINTS, SIDE, SIDE), np.float32)
    offset = np.full((2 * NUM_KEYPOINTS, SIDE, SIDE), 0.5, np.float32)
    return {"heat": heat, "center": center, "regress": regress, "offset": offset}


def mirror_image(maps: Maps) -> Maps:
    """What a network without any sense of left and right sees in the mirror image."""
    out = {name: values[..., ::-1].copy() for name, values in maps.items()}
    out["heat"] = out["heat"][list(SWAP)]
    out["regress"] = out["regress"].reshape(-1, 2, SIDE, SIDE)[list(SWAP)].reshape(-1, SIDE, SIDE)
    return out


def test_a_joint_lies_at_its_peak_moved_by_the_offset_and_scores_its_heat() -> None:
    found = decode([(View(), maps_of({"nose": [(10, 12, 0.8)]}))], 256)
    np.testing.assert_allclose(found[INDEX["nose"]], [(10 + 0.5) * 4, (12 + 0.5) * 4, 0.8], rtol=1e-5)


def test_a_mirrored_view_alone_is_read_as_the_picture_lies() -> None:
    maps = maps_of({"left_eye": [(10, 12, 0.8)], "right_eye": [(40, 15, 0.7)]})
    maps["offset"] = maps["offset"].reshape(NUM_KEYPOINTS, 2, SIDE, SIDE).copy()
    maps["offset"][:, 1] = 0.2  # to the right within the cell, in the mirror to the left
    seen = mirror_image(maps)
    seen["offset"][:, 1] = 0.8
    maps["offset"], seen["offset"] = maps["offset"].reshape(-1, SIDE, SIDE), seen["offset"].reshape(-1, SIDE, SIDE)
    plain, mirrored = decode([(View(), maps)], 256), decode([(View(mirrored=True), seen)], 256)
    np.testing.assert_allclose(mirrored, plain, atol=1e-4)
    np.testing.assert_allclose(mirrored[INDEX["left_eye"]], [(10 + 0.2) * 4, (12 + 0.5) * 4, 0.8], rtol=1e-5)


@pytest.mark.parametrize(
    ("left", "right", "shared"),
    [
        ([(15, 30, 0.5), (45, 30, 0.45)], [(15, 30, 0.5), (45, 30, 0.2)], False),  # either hand: one takes the other
        ([(15, 30, 0.5), (45, 30, 0.05)], [(15, 30, 0.5), (45, 30, 0.05)], True),  # in profile: both are there
    ],
)
def test_two_joints_share_a_place_only_where_it_is_much_the_best_for_both(
    left: list[tuple[int, int, float]], right: list[tuple[int, int, float]], shared: bool
) -> None:
    found = decode([(View(), maps_of({"left_wrist": left, "right_wrist": right}))], 256)
    a, b = found[INDEX["left_wrist"], 0], found[INDEX["right_wrist"], 0]
    assert bool(abs(a - b) < 1e-3) is shared
    if not shared:
        assert a == pytest.approx((45 + 0.5) * 4)


def test_the_mirror_image_of_the_same_maps_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    maps = maps_of({})
    maps["heat"] = rng.uniform(0, 1, maps["heat"].shape).astype(np.float32)
    alone = decode([(View(), maps)], 256)
    np.testing.assert_allclose(
        decode([(View(), maps), (View(mirrored=True), mirror_image(maps))], 256), alone, atol=1e-3
    )


def test_the_mirror_image_decides_where_one_look_cannot() -> None:
    unsure = maps_of({"left_knee": [(20, 40, 0.40), (44, 40, 0.39)]})
    sure = mirror_image(maps_of({"left_knee": [(20, 40, 0.1), (44, 40, 0.8)]}))
    assert decode([(View(), unsure)], 256)[INDEX["left_knee"], 0] == pytest.approx((20 + 0.5) * 4)
    assert decode([(View(), unsure), (View(mirrored=True), sure)], 256)[INDEX["left_knee"], 0] == pytest.approx(
        (44 + 0.5) * 4
    )


@pytest.mark.parametrize("zoom", [view.zoom for view in VIEWS[5]])
def test_a_view_from_nearer_or_farther_is_laid_over_the_plain_one(zoom: float) -> None:
    """A joint that the plain view leaves open is where the other view, seen at its own scale, has its peak."""
    middle = (SIDE - 1) / 2
    column, row = 44, 40
    unsure = maps_of({"left_knee": [(20, 40, 0.40), (column, row, 0.39)]})
    # The heat of a real network is no single cell: a peak between two cells is seen in both.
    there = np.array([column - middle, row - middle]) / zoom + middle
    rows, columns = np.mgrid[:SIDE, :SIDE]
    sure = maps_of({})
    sure["heat"][INDEX["left_knee"]] = 0.8 * np.exp(-((columns - there[0]) ** 2 + (rows - there[1]) ** 2) / 4)
    found = decode([(View(), unsure), (View(zoom), sure)], 256)
    np.testing.assert_allclose(found[INDEX["left_knee"], :2], [(column + 0.5) * 4, (row + 0.5) * 4], atol=1e-3)
