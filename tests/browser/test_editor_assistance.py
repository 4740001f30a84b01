"""Assisted correction in the browser: one joint is fixed, others would follow, and the annotator decides."""

import re
from collections.abc import Callable

import pytest
from editing import EDITOR, Editing
from playwright.sync_api import Page, expect

from sketchpose.skeleton import INDEX

WRIST, OTHER, KNEE = INDEX["left_wrist"], INDEX["right_wrist"], INDEX["left_knee"]
GHOSTS = "#editor .kp-ghosts .kp-ghost"


@pytest.fixture(scope="module")
def url(serve: Callable[..., object], tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(serve("tests/browser/editor_app.py", str(tmp_path_factory.mktemp("drawings")), "assist").url)  # type: ignore[attr-defined]


@pytest.fixture
def ed(page: Page, url: str) -> Editing:
    return Editing(page, url)


def fix(ed: Editing, number: int = 5) -> list[list[float]]:
    """Drag a joint and wait for the ghosts; returns the joints as they were before."""
    before = ed.joints()
    ed.drag_joint("left_wrist", 30, 20)
    expect(ed.page.locator(GHOSTS)).to_have_count(number)
    return before


def test_ghosts_show_where_others_would_go_and_nothing_moves_before_they_are_taken(ed: Editing) -> None:
    before = fix(ed)
    bar = ed.page.locator("#editor .kp-follow")
    expect(bar).to_contain_text("Legs swapped?")
    assert [i for i, joint in enumerate(ed.joints()) if joint != before[i]] == [WRIST]
    fixed = ed.joints()[WRIST]
    ed.press("Enter")
    expect(ed.page.locator(GHOSTS)).to_have_count(0)
    expect(bar).to_be_hidden()
    after = ed.joints()
    assert after[WRIST] == fixed, "what somebody has fixed stays, to the last bit"
    assert after[OTHER][:2] == pytest.approx([before[OTHER][0] + 40, before[OTHER][1] - 60], abs=0.01)
    assert after[KNEE][:2] == pytest.approx(before[INDEX["right_knee"]][:2], abs=0.01)
    got = ed.received()["persons"][0]["scores"]
    assert got[WRIST] == 1 and got[OTHER] == pytest.approx(0.7), "what followed is not said to be set by hand"


def test_undo_takes_back_the_fix_and_what_followed(ed: Editing) -> None:
    before = fix(ed)
    ed.press("Enter", "Control+z")
    assert ed.joints() == before
    ed.press("Control+Shift+Z")
    assert ed.joints()[OTHER] != before[OTHER]


def test_escape_leaves_the_others_and_undo_takes_ghosts_away(ed: Editing) -> None:
    before = fix(ed)
    ed.press("Escape")
    expect(ed.page.locator(GHOSTS)).to_have_count(0)
    assert ed.joints()[OTHER] == before[OTHER]
    fix(ed)
    ed.press("Control+z", "Control+z")
    expect(ed.page.locator(GHOSTS)).to_have_count(0)
    assert ed.joints() == before


def test_going_on_takes_them_but_for_the_joint_that_is_taken_hold_of(ed: Editing) -> None:
    before = fix(ed)
    x, y = ed.where("right_wrist")
    ed.drag((x, y), (x + 21, y + 13))
    scale, after = ed.scale(), ed.joints()
    assert after[OTHER][:2] == pytest.approx([before[OTHER][0] + 21 / scale, before[OTHER][1] + 13 / scale], abs=0.01)
    assert after[KNEE][:2] == pytest.approx(before[INDEX["right_knee"]][:2], abs=0.01)
    expect(ed.page.locator(GHOSTS)).to_have_count(4)  # both wrists are fixed now
    ed.press("Control+z")
    assert ed.joints()[KNEE] == after[KNEE] and ed.joints()[OTHER] == before[OTHER]
    ed.press("Control+z")
    assert ed.joints() == before


def test_saving_takes_them(ed: Editing) -> None:
    before = fix(ed)
    ed.press("Control+s")
    expect(ed.status()).to_contain_text("Saved as revision")
    assert ed.joints()[OTHER] != before[OTHER]


def test_by_keys_alone_and_switched_off(ed: Editing) -> None:
    ed.focus()
    ed.press("u", "ArrowRight")
    expect(ed.page.locator(GHOSTS)).to_have_count(5)
    expect(ed.status()).to_have_text(re.compile("Legs swapped.* Enter takes it, Escape leaves it"))
    ed.press("Escape")
    box = ed.page.get_by_label("Let other joints follow")
    box.uncheck()
    ed.focus()
    ed.press("ArrowRight")
    ed.received()
    ed.drawn()
    expect(ed.page.locator(GHOSTS)).to_have_count(0)
    box.check()
    ed.focus()
    ed.press("ArrowRight")
    expect(ed.page.locator(GHOSTS)).to_have_count(5)


def test_by_touch(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(has_touch=True, viewport={"width": 420, "height": 860})
    ed = Editing(page, url)
    page.locator("#editor .kp-stage").scroll_into_view_if_needed()
    before = fix(ed)
    page.locator("#editor .kp-follow").get_by_text("Leave").tap()
    expect(page.locator(GHOSTS)).to_have_count(0)
    assert ed.joints()[OTHER] == before[OTHER]
    ed.drag_joint("left_wrist", 5, 5)
    page.locator("#editor .kp-follow").get_by_text("Take").tap()
    page.wait_for_function(f"{EDITOR}.doc.persons[0].scores[{OTHER}] < 0.75")
    assert ed.joints()[OTHER] != before[OTHER]
