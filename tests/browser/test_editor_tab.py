"""The Correct tab in the browser: from an estimated pose, or from files, to saved revisions and exported poses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from editing import EDITOR, Editing
from PIL import Image
from playwright.sync_api import Page, expect

from annotator.correct.drafts import DraftStore
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
def server(serve: Callable[..., Any], folder: Path) -> Any:
    return serve("tests/browser/correct_app.py", str(folder))


@pytest.fixture
def ed(page: Page, server: Any) -> Correcting:
    page.on("dialog", lambda dialog: dialog.accept())
    return Correcting(page, server.url)


@pytest.fixture
def carried(ed: Correcting) -> Correcting:
    ed.page.locator("#correct-this").click()
    ed.wait_for("pose.png", 2)
    return ed


def saved(server: Any) -> DraftStore:
    return DraftStore(Path(server._environment["SKETCHPOSE_HOME"]) / "drafts")


def test_correct_this_carries_picture_and_poses_and_saving_keeps_the_original(
    carried: Correcting, server: Any, folder: Path
) -> None:
    expect(carried.page.get_by_role("tab", name="Correct")).to_have_attribute("aria-selected", "true")
    carried.page.wait_for_timeout(300)  # the time that is counted as work
    carried.drag_joint("left_wrist", 30, -40)
    moved = carried.joints()[INDEX["left_wrist"]][:2]
    carried.press("Control+s")
    expect(carried.status()).to_have_text("Saved pose.png as revision 1.")
    (record,) = saved(server).records()
    assert record.value.poses[0].keypoints[INDEX["left_wrist"]].tolist() == pytest.approx(moved, abs=1e-4)
    assert record.value.image is not None
    assert record.value.image.read_bytes() == (folder / "pose.png").read_bytes()
    # However slow the machine is: no pause counts for more than 20 s.
    assert record.value.gestures == 1 and 0.3 <= record.value.seconds <= 60


def drawings(folder: Path) -> list[str]:
    paths = [folder / f"{name}.png" for name in ("first", "second & <b>bold")]
    for i, path in enumerate(paths):
        Image.new("RGB", (400 + 100 * i, 500), "white").save(path)
    return [str(path) for path in paths]


def test_drawings_in_a_row(ed: Correcting, server: Any, tmp_path: Path) -> None:
    ed.page.get_by_role("tab", name="Correct").click()
    ed.page.locator("#open-files").wait_for()
    with ed.page.expect_file_chooser() as chooser:
        ed.page.locator("#open-files").click()
    chooser.value.set_files(drawings(tmp_path))
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
    expect(ed.status()).to_contain_text("as revision 1. That was the last drawing.")
    assert {"first.png"} <= {record.value.name for record in saved(server).records()}
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
    with carried.page.expect_file_chooser() as chooser:
        carried.page.locator("#import-poses").click()
    chooser.value.set_files(str(paths["openpose"]))
    expect(carried.status()).to_contain_text("Imported 2 people")
    assert np.array(carried.joints(), np.float32)[:, :2] == pytest.approx(on_screen[:, :2], abs=1e-4)
    carried.page.locator(".kp-stage").focus()
    carried.press("Control+z")
    assert carried.state("ed.doc.persons.length") == 1


def test_a_wrong_file_is_refused_in_words_and_nothing_changes(carried: Correcting, tmp_path: Path) -> None:
    path = tmp_path / "poses.json"
    path.write_text('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}')
    before = carried.joints()
    with carried.page.expect_file_chooser() as chooser:
        carried.page.locator("#import-poses").click()
    chooser.value.set_files(str(path))
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
    files = {p: p.read_bytes() for p in saved(server).folder.rglob("*.json")}
    carried.press("Control+s")
    expect(carried.status()).to_contain_text("open the drawing again")
    assert {p: p.read_bytes() for p in saved(server).folder.rglob("*.json")} == files
    assert carried.state("ed.dirty") is True
    # The remedy it names works: open again, restore, save.
    carried.page.get_by_role("tab", name="Pose").click()
    carried.page.locator("#correct-this").click()
    banner = carried.page.locator(".kp-draft")
    expect(banner).to_contain_text("Unsaved work on pose.png")
    banner.get_by_text("Restore").click()
    expect(carried.status()).to_contain_text("restored")
    carried.page.locator(".kp-stage").focus()
    carried.press("Control+s")
    expect(carried.status()).to_contain_text("Saved pose.png as revision")
