"""What is public, what is kept and how it is erased, at the foot of the page."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect


def test_the_words_are_reached_by_keyboard_from_every_tab(
    new_page: Callable[..., Page], serve: Callable[..., Any]
) -> None:
    url = serve("app.py").url
    # As a visitor; that nothing is asked of another machine is watched on every page.
    page = new_page(extra_http_headers={})
    page.goto(url)
    title = page.get_by_role("button", name="What is public, what is kept, how it is erased")
    words = page.get_by_text("Only what you save in Correct is kept")
    for tab in ("Pose", "Correct", "References", "Dataset"):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(title).to_be_visible()
        expect(words).to_be_hidden()
        page.get_by_role("button", name="Use via API").focus()
        page.keyboard.press("Shift+Tab")
        expect(title).to_be_focused()
        page.keyboard.press("Enter")
        expect(words).to_be_visible()
        expect(page.get_by_role("table").filter(has_text="private repository")).to_be_visible()
        page.keyboard.press("Enter")
        expect(words).to_be_hidden()
