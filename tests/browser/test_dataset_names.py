"""Names with blanks and letters of any script, from a file of another tool to the list of drawings."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import add
from PIL import Image
from playwright.sync_api import Page, expect
from test_tabs import go

from sketchpose.dataset import Dataset
from sketchpose.skeleton import KEYPOINTS

NAMES = ("Skizze von Ödön 50%20.png", "手を上げる 人.png")
SOURCE = "Mühlen & Söhne 手"


@pytest.fixture
def server(serve: Callable[..., Any]) -> Any:
    return serve("tests/browser/dataset_app.py")


def annotated(folder: Path) -> list[Path]:
    """Two drawings and the COCO file that names them."""
    images, people = [], []
    for number, name in enumerate(NAMES, 1):
        Image.new("RGB", (300, 400 + number), "white").save(folder / name)
        images.append({"id": number, "file_name": name, "width": 300, "height": 400 + number})
        joints = [value for i in range(17) for value in (100.0 + 5 * i, 50.0 + 20 * i, 2)]
        people.append({"id": number, "image_id": number, "category_id": 1, "keypoints": joints, "num_keypoints": 17})
        people[-1] |= {"bbox": [90, 40, 120, 340], "area": 40800, "iscrowd": 0}
    categories = [{"id": 1, "name": "person", "keypoints": list(KEYPOINTS), "skeleton": []}]
    (folder / "Posen für Müller.json").write_text(
        json.dumps({"images": images, "annotations": people, "categories": categories}), "utf-8"
    )
    return [*(folder / name for name in NAMES), folder / "Posen für Müller.json"]


def test_a_drawing_is_imported_listed_and_found_by_its_name(page: Page, server: Any, tmp_path: Path) -> None:
    page.goto(server.url)
    go(page, "Dataset")
    go(page, "Import and export")
    page.locator("#import-source textarea, #import-source input").fill(SOURCE)
    with page.expect_file_chooser() as chooser:
        page.locator("#import-file").click()
    chooser.value.set_files(annotated(tmp_path))
    expect(page.locator("#import-report")).to_contain_text("2 drawings with 2 people")  # not its progress
    go(page, "Drawings")
    table = page.locator("#list-grid")
    for name in NAMES:
        expect(table).to_contain_text(name)
    expect(table.get_by_role("button", name=SOURCE)).to_have_count(2)
    page.locator("#list-text input, #list-text textarea").fill("ödön")
    page.keyboard.press("Enter")
    expect(table).not_to_contain_text(NAMES[1])
    table.get_by_role("button", name=NAMES[0]).click()
    expect(page.locator("#list-facts textarea")).to_have_value(re.compile("licence not given"))
    expect(page.locator("#list-open")).to_be_enabled()

    dataset = Dataset(Path(server._environment["SKETCHPOSE_HOME"]) / "dataset")
    assert {(entry.name, entry.source) for entry in dataset.entries()} == {(name, SOURCE) for name in NAMES}


def test_keys_reach_the_editor_whatever_changes_on_the_page(page: Page, server: Any) -> None:
    """The page's care for the keyboard's place once took it from a joint, which is SVG, at the next change."""
    revision = add(Dataset(Path(server._environment["SKETCHPOSE_HOME"]) / "dataset"), 0, status="accepted")
    page.goto(server.url)
    go(page, "Dataset")
    page.locator("#list-grid").get_by_role("button", name=revision.image.name).click()
    page.locator("#list-open").click()
    joint = page.locator("#correct-editor .kp-svg [tabindex]:focus")
    stage = page.locator("#correct-editor .kp-stage")
    expect(page.locator("#correct-editor .kp-title")).to_have_text(revision.image.name)  # no key works before that
    stage.focus()
    page.keyboard.press("n")
    expect(joint).to_have_count(1)
    # The page looks 150 ms after a change; timers of one length end in the order in which they began.
    page.evaluate(
        """() => new Promise((done) => {
          document.body.style.setProperty('--changed', '1');
          setTimeout(() => setTimeout(done, 150), 0);
        })"""
    )
    expect(joint).to_have_count(1)
    status = page.locator("#correct-editor .kp-status")
    before = status.inner_text()
    page.keyboard.press("n")
    expect(status).not_to_have_text(before)
