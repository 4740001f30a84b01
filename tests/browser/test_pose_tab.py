"""The app as a newcomer meets it: drop a drawing, see its skeleton, take it away as a file."""

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dropping import three_people
from editing import set_threshold
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from sketchpose.formats import Notes, read_poses
from sketchpose.skeleton import INDEX

DRAWINGS = Path(__file__).parents[2] / "examples" / "drawings"
SKELETON = "#view svg[role=img]"  # the progress mark is an svg too
STANDING = DRAWINGS / "peeps_stand_PolkaDots.png"


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return serve("app.py").url  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def app(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector(SKELETON)
    page.locator("#pose-more > button").click()
    return page


def joints(page: Page) -> Locator:
    return page.locator(f"{SKELETON} title")


def upload(page: Page, path: Path | FilePayload) -> None:
    """Choose a file and wait until its own pose is shown."""
    before = page.locator(f"{SKELETON} image").get_attribute("href")
    page.locator("#drawing input[type=file]").set_input_files(path)
    page.wait_for_function("b => document.querySelector('#view svg image')?.getAttribute('href') !== b", arg=before)
    page.wait_for_selector(SKELETON)


def download(page: Page, kind: str) -> Path:
    button = page.locator(f"#download-{kind}")
    expect(button).to_be_enabled()
    with page.expect_download() as caught:
        button.click()
    path = caught.value.path()
    return Path(shutil.copy(path, path.with_name(caught.value.suggested_filename)))


def test_an_example_with_its_skeleton_is_there_from_the_start(app: Page) -> None:
    expect(joints(app)).to_have_count(17)
    expect(app.locator("#status")).to_contain_text("1 person")
    expect(app.locator(SKELETON)).to_have_attribute("aria-label", re.compile("^Drawing with 1 skeleton"))


def test_upload_see_download(app: Page) -> None:
    upload(app, STANDING)
    expect(app.locator("#status")).to_contain_text("1 person")
    coco = download(app, "coco")
    assert coco.name == "peeps_stand_PolkaDots_coco.json"
    (image,) = read_poses(coco.read_bytes(), "poses.json", Notes())[0]
    assert (image.picture, image.width, image.height) == ("peeps_stand_PolkaDots.png", *Image.open(STANDING).size)
    height = {name: image.poses[0].keypoints[INDEX[name], 1] for name in ("nose", "left_hip", "left_ankle")}
    assert height["nose"] < height["left_hip"] < height["left_ankle"]
    assert len(read_poses(download(app, "openpose").read_bytes(), "poses.json", Notes())[0][0].poses) == 1
    assert Image.open(download(app, "overlay")).size == Image.open(STANDING).size


def test_examples_answer_at_once(app: Page) -> None:
    before = app.locator(f"{SKELETON} image").get_attribute("href")
    app.locator("#examples img").first.click()
    app.wait_for_function("b => document.querySelector('#view svg image')?.getAttribute('href') !== b", arg=before)
    expect(joints(app)).to_have_count(17)


def test_draw_in_the_page(app: Page) -> None:
    app.get_by_role("tab", name="Draw").click()
    page = app.locator("#page canvas")
    page.wait_for()
    page.scroll_into_view_if_needed()
    box = page.bounding_box()
    assert box is not None

    def stroke(*points: tuple[float, float]) -> None:
        for i, (x, y) in enumerate(points):
            app.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5 if i else 1)
            if i == 0:
                app.mouse.down()
        app.mouse.up()

    stroke(*[(0.5 + 0.06 * math.cos(a), 0.2 + 0.06 * math.sin(a)) for a in np.linspace(0, 6.3, 13).tolist()])
    stroke((0.5, 0.26), (0.5, 0.52))
    stroke((0.3, 0.5), (0.36, 0.4), (0.5, 0.31), (0.64, 0.4), (0.7, 0.3))
    stroke((0.4, 0.85), (0.42, 0.68), (0.5, 0.52), (0.6, 0.66), (0.62, 0.85))
    app.wait_for_function("document.querySelector('#view svg')?.getAttribute('viewBox') === '0 0 768 768'")
    # Only the answer to the last stroke, the legs, has joints so far down.
    marks = "document.querySelectorAll('#view svg :is(circle, polygon)')"
    app.wait_for_function(f"[...{marks}].some((mark) => mark.getBBox().y > 600)")
    expect(app.locator("#live li button")).to_have_count(6)
    (image,) = read_poses(download(app, "coco").read_bytes(), "poses.json", Notes())[0]
    x0, y0, x1, y1 = image.poses[0].box.tolist()
    assert 200 < x0 < 260 and 90 < y0 < 140 and 510 < x1 < 560 and 630 < y1 < 680, "the ink is where it was drawn"
    app.locator("#page .sp-clear").click()
    expect(app.locator("#view")).to_contain_text("The pose appears here")
    expect(app.locator("#page .sp-undo")).to_be_disabled()


def test_a_press_on_a_number_shows_one_person_and_another_press_everyone(app: Page) -> None:
    upload(app, three_people())
    expect(joints(app)).to_have_count(51)
    number = app.locator(".person[data-person='2']")
    number.click()
    expect(joints(app)).to_have_count(17)
    expect(number).to_have_attribute("aria-pressed", "true")
    assert len(json.loads(download(app, "coco").read_text())["annotations"]) == 1
    app.locator("#correct-this").click()
    expect(app.locator("#correct-editor .kp-people")).to_have_value("1")
    expect(app.locator("#correct-editor .kp-people option")).to_have_count(3)
    app.get_by_role("tab", name="Pose", exact=True).click()
    number.press("Enter")
    expect(joints(app)).to_have_count(51)
    expect(number).to_be_focused()


def test_a_false_person_is_taken_out_everywhere_and_brought_back_by_keyboard(app: Page) -> None:
    upload(app, three_people())
    expect(joints(app)).to_have_count(51)
    app.locator(".person").nth(1).focus()
    app.keyboard.press("Tab")
    app.keyboard.press("Enter")
    expect(joints(app)).to_have_count(34)
    expect(app.locator("#status")).to_contain_text("2 people of the 3 found")
    back = app.locator(".person-back")
    expect(back).to_be_focused()
    assert len(json.loads(download(app, "coco").read_text())["annotations"]) == 2
    app.get_by_role("tab", name="Draw").click()
    expect(app.locator("#view")).to_contain_text("The pose appears here")
    app.get_by_role("tab", name="Upload").click()
    expect(joints(app)).to_have_count(34)
    app.locator("#correct-this").click()
    expect(app.locator("#correct-editor .kp-people option")).to_have_count(2)
    app.get_by_role("tab", name="Pose", exact=True).click()
    app.locator("#pose-find").click()
    expect(app.locator("#reference-person label")).to_have_count(2)
    app.get_by_role("tab", name="Pose", exact=True).click()
    back.press("Enter")
    expect(joints(app)).to_have_count(51)
    expect(app.locator("#status")).to_contain_text("3 people")


def test_references_follow_the_drawing_and_lead_to_all_of_them(app: Page) -> None:
    found = app.locator("#live li button")
    expect(found).to_have_count(6)
    first = app.locator("#live ul").inner_html()
    place = app.locator("#live").bounding_box()
    upload(app, DRAWINGS / "peeps_sit_CrossedLegs.png")
    app.wait_for_function("b => document.querySelector('#live ul').innerHTML !== b", arg=first)
    expect(found).to_have_count(6)
    assert all((found.nth(i).get_attribute("title") or "") for i in range(6)), "each says who made it"
    assert app.locator("#live").bounding_box() == place, "nothing has moved"
    found.first.click()
    expect(app.get_by_role("tab", name="References", exact=True)).to_have_attribute("aria-selected", "true")
    expect(app.locator("#references .rf-asked")).to_have_text("peeps_sit_CrossedLegs.png")


def test_without_a_person_there_are_no_references(app: Page) -> None:
    expect(app.locator("#live li button")).to_have_count(6)
    app.get_by_role("tab", name="Draw").click()
    expect(app.locator("#live li button")).to_have_count(0)
    expect(app.locator("#live")).to_contain_text("References appear with the pose.")
    expect(app.locator("#live li")).to_have_count(6)


def test_the_skeleton_lies_over_what_is_drawn(app: Page) -> None:
    app.get_by_role("tab", name="Draw").click()
    page = app.locator("#page canvas")
    box = page.bounding_box()
    assert box is not None
    app.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    app.mouse.down()
    app.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8, steps=4)
    app.mouse.up()
    expect(app.locator(SKELETON)).to_have_attribute("viewBox", "0 0 768 768")
    over = app.locator(SKELETON).bounding_box()
    assert over is not None and over == pytest.approx(box, abs=1.5)
    expect(app.locator("#live li button")).to_have_count(6)


def test_a_high_threshold_makes_every_joint_uncertain(app: Page) -> None:
    hollow = "#view svg :is(circle, polygon)[fill='#fff']"
    before = app.locator(hollow).count()
    set_threshold(app, "0.9")  # by now the section stands still
    slider = app.locator("#threshold input[type=range]")
    slider.focus()
    slider.press("End")
    app.wait_for_function(f'document.querySelectorAll("{hollow}").length === 17')
    assert before < 17


def test_a_threshold_typed_out_of_range_is_told_with_its_limits(app: Page) -> None:
    set_threshold(app, "7")
    expect(app.locator(".toast-body")).to_contain_text(
        "'Uncertain below this confidence' is 7: give a number from 0 to 1."
    )
    expect(joints(app)).to_have_count(17)


def test_correct_this_carries_picture_and_pose_over(app: Page) -> None:
    upload(app, STANDING)
    (image,) = read_poses(download(app, "coco").read_bytes(), "poses.json", Notes())[0]
    app.locator("#correct-this").click()
    expect(app.locator("#correct-editor")).to_contain_text(STANDING.name)
    expect(app.locator("#correct-editor")).to_contain_text("17 of 17 joints labelled")
    with app.expect_download() as caught:
        app.locator("#export-coco").click()
    (carried,) = read_poses(caught.value.path().read_bytes(), "poses.json", Notes())[0]
    np.testing.assert_array_equal(carried.poses[0].keypoints, image.poses[0].keypoints)


def test_the_whole_editor_is_in_sight_without_scrolling(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(viewport={"width": 1366, "height": 900})
    page.goto(url)
    page.wait_for_selector(SKELETON)
    page.locator("#correct-this").click()
    expect(page.locator("#correct-editor .kp-stage")).to_be_focused()
    stage = page.locator("#correct-editor .kp-stage").bounding_box()
    assert stage is not None and stage["height"] > 900 * 0.65 and stage["y"] + stage["height"] < 900
    expect(page.locator("#correct-editor .kp-status")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_on_a_phone_the_drawing_comes_first_and_the_tools_are_icons_at_the_lower_edge(
    new_page: Callable[..., Page], url: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(url)
    page.wait_for_selector(SKELETON)
    page.locator("#correct-this").tap()
    expect(page.locator("#correct-editor .kp-stage")).to_be_focused()
    expect(page.locator("#correct-editor .kp-stage")).to_be_in_viewport(ratio=0.95)
    bar = "#correct-editor .kp-bar"
    page.wait_for_function(
        "bar => Math.abs(document.querySelector(bar).getBoundingClientRect().bottom - innerHeight) < 2", arg=bar
    )
    undo = page.locator(bar).get_by_role("button", name="Undo")
    expect(undo.locator("svg")).to_be_visible()
    box = undo.bounding_box()
    assert box is not None and box["width"] < 60, "an icon, its word for screen readers only"


def test_on_a_phone_a_row_of_references_is_in_sight_with_the_drawing(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(url)
    page.wait_for_selector(SKELETON)
    page.wait_for_selector("#live li svg")
    for place in (SKELETON, "#live p", "#live li >> nth=0", "#live li >> nth=2"):
        expect(page.locator(place)).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") == 0
    drawing = page.locator(SKELETON).bounding_box()
    assert drawing is not None and drawing["height"] > 300


def test_after_correct_this_the_keys_work_at_once(app: Page) -> None:
    app.locator("#correct-this").click()
    expect(app.locator("#correct-editor")).to_contain_text("17 of 17 joints labelled")
    app.wait_for_function("document.activeElement?.closest('#correct-editor')")
    app.keyboard.press("Control+s")
    expect(app.locator("#correct-editor .kp-status")).to_contain_text("as revision 1")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("letter.png", b"dear reader", "not a picture that can be read"),
        ("empty.png", b"", "is empty"),
        ("cut.png", STANDING.read_bytes()[:2000], "cut off or damaged"),
    ],
)
def test_a_bad_picture_is_explained_once_and_nothing_of_the_last_one_remains(
    app: Page, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    app.locator("#drawing input[type=file]").set_input_files(tmp_path / name)
    expect(app.locator("#view")).to_contain_text(message)
    expect(app.locator(".toast-body")).to_have_count(1)
    expect(app.locator(".toast-body")).to_contain_text(message)
    expect(app.locator(SKELETON)).to_have_count(0)
    expect(app.locator("#status")).to_have_text("")
    for button in ("#correct-this", "#download-coco", "#download-openpose", "#download-overlay"):
        expect(app.locator(button)).to_be_disabled()


def test_a_hostile_file_name_is_only_text(app: Page, tmp_path: Path) -> None:
    hostile = tmp_path / "{{1+1}}${alert(1)}<img src=x onerror=alert(1)>.png"
    shutil.copy(STANDING, hostile)
    dialogs: list[str] = []
    app.on("dialog", lambda dialog: dialogs.append(dialog.message))
    upload(app, hostile)
    expect(joints(app)).to_have_count(17)
    expect(app.locator("img[src=x]")).to_have_count(0)
    assert not dialogs


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}, "has_touch": True}],
    ids=["dark", "phone"],
)
def test_dark_and_phone_show_the_skeleton_without_sideways_scrolling(
    new_page: Callable[..., Page], url: str, options: dict[str, object]
) -> None:
    page = new_page(**options)
    page.goto(url)
    page.wait_for_selector(SKELETON)
    expect(joints(page)).to_have_count(17)
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
