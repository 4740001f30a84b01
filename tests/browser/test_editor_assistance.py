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


def test_from_the_first_joint_to_the_save_by_keys_alone(ed: Editing) -> None:
    ed.open("dark", 1)  # the server remembers what is saved: each test that saves has a drawing of its own
    ed.focus()
    before = ed.joints()
    ed.press("u", "Shift+ArrowRight")
    expect(ed.page.locator(GHOSTS)).to_have_count(5)
    ed.press("Enter")
    expect(ed.page.locator(GHOSTS)).to_have_count(0)
    after = ed.joints()
    assert [i for i, joint in enumerate(after) if joint == before[i]] == [
        i for i in range(17) if i not in (WRIST, OTHER, KNEE, INDEX["right_knee"], 15, 16)
    ]
    ed.press("n", "ArrowUp")
    expect(ed.page.locator(GHOSTS)).to_have_count(4)
    ed.press("Escape")
    expect(ed.page.locator(GHOSTS)).to_have_count(0)
    ed.press("Control+s")
    expect(ed.status()).to_contain_text("Saved as revision")


def test_what_is_taken_and_left_is_counted_and_what_follows_by_going_on_is_not(ed: Editing) -> None:
    ed.open("hostile", 1)
    count = "ed.activity.gestures"
    fix(ed)
    assert ed.state(count) == 1
    ed.press("Enter")
    assert ed.state(count) == 2
    ed.press("Control+z")
    fix(ed)
    ed.press("Escape")
    assert ed.state(count) == 5
    fix(ed)
    ed.press("Control+s")
    expect(ed.status()).to_contain_text("Saved as revision")
    ed.page.wait_for_function(f"{EDITOR}.activity.gestures === 0")  # the next revision tells what it takes itself


def fix_by_finger(ed: Editing, dx: float, dy: float) -> None:
    session = ed.page.context.new_cdp_session(ed.page)
    x, y = ed.where("left_wrist")
    for kind, *at in (
        ("touchStart", (x, y)), ("touchMove", (x + dx / 2, y + dy / 2)), ("touchMove", (x + dx, y + dy)), ("touchEnd",)
    ):  # fmt: skip
        points = [{"x": px, "y": py, "id": 1} for px, py in at]  # type: ignore[misc]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def tap(page: Page, word: str) -> None:
    """Tap a button of the ghosts' bar, which goes away: once more where a tap right after a drag did nothing."""
    bar = page.locator("#editor .kp-follow")
    bar.get_by_text(word).tap()
    try:
        expect(bar).to_be_hidden(timeout=20_000)
    except AssertionError:
        bar.get_by_text(word).tap()
        expect(bar).to_be_hidden()


def test_by_touch_alone(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(has_touch=True, viewport={"width": 420, "height": 860})
    ed = Editing(page, url)
    ed.open("large", 1)
    before = ed.joints()
    fix_by_finger(ed, 30, 20)
    expect(page.locator(GHOSTS)).to_have_count(5)
    assert ed.joints()[WRIST] != before[WRIST]
    tap(page, "Leave")
    expect(page.locator(GHOSTS)).to_have_count(0)
    assert ed.joints()[OTHER] == before[OTHER]
    fix_by_finger(ed, 20, 20)
    tap(page, "Take")
    page.wait_for_function(f"{EDITOR}.doc.persons[0].scores[{OTHER}] < 0.75")
    assert ed.joints()[OTHER] != before[OTHER]
    page.locator("#editor [data-command=save]").tap()
    expect(ed.status()).to_contain_text("Saved as revision")
