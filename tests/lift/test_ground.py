"""Standing figures stand on their feet, line figures have breadth, everybody else is left as it is."""

import numpy as np
import pytest

from sketchpose.lift.ground import flat_soles, settled, standing
from sketchpose.lift.line_figures import with_breadth
from sketchpose.lift.making.lessons import LOOK
from sketchpose.lift.rig import frames_of
from sketchpose.lift.rotations import Floats, about
from sketchpose.lift.standard import standard_rig
from sketchpose.synth.people.body import PART, PARTS
from sketchpose.synth.people.posing import build, complete
from sketchpose.synth.people.recipes import RECIPES
from tests.lift.making_bodies import picture_of, random_bodies

UP = np.array([0.0, -1.0, 0.0])


def turns_of_recipe(name: str) -> Floats:
    pose = build(name, complete(RECIPES[name].angles), (25.0, 25.0))
    return np.array([pose.turns[part] for part in PARTS])


def joints_of(name: str, leant: float = 0.0) -> Floats:
    """Joints of a recipe in the axes of an eye before it, leant to the viewer by degrees."""
    turns = turns_of_recipe(name)
    turns[PART["pelvis"]] = about(0, np.deg2rad(leant)) @ LOOK @ turns[PART["pelvis"]]
    return standard_rig().keypoints(turns[None], np.ones((1, len(PARTS), 2)))[0]


@pytest.mark.parametrize("leant", [-14.0, -6.0, 6.0, 14.0])
def test_whoever_stands_on_both_feet_stands_over_them(leant: float) -> None:
    straight, tilted = settled(UP, joints_of("stand")), settled(UP, joints_of("stand", leant))
    turned = np.rad2deg(np.arctan2(tilted[2], -tilted[1]) - np.arctan2(straight[2], -straight[1]))
    assert turned == pytest.approx(-leant, abs=0.1)
    assert np.linalg.norm(tilted) == pytest.approx(1)
    assert np.allclose(settled(tilted, joints_of("stand", leant)), tilted)


@pytest.mark.parametrize("name", ["run", "one leg", "lie back", "sit chair", "jump tuck"])
def test_for_whoever_does_not_the_sky_is_where_it_was(name: str) -> None:
    joints = joints_of(name)
    assert not standing(UP, joints) and np.array_equal(settled(UP, joints), UP)


def test_soles_lie_flat_where_they_nearly_do() -> None:
    bent, lying = flat_soles(turns_of_recipe("lunge")), turns_of_recipe("lie back")
    front = frames_of(bent)[PART["l_foot"]]
    assert front[2, 1] == pytest.approx(0, abs=0.02), "what points backwards in the foot lies level"
    assert np.array_equal(flat_soles(lying)[PART["l_foot"]], lying[PART["l_foot"]])


def line_figure(sense: float = 1.0) -> Floats:
    """A child's figure of lines that faces the viewer, or turns away."""
    points = np.zeros((17, 2))
    points[:5] = [(0, -3), (8, -8), (-8, -8), (15, -5), (-15, -5)]
    points[5:7], points[11:13] = (0, 20), (0, 70)
    points[7:11] = [(15, 30), (-15, 30), (30, 20), (-30, 20)]
    points[13:17] = [(12, 95), (-12, 95), (24, 120), (-24, 120)]
    return points * (sense, 1)


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_a_line_figure_gets_shoulders_and_hips_and_loses_its_face(sense: float) -> None:
    points, weights = with_breadth(line_figure(sense), np.ones(17))
    assert points[5, 0] * sense == pytest.approx(12.5) and points[12, 0] * sense == pytest.approx(-7.5)
    assert np.array_equal(points[7:11], line_figure(sense)[7:11])
    assert weights[:5].max() == 0 and weights[5:].min() == 1


def test_other_figures_are_left_alone() -> None:
    walking = line_figure()
    walking[13:17] *= (-1, 1)  # the left arm and the right leg ahead: a walk in profile
    missing = np.ones(17)
    missing[7] = 0
    for points, weights in (
        (walking, np.ones(17)),
        (line_figure(), missing),
        (picture_of(random_bodies(3)), np.ones(17)),
    ):
        kept = with_breadth(points, weights)
        assert kept[0] is points and kept[1] is weights
