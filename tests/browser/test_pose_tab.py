"""The app as a newcomer meets it: drop a drawing, see its skeleton, take it away as a file."""

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

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
    return page


def joints(page: Page) -> Locator:
    return page.locator(f"{SKELETON} title")


def upload(page: Page, path: Path) -> None:
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
    (image,) = read_poses(download(app, "coco").read_bytes(), "poses.json", Notes())[0]
    x0, y0, x1, y1 = image.poses[0].box.tolist()
    assert 200 < x0 < 260 and 90 < y0 < 140 and 510 < x1 < 560 and 630 < y1 < 680, "the ink is where it was drawn"
    app.locator("#page .sp-clear").click()
    expect(app.locator("#view")).to_contain_text("The pose appears here")
    expect(app.locator("#page .sp-undo")).to_be_disabled()


def test_several_people_one_at_a_time(app: Page, tmp_path: Path) -> None:
    names = ("stand_PolkaDots", "stand_PointingFingerWB", "stand_CrossedArmsWB")
    figures = [np.array(Image.open(DRAWINGS / f"peeps_{n}.png").convert("RGB").resize((330, 768))) for n in names]
    Image.fromarray(np.concatenate(figures, 1)).save(tmp_path / "three.png")
    upload(app, tmp_path / "three.png")
    app.wait_for_function("document.querySelectorAll('#view svg title').length === 51")
    app.get_by_role("radio", name="Person 2").check()
    app.wait_for_function("document.querySelectorAll('#view svg title').length === 17")
    assert len(json.loads(download(app, "coco").read_text())["annotations"]) == 1


def test_a_high_threshold_makes_every_joint_uncertain(app: Page) -> None:
    hollow = "#view svg :is(circle, polygon)[fill='#fff']"
    before = app.locator(hollow).count()
    slider = app.locator("#threshold input[type=range]")
    slider.focus()
    slider.press("End")
    app.wait_for_function(f'document.querySelectorAll("{hollow}").length === 17')
    assert before < 17


def test_a_threshold_typed_out_of_range_is_told_with_its_limits(app: Page) -> None:
    app.locator("#threshold input[type=number]").fill("7")
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
