from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import poses

from sketchpose.pose import Pose, iou, joints_box, oks
from sketchpose.skeleton import INDEX


@given(poses(), st.floats(1, 4000))
def test_mirror_twice_changes_nothing(pose: Pose, width: float) -> None:
    back = pose.mirror(width).mirror(width)
    np.testing.assert_allclose(back.keypoints, pose.keypoints, atol=1e-3)
    np.testing.assert_allclose(back.box, pose.box, atol=1e-3)
    np.testing.assert_array_equal(back.scores, pose.scores)
    np.testing.assert_array_equal(back.visibility, pose.visibility)


def test_mirror_makes_a_left_wrist_a_right_wrist() -> None:
    points = np.zeros((17, 2), np.float32)
    points[INDEX["left_wrist"]] = 30, 40
    mirrored = Pose.annotated(points, np.full(17, 2)).mirror(100)
    np.testing.assert_array_equal(mirrored.keypoints[INDEX["right_wrist"]], [70, 40])


@given(poses(), st.floats(0.25, 4), st.tuples(st.floats(-99, 99), st.floats(-99, 99)))
def test_moved_has_an_inverse(pose: Pose, scale: float, shift: tuple[float, float]) -> None:
    back = pose.moved(scale, shift).moved(1 / scale, np.negative(shift) / scale)
    np.testing.assert_allclose(back.keypoints, pose.keypoints, atol=0.02)
    np.testing.assert_allclose(back.box, pose.box, atol=0.02)


@given(poses(), poses())
def test_oks_lies_in_0_to_1_and_is_1_for_itself(truth: Pose, guess: Pose) -> None:
    assert 0 <= oks(truth, guess) <= 1
    assert oks(truth, truth) == 1


def test_oks_agrees_with_pycocotools() -> None:
    coco = __import__("pycocotools.coco", fromlist=["COCO"])
    cocoeval = __import__("pycocotools.cocoeval", fromlist=["COCOeval"])
    rng = np.random.default_rng(1)
    points = rng.uniform(10, 190, (17, 2))
    truth = Pose.annotated(points, np.r_[np.full(12, 2), np.ones(3), 0, 0], [0, 0, 200, 200])
    guess = Pose.annotated(points + rng.normal(0, 8, (17, 2)), np.full(17, 2))
    flat = lambda p, v: np.c_[p.keypoints, v].ravel().tolist()  # noqa: E731
    base = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 200, 200], "area": 40000, "iscrowd": 0, "id": 1}
    database = coco.COCO()
    database.dataset = {
        "images": [{"id": 1}],
        "categories": [{"id": 1}],
        "annotations": [{**base, "keypoints": flat(truth, truth.visibility), "num_keypoints": 15}],
    }
    database.createIndex()
    found = database.loadRes([{"image_id": 1, "category_id": 1, "keypoints": flat(guess, np.ones(17)), "score": 1.0}])
    evaluation = cocoeval.COCOeval(database, found, "keypoints")
    evaluation._prepare()
    assert oks(truth, guess) == pytest.approx(float(evaluation.computeOks(1, 1)[0, 0]), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keypoints": np.zeros((16, 2))}, r"shape \(16, 2\) where \(17, 2\) is needed"),
        ({"keypoints": np.full((17, 2), np.nan)}, "NaN or infinite"),
        ({"box": [0, 0, np.inf, 1]}, "NaN or infinite"),
        ({"box": [5, 5, 5, 9]}, "is empty"),
        ({"visibility": np.full(17, 7)}, "17 numbers out of 0, 1 and 2"),
        ({"visibility": np.full(17, 0.5)}, "17 numbers out of 0, 1 and 2"),
        ({"scores": np.full(17, 1.5)}, "must lie in 0..1"),
        ({"score": -0.1}, "must lie in 0..1"),
    ],
)
def test_bad_values_are_refused(change: dict[str, object], message: str) -> None:
    pose = Pose.annotated(np.ones((17, 2)), np.full(17, 2))
    with pytest.raises(ValueError, match=message):
        replace(pose, **change)  # type: ignore[arg-type]


def test_a_pose_does_not_share_the_callers_array() -> None:
    points = np.ones((17, 2), np.float32)
    pose = Pose.annotated(points, np.full(17, 2))
    points[:] = 9
    assert pose.keypoints.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        pose.keypoints[0] = 3


def test_joints_box_needs_a_joint() -> None:
    with pytest.raises(ValueError, match="at least one labelled joint"):
        joints_box(np.zeros((0, 2), np.float32))


def test_iou() -> None:
    boxes = [[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]]
    np.testing.assert_allclose(iou(boxes[:1], boxes), [[1, 1 / 3, 0]])
