"""The keypoint editor by keyboard alone, and undo over everything it can do."""

import re
from collections.abc import Callable

import pytest
from editing import Editing, received
from playwright.sync_api import Page, expect

from sketchpose.skeleton import INDEX, KEYPOINTS, SWAP


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return str(serve("tests/browser/editor_app.py").url)  # type: ignore[attr-defined]


@pytest.fixture
def ed(page: Page, url: str) -> Editing:
    editing = Editing(page, url)
    editing.focus()
    return editing


def test_a_whole_figure_is_corrected_without_a_mouse(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("tab", name="Editor").wait_for()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    tab_to("[role=tab][aria-selected=false]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#editor .kp-joint")
    tab_to("#editor .kp-stage")
    before = page.evaluate("document.querySelector('.kp').parentElement.keypointEditor.doc.persons[0].joints")
    page.keyboard.press("n")
    page.keyboard.press("p")
    for i in range(17):
        for key in ["Shift+ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"]:
            page.keyboard.press(key)
        if i % 5 == 0:
            page.keyboard.press("1")
        expect(page.locator("#editor .kp-joint:focus")).to_have_attribute("aria-label", spoken(i))
        page.keyboard.press("n")
    page.keyboard.press("Control+s")
    expect(page.locator("#editor .kp-status")).to_have_text("Saved as revision 1.")
    got = received(page, 72)["persons"][0]
    for i in range(17):
        assert got["xy"][i] == pytest.approx([before[i][0] + 9, before[i][1] + 2], abs=0.001), KEYPOINTS[i]
        assert got["v"][i] == (1 if i % 5 == 0 else 2)


def spoken(joint: int) -> re.Pattern[str]:
    return re.compile(f"^{KEYPOINTS[joint].replace('_', ' ')}, person 1, x .*, y .*, (visible|hidden)")


@pytest.mark.parametrize(("key", "visibility"), [("2", 2), ("1", 1), ("0", 0), ("Delete", 0)])
def test_visibility_keys(ed: Editing, key: str, visibility: int) -> None:
    ed.pick("left_knee")
    ed.press("v", key)
    got = ed.received()["persons"][0]
    assert got["v"][INDEX["left_knee"]] == visibility
    if not visibility:
        assert got["xy"][INDEX["left_knee"]] == [0, 0]


@pytest.mark.parametrize(
    ("key", "parts"), [("s", ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")),
                       ("a", ("shoulder", "elbow", "wrist")), ("l", ("hip", "knee", "ankle"))]
)  # fmt: skip
def test_swapping_left_and_right(ed: Editing, key: str, parts: tuple[str, ...]) -> None:
    ed.drag_joint("left_wrist", 33, -20)
    before = ed.joints()
    ed.press(key)
    after = ed.joints()
    for i, name in enumerate(KEYPOINTS):
        swapped = name.split("_")[-1] in parts
        assert after[i] == before[SWAP[i] if swapped else i], name


def test_mirror_copy_and_paste(ed: Editing) -> None:
    ed.drag_joint("left_wrist", 60, -80)
    before = ed.joints()
    middle = min(j[0] for j in before) + max(j[0] for j in before)
    ed.press("m")
    for i, joint in enumerate(ed.joints()):
        assert joint[:2] == pytest.approx([middle - before[SWAP[i]][0], before[SWAP[i]][1]], abs=1e-6)
    ed.press("Control+c", "PageDown", "Control+v")
    mirrored, pasted = ed.joints(0), ed.joints(1)
    assert ed.state("ed.doc.active") == 1

    def shape(joints: list[list[float]]) -> list[float]:
        left, top = min(j[0] for j in joints), min(j[1] for j in joints)
        tall = max(max(j[1] for j in joints) - top, max(j[0] for j in joints) - left)
        return [v for x, y, _ in joints for v in ((x - left) / tall, (y - top) / tall)]

    assert shape(pasted) == pytest.approx(shape(mirrored), abs=1e-6)


def test_reset_goes_back_to_the_model(ed: Editing) -> None:
    model = ed.joints()
    ed.drag_joint("left_wrist", 50, 50)
    ed.drag_joint("nose", -20, 10)
    ed.press("r")
    assert ed.joints()[0] == model[0] and ed.joints()[INDEX["left_wrist"]] != model[INDEX["left_wrist"]]
    ed.press("Shift+R")
    assert ed.joints() == model
    scores = ed.received()["persons"][0]["scores"]
    assert scores[INDEX["left_wrist"]] == pytest.approx(0.2) and scores[0] == pytest.approx(0.8)


def test_turning_and_scaling_a_limb_and_the_person(ed: Editing) -> None:
    ed.pick("left_elbow")
    before = ed.joints()
    ed.press("e", ".")
    changed = {n for n, a, b in zip(KEYPOINTS, before, ed.joints(), strict=True) if a != b}
    assert changed == {"left_elbow", "left_wrist"}
    before = ed.joints()
    ed.press("Alt+e", "Alt+,", "Alt+ArrowLeft")
    assert all(a != b for a, b in zip(before, ed.joints(), strict=True))


def test_the_overlay_hides_while_h_is_held(ed: Editing) -> None:
    ed.pick("nose")
    people = ed.page.locator("#editor .kp-svg > g").first
    ed.page.keyboard.down("h")
    expect(people).to_have_css("opacity", "0")
    ed.page.keyboard.up("h")
    expect(people).to_have_css("opacity", "1")
    expect(ed.page.locator("#editor .kp-joint[data-joint='0'][data-person='0']")).to_be_focused()


def test_the_cheat_sheet_lists_every_command(ed: Editing) -> None:
    ed.press("?")
    sheet = ed.page.locator("#editor dialog.kp-help")
    expect(sheet).to_be_visible()
    for words in (
        "Undo",
        "Save and open the next drawing",
        "Mirror the pose",
        "Hide the overlay while the key is held",
        "Ctrl+Z",
    ):
        expect(sheet).to_contain_text(words)
    expect(sheet.locator("button")).to_be_focused()
    ed.press("Escape")
    expect(sheet).to_be_hidden()
    assert ed.state("ed.edits") == 0


def test_two_hundred_and_more_steps_back_and_some_forth(ed: Editing) -> None:
    ed.pick("left_wrist")
    start = ed.joints()
    ed.press(*["ArrowRight"] * 20)
    twentieth = ed.joints()
    ed.press(*["ArrowUp"] * 190)
    assert ed.joints()[INDEX["left_wrist"]][1] == start[INDEX["left_wrist"]][1] - 190
    ed.press(*["Control+z"] * 210)
    assert ed.joints() == start
    expect(ed.page.locator("#editor [data-command=undo]")).to_be_disabled()
    ed.press(*["Control+Shift+Z"] * 20)
    assert ed.joints() == twentieth
    assert ed.received()["persons"][0]["xy"][INDEX["left_wrist"]] == pytest.approx(twentieth[INDEX["left_wrist"]][:2])


OPERATIONS: dict[str, Callable[[Editing], None]] = {
    "drag": lambda ed: ed.drag_joint("left_wrist", 30, 20),
    "limb": lambda ed: ed.drag_joint("left_elbow", 30, 20, keys=["Shift"]),
    "nudge": lambda ed: ed.press("Shift+ArrowLeft"),
    "visibility": lambda ed: ed.press("1"),
    "unlabelled": lambda ed: ed.press("0"),
    "swap": lambda ed: ed.press("s"),
    "arms": lambda ed: ed.press("a"),
    "mirror": lambda ed: ed.press("m"),
    "turn": lambda ed: ed.press("Alt+e"),
    "move": lambda ed: ed.press("Alt+Shift+ArrowRight"),
    "template": lambda ed: ed.press("i"),
    "reorder": lambda ed: ed.press("Shift+PageUp"),
    "preset": lambda ed: ed.page.locator("#editor .kp-presets button").nth(4).dispatch_event("click"),
    "delete": lambda ed: ed.press("Shift+Delete"),
    "reset": lambda ed: ed.press("Shift+R"),
}


def test_the_keys_go_on_after_everyone_is_deleted(ed: Editing) -> None:
    ed.pick("left_knee")
    ed.press("Shift+Delete")
    left = ed.page.locator("#editor .kp-joint:focus")
    expect(left).to_have_attribute("aria-label", re.compile("^left knee, person 1, "))
    ed.press("Shift+Delete")
    expect(ed.page.locator("#editor .kp-joint")).to_have_count(0)
    expect(ed.page.locator("#editor .kp-stage")).to_be_focused()
    ed.press("Control+z", "Control+z")
    expect(ed.page.locator("#editor .kp-joint")).to_have_count(34)


def test_undo_and_redo_cover_every_operation(ed: Editing) -> None:
    ed.pick("left_knee")
    states = [ed.state("JSON.stringify(ed.doc.persons)")]
    for name, act in OPERATIONS.items():
        act(ed)
        states.append(ed.state("JSON.stringify(ed.doc.persons)"))
        assert states[-1] != states[-2], name
    for state, name in zip(reversed(states[:-1]), reversed(OPERATIONS), strict=True):
        ed.press("Control+z")
        assert ed.state("JSON.stringify(ed.doc.persons)") == state, f"undo of {name}"
    for state, name in zip(states[1:], OPERATIONS, strict=True):
        ed.press("Control+y")
        assert ed.state("JSON.stringify(ed.doc.persons)") == state, f"redo of {name}"


def test_save_and_next_asks_for_the_next_drawing(ed: Editing) -> None:
    ed.open("crowd", 6)
    ed.drag_joint("left_wrist", 10, 10)
    title = ed.page.locator("#editor .kp-title")
    expect(title).to_have_text("crowd.png (unsaved)")
    ed.press("Control+Enter")
    expect(ed.page.locator("#editor .kp-status")).to_contain_text("Saved as revision")
    expect(title).to_have_text("crowd.png")
    assert ed.state("ed.dirty") is False


def test_a_stale_save_is_refused_and_keeps_the_work(page: Page, new_page: Callable[..., Page], url: str) -> None:
    mine, yours = Editing(page, url), Editing(new_page(), url)
    for ed in (mine, yours):
        ed.open("dark", 1)
        ed.drag_joint("nose", 5, 5)
    mine.press("Control+s")
    expect(page.locator("#editor .kp-status")).to_contain_text("Saved as revision 1")
    yours.press("Control+s")
    expect(yours.page.locator("#editor .kp-status")).to_contain_text("Stale: revision 0 is not 1")
    assert yours.state("ed.dirty") is True
    expect(yours.page.locator("#editor .kp-title")).to_have_text("dark.png (unsaved)")


def test_guided_placement_by_click_and_skip(ed: Editing) -> None:
    ed.open("bare", 0)
    ed.click("addGuided")
    prompt = ed.page.locator("#editor .kp-prompt")
    spots = {}
    for i, name in enumerate(KEYPOINTS):
        expect(prompt).to_contain_text(f"{name.replace('_', ' ')} ({i + 1} of 17)")
        expect(ed.page.locator("#editor .kp-which .kp-next")).to_have_count(1)
        if name.endswith("_ear"):
            ed.page.locator("#editor .kp-guide").get_by_text("Skip").click()
            continue
        spots[i] = (120 + 20 * i, 60 + 33 * i)
        if i == 5:
            ed.page.keyboard.down("Shift")
        ed.page.mouse.click(*ed.to_screen(spots[i]))
        ed.page.keyboard.up("Shift")
    expect(prompt).to_be_hidden()
    expect(ed.status()).to_contain_text("2 joints left unlabelled")
    got = ed.received()["persons"][0]
    for i in range(17):
        if i in spots:
            assert got["v"][i] == (1 if i == 5 else 2) and got["xy"][i] == pytest.approx(spots[i], abs=0.01)
        else:
            assert got["v"][i] == 0 and got["xy"][i] == [0, 0]


def test_guided_placement_by_keyboard(ed: Editing) -> None:
    ed.open("bare", 0)
    ed.focus()
    ed.press("Shift+G", "Enter")
    for i in range(17):
        if i == 3:
            ed.press("n")
            continue
        ed.press("Shift+ArrowDown", "ArrowRight", "Enter")
    got = ed.received()["persons"][0]
    assert got["v"] == [2, 2, 2, 0, *[2] * 13]
    xs = [x for (x, _), v in zip(got["xy"], got["v"], strict=True) if v]
    assert [b - a for a, b in zip(xs, xs[1:], strict=False)] == pytest.approx([1] * 15)


def test_going_back_in_the_guide(ed: Editing) -> None:
    ed.open("bare", 0)
    ed.click("addGuided")
    ed.page.mouse.click(*ed.to_screen((300, 60)))
    ed.page.mouse.click(*ed.to_screen((320, 50)))
    ed.page.locator("#editor .kp-guide").get_by_text("Back").click()
    ed.page.mouse.click(*ed.to_screen((330, 55)))
    assert ed.joints()[1][:2] == pytest.approx([330, 55], abs=0.01)
    ed.focus()
    ed.press("Escape")
    expect(ed.page.locator("#editor .kp-guide")).to_be_hidden()


def test_every_change_is_announced(ed: Editing) -> None:
    live = ed.page.locator("#editor .kp-status[role=status][aria-live=polite]")
    ed.pick("left_knee")
    expect(live).to_contain_text("left knee, person 1")
    ed.press("1")
    expect(live).to_contain_text("Visibility: left knee")
    expect(live).to_contain_text("hidden")
    ed.press("Control+z")
    expect(live).to_contain_text("Undone: Visibility")
    ed.press("Control+z")
    expect(live).to_have_text("Nothing to undo.")


def test_typing_in_other_fields_is_left_alone(ed: Editing) -> None:
    ed.page.locator("#editor .kp-people").focus()
    before = ed.joints()
    ed.press("s", "m", "0")
    assert ed.joints() == before
    ed.page.locator("#out textarea").focus()
    ed.press("Control+z", "s", "0")
    assert ed.joints() == before and ed.state("ed.edits") == 0


def test_unsure_joints_are_gone_through_and_confirmed(ed: Editing) -> None:
    wrist, notes, status = (
        INDEX["left_wrist"],
        ed.page.locator("#editor .kp-notes"),
        ed.page.locator("#editor .kp-status"),
    )
    before = ed.joints(), ed.joints(1)
    expect(notes).to_contain_text("1 unsure (U goes there, Space confirms)")
    ed.press("u")
    expect(ed.page.locator("#editor .kp-joint:focus")).to_have_attribute(
        "aria-label", re.compile("^left wrist, person 1")
    )
    ed.press("Space")
    expect(ed.page.locator("#editor .kp-joint:focus")).to_have_attribute(
        "aria-label", re.compile("^left wrist, person 2")
    )
    expect(notes).to_contain_text("1 unsure")
    ed.press("c")
    expect(status).to_have_text("No other joint is unsure.")
    expect(notes).not_to_contain_text("unsure")
    people = ed.received()["persons"]
    assert [person["scores"][wrist] for person in people] == [1, 1] and (ed.joints(), ed.joints(1)) == before
    assert people[0]["scores"][0] == pytest.approx(0.8, abs=1e-3), "only what was looked at"
    ed.press("Shift+C")
    expect(status).to_have_text("Every joint of this person is confirmed.")
    assert set(ed.received()["persons"][1]["scores"]) == {1}
    ed.press("Control+z", "Control+z", "Control+z")
    assert [ed.state(f"ed.doc.persons[{n}].scores[{wrist}]") for n in (0, 1)] == pytest.approx([0.2, 0.2])


def test_space_held_while_dragging_moves_the_picture_and_confirms_nothing(ed: Editing) -> None:
    ed.press("u")
    view = ed.state("ed.view.x")
    ed.drag((500, 500), (540, 500), keys=["Space"])
    assert ed.state("ed.view.x") == pytest.approx(view + 40, abs=1)
    assert ed.state(f"ed.doc.persons[0].scores[{INDEX['left_wrist']}]") == pytest.approx(0.2)
