"""The keypoint editor with several people, presets and constraints, and its marks for the eye."""

from collections.abc import Callable

import pytest
from editing import Editing
from playwright.sync_api import Page, expect

from sketchpose.skeleton import INDEX


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return str(serve("tests/browser/editor_app.py").url)  # type: ignore[attr-defined]


@pytest.fixture
def ed(page: Page, url: str) -> Editing:
    return Editing(page, url)


def length(joints: list[list[float]], a: str, b: str) -> float:
    (x0, y0, _), (x1, y1, _) = joints[INDEX[a]], joints[INDEX[b]]
    return float(((x0 - x1) ** 2 + (y0 - y1) ** 2) ** 0.5)


def test_two_people_are_edited_apart(ed: Editing) -> None:
    before = ed.joints(0), ed.joints(1)
    scale = ed.scale()
    ed.drag_joint("right_wrist", 25, 40, person=1)
    got = ed.received()
    assert got["active"] == 1
    x, y = before[1][INDEX["right_wrist"]][:2]
    assert got["persons"][1]["xy"][INDEX["right_wrist"]] == pytest.approx([x + 25 / scale, y + 40 / scale], abs=0.01)
    assert ed.joints(0) == before[0]
    ed.page.locator("#editor .kp-people").select_option("0")
    assert ed.state("ed.doc.active") == 0
    ed.focus()
    ed.press("PageDown")
    assert ed.state("ed.doc.active") == 1


def test_a_box_brings_an_estimated_person_that_can_be_undone(ed: Editing) -> None:
    ed.click("addBox")
    ed.drag(ed.to_screen((820, 300)), ed.to_screen((960, 700)))
    ed.page.wait_for_function("document.querySelector('.kp').parentElement.keypointEditor.doc.persons.length === 3")
    expect(ed.page.locator("#editor .kp-status")).to_have_text("Found a person.")
    joints, got = ed.joints(2), ed.received()
    assert len(got["persons"]) == 3 and got["action"] == "Estimated a person"
    assert 820 < joints[0][0] < 960 and 250 < joints[0][1] < 500
    model = ed.joints(2)
    ed.drag_joint("nose", 10, 10, person=2)
    ed.press("r")
    assert ed.joints(2) == model, "the estimate is what reset goes back to"
    ed.press("Control+z", "Control+z", "Control+z")
    assert ed.state("ed.doc.persons.length") == 2


def test_the_part_on_screen_serves_as_box_for_the_keyboard(ed: Editing) -> None:
    ed.open("bare", 0)
    ed.focus()
    ed.press("Shift+D")
    ed.page.wait_for_function("document.querySelector('.kp').parentElement.keypointEditor.doc.persons.length === 1")


def test_edits_made_while_the_estimate_runs_are_kept(ed: Editing) -> None:
    ed.click("addBox")
    ed.drag(ed.to_screen((820, 300)), ed.to_screen((960, 700)))
    ed.drag_joint("left_wrist", 30, 30)
    moved = ed.joints()[INDEX["left_wrist"]]
    ed.page.wait_for_function("document.querySelector('.kp').parentElement.keypointEditor.doc.persons.length === 3")
    assert ed.joints()[INDEX["left_wrist"]] == moved
    assert ed.received()["persons"][0]["xy"][INDEX["left_wrist"]] == pytest.approx(moved[:2], abs=0.01)


def test_template_order_and_delete(ed: Editing) -> None:
    ed.click("add")
    assert ed.state("ed.doc.persons.length") == 3
    ids = ed.state("ed.doc.persons.map(p => p.id)")
    ed.focus()
    ed.press("Shift+PageUp")
    assert ed.state("ed.doc.persons.map(p => p.id)") == [ids[0], ids[2], ids[1]]
    ed.click("delete")
    assert ed.state("ed.doc.persons.map(p => p.id)") == [ids[0], ids[1]]
    expect(ed.status()).to_contain_text("Ctrl+Z")
    assert len(ed.received()["persons"]) == 2
    ed.click("delete")
    ed.click("delete")
    assert ed.received()["persons"] == []
    expect(ed.page.locator("#editor .kp-notes")).to_contain_text("Add a person")


def test_the_box_follows_the_joints(ed: Editing) -> None:
    ed.drag_joint("left_wrist", 90, 10)
    got = ed.received()["persons"][0]
    xs = [x for x, _ in got["xy"]]
    assert not got["fixed"] and got["box"][2] > max(xs) and got["box"][0] < min(xs)


def test_presets_pose_the_person_in_place(ed: Editing) -> None:
    ed.page.get_by_text("Preset poses").click()
    for name in ("T-pose", "Sitting", "Running"):
        expect(ed.page.get_by_role("button", name=f"Preset pose: {name}", exact=True)).to_be_visible()
    before = ed.joints()
    ed.page.get_by_role("button", name="Preset pose: Arms up").click()
    after = ed.joints()
    assert after[INDEX["left_wrist"]][1] < after[0][1]
    tall = [max(j[1] for j in joints) - min(j[1] for j in joints) for joints in (before, after)]
    assert tall[1] == pytest.approx(tall[0], rel=0.01)


def test_keeping_bone_lengths(ed: Editing) -> None:
    ed.page.get_by_label("Keep bone lengths").check()
    before = ed.joints()
    ed.drag_joint("left_elbow", 70, 30)
    after = ed.joints()
    for a, b in (("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")):
        assert length(after, a, b) == pytest.approx(length(before, a, b), abs=0.01)
    assert after[INDEX["left_wrist"]] != before[INDEX["left_wrist"]]


def test_symmetric_editing(ed: Editing) -> None:
    ed.page.get_by_label("Symmetric editing").check()
    before, scale = ed.joints(), ed.scale()
    ed.drag_joint("left_wrist", 30, -44)
    after = ed.joints()
    left, right = INDEX["left_wrist"], INDEX["right_wrist"]
    assert after[left][:2] == pytest.approx([before[left][0] + 30 / scale, before[left][1] - 44 / scale], abs=0.01)
    assert after[right][:2] == pytest.approx([before[right][0] - 30 / scale, before[right][1] - 44 / scale], abs=0.01)


def test_a_limb_of_improbable_length_is_marked(ed: Editing) -> None:
    marked = ed.page.locator("#editor .kp-figure.kp-active .kp-limb.kp-improbable")
    expect(marked).to_have_count(0)
    ed.drag_joint("left_wrist", 420, 200)
    expect(marked).to_have_count(1)
    expect(ed.page.locator("#editor .kp-notes")).to_contain_text("improbable length: left elbow – left wrist")


def test_left_and_right_differ_in_colour_and_shape(ed: Editing) -> None:
    def look(name: str) -> tuple[str, str]:
        dot = ed.page.locator(f"#editor .kp-joint[data-joint='{INDEX[name]}'][data-person='0'] .kp-dot")
        return dot.get_attribute("d") or "", dot.evaluate("(d) => getComputedStyle(d).fill")

    looks = [look(name) for name in ("left_wrist", "right_wrist", "nose")]
    assert len({shape for shape, _ in looks}) == 3 and len({colour for _, colour in looks}) == 3
    assert looks[0][1] == "rgb(0, 114, 178)" and looks[1][1] == "rgb(213, 94, 0)"


def test_hidden_is_hollow_unlabelled_grey_and_unsure_ringed(ed: Editing) -> None:
    spot = ed.page.locator(f"#editor .kp-joint[data-joint='{INDEX['left_knee']}'][data-person='0']")
    ed.pick("left_knee")
    ed.press("1")
    expect(spot.locator(".kp-dot")).to_have_css("fill", "rgb(255, 255, 255)")
    ed.press("0")
    expect(spot.locator(".kp-dot")).to_have_css("fill", "rgb(154, 154, 154)")
    unsure = ed.page.locator("#editor .kp-active .kp-unsure")
    expect(unsure).to_have_count(1)
    expect(unsure).to_have_attribute("data-joint", str(INDEX["left_wrist"]))
    ed.drag_joint("left_wrist", 10, 10)
    expect(unsure).to_have_count(0)


def test_brightness_contrast_and_opacity_change_the_look_only(ed: Editing) -> None:
    ed.page.locator("#editor summary", has_text="View").click()
    before = ed.joints()
    for option, value in (("brightness", 150), ("contrast", 70), ("opacity", 40)):
        slider = ed.page.locator(f"#editor [data-option={option}]")
        slider.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', { bubbles: true })); }", value)
    image = ed.page.locator("#editor .kp-image")
    expect(image).to_have_css("filter", "brightness(1.5) contrast(0.7)")
    expect(ed.page.locator("#editor .kp-svg > g").first).to_have_css("opacity", "0.4")
    ed.page.get_by_text("Back to normal").click()
    expect(image).to_have_css("filter", "brightness(1) contrast(1)")
    assert ed.joints() == before and ed.state("ed.edits") == 0
