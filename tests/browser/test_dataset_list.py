"""The list of drawings, the review, and what a visitor sees of the Dataset tab, in the browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import add
from playwright.sync_api import Page, expect
from test_tabs import go

from sketchpose.dataset import Dataset


@pytest.fixture
def server(serve: Callable[..., Any]) -> Any:
    return serve("tests/browser/dataset_app.py")


@pytest.fixture
def dataset(server: Any) -> Dataset:
    return Dataset(Path(server._environment["SKETCHPOSE_HOME"]) / "dataset")


def test_the_list_follows_what_is_saved_and_the_keyboard_keeps_its_place(
    page: Page, server: Any, dataset: Dataset
) -> None:
    for seed in range(3):
        add(dataset, seed, status="accepted", time=1000.0 + seed)
    page.goto(server.url)
    go(page, "Dataset")
    drawings, chosen = page.locator("#list-grid button"), page.locator("#list-grid [aria-pressed=true]")
    expect(page.locator("#list-grid img")).to_have_count(3)
    expect(page.locator("#list-open")).to_have_count(0)
    drawings.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#list-open")).to_be_visible()
    expect(chosen).to_contain_text("drawing 1.png")
    add(dataset, 3, status="submitted", time=2000.0)
    expect(drawings).to_have_count(4)
    expect(drawings.first).to_contain_text("drawing 3.png… submitted")
    expect(page.locator("#list-grid img")).to_have_count(4)
    expect(chosen).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#list-facts textarea")).to_have_value(re.compile("drawing 3.png"))
    page.locator("#list-delete").click()
    expect(drawings).to_have_count(3)
    expect(page.locator("#list-open")).to_have_count(0)


def test_the_review_shows_only_what_can_be_done(page: Page, server: Any, dataset: Dataset) -> None:
    add(dataset, 0, status="submitted")
    page.goto(server.url)
    go(page, "Dataset")
    go(page, "Review")
    expect(page.locator("#review-accept")).to_be_visible()
    expect(page.locator("#review-later")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.locator("#review-about")).to_have_text("Nothing waits for review.")
    expect(page.locator("#review-accept, #review-reject, #review-fix, #review-note")).to_have_count(0)
    page.locator("#review-ways").get_by_role("button", name="Import files").click()
    expect(page.locator("#import-file")).to_be_visible()
    expect(page.locator("#hub-status")).not_to_be_empty()
    go(page, "Review")
    page.locator("#review-ways").get_by_role("button", name="Correct a drawing").click()
    expect(page.locator("#correct-editor .kp-stage")).to_be_visible()


def test_a_visitor_sees_numbers_and_the_owner_gets_in_below(
    new_page: Callable[..., Page], server: Any, dataset: Dataset
) -> None:
    add(dataset, 0, status="submitted", source="sketchbook")
    page = new_page(extra_http_headers={})
    page.goto(server.url)
    go(page, "Dataset")
    expect(page.locator("#dataset-refusal")).to_contain_text("Only the owner can change this")
    expect(page.locator("#dataset-numbers")).to_contain_text("1 drawing, 1 person")
    expect(page.locator("#dataset-token, #list-grid, #dataset-name").filter(visible=True)).to_have_count(0)
    page.get_by_role("button", name="I am the owner").click()
    page.locator("#dataset-token input").fill(server._environment["SKETCHPOSE_OWNER_TOKEN"])
    page.keyboard.press("Enter")
    expect(page.locator("#list-grid img")).to_have_count(1)
    expect(page.locator("#dataset-refusal")).to_be_hidden()
