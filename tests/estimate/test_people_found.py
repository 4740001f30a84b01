"""Who is who among the finds: the main figure first, nobody twice, and nobody left out."""

from dataclasses import replace

import numpy as np
import pytest

from annotator.editor.presets import PRESETS
from sketchpose.estimate.people import SAME_POSE, agreement, distinct, prominence
from sketchpose.pose import VISIBLE, Pose


def find(x: float = 0, height: float = 400, score: float = 0.6, preset: str = "Standing") -> Pose:
    """A find of a figure whose head is at the top of the page, ``x`` pixels to the right."""
    points = np.array(PRESETS[preset], np.float32) * height + (x, 0)
    pose = Pose.annotated(points, np.full(17, VISIBLE))
    return replace(pose, scores=np.full(17, score, np.float32), score=score, origin="detector")


def test_the_main_figure_is_the_first_person_though_a_small_one_is_surer() -> None:
    small, main, middle = find(900, 120, 0.9), find(0, 600, 0.6), find(500, 400, 0.6)
    assert [p is q for p, q in zip(distinct([small, middle, main]), [main, middle, small], strict=True)] == [True] * 3
    assert prominence(main) > prominence(middle) > prominence(small)


def test_of_two_equally_large_the_surer_comes_first() -> None:
    unsure, sure = find(0, score=0.5), find(500, score=0.7)
    assert distinct([unsure, sure])[0] is sure


@pytest.mark.parametrize("shift", [0, 4, 8])
def test_one_figure_found_twice_is_one_person(shift: float) -> None:
    once, again = find(score=0.7), find(shift, score=0.6)
    assert agreement(once, again) == agreement(again, once) >= SAME_POSE
    assert [p is once for p in distinct([again, once])] == [True]


def test_a_find_that_agrees_in_one_direction_only_is_the_same_person() -> None:
    """Its box takes in half of the page: from that side every joint is near, and that is enough."""
    figure = find(score=0.7)
    wide = replace(find(25, score=0.6), box=np.array([-600, -100, 600, 500], np.float32))
    assert len(distinct([figure, wide])) == 1


def test_the_joints_that_neither_is_sure_of_do_not_tell_them_apart() -> None:
    one, other = find(score=0.7), find(score=0.6)
    scores, points = other.scores.copy(), other.keypoints.copy()
    scores[11:], points[11:] = 0.05, points[11:] + 300
    assert len(distinct([one, replace(other, scores=scores, keypoints=points)])) == 1


def test_two_finds_without_a_sure_joint_are_compared_by_all_of_them() -> None:
    def unsure(x: float) -> Pose:
        return replace(find(x, score=0.4), scores=np.full(17, 0.1, np.float32))

    assert len(distinct([find(), unsure(4)])) == 1
    assert len(distinct([unsure(0), unsure(4), unsure(300)])) == 2


def test_two_people_side_by_side_in_one_pose_stay_two() -> None:
    assert len(distinct([find(), find(120)])) == 2


def test_two_poses_in_one_place_stay_two_when_both_are_sure() -> None:
    """A couple that embraces: their boxes are nearly one, their joints are not."""
    one, other = find(score=0.7), find(30, score=0.65, preset="Sitting")
    assert len(distinct([one, other])) == 2


def test_an_unsure_sliver_of_a_person_is_left_out_and_a_small_person_beside_is_kept() -> None:
    main = find(0, 600, 0.6)
    inside, beside, sure_inside = find(-20, 150, 0.4), find(400, 150, 0.4), find(-20, 150, 0.6)
    assert [p is main for p in distinct([main, inside])] == [True]
    assert len(distinct([main, beside])) == 2
    assert len(distinct([main, sure_inside])) == 2


def test_nobody_is_nobody() -> None:
    assert distinct([]) == []
