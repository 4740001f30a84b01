"""A page that stays open: beyond the age of its uploads, and beyond a restart of the server."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from editing import set_threshold
from PIL import Image
from playwright.sync_api import Browser, Page, expect

DRAWINGS = Path(__file__).parents[2] / "examples" / "drawings"
POSE = "#view svg[role=img]"
RELOAD = "This page is older than the running app"


def uploaded(url: str, colour: str) -> str:
    """Upload a picture that is no example, for nobody's page; returns where it lies."""
    content = io.BytesIO()
    Image.new("RGB", (60, 60), colour).save(content, "PNG")
    file = {"files": ("plain.png", content.getvalue())}
    return str(httpx.post(f"{url}/gradio_api/upload", files=file, timeout=300).raise_for_status().json()[0])


def cleaned(page: Page, path: str) -> None:
    """Wait until an upload that no page holds is gone."""
    for _ in range(1200):
        if not os.path.exists(path):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{path} is still there")


def test_what_is_open_outlives_the_age_of_uploads(page: Page, serve: Callable[..., Any]) -> None:
    url = serve("tests/browser/aging_app.py").url
    page.goto(url)
    page.locator(POSE).evaluate("pose => (pose.dataset.old = 'yes')")
    page.locator("#drawing input[type=file]").set_input_files(DRAWINGS / "peeps_stand_PolkaDots.png")
    expect(page.locator(f"{POSE}:not([data-old])")).to_be_visible()
    page.locator("#correct-this").click()
    expect(page.locator("#correct-editor .kp-title")).to_contain_text("peeps_stand_PolkaDots")
    # Twice, for what lay there before the editor held its own.
    for colour in ("red", "blue"):
        cleaned(page, uploaded(url, colour))
    page.locator("#correct-editor .kp-stage").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#correct-editor [data-command=save]").click()
    expect(page.locator("#correct-editor .kp-status")).to_contain_text("as revision 1")
    page.get_by_role("tab", name="Pose", exact=True).click()
    page.locator("#pose-more > button").click()
    set_threshold(page, "1")
    expect(page.locator(POSE)).to_have_attribute("aria-label", "Drawing with 1 skeleton. person 1: 0 of 17 joints sure")


def test_after_a_restart_the_page_asks_for_a_reload(chromium: Browser, serve: Callable[..., Any]) -> None:
    server = serve("app.py")
    context = chromium.new_context(viewport={"width": 1280, "height": 1000})  # unwatched: its server is killed
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(POSE)
    expect(page.locator("#correct-this")).to_be_enabled()
    page.locator("#pose-more > button").click()
    expect(page.locator(".generating, .progress-text")).to_have_count(0)
    server.kill()
    server.start()
    toast = page.locator(".toast-body")
    for act in (
        lambda: page.locator("#correct-this").click(),
        lambda: page.locator("#pose-find").click(),
        lambda: page.locator("#download-coco").click(),
        lambda: page.locator("#threshold input[type=number]").fill("0.5"),
    ):
        act()
        expect(toast).to_contain_text(RELOAD)
        expect(page.locator(POSE)).to_be_visible()
        toast.locator(".toast-close").click()
        expect(toast).to_have_count(0)
    page.reload()
    page.wait_for_selector(POSE)
    page.locator("#correct-this").click()
    expect(page.locator("#correct-editor .kp-stage")).to_be_visible()
    context.close()
