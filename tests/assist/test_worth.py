"""What a correction is worth: the chance of wrong joints, poses that are known, people found twice."""

from dataclasses import replace

import numpy as np
import pytest

from sketchpose.assist.worth import SAME, drawing_worth, nearest, worth, wrong_joints
from sketchpose.pose import Pose
from sketchpose.skeleton import NUM_KEYPOINTS


def figure(seed: int = 0, score: float = 0.5) -> Pose:
    points = np.random.default_rng(seed).uniform(20, 380, (NUM_KEYPOINTS, 2))
    pose = Pose.annotated(points, np.full(NUM_KEYPOINTS, 2))
    return replace(pose, scores=np.full(NUM_KEYPOINTS, score, np.float32))


def test_less_sure_joints_are_more_often_wrong_as_measured() -> None:
    chances = [wrong_joints(figure(score=score)) / NUM_KEYPOINTS for score in (0.15, 0.35, 0.55, 0.75, 0.95)]
    assert chances == sorted(chances, reverse=True)
    # Shares of wrong joints among those of a score on the drawings that the curve was fitted to.
    assert chances[1:4] == pytest.approx([0.32, 0.10, 0.01], abs=0.04)


def test_what_somebody_set_or_left_out_is_right() -> None:
    pose, scores, visibility = figure(), np.full(NUM_KEYPOINTS, 0.5, np.float32), np.full(NUM_KEYPOINTS, 2)
    scores[:5], visibility[5:9] = 1, 0
    some = replace(pose, scores=scores, visibility=visibility)
    assert wrong_joints(some) == pytest.approx(wrong_joints(pose) * 8 / NUM_KEYPOINTS)
    assert wrong_joints(replace(pose, scores=np.ones(NUM_KEYPOINTS, np.float32))) == 0


def test_a_known_pose_is_worth_nothing_wherever_it_stands_and_however_large() -> None:
    pose = figure()
    assert nearest(pose, ()) == float("inf") and worth(pose) == wrong_joints(pose)
    assert worth(pose, [figure(1), pose.moved(3, (500, -20))]) == pytest.approx(0, abs=1e-3)
    assert worth(pose, [figure(1)]) == wrong_joints(pose)


def test_a_pose_that_is_nearly_known_is_worth_a_part() -> None:
    pose = figure()
    steps = [pose.keypoints + np.random.default_rng(1).normal(0, far, (NUM_KEYPOINTS, 2)) for far in (1, 5, 9)]
    near = [replace(pose, keypoints=points.astype(np.float32)) for points in steps]
    distances = [nearest(pose, [other]) for other in near]
    assert 0 < distances[0] < distances[1] < distances[2] < SAME
    assert worth(pose, near) == pytest.approx(wrong_joints(pose) * distances[0] / SAME)


def test_only_joints_that_both_have_are_compared() -> None:
    pose = figure()
    legs = np.where(np.arange(NUM_KEYPOINTS) > 10, 2, 0)
    half = replace(pose, visibility=legs, keypoints=np.where(legs[:, None], pose.keypoints, np.float32(0)))
    assert nearest(half, [pose]) == pytest.approx(0, abs=1e-6) == nearest(pose, [half])
    rest = replace(pose, visibility=np.where(legs, 0, 2))
    assert nearest(half, [rest]) == float("inf")


def test_a_drawing_is_worth_what_its_people_are_on_average_each_of_them_once() -> None:
    sure, unsure = figure(1, 0.9), figure(2, 0.3)
    assert drawing_worth([]) == 0
    assert drawing_worth([sure, unsure]) == pytest.approx((wrong_joints(sure) + wrong_joints(unsure)) / 2)
    again = replace(unsure, keypoints=unsure.keypoints + np.float32(1))
    assert drawing_worth([sure, unsure, again]) == drawing_worth([sure, unsure])
