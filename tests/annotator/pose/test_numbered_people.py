"""People numbered on the drawing, taken out and brought back, and the references that follow."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from annotator.choices import STALE
from annotator.editor.presets import PRESETS
from annotator.pose.live import LIVE, live_page, live_references
from annotator.pose.people import numbered
from annotator.pose.result import EVERYONE, PoseResult
from annotator.pose.tab import PoseTab, build_pose_tab
from annotator.references.search import ReferenceQuery, SearchChoices, search_gallery
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.gallery import SHIPPED

DRAWING = Path(__file__).parents[3] / "examples" / "drawings" / "peeps_stand_PointingFingerWB.png"
SIZE = (600, 400)


def figure(x: float, height: float = 300) -> Pose:
    return Pose.annotated(np.array(PRESETS["Running"], np.float32) * height + [x, 20], np.full(17, 2))


PEOPLE = (figure(100), figure(300, 200), figure(500))
RESULT = PoseResult("drawing.png", "drawing.png", *SIZE, PEOPLE, PEOPLE, "", "**3 people** in 0.10 s.", "data:,")


@pytest.fixture
def tab() -> PoseTab:
    with gr.Blocks() as app:
        return build_pose_tab(app, lambda model: SimpleNamespace(name="nobody"), [DRAWING], DRAWING)  # type: ignore[arg-type, return-value]


def pressed(act: str, person: str = "") -> gr.EventData:
    return SimpleNamespace(act=act, person=person)  # type: ignore[return-value]


def test_one_person_has_no_number_and_several_have_one_each_and_a_cross() -> None:
    assert "<button" not in numbered("<svg/>", SIZE, PEOPLE[:1], EVERYONE, 0)
    page = numbered("<svg/>", SIZE, PEOPLE, 2, 0)
    assert re.findall(r'data-act="(\w+)" data-person="(\d)"', page) == [
        (act, str(n)) for n in (1, 2, 3) for act in ("show", "remove")
    ]
    assert re.findall(r'aria-pressed="(\w+)"', page) == ["false", "true", "false"]
    layers = [int(layer) for layer in re.findall(r"z-index: (\d)", page)]
    assert max(layers) == layers[1], "the smallest person lies above the others"


def test_who_was_taken_out_is_counted_and_comes_back() -> None:
    two = RESULT.without(2)
    assert two.poses == (PEOPLE[0], PEOPLE[2])
    assert two.status.startswith("**2 people** of the 3 found")
    assert "Bring 1 back" in two.view(EVERYONE, 0.3)
    assert "Bring" not in RESULT.view(EVERYONE, 0.3)
    assert replace(two, poses=two.found).status == RESULT.summary
    assert two.without(1).without(1).poses == (PEOPLE[2],), "the last one stays"


def test_a_press_chooses_a_person_and_the_same_again_everyone(tab: PoseTab) -> None:
    assert tab.press(pressed("show", "2"), "picture", RESULT, EVERYONE, 0.3)[tab.person] == 2
    assert tab.press(pressed("show", "2"), "picture", RESULT, 2, 0.3)[tab.person] == EVERYONE
    with pytest.raises(gr.Error, match=re.escape(STALE[:30])):
        tab.press(pressed("show", "1"), "picture", None, EVERYONE, 0.3)


@pytest.mark.parametrize("place", ["picture", "drawn"])
def test_the_place_in_sight_keeps_who_was_taken_out(tab: PoseTab, place: str) -> None:
    kept, other = tab.drawing_result, tab.sketchpad_result
    if place == "drawn":
        kept, other = other, kept
    updates = tab.press(pressed("remove", "1"), place, RESULT, 3, 0.3)
    assert updates[kept] is updates[tab.result] and other not in updates
    assert updates[tab.result].poses == PEOPLE[1:] and updates[tab.person] == EVERYONE
    back = tab.press(pressed("restore"), place, updates[tab.result], EVERYONE, 0.3)
    assert back[tab.result].poses == PEOPLE


def test_references_are_sought_once_for_a_person(tab: PoseTab) -> None:
    updates = tab.follow(RESULT, EVERYONE, None)
    assert updates[tab.sought] is PEOPLE[0] and updates[tab.live].count("<button") == LIVE
    assert tab.live not in tab.follow(RESULT, 1, PEOPLE[0])
    assert tab.live in tab.follow(RESULT, 2, PEOPLE[0])
    assert tab.follow(None, EVERYONE, PEOPLE[0]) == {tab.sought: None, tab.live: live_page()}


def test_an_example_is_no_reference_for_itself_and_each_says_who_made_it() -> None:
    _, found = search_gallery(ReferenceQuery(PEOPLE[:1], "", *SIZE), SearchChoices(SHIPPED), 1)
    pages = [live_references(PEOPLE[0], SIZE, name) for name in ("drawing.png", found[0].entry.name)]
    shown = [re.findall(r'href="([^"]+)"', page) for page in pages]
    assert shown[1][:-1] == shown[0][1:]
    for page in pages:
        titles = re.findall(r'title="([^"]+)"', page)
        assert len(titles) == LIVE and all(titles)
    assert len(re.findall(r"<li>", live_page())) == LIVE, "places are kept free"
