"""A fresh dataset in the browser: one click fills it with open drawings, whose statistics are there to look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from sketchpose.dataset import Dataset
from sketchpose.dataset.starter import STARTER_DRAWINGS


def test_an_empty_dataset_offers_open_drawings_and_one_click_loads_them(page: Page, serve: Callable[..., Any]) -> None:
    server = serve("tests/browser/dataset_app.py")
    page.goto(server.url)
    page.get_by_role("tab", name="Dataset").click()
    expect(page.locator("#list-place")).to_contain_text("There is no drawing yet")
    page.get_by_role("button", name=f"Load {STARTER_DRAWINGS} open drawings").click()
    expect(page.locator("#list-place")).to_have_text(f"1 to {STARTER_DRAWINGS}")
    expect(page.locator("#list-starter")).to_be_hidden()
    expect(page.locator("#list-grid").get_by_role("button", name="openclipart-stickmen").first).to_be_visible()
    home = Path(server._environment["SKETCHPOSE_HOME"])
    assert len(Dataset(home / "dataset").entries()) == STARTER_DRAWINGS
    page.locator("#list-text textarea, #list-text input").first.fill("no such drawing")
    page.keyboard.press("Enter")
    expect(page.locator("#list-place")).to_have_text("No drawing matches.")
    expect(page.locator("#list-starter")).to_be_hidden()
    page.get_by_role("tab", name="Statistics").click()
    expect(page.get_by_role("tabpanel").filter(has_text="open-peeps").last).to_be_visible()
