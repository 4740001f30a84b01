"""The default estimator on the example drawings, whose poses are obvious to the eye."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import sketchpose
from sketchpose.estimate import sketch
from sketchpose.estimate.choose import open_model
from sketchpose.estimate.detect import bounds, ink_boxes
from sketchpose.estimate.people import prominence
from sketchpose.images import ImageError, Picture, Pixels, read_image
from sketchpose.model import Network
from sketchpose.pose import Origin, Pose
from sketchpose.skeleton import BODY, INDEX

DRAWINGS = Path(__file__).parents[2] / "examples" / "drawings"
STANDING = DRAWINGS / "peeps_stand_PolkaDots.png"


@pytest.fixture(scope="module")
def estimator() -> sketchpose.Estimator:
    return sketchpose.load_estimator()


@pytest.fixture
def standing() -> Pixels:
    return read_image(STANDING).pixels


def y(pose: sketchpose.Pose, name: str) -> float:
    return float(pose.keypoints[INDEX[name], 1])


def test_a_standing_figure_stands(estimator: sketchpose.Estimator) -> None:
    (pose,) = estimator.estimate(STANDING)
    for side in ("left", "right"):
        heights = [y(pose, f"{side}_{joint}") for joint in ("shoulder", "hip", "knee", "ankle")]
        assert heights == sorted(heights)
    assert y(pose, "nose") < y(pose, "left_shoulder")
    assert 0 < pose.score <= 1 and pose.origin == "detector"
    assert pose.keypoints.min() >= 0 and pose.keypoints[:, 0].max() <= read_image(STANDING).width


def test_path_pil_and_array_give_the_same(estimator: sketchpose.Estimator, standing: Pixels) -> None:
    first = estimator.estimate(STANDING)[0].keypoints
    for source in (str(STANDING), STANDING.read_bytes(), Image.open(STANDING), standing):
        np.testing.assert_array_equal(estimator.estimate(source)[0].keypoints, first)


def test_given_boxes_are_used_in_their_order(estimator: sketchpose.Estimator, standing: Pixels) -> None:
    """Two figures side by side: each box gets its own figure, and the same one as when it stands alone."""
    height, width = standing.shape[:2]
    gap = np.full_like(standing, 255)
    page = np.concatenate([standing, gap, standing], 1)
    boxes = [[2 * width, 0, 3 * width, height], [0, 0, width, height]]
    right, left = estimator.estimate(page, boxes)
    assert right.origin == left.origin == "given"
    np.testing.assert_array_equal(right.box, boxes[0])
    np.testing.assert_allclose(right.keypoints - [2 * width, 0], left.keypoints, atol=0.5)
    np.testing.assert_allclose(left.keypoints, estimator.estimate(standing, boxes[1:])[0].keypoints, atol=0.5)
    assert estimator.estimate(page, []) == []


@pytest.mark.parametrize("views", [1, 5])
def test_other_numbers_of_views_read_the_same_figure(
    estimator: sketchpose.Estimator, standing: Pixels, views: int
) -> None:
    (usual,), (other,) = estimator.estimate(standing), sketchpose.load_estimator(views=views).estimate(standing)
    assert np.linalg.norm(other.keypoints - usual.keypoints, axis=1).max() < 0.05 * standing.shape[0]


def test_one_or_two_people_are_looked_at_more_often(standing: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    seen = Network.maps
    monkeypatch.setattr(Network, "maps", lambda self, cuts: (looks.append(len(cuts)), seen(self, cuts))[1])
    estimator = sketchpose.load_estimator(refine=False, toned=None)
    box = [0, 0, standing.shape[1], standing.shape[0]]
    for people in (1, 2, 3):
        estimator.estimate(standing, [box] * people)
    assert looks == [5, 1, 1, 10, 2, 2, 6, 3, 3]


def test_there_is_a_choice_of_views() -> None:
    with pytest.raises(ValueError, match="views is 3: choose one of 1, 2, 5"):
        sketchpose.load_estimator(views=3)
    with pytest.raises(ValueError, match="--views is for our own models"):
        open_model("detectron2", views=5)


def test_several_people_are_found(estimator: sketchpose.Estimator) -> None:
    names = ("stand_PolkaDots", "stand_PointingFingerWB", "stand_CrossedArmsWB")
    figures = [np.array(Image.open(DRAWINGS / f"peeps_{n}.png").convert("RGB").resize((330, 768))) for n in names]
    poses = estimator.estimate(np.concatenate(figures, 1))
    columns = sorted(int(pose.keypoints[list(BODY), 0].mean() // 330) for pose in poses)
    assert columns == [0, 1, 2]
    assert [prominence(p) for p in poses] == sorted((prominence(p) for p in poses), reverse=True)


def test_a_figure_that_stands_apart_gets_the_box_of_its_ink(estimator: sketchpose.Estimator, standing: Pixels) -> None:
    page = np.full((900, 900, 3), 255, np.uint8)
    small = np.array(Image.fromarray(standing).resize((300, 700)))
    page[100:800, 450:750] = small
    (pose,) = estimator.estimate(page)
    rows, columns = np.nonzero((page < 200).any(2))
    exact = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert pose.origin == "detector"
    np.testing.assert_allclose(pose.box, exact, atol=6)


@pytest.mark.parametrize(("seen", "drawn", "people"), [(0.4, 0.6, 2), (0.4, 0.4, 1), (0.3, 0.6, 1), (0.3, 0.4, 1)])
def test_a_thing_in_which_the_detector_saw_nobody_has_to_be_surer(
    monkeypatch: pytest.MonkeyPatch, seen: float, drawn: float, people: int
) -> None:
    estimator = sketch.SketchEstimator()
    page = np.full((400, 600, 3), 255, np.uint8)
    page[50:350, 50:150] = page[50:350, 400:500] = 0
    monkeypatch.setattr(estimator._detector, "detect", lambda _: np.array([[50, 50, 150, 350, 0.9]], np.float32))
    whole = estimator._poses

    def scored(picture: Picture, boxes: NDArray[np.float32], origin: Origin) -> list[Pose]:
        return [replace(p, score=seen if p.box[0] < 300 else drawn) for p in whole(picture, boxes, origin)]

    monkeypatch.setattr(estimator, "_poses", scored)
    assert len(estimator.estimate(page)) == people


def test_where_nobody_is_found_the_ink_is_taken_and_said(estimator: sketchpose.Estimator) -> None:
    page = np.full((400, 600, 3), 255, np.uint8)
    page[100:300, 250:254] = 0
    (pose,) = estimator.estimate(page)
    assert pose.origin == "picture"
    np.testing.assert_allclose(pose.box, [250, 100, 254, 300], atol=2)


def test_a_blank_page_is_refused(estimator: sketchpose.Estimator) -> None:
    with pytest.raises(ImageError, match="nothing is drawn on it"):
        estimator.estimate(np.full((200, 200, 3), 240, np.uint8))


def test_bad_boxes_reach_the_caller(estimator: sketchpose.Estimator, standing: Pixels) -> None:
    with pytest.raises(ValueError, match="lies outside"):
        estimator.estimate(standing, [[5000, 0, 6000, 100]])
    with pytest.raises(ValueError, match="NaN"):
        estimator.estimate(standing, [[np.nan, 0, 60, 100]])


def test_ink_boxes_ignore_specks_and_keep_hairlines_of_large_pages() -> None:
    page = np.full((3000, 4000, 3), 250, np.uint8)
    page[5, 5] = 0
    page[1000:2000, 1500:1502] = 0
    page[2000:2002, 1000:2500] = 0
    page[200:300, 3600:3700] = 0
    boxes = ink_boxes(page)
    np.testing.assert_allclose(
        boxes[np.argsort(boxes[:, 0])], [[1000, 1000, 2500, 2002], [3600, 200, 3700, 300]], atol=20
    )
    np.testing.assert_allclose(bounds(boxes), [1000, 200, 3700, 2002], atol=20)
    assert len(ink_boxes(np.full((100, 100, 3), 9, np.uint8))) == 0


def test_importing_is_light() -> None:
    code = "import sys, sketchpose; print([m for m in ('torch', 'gradio', 'numba', 'onnxruntime') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_network_of_photographs_is_asked_only_where_there_is_tone(
    standing: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sketchpose.load_estimator()
    alone = sketchpose.load_estimator(toned=None)
    box = [[0, 0, standing.shape[1], standing.shape[0]]]
    same = [e.estimate(standing, box)[0].keypoints for e in (asked, alone)]
    np.testing.assert_array_equal(*same)
    monkeypatch.setattr(sketch, "_TONED", 0.0)
    monkeypatch.setattr(sketch, "_TRUST", 1.0)
    published = sketchpose.load_estimator(model="movenet-thunder")
    np.testing.assert_array_equal(*(e.estimate(standing, box)[0].keypoints for e in (asked, published)))
    assert (asked.estimate(standing, box)[0].keypoints != same[0]).any()
