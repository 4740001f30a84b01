"""No serious or critical finding of axe-core on any tab, by day, in the dark and on a phone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from dropping import three_people
from making import add
from playwright.sync_api import Page, expect

from sketchpose.dataset import Dataset

MODES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1366, "height": 860}},
    "dark": {"viewport": {"width": 1366, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
BAD = ("serious", "critical")


@pytest.fixture(scope="module")
def server(serve: Callable[..., Any]) -> Any:
    server = serve("app.py")
    dataset = Dataset(Path(server._environment["SKETCHPOSE_HOME"]) / "dataset")
    for seed, status in enumerate(("accepted", "submitted", "draft", *["accepted"] * 7)):
        add(dataset, seed, status=status, source=f"source {seed}", author="Ada")
    return server


def findings(page: Page) -> list[str]:
    """What axe-core calls serious or critical, and goes on calling so: what fades in is judged when it is there."""
    for _ in range(8):
        found = Axe().run(page).response["violations"]
        bad = [f"{v['id']}: {node['html'][:200]}" for v in found if v["impact"] in BAD for node in v["nodes"]]
        if not bad:
            break
        page.wait_for_timeout(400)
    return bad


def tab(page: Page, name: str) -> None:
    chosen = page.get_by_role("tab", name=name, exact=True).first
    if not chosen.is_visible():  # a narrow page keeps the last tabs of a row in a menu
        entry = page.locator(".overflow-dropdown").get_by_role("button", name=name, exact=True)
        for menu in page.locator(".overflow-menu > button").filter(visible=True).all():
            menu.click()
            if entry.filter(visible=True).count():
                entry.filter(visible=True).click()
                return
            menu.click()
    chosen.click()
    expect(chosen).to_have_attribute("aria-selected", "true")


def mannequin(page: Page) -> None:
    page.locator("#pose-mannequin > button").click()
    expect(page.locator("#pose-mannequin-strip img")).to_have_count(6)


def people(page: Page) -> None:
    page.locator("#pose-more > button").click()
    page.locator("#drawing input[type=file]").set_input_files(three_people())
    expect(page.locator(".person")).to_have_count(3)
    page.locator(".person").first.press("Enter")
    expect(page.locator(".person[aria-pressed=true]")).to_have_count(1)
    page.locator(".person-out").last.press("Enter")
    expect(page.locator(".person-back")).to_be_visible()


def draw_pose(page: Page) -> None:
    tab(page, "Draw")
    expect(page.locator("#view")).to_have_text("The pose appears here.")
    expect(page.locator("#view .pending")).to_have_count(0)


def correct(page: Page) -> None:
    tab(page, "Upload")
    page.locator("#correct-this").click()
    expect(page.locator("#correct-editor .kp-title")).not_to_be_empty()
    page.locator("#about").get_by_role("button").first.click()


def place_joints(page: Page) -> None:
    page.locator("#correct-editor [data-command=addGuided]").click()
    expect(page.locator("#correct-editor .kp-guide")).to_be_visible()


def references(page: Page) -> None:
    tab(page, "References")
    expect(page.locator("#references li, #references figure, #references img").first).to_be_visible()


def skeleton(page: Page) -> None:
    tab(page, "Skeleton")
    expect(page.locator("#reference-sheet .kp-joint").first).to_be_attached()


def drawings(page: Page) -> None:
    tab(page, "Dataset")
    expect(page.locator("#list-grid button")).to_have_count(10)
    expect(page.locator("#list-grid img").first).to_be_visible()  # those out of sight come when they are scrolled to
    page.locator("#list-grid button").first.click()
    expect(page.locator("#list-view svg")).to_be_visible()


def review(page: Page) -> None:
    tab(page, "Review")
    expect(page.locator("#review-view svg")).to_be_visible()


def statistics(page: Page) -> None:
    tab(page, "Statistics")
    expect(page.locator(".dataset-plots svg").first).to_be_visible()


def files(page: Page) -> None:
    tab(page, "Import and export")
    expect(page.locator("#hub-status")).not_to_be_empty()


def train(page: Page) -> None:
    tab(page, "Train")
    expect(page.locator("#training-preview img").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_every_tab_is_clean(new_page: Callable[..., Page], server: Any, mode: str) -> None:
    page = new_page(**MODES[mode])
    page.goto(server.url)
    expect(page.locator("#status")).to_contain_text("person")
    found = {"pose": findings(page)}
    poses, datasets = (
        (mannequin, people, draw_pose, correct, place_joints),
        (drawings, review, statistics, files, train),
    )
    for step in (*poses, references, skeleton, *datasets):
        step(page)
        found[step.__name__] = findings(page)
    assert not any(found.values()), {where: what for where, what in found.items() if what}


def test_letters_are_plain_and_come_from_the_system(page: Page, server: Any) -> None:
    page.goto(server.url)
    expect(page.locator(".gradio-container")).to_have_css("font-family", re.compile(r'^"?system-ui"?, '))
    fonts = page.evaluate("[...document.fonts].filter((font) => font.status === 'loaded').map((font) => font.family)")
    assert fonts == []


def test_every_example_has_a_name(page: Page, server: Any) -> None:
    page.goto(server.url)
    expect(page.locator("#examples .gallery-item").first).to_be_visible()
    expect(page.locator("#examples .gallery-item:not([aria-label^='Example: '])")).to_have_count(0)
    names = [button.get_attribute("aria-label") for button in page.locator("#examples .gallery-item").all()]
    assert len(names) == len(set(names)) > 10 and all(name and name.startswith("Example: ") for name in names)
