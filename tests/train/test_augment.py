"""Joints move with their pixels, whatever is done to the crop."""

import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sketchpose.skeleton import SWAP
from sketchpose.train.augment import CropMap, Sample, appearance, apply, draw_view, vary
from sketchpose.train.config import AugmentConfig

CONFIG = AugmentConfig()
SIZE = 192


def dotted(seed: int, side: int = 400) -> Sample:
    """A white page with one black dot per joint, none near another."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(25)[:17]
    points = np.stack((cells % 5, cells // 5), 1) * 60.0 + 80 + rng.uniform(-12, 12, (17, 2))
    image = np.full((side, side, 3), 255, np.uint8)
    for x, y in points:
        # Coordinates count from the corner of the first pixel, OpenCV's from its centre.
        cv2.circle(image, (round((x - 0.5) * 16), round((y - 0.5) * 16)), 4 * 16, (0, 0, 0), -1, cv2.LINE_AA, 4)
    box = np.array([40, 40, 360, 360], np.float32)
    return Sample(image, points.astype(np.float32), np.full(17, 2, np.uint8), box)


def dot_near(crop: NDArray[np.uint8], point: NDArray[np.float32], reach: int = 9) -> NDArray[np.float64]:
    """Centre of mass of the ink around a point, in crop pixels."""
    x, y = np.floor(point).astype(int)
    y0, x0 = max(0, y - reach), max(0, x - reach)
    ink = 255.0 - crop[y0 : y + reach + 1, x0 : x + reach + 1, 0]
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]]
    return np.array([(ink * (columns + 0.5)).sum() / ink.sum() + x0, (ink * (rows + 0.5)).sum() / ink.sum() + y0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_dots_are_found_where_the_joints_are(seed: int) -> None:
    sample = dotted(seed)
    view = draw_view(sample.box, SIZE, CONFIG, np.random.default_rng(seed))
    crop, points, visibility = apply(sample, view)
    checked = 0
    for point, seen in zip(points, visibility, strict=True):
        if seen and (point > 10).all() and (point < SIZE - 10).all():
            assert np.linalg.norm(dot_near(crop, point) - point) < 1.0
            checked += 1
    assert checked > 0 or (visibility == 0).any()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_the_displacement_is_inverted_to_a_tenth_of_a_pixel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = draw_view(np.array([40, 40, 360, 360], np.float32), SIZE, dataclasses.replace(CONFIG, warp=0.03), rng)
    points = rng.uniform(80, 320, (17, 2)).astype(np.float32)
    found = view.points(points)
    inside = ((found > 1) & (found < SIZE - 1)).all(1)
    if view.field is None or not inside.any():
        return
    at = (found - 0.5)[:, None]
    shift = cv2.remap(view.field, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1, 2)
    back = np.c_[found + shift, np.ones(17)] @ np.linalg.inv(view.matrix).T
    scale = SIZE / 320
    assert np.abs(back[:, :2] / back[:, 2:] - points)[inside].max() * scale < 0.1


def test_a_mirror_image_exchanges_left_and_right() -> None:
    sample = dotted(1)
    straight = CropMap(np.diag([0.5, 0.5, 1.0]), None, 200, False)
    matrix = np.array([[-0.5, 0, 200], [0, 0.5, 0], [0, 0, 1.0]])
    crop, points, _ = apply(sample, straight)
    mirror, mirrored, _ = apply(sample, CropMap(matrix, None, 200, True))
    np.testing.assert_allclose(mirrored[list(SWAP)] * [-1, 1] + [200, 0], points, atol=1e-4)
    assert np.abs(mirror[:, ::-1].astype(int) - crop).mean() < 1


def test_flips_happen_half_the_time_and_are_announced() -> None:
    box = np.array([40, 40, 360, 360], np.float32)
    views = [draw_view(box, SIZE, CONFIG, np.random.default_rng(i)) for i in range(200)]
    for view in views:
        assert (np.linalg.det(view.matrix[:2, :2]) < 0) == view.mirrored
    assert 70 < sum(view.mirrored for view in views) < 130


def test_every_angle_occurs() -> None:
    box = np.array([40, 40, 360, 360], np.float32)
    config = dataclasses.replace(CONFIG, spin=1.0, flip=0.0, perspective=0.0, stretch=0.0)
    turns = [draw_view(box, SIZE, config, np.random.default_rng(i)).matrix for i in range(300)]
    angles = np.degrees([np.arctan2(m[1, 0], m[0, 0]) for m in turns])
    assert np.histogram(angles, 8, (-180, 180))[0].min() > 15


def test_joints_that_leave_the_crop_lose_their_label() -> None:
    sample = dotted(2)
    _, points, visibility = apply(sample, CropMap(np.diag([1.0, 1.0, 1.0]), None, 200, False))
    outside = ((points < 0) | (points >= 200)).any(1)
    assert outside.any() and not outside.all()
    assert (visibility[outside] == 0).all() and (visibility[~outside] == 2).all()


def test_thin_lines_survive_a_strong_reduction() -> None:
    image = np.full((1600, 1600, 3), 255, np.uint8)
    image[:, 800:803] = 0
    box = np.array([0, 0, 1600, 1600], np.float32)
    sample = Sample(image, np.full((17, 2), 801.5, np.float32), np.full(17, 2, np.uint8), box)
    crop, points, _ = apply(sample, CropMap(np.diag([0.12, 0.12, 1.0]), None, SIZE, False))
    column = round(float(points[0, 0]) - 0.5)
    rows = crop[:, column - 2 : column + 3].min(1)
    assert rows.max() < 230


@pytest.mark.parametrize("photo", [False, True])
def test_appearance_leaves_joints_and_shape_alone(photo: bool) -> None:
    crop = dotted(3).image[:SIZE, :SIZE]
    always = AugmentConfig(weight=1, invert=1, grey=1, light=1, blur=1, noise=1, jpeg=1, erase=1)
    out = appearance(crop, photo, always, np.random.default_rng(0))
    assert out.shape == crop.shape and out.dtype == np.uint8
    assert (out.mean() > 128) == photo  # a photograph's white page is not inverted
    never = AugmentConfig(weight=0, invert=0, grey=0, light=0, blur=0, noise=0, jpeg=0, erase=0)
    plain = appearance(crop, photo, never, np.random.default_rng(0))
    assert np.corrcoef(plain.ravel(), crop.ravel())[0, 1] > 0.85


def test_the_same_generator_gives_the_same_crop() -> None:
    first = vary(dotted(4), SIZE, CONFIG, np.random.default_rng(7))
    again = vary(dotted(4), SIZE, CONFIG, np.random.default_rng(7))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_view_of_the_head_shows_the_head_as_large_as_it_is_told() -> None:
    sample = dotted(6)
    nose = sample.keypoints[0]
    head = np.concatenate([nose - 20, nose + 20]).astype(np.float32)
    still = dataclasses.replace(CONFIG, shift=0, tilt=0, spin=0, perspective=0, stretch=0, warp=0, flip=0)
    twice = dataclasses.replace(still, head_zoom=(2, 2))
    _, points, visibility = vary(sample, SIZE, twice, np.random.default_rng(0), head)
    np.testing.assert_allclose(points, (sample.keypoints - nose) * (SIZE / 80) + SIZE / 2, atol=1e-2)
    assert visibility[0] and not visibility.all(), "most of the person lies outside"


def test_a_person_alone_has_paper_where_the_neighbours_stood() -> None:
    sample = dotted(5)
    crowded = sample.image.copy()
    crowded[:, 30:45] = crowded[:, 355:370] = 0
    sample = dataclasses.replace(sample, image=crowded, box=np.array([80, 80, 320, 320], np.float32))
    still = dict.fromkeys(("shift", "tilt", "spin", "perspective", "stretch", "warp", "flip"), 0.0)
    plain = dict.fromkeys(("weight", "invert", "grey", "light", "blur", "noise", "jpeg", "erase"), 0.0)
    config = AugmentConfig(**still, **plain, zoom=(1.5, 1.5))  # type: ignore[arg-type]
    edges = {
        alone: vary(sample, SIZE, dataclasses.replace(config, alone=alone), np.random.default_rng(1))[0][:, 7:12]
        for alone in (0.0, 1.0)
    }
    assert (edges[0.0] < 90).all() and (edges[1.0] > 150).all()
    assert (sample.image == crowded).all()
