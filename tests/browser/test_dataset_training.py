"""The Train section in the browser: the test split is shown before it is frozen, and what a run offers can be done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import add
from playwright.sync_api import Page, expect

from sketchpose.dataset import Dataset
from sketchpose.dataset.splits import read_splits


@pytest.fixture(scope="module")
def server(serve: Callable[..., Any]) -> Any:
    return serve("tests/browser/dataset_app.py")


@pytest.fixture(scope="module")
def home(server: Any) -> Path:
    return Path(server._environment["SKETCHPOSE_HOME"])


def open_training(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("tab", name="Dataset").click()
    page.get_by_role("tab", name="Train").click()


def test_the_split_is_shown_per_source_and_asked_once_before_it_is_final(page: Page, server: Any, home: Path) -> None:
    dataset = Dataset(home / "dataset")
    open_training(page, server.url)
    expect(page.locator("#training-step-1 [aria-current=step]")).to_contain_text("0 of the 7 accepted drawings")
    for step in (2, 3, 4):
        expect(page.locator(f"#training-step-{step} .step-waits")).to_be_visible()
    expect(page.locator("#training-split, #training-start")).to_have_count(0)

    for seed in range(18):
        add(dataset, seed, source="large" if seed < 12 else "<b>middle" if seed < 17 else "small", status="accepted")
    page.get_by_role("tab", name="Statistics").click()
    page.get_by_role("tab", name="Train").click()
    rows = page.locator("#training-proposal tbody tr")
    expect(rows).to_have_text(["largeto learn from1212", "<b>middlefor the test55", "smallfor the test11"])
    expect(page.locator("#training-proposal")).to_contain_text("6 drawings would be set aside, 12 are left to learn")
    expect(page.locator("#training-preview img")).to_have_count(6)
    expect(page.locator("#training-start")).to_have_count(0)
    page.get_by_role("radio", name="artist").check()
    expect(page.locator("#training-proposal th").first).to_have_text("Artist")
    page.get_by_role("radio", name="source").check()
    expect(page.locator("#training-proposal th").first).to_have_text("Source")

    page.locator("#training-freeze").click()
    expect(page.locator("#training-question")).to_contain_text("Set these aside for good?")
    page.get_by_role("button", name="Not yet").click()
    expect(page.locator("#training-question")).to_be_hidden()
    assert read_splits(dataset) is None
    page.locator("#training-freeze").click()
    page.get_by_role("button", name="Set aside for good").click()
    expect(page.locator("#training-step-2")).to_contain_text("6 drawings set aside for the test, 12 to learn from")
    expect(page.locator("#training-step-3 [aria-current=step]")).to_be_visible()
    expect(page.locator("#training-split")).to_be_hidden()
    expect(page.locator("#training-name input, #training-name textarea")).to_be_focused()
    splits = read_splits(dataset)
    assert splits is not None and splits.groups == {"large": "train", "<b>middle": "test", "small": "test"}


def test_numbers_out_of_range_are_told_beside_their_fields(page: Page, server: Any) -> None:
    open_training(page, server.url)
    cost = page.locator("#training-cost")
    expect(cost).not_to_be_empty()
    for typed, words in (("3", "samples is 3: give 4 to 10,000,000 crops"), ("", "samples is 0: give 4"), ("4096", "")):
        page.locator("#training-amount input").fill(typed)
        expect(cost).to_contain_text(words or "How long it takes on this machine is not known yet")
    page.get_by_role("button", name="More").last.click()
    page.get_by_label("Price of an hour of this machine").fill("-2")
    expect(cost).to_contain_text("price is -2: give what an hour of this machine costs, 0 or more.")
    expect(page.locator(".toast-body")).to_have_count(0)
