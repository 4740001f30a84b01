import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sketchpose.formats import PosedImage
from sketchpose.images import Pixels, read_image
from sketchpose.pose import Pose
from sketchpose.skeleton import INDEX
from sketchpose.skeleton_picture import LIMBS, PALETTE, draw_skeletons, read_skeletons

FIXTURE = Path(__file__).parent / "fixtures" / "openpose_skeleton_picture.png"
DRAWN = {
    "nose": (224, 158),
    "left_shoulder": (247, 215),
    "right_shoulder": (115, 241),
    "left_elbow": (311, 315),
    "right_wrist": (102, 419),
    "left_hip": (248, 424),
    "right_hip": (154, 427),
    "left_ankle": (208, 706),
    "right_ankle": (131, 706),
    "right_ear": (155, 143),
}


def figure(seed: int, x: float = 0, height: float = 460) -> Pose:
    """A standing person with limbs somewhat anywhere."""
    rng = np.random.default_rng(seed)
    standing = np.array(
        [
            *([0, -62], [4, -66], [-4, -66], [9, -63], [-9, -63], [14, -45], [-14, -45], [20, -25], [-20, -25]),
            *([24, -6], [-24, -6], [9, -4], [-9, -4], [10, 22], [-10, 22], [11, 46], [-11, 46]),
        ],
        np.float32,
    )
    scaled = (standing + rng.normal(0, 1.5, (17, 2))) * (height / 130) + (x, 0.62 * height)
    return Pose.annotated(scaled.astype(np.float32), np.full(17, 2))


def without(pose: Pose, *names: str) -> Pose:
    visibility = pose.visibility.copy()
    visibility[[INDEX[name] for name in names]] = 0
    return Pose.annotated(pose.keypoints, visibility)


def check(pixels: Pixels, poses: list[Pose], scale: float = 1, within: float = 1.0) -> None:
    found = read_skeletons(pixels)
    assert len(found) == len(poses)
    for pose, read in zip(poses, found, strict=True):
        np.testing.assert_array_equal(read.labelled, pose.labelled)
        off = np.linalg.norm(read.keypoints - pose.keypoints * scale, axis=1)[pose.labelled]
        assert off.max() < within, off.round(2)


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return read_image(buffer.getvalue()).pixels


def test_the_picture_of_a_controlnet_tool_is_read_exactly() -> None:
    (pose,) = read_skeletons(read_image(FIXTURE).pixels)
    assert pose.labelled.all() and pose.origin == "given"
    for name, point in DRAWN.items():
        assert np.abs(pose.keypoints[INDEX[name]] - point).max() <= 1, name


@pytest.mark.parametrize("seed", range(5))
def test_what_is_drawn_is_read_back_to_half_a_pixel(seed: int) -> None:
    pose = figure(seed, 256)
    check(draw_skeletons(PosedImage("", 512, 512, (pose,))), [pose], within=0.5)


@pytest.mark.parametrize("size", [(300, 512), (1024, 1536), (2048, 2048)])
def test_any_canvas_is_read_back(size: tuple[int, int]) -> None:
    pose = figure(1, size[0] / 2, 0.8 * min(size))
    check(draw_skeletons(PosedImage("", *size, (pose,))), [pose])


@pytest.mark.parametrize("quality", [95, 85, 75])
def test_a_jpeg_is_read_back(quality: int) -> None:
    pose = figure(2, 256)
    check(jpeg(draw_skeletons(PosedImage("", 512, 512, (pose,))), quality), [pose], within=1.5)


@pytest.mark.parametrize("scale", [0.6, 0.75, 1.5, 3.0])
def test_a_scaled_and_smoothed_canvas_is_read_back(scale: float) -> None:
    pose = figure(3, 256)
    drawn = draw_skeletons(PosedImage("", 512, 512, (pose,)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    check(
        np.asarray(cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=how)), [pose], scale, 1.0 * max(1, scale)
    )


def test_people_side_by_side_stay_apart() -> None:
    people = [figure(seed, 130 + 200 * seed) for seed in range(4)]
    check(draw_skeletons(PosedImage("", 860, 512, tuple(people))), people)


def test_people_whose_arms_cross_stay_apart() -> None:
    people = [figure(seed, 200 + 90 * seed) for seed in range(2)]
    found = read_skeletons(draw_skeletons(PosedImage("", 512, 512, tuple(people))))
    assert len(found) == 2
    for pose, read in zip(people, found, strict=True):
        off = np.linalg.norm(read.keypoints - pose.keypoints, axis=1)[read.labelled]
        assert read.labelled.sum() >= 15 and off.max() < 2.5, off


@pytest.mark.parametrize(
    "names",
    [
        ("left_wrist", "right_ankle", "right_ear"),
        ("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
        ("left_shoulder",),
        ("nose",),
        ("left_hip", "left_knee", "left_ankle", "right_ankle"),
    ],
)
def test_missing_joints_stay_missing(names: tuple[str, ...]) -> None:
    pose = without(figure(4, 256), *names)
    check(draw_skeletons(PosedImage("", 512, 512, (pose,))), [pose])


def test_discs_under_limbs_as_the_first_controlnet_drew_them_are_read() -> None:
    pose = figure(0, 256)
    canvas = np.zeros((512, 512, 3), np.uint8)
    neck = pose.keypoints[[5, 6]].mean(0)
    order = (0, None, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
    points = [neck if j is None else pose.keypoints[j] for j in order]
    for point, colour in zip(points, PALETTE, strict=True):
        cv2.circle(canvas, np.round(point - 0.5).astype(int).tolist(), 4, colour, -1)
    for (a, b), colour in zip(LIMBS, PALETTE, strict=False):
        middle, along = (points[a] + points[b]) / 2, points[a] - points[b]
        angle = int(np.degrees(np.arctan2(along[1], along[0])))
        axes = (int(np.hypot(*along) / 2), 4)
        outline = cv2.ellipse2Poly(middle.astype(int).tolist(), axes, angle, 0, 360, 1)
        over = cv2.fillConvexPoly(canvas.copy(), outline, colour)
        canvas = np.asarray(cv2.addWeighted(canvas, 0.4, over, 0.6, 0))
    check(canvas, [pose], within=3.0)


def test_any_other_picture_is_no_skeleton(noise: Pixels) -> None:
    rng = np.random.default_rng(0)
    bars = np.zeros((300, 360, 3), np.uint8)
    for i, colour in enumerate(PALETTE):
        bars[50:250, 20 * i : 20 * i + 10] = colour
    neon = np.zeros((400, 400, 3), np.uint8)
    for _ in range(40):
        ends = rng.integers(0, 400, (2, 2)).tolist()
        cv2.line(neon, *ends, PALETTE[int(rng.integers(18))], 4)
    white = np.full((200, 200, 3), 255, np.uint8)
    for picture in (noise, bars, neon, white, np.zeros_like(white), 255 - white):
        assert read_skeletons(picture) == []
