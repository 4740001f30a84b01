"""The keypoint editor under mouse and touch, in real Chromium."""

from collections.abc import Callable, Iterator

import pytest
from editing import EDITOR, Editing
from playwright.sync_api import CDPSession, Page, expect

from sketchpose.skeleton import INDEX, KEYPOINTS


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return str(serve("tests/browser/editor_app.py").url)  # type: ignore[attr-defined]


@pytest.fixture
def ed(page: Page, url: str) -> Editing:
    return Editing(page, url)


def moved(before: list[list[float]], after: list[list[float]]) -> set[str]:
    return {name for name, a, b in zip(KEYPOINTS, before, after, strict=True) if a != b}


@pytest.mark.parametrize("zoom", [1, 4, 0.3])
def test_a_drag_arrives_in_python_exactly(ed: Editing, zoom: float) -> None:
    before = ed.joints()
    x, y = before[INDEX["left_wrist"]][:2]
    ed.zoom_to(zoom, (x, y))
    # Taken three pixels beside its middle: it must keep that distance, not jump to the pointer.
    start = ed.where("left_wrist")
    ed.drag((start[0] + 3, start[1] - 2), (start[0] + 3 + 41, start[1] - 2 - 17))
    got = ed.received()["persons"][0]
    assert got["xy"][INDEX["left_wrist"]] == pytest.approx([x + 41 / zoom, y - 17 / zoom], abs=0.01)
    assert got["v"][INDEX["left_wrist"]] == 2
    assert moved(before, ed.joints()) == {"left_wrist"}


def test_a_drag_on_a_3000_px_drawing_is_exact(ed: Editing) -> None:
    ed.open("large", 1)
    before = ed.joints()
    scale = ed.scale()
    ed.drag_joint("right_ankle", -37, -53)
    got = ed.received()["persons"][0]["xy"][INDEX["right_ankle"]]
    x, y = before[INDEX["right_ankle"]][:2]
    assert scale < 0.3 and got == pytest.approx([x - 37 / scale, y - 53 / scale], abs=0.01)


def test_the_nearest_joint_wins_within_14_px(ed: Editing) -> None:
    before = ed.joints()
    x, y = ed.where("left_elbow")
    ed.drag((x + 9, y + 9), (x + 39, y + 9))
    assert moved(before, ed.joints()) == {"left_elbow"}
    nose, eye = ed.where("nose"), ed.where("left_eye")
    before = ed.joints()
    nearer = (eye[0] * 0.6 + nose[0] * 0.4, eye[1] * 0.6 + nose[1] * 0.4)
    ed.drag(nearer, (nearer[0] + 30, nearer[1] - 30))
    assert moved(before, ed.joints()) == {"left_eye"}


def test_a_click_selects_and_changes_nothing(ed: Editing) -> None:
    ed.pick("right_knee")
    assert ed.state("[ed.joint, ed.edits]") == [INDEX["right_knee"], 0]
    expect(ed.status()).to_contain_text("right knee")


def test_a_joint_stops_at_the_edge_unrounded(ed: Editing) -> None:
    ed.drag_joint("left_wrist", 2000, 11)
    got = ed.received()["persons"][0]["xy"][INDEX["left_wrist"]]
    assert got[0] == 1000 and got[1] != round(got[1])


def test_dragging_a_limb_takes_what_hangs_below(ed: Editing) -> None:
    before = ed.joints()
    (ax, ay), (bx, by) = ed.where("left_shoulder"), ed.where("left_elbow")
    middle = ((ax + bx) / 2, (ay + by) / 2)
    ed.drag(middle, (middle[0] + 40, middle[1] - 10))
    assert moved(before, ed.joints()) == {"left_shoulder", "left_elbow", "left_wrist"}


def test_dragging_the_trunk_moves_the_person(ed: Editing) -> None:
    before, scale = ed.joints(), ed.scale()
    (ax, ay), (bx, by) = ed.where("left_shoulder"), ed.where("left_hip")
    ed.drag(((ax + bx) / 2, (ay + by) / 2), ((ax + bx) / 2 + 60, (ay + by) / 2 + 20))
    for old, new in zip(before, ed.joints(), strict=True):
        assert new[:2] == pytest.approx([old[0] + 60 / scale, old[1] + 20 / scale], abs=0.01)
    assert moved(ed.joints(1), ed.joints(1)) == set()


def test_shift_and_drag_turns_and_scales_a_limb_about_its_parent(ed: Editing) -> None:
    before = ed.joints()
    ed.drag_joint("left_elbow", 80, -60, keys=["Shift"])
    after = ed.joints()
    assert moved(before, after) == {"left_elbow", "left_wrist"}

    def length(joints: list[list[float]], a: str, b: str) -> float:
        (x0, y0, _), (x1, y1, _) = joints[INDEX[a]], joints[INDEX[b]]
        return float(((x0 - x1) ** 2 + (y0 - y1) ** 2) ** 0.5)

    upper = length(after, "left_shoulder", "left_elbow") / length(before, "left_shoulder", "left_elbow")
    lower = length(after, "left_elbow", "left_wrist") / length(before, "left_elbow", "left_wrist")
    assert lower == pytest.approx(upper, abs=1e-4) and upper != pytest.approx(1, abs=0.01)


def test_the_frame_turns_and_scales_the_whole_person(ed: Editing) -> None:
    ed.click("frame")
    before, box = ed.joints(), ed.state("ed.doc.persons[0].box")
    corner, far = ed.to_screen(box[2:]), ed.to_screen(box[:2])
    half = ((corner[0] + far[0]) / 2, (corner[1] + far[1]) / 2)
    ed.drag(corner, half)
    for old, new in zip(before, ed.joints(), strict=True):
        assert new[:2] == pytest.approx([(old[0] + box[0]) / 2, (old[1] + box[1]) / 2], abs=0.5)
    assert ed.received()["action"] == "Scaled the person"
    before = ed.joints()
    x, y = ed.state(
        "(() => { const b = ed.doc.persons[0].box; return [(b[0] + b[2]) / 2, b[1] - 28 / ed.view.scale]; })()"
    )
    knob = ed.to_screen((x, y))
    ed.drag(knob, (knob[0] + 40, knob[1]))
    assert len(moved(before, ed.joints())) == 17 and ed.received()["action"] == "Turned the person"


def test_box_handles_set_the_box_by_hand(ed: Editing) -> None:
    ed.click("box")
    box, scale = ed.state("ed.doc.persons[0].box"), ed.scale()
    ed.drag(ed.to_screen(box[:2]), (ed.to_screen(box[:2])[0] - 30, ed.to_screen(box[:2])[1] + 12))
    got = ed.received()["persons"][0]
    assert got["fixed"] and got["box"] == pytest.approx([box[0] - 30 / scale, box[1] + 12 / scale, *box[2:]], abs=0.01)
    ed.drag_joint("left_wrist", 30, 30)
    assert ed.received()["persons"][0]["box"] == got["box"]


def test_the_wheel_zooms_round_the_pointer_once_the_editor_is_in_use(ed: Editing) -> None:
    x, y = (round(v) for v in ed.where("nose"))  # wheel events come at whole pixels
    fitted = ed.scale()
    ed.page.mouse.move(x, y)
    ed.page.mouse.wheel(0, -30)
    expect(ed.page.locator("#editor .kp-status")).to_contain_text("hold Ctrl")
    assert ed.scale() == fitted, "a page that scrolls past is not caught"
    ed.page.mouse.click(x, y)
    before = ed.where("nose")
    ed.page.mouse.wheel(0, -300)
    ed.page.wait_for_function(f"{EDITOR}.view.scale > {fitted * 1.3}")
    grown = ed.scale() / fitted
    expected = (x + (before[0] - x) * grown, y + (before[1] - y) * grown)
    assert ed.where("nose") == pytest.approx(expected, abs=0.01)


def test_the_background_pans_and_fit_shows_all_again(ed: Editing) -> None:
    fitted = ed.state("ed.view")
    corner = ed.to_screen((970, 780))
    ed.drag(corner, (corner[0] - 80, corner[1] - 50))
    assert ed.state("ed.view.x") == pytest.approx(fitted["x"] - 80)
    assert ed.state("ed.edits") == 0
    ed.click("fit")
    assert ed.state("ed.view") == fitted


def test_an_off_canvas_joint_is_seen_and_brought_back(ed: Editing) -> None:
    ed.open("away", 1)
    expect(ed.page.locator("#editor .kp-notes")).to_contain_text("1 outside the picture")
    assert ed.joints()[INDEX["left_wrist"]][0] == -60
    ed.click("bring")
    assert ed.received()["persons"][0]["xy"][INDEX["left_wrist"]] == [0, 300]
    ed.page.keyboard.press("Control+z")
    scale = ed.scale()
    ed.drag_joint("left_wrist", 30, 0)
    assert ed.received()["persons"][0]["xy"][INDEX["left_wrist"]] == pytest.approx([30 / scale, 300], abs=0.01)


def test_the_right_button_goes_round_the_visibilities(ed: Editing) -> None:
    x, y = ed.where("left_knee")
    for edit, expected in enumerate((1, 0, 2), 1):
        ed.page.mouse.click(x, y, button="right")
        assert ed.received(edit)["persons"][0]["v"][INDEX["left_knee"]] == expected


def test_the_magnifier_shows_while_dragging(ed: Editing) -> None:
    lens = ed.page.locator("#editor .kp-lens")
    expect(lens).to_be_hidden()
    x, y = ed.where("left_wrist")
    ed.page.mouse.move(x, y)
    ed.page.mouse.down()
    ed.page.mouse.move(x + 20, y + 20)
    expect(lens).to_be_visible()
    ed.page.wait_for_function(
        "(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 0 && v < 130))"
        "(document.querySelector('#editor .kp-lens'))"
    )
    ed.page.mouse.up()
    expect(lens).to_be_hidden()


def test_the_loupe_lightens_dark_drawings(ed: Editing) -> None:
    ed.open("dark", 1)
    ed.focus()
    ed.press("w")
    ed.page.mouse.move(*ed.where("left_hip"))
    lens = ed.page.locator("#editor .kp-lens")
    expect(lens).to_have_attribute("data-dark", "yes")
    pixels = "(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((v, i) => i % 4 === 1)"
    shown = lens.evaluate(pixels)
    assert min(shown) < 60 and sorted(shown)[len(shown) // 2] > 200, "dark grey on black shows as black on white"
    ed.press("w")
    expect(lens).to_be_hidden()
    ed.open("two", 2)
    ed.focus()
    ed.press("w")
    ed.page.mouse.move(*ed.to_screen((500, 700)))
    expect(lens).to_have_attribute("data-dark", "no")


def test_joint_names_show_on_hover(ed: Editing) -> None:
    tip = ed.page.locator("#editor .kp-tip")
    ed.page.mouse.move(*ed.where("left_wrist"))
    expect(tip).to_have_text("left wrist · 20 %")
    ed.page.mouse.move(*ed.to_screen((980, 20)))
    expect(tip).to_be_hidden()


@pytest.fixture
def touch(new_page: Callable[..., Page], url: str) -> Iterator[tuple[Editing, CDPSession]]:
    page = new_page(has_touch=True, viewport={"width": 420, "height": 860})
    editing = Editing(page, url)
    page.locator("#editor .kp-stage").scroll_into_view_if_needed()
    yield editing, page.context.new_cdp_session(page)


def touches(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    found = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})


def test_a_finger_moves_a_joint_from_further_away(touch: tuple[Editing, CDPSession]) -> None:
    ed, session = touch
    before, scale = ed.joints(), ed.scale()
    x, y = ed.where("left_wrist")
    touches(session, "touchStart", (x + 20, y + 4))
    touches(session, "touchMove", (x + 40, y + 10))
    touches(session, "touchMove", (x + 50, y + 34))
    touches(session, "touchEnd")
    got = ed.received(1)["persons"][0]["xy"][INDEX["left_wrist"]]
    bx, by = before[INDEX["left_wrist"]][:2]
    assert got == pytest.approx([bx + 30 / scale, by + 30 / scale], abs=0.01)


def test_two_fingers_zoom_round_their_middle_and_leave_the_pose_alone(touch: tuple[Editing, CDPSession]) -> None:
    ed, session = touch
    before, scale = ed.joints(), ed.scale()
    x, y = ed.where("left_hip")
    touches(session, "touchStart", (x - 30, y))
    touches(session, "touchStart", (x - 30, y), (x + 30, y))
    touches(session, "touchMove", (x - 45, y), (x + 45, y))
    touches(session, "touchMove", (x - 60, y), (x + 60, y))
    touches(session, "touchEnd")
    ed.page.wait_for_function(f"Math.abs({EDITOR}.view.scale / {scale} - 2) < 2e-3")
    assert ed.where("left_hip") == pytest.approx((x, y), abs=0.5)
    assert ed.joints() == before and ed.state("ed.edits") == 0
