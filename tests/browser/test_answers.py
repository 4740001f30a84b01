"""Answers of the server that come while the page does something else."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect


def test_no_answer_is_lost_while_the_stream_is_being_closed(page: Page, serve: Callable[..., Any]) -> None:
    page.goto(serve("tests/browser/closing_app.py").url)
    for number in ("1", "2", "3"):
        page.locator("#more").click()
        expect(page.locator("#count input")).to_have_value(number)
