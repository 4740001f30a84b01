"""The Correct tab in the browser: from an estimated pose, or from files, to saved revisions and exported poses."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from editing import EDITOR, Editing
from PIL import Image
from playwright.sync_api import Page, expect

from sketchpose.dataset import Dataset
from sketchpose.formats import Notes, read_poses
from sketchpose.skeleton import INDEX


class Correcting(Editing):
    """The editor of ``correct_app.py`` in a page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)

    def wait_for(self, name: str, persons: int) -> None:
        self.page.wait_for_function(
            f"document.querySelector('.kp') && {EDITOR}.doc && {EDITOR}.host.props.value.name === {json.dumps(name)}"
            f" && {EDITOR}.doc.persons.length === {persons} && {EDITOR}.fitted && {EDITOR}.image.complete"
        )
        self.page.locator(".kp-stage").scroll_into_view_if_needed()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("correct")


@pytest.fixture(scope="module")
def started(serve: Callable[..., Any], folder: Path) -> Any:
    return serve("tests/browser/correct_app.py", str(folder))


@pytest.fixture
def server(started: Any) -> Any:
    """The server, on which nothing is saved yet."""
    shutil.rmtree(saved(started).layout.revisions, ignore_errors=True)
    return started


@pytest.fixture
def ed(page: Page, server: Any) -> Correcting:
    page.on("dialog", lambda dialog: dialog.accept())
    return Correcting(page, server.url)


def carry(ed: Correcting) -> Correcting:
    ed.page.locator("#correct-this").click()
    ed.wait_for("pose.png", 2)
    return ed


@pytest.fixture
def carried(ed: Correcting) -> Correcting:
    return carry(ed)


def saved(server: Any) -> Dataset:
    return Dataset(Path(server._environment["SKETCHPOSE_HOME"]) / "dataset")


def test_correct_this_carries_picture_and_poses_and_saving_keeps_the_original(
    page: Page, server: Any, folder: Path
) -> None:
    page.clock.install()
    carried = carry(Correcting(page, server.url))
    expect(carried.page.get_by_role("tab", name="Correct")).to_have_attribute("aria-selected", "true")
    page.clock.fast_forward(5_000)  # at work
    carried.drag_joint("left_wrist", 30, -40)
    moved = carried.joints()[INDEX["left_wrist"]][:2]
    carried.press("Control+s")
    expect(carried.status()).to_have_text("Saved pose.png as revision 1.")
    dataset = saved(server)
    (entry,) = dataset.entries()
    revision = dataset.read(entry.id)
    assert revision.persons[0].pose.keypoints[INDEX["left_wrist"]].tolist() == pytest.approx(moved, abs=1e-4)
    assert dataset.image_path(entry).read_bytes() == (folder / "pose.png").read_bytes()
    assert revision.gestures == 1 and revision.seconds >= 5


def drawings(folder: Path) -> list[str]:
    paths = [folder / f"{name}.png" for name in ("first", "second & <b>bold")]
    for i, path in enumerate(paths):
        Image.new("RGB", (400 + 100 * i, 500), "white").save(path)
    return [str(path) for path in paths]


def choose(ed: Correcting, button: str, files: str | list[str]) -> None:
    with ed.page.expect_file_chooser() as chooser:
        ed.page.locator(button).click()
    chooser.value.set_files(files)


def open_files(ed: Correcting, files: list[str]) -> None:
    ed.page.get_by_role("tab", name="Correct").click()
    ed.page.locator("#open-files").wait_for()
    choose(ed, "#open-files", files)


def test_drawings_in_a_row(ed: Correcting, server: Any, tmp_path: Path) -> None:
    open_files(ed, drawings(tmp_path))
    ed.wait_for("first.png", 1)
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 1 of 2")
    ed.drag_joint("left_wrist", 10, 10)
    ed.press("Control+Enter")
    ed.page.wait_for_function(f"{EDITOR}.doc.width === 500 && !{EDITOR}.dirty")
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 2 of 2")
    assert ed.state("[ed.host.props.value.revision, ed.history.past.length, ed.edits]") == [0, 0, 0]
    expect(ed.page.locator(".kp-title")).to_contain_text("second")
    expect(ed.page.locator(".kp-title b")).to_have_count(0)
    ed.drag_joint("left_wrist", 10, 10)
    ed.press("Control+Enter")
    expect(ed.status()).to_contain_text("as revision 1. 2 of 2 drawings are saved. Thank you!")
    assert "first.png" in {entry.name for entry in saved(server).entries()}
    ed.page.reload()
    expect(ed.page.locator(".kp-draft")).to_be_hidden()


def test_exports_hold_what_is_on_screen_and_import_again(carried: Correcting, tmp_path: Path) -> None:
    carried.drag_joint("left_wrist", 25, 25)
    on_screen = np.array(carried.joints(), np.float32)
    paths = {}
    for kind in ("coco", "openpose", "svg"):
        with carried.page.expect_download() as download:
            carried.page.locator(f"#export-{kind}").click()
        paths[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(paths[kind])
    coco = read_poses(paths["coco"].read_bytes(), "poses.json", Notes())[0][0]
    assert np.array_equal(coco.poses[0].keypoints, on_screen[:, :2]) and len(coco.poses) == 2
    assert coco.picture == "pose.png" and (coco.width, coco.height) == (700, 900)
    openpose = read_poses(paths["openpose"].read_bytes(), "poses.json", Notes())[0][0]
    assert np.array_equal(openpose.poses[0].keypoints, on_screen[:, :2])
    assert paths["svg"].read_text().startswith("<svg")
    carried.page.locator(".kp-stage").focus()
    carried.press("Shift+R", "Shift+Delete")
    choose(carried, "#import-poses", str(paths["openpose"]))
    expect(carried.status()).to_contain_text("Imported 2 people")
    assert np.array(carried.joints(), np.float32)[:, :2] == pytest.approx(on_screen[:, :2], abs=1e-4)
    carried.page.locator(".kp-stage").focus()
    carried.press("Control+z")
    assert carried.state("ed.doc.persons.length") == 1


def test_a_wrong_file_is_refused_in_words_and_nothing_changes(carried: Correcting, tmp_path: Path) -> None:
    path = tmp_path / "poses.json"
    path.write_text('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}')
    before = carried.joints()
    choose(carried, "#import-poses", str(path))
    expect(carried.status()).to_contain_text("must hold 25 or 18 joints as x, y, confidence")
    assert carried.joints() == before


def test_a_box_is_estimated_inside_and_everyone_again(carried: Correcting) -> None:
    carried.click("addBox")
    carried.drag(carried.to_screen((420, 200)), carried.to_screen((640, 700)))
    carried.page.wait_for_function(f"{EDITOR}.doc.persons.length === 3")
    nose = carried.joints(2)[0]
    assert nose[0] == pytest.approx(530, abs=3) and 200 < nose[1] < 300
    carried.page.locator("#estimate-all").click()
    carried.page.wait_for_function(f"{EDITOR}.doc.persons.length === 1")
    expect(carried.status()).to_contain_text("Found 1 person")


def test_work_saved_elsewhere_is_not_overwritten(
    carried: Correcting, server: Any, new_page: Callable[..., Page]
) -> None:
    carried.drag_joint("nose", 3, 3)
    other = Correcting(new_page(), server.url)
    other.page.locator("#correct-this").click()
    other.wait_for("pose.png", 2)
    other.drag_joint("nose", 30, 3)
    other.press("Control+s")
    expect(other.status()).to_contain_text("Saved pose.png as revision")
    carried.press("Control+s")
    expect(carried.status()).to_contain_text("both versions are kept")
    assert len(saved(server).conflicts()) == 1


def test_work_on_an_erased_revision_is_restored_as_the_refusal_says(carried: Correcting, server: Any) -> None:
    carried.drag_joint("nose", 3, 3)
    carried.press("Control+s")
    expect(carried.status()).to_contain_text("as revision 1")
    shutil.rmtree(saved(server).layout.revisions)
    carried.drag_joint("nose", 3, 3)
    carried.press("Control+s")
    expect(carried.status()).to_contain_text("gone from the dataset: open the drawing again")
    assert carried.state("ed.dirty") is True
    carried.page.get_by_role("tab", name="Pose").click()
    carried.page.locator("#correct-this").click()
    banner = carried.page.locator(".kp-draft")
    expect(banner).to_contain_text("Unsaved work on pose.png")
    banner.get_by_text("Restore").click()
    expect(carried.status()).to_contain_text("restored")
    carried.page.locator(".kp-stage").focus()
    carried.press("Control+s")
    expect(carried.status()).to_contain_text("Saved pose.png as revision")


def test_what_nobody_expected_is_told_in_a_sentence(ed: Correcting, server: Any, tmp_path: Path) -> None:
    Image.new("RGB", (60, 80), "white").save(tmp_path / "tiny.png")
    open_files(ed, [str(tmp_path / "tiny.png")])
    expect(ed.page.locator(".toast-body")).to_contain_text("The app failed, and it is not your fault: try again")
    assert "KeyError" in server.log()


def test_the_place_in_the_queue_comes_back_after_a_reload_and_the_queue_goes_on(ed: Correcting, tmp_path: Path) -> None:
    place, banner = ed.page.locator(".kp-place"), ed.page.locator(".kp-draft")
    paths = [tmp_path / f"{name}.png" for name in ("one", "two", "three")]
    for i, path in enumerate(paths):
        Image.new("RGB", (400 + 100 * i, 500), "white").save(path)
    open_files(ed, [str(path) for path in paths])
    ed.wait_for("one.png", 1)
    ed.focus()
    ed.press("Control+Enter")
    ed.wait_for("two.png", 1)
    expect(place).to_have_text("Drawing 2 of 3")

    def come_back(words: str) -> None:
        ed.page.reload()
        ed.page.get_by_role("tab", name="Correct").click()
        expect(banner).to_contain_text(words)
        banner.get_by_text("Restore").click()
        ed.wait_for("two.png", 1)
        expect(place).to_have_text("Drawing 2 of 3")

    come_back("You were at two.png, drawing 2 of 3.")
    assert ed.state("ed.dirty") is False
    ed.drag_joint("left_wrist", 10, 10)
    moved = ed.joints()
    come_back("Unsaved work on two.png, drawing 2 of 3 from")
    assert ed.state("ed.dirty") is True and np.array(ed.joints()) == pytest.approx(np.array(moved), abs=1e-4)
    ed.focus()
    ed.press("Control+Enter")
    ed.wait_for("three.png", 1)
    expect(place).to_have_text("Drawing 3 of 3")


def test_all_that_was_begun_and_not_saved_is_resumed_at_once(ed: Correcting, server: Any, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("red", "green", "blue", "white")]
    for i, path in enumerate(paths):
        Image.new("RGB", (410 + 100 * i, 510), path.stem).save(path)
    open_files(ed, [str(path) for path in paths])
    ed.page.get_by_label("Order of the drawings to come").select_option("opened")
    moved = {}
    for i, path in enumerate(paths[:3]):
        if i:
            ed.focus()
            ed.press("Alt+PageDown")
        ed.wait_for(path.name, 1)
        ed.drag_joint("left_wrist", 10, 10 + i)
        moved[path.name] = ed.joints()
    ed.page.reload()
    ed.page.get_by_role("tab", name="Correct").click()
    banner, strip = ed.page.locator(".kp-draft"), ed.page.locator(".kp-queue .kp-thumb")
    expect(banner).to_contain_text("Unsaved work on 3 drawings: blue.png, green.png, red.png.")
    banner.get_by_text("Discard").click()
    banner.get_by_text("Keep it").click()
    banner.get_by_text("Resume 3 unfinished").click()
    for i, name in enumerate(("blue.png", "green.png", "red.png")):
        ed.wait_for(name, 1)
        expect(ed.page.locator(".kp-title")).to_have_text(f"{name} (unsaved)")
        assert np.array(ed.joints()) == pytest.approx(np.array(moved[name]), abs=1e-4)
        expect(ed.page.locator(".kp-place")).to_have_text(f"Drawing {i + 1} of 4")
        ed.focus()
        ed.press("Control+Enter")
    ed.wait_for("white.png", 1)
    expect(strip.nth(2)).to_have_attribute("aria-label", "Drawing 3 of 4, saved")
    assert {"blue.png", "green.png", "red.png"} <= {entry.name for entry in saved(server).entries()}


def test_the_strip_leads_to_any_drawing_and_the_end_is_thanked_for(ed: Correcting, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("one", "two #1", "three")]
    for i, path in enumerate(paths):
        Image.new("RGB", (400 + 100 * i, 500), "white").save(path)
    open_files(ed, [str(path) for path in paths])
    ed.wait_for("one.png", 1)
    strip = ed.page.locator(".kp-queue .kp-thumb")
    expect(strip).to_have_count(3)
    for i in range(3):
        expect(strip.nth(i).locator("img")).to_have_js_property("naturalWidth", 400 + 100 * i)
    ed.drag_joint("left_wrist", 10, 10)
    moved = ed.joints()
    expect(strip.nth(0)).to_have_attribute("aria-label", "Drawing 1 of 3, open, not saved")
    ed.press("Alt+PageDown")
    ed.wait_for("two #1.png", 1)
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 2 of 3")
    ed.focus()
    ed.press("Control+s")
    expect(strip.nth(1)).to_have_attribute("aria-label", "Drawing 2 of 3, open, saved")
    strip.nth(2).click()
    ed.wait_for("three.png", 1)
    expect(strip.nth(1)).to_have_attribute("aria-label", "Drawing 2 of 3, saved")
    ed.focus()
    ed.press("Control+Enter")
    expect(ed.status()).to_contain_text("That was the last drawing. 1 of 3 are not saved yet.")
    strip.nth(0).click()
    ed.wait_for("one.png", 1)
    ed.page.locator(".kp-draft").get_by_text("Restore").click()
    expect(ed.status()).to_contain_text("restored")
    assert np.array(ed.joints()) == pytest.approx(np.array(moved), abs=1e-4)
    ed.page.locator("[data-command=onward]").click()
    ed.wait_for("two #1.png", 1)
    ed.page.locator("[data-command=back]").click()
    ed.wait_for("one.png", 1)
    ed.page.locator(".kp-draft").get_by_text("Restore").click()
    expect(ed.status()).to_contain_text("restored")
    ed.focus()
    ed.press("Control+s")
    expect(strip.nth(0)).to_have_attribute("aria-label", "Drawing 1 of 3, open, saved")
    strip.nth(2).click()
    ed.wait_for("three.png", 1)
    ed.focus()
    ed.press("Control+Enter")
    thanks = ed.page.locator(".kp-thanks")
    expect(thanks).to_be_visible()
    expect(thanks.locator("h3")).to_contain_text("3 of 3 drawings are saved. Thank you!")
    ed.page.wait_for_function("document.querySelector('.kp-thanks img').naturalWidth > 300")
    ed.press("Escape")
    expect(thanks).to_be_hidden()


def names(ed: Correcting) -> list[str]:
    found: list[str] = ed.state("ed.queue.paths.map((path) => decodeURIComponent(path.split('/').pop()))")
    return found


def test_the_drawings_to_come_stand_in_the_order_of_worth_or_as_chosen(ed: Correcting, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in ("one", "sure", "unsure", "twin of one")]
    for i, path in enumerate(paths):
        Image.new("RGB", (400 + 100 * i, 500), "white").save(path)
    open_files(ed, [str(path) for path in paths])
    ed.wait_for("one.png", 1)
    expect(ed.page.locator(".kp-queue .kp-thumb")).to_have_count(4)
    ed.page.wait_for_function(f"[...{EDITOR}.ranks.values()].slice(1).every((rank) => rank.worth !== undefined)")
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 1 of 4")
    order = ed.page.get_by_label("Order of the drawings to come")
    expect(order).to_have_value("worth")
    assert names(ed)[:2] == ["one.png", "unsure.png"]
    order.select_option("opened")
    ed.page.wait_for_function(f"{EDITOR}.queue.paths[1].endsWith('/sure.png')")
    assert names(ed) == [path.name for path in paths]
    ed.drag_joint("left_wrist", 10, 10)
    order.select_option("worth")
    ed.page.wait_for_function(f"{EDITOR}.queue.paths[1].endsWith('/unsure.png')")
    assert ed.state("ed.dirty") is True and ed.state("ed.host.props.value.name") == "one.png"
    ed.focus()
    ed.press("Control+Enter")
    ed.wait_for("unsure.png", 1)
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 2 of 4")
    expect(ed.page.locator(".kp-thumb").nth(0)).to_have_attribute("aria-label", "Drawing 1 of 4, saved")
    order.select_option("random")
    expect(ed.status()).to_contain_text("The drawings to come: random.")
    assert names(ed)[:2] == ["one.png", "unsure.png"]
    ed.page.reload()
    ed.page.get_by_role("tab", name="Correct").click()
    expect(order).to_have_value("random")


def test_correct_this_over_unsaved_work_and_a_queue_offers_the_way_back(ed: Correcting, tmp_path: Path) -> None:
    open_files(ed, drawings(tmp_path))
    ed.wait_for("first.png", 1)
    ed.drag_joint("left_wrist", 10, 10)
    moved = ed.joints()
    ed.page.get_by_role("tab", name="Pose").click()
    carry(ed)
    banner = ed.page.locator(".kp-draft")
    expect(banner).to_contain_text("Unsaved work on first.png, drawing 1 of 2 from")
    banner.get_by_text("Go back to it").click()
    ed.wait_for("first.png", 1)
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 1 of 2")
    assert ed.state("ed.dirty") is True and np.array(ed.joints()) == pytest.approx(np.array(moved), abs=1e-4)
    ed.focus()
    ed.press("Control+Enter")
    expect(ed.page.locator(".kp-title")).to_contain_text("second")
    expect(ed.page.locator(".kp-place")).to_have_text("Drawing 2 of 2")


def test_poses_of_another_tool_are_laid_over_the_drawing(ed: Correcting, tmp_path: Path) -> None:
    with zipfile.ZipFile(Path(__file__).parents[1] / "formats" / "cases" / "labelme_points.zip") as archive:
        archive.extractall(tmp_path)
    open_files(ed, [str(tmp_path / "p.png")])
    ed.wait_for("p.png", 1)
    choose(ed, "#import-poses", str(tmp_path / "p.json"))
    expect(ed.status()).to_contain_text("Imported 1 person; Ctrl+Z brings the previous poses back.")
    ed.drawn()
    for name, wanted in (("nose", (112.4, 79.3)), ("left_wrist", (191.8, 129.3)), ("right_ankle", (65.2, 352.5))):
        assert ed.joints()[INDEX[name]][:2] == pytest.approx(wanted, abs=0.1)
    expect(ed.page.locator(".kp-notes")).to_contain_text("17 of 17 joints labelled")
