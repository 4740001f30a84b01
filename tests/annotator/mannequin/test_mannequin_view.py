"""The mannequin's section without a browser: what it answers to a person, to nobody, and while it is closed."""

import gradio as gr
import numpy as np
import pytest

from annotator.mannequin.view import MannequinView, build_mannequin
from sketchpose.lift.body_types import AS_DRAWN
from sketchpose.pose import Pose
from tests.lift.making_bodies import picture_of, random_bodies

STYLE = (AS_DRAWN, 0.0, 0.0)


@pytest.fixture
def view() -> MannequinView:
    with gr.Blocks(), gr.Accordion("Mannequin", open=False) as section:
        return build_mannequin(section, "test-mannequin")


def person(joints: int = 17) -> Pose:
    return Pose.annotated(picture_of(random_bodies(1)), np.where(np.arange(17) < joints, 2, 0))


def test_nothing_is_lifted_while_it_is_closed(view: MannequinView) -> None:
    assert view.update(lambda: pytest.fail("nobody looks"), None, *STYLE) == {view.able: gr.skip()}


def test_a_person_stands_up_and_is_taken_away(view: MannequinView) -> None:
    updates = view.open(lambda pose: pose, person(), *STYLE, False)
    assert updates[view.able] is False and updates[view.lifted][0].error < 0.05
    assert updates[view.strip].count("<img") == 6 and updates[view.still].startswith("<img")
    assert view.model not in updates, "a browser that cannot turn it is not given a model"
    assert updates[view.find]["interactive"]
    shown = (updates[view.lifted], "Reading 1 (100%)", *STYLE)
    name, content = view.download("pose.bvh", *shown)
    assert name == "mannequin_pose.bvh" and content.startswith(b"HIERARCHY")
    picture, seen = view.seen(*shown)
    assert picture.startswith(b"\x89PNG") and seen.labelled.all()
    turned = view.turn(*shown[:3], 90.0, 0.0)[view.still]
    assert turned != updates[view.still] and "90 degrees" in turned


def test_a_browser_that_can_turn_it_is_told_from_where_it_is_seen_first(view: MannequinView) -> None:
    shown = view.open(lambda pose: pose, person(), *STYLE, True)[view.model]
    assert shown["value"].endswith(".glb") and len(shown["camera_position"]) == 3


@pytest.mark.parametrize(("pose", "reason"), [(None, "when there is a pose"), (person(9), "a mannequin needs 6")])
def test_it_says_why_there_is_none(view: MannequinView, pose: Pose | None, reason: str) -> None:
    updates = view.update(lambda: pose, True, *STYLE)
    assert reason in updates[view.still] and updates[view.lifted] is None
    assert not updates[view.find]["interactive"] and updates[view.model] is None


def test_a_page_that_is_older_than_the_server_is_told_to_reload(view: MannequinView) -> None:
    with pytest.raises(gr.Error, match="reload the page"):
        view.turn(None, "Reading 1", *STYLE)
