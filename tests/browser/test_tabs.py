"""The tabs: whatever the order in which they are visited, everything in them works."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

RESULT = "#references .rf-grid .rf-pic"
DRAWINGS = Path(__file__).parents[2] / "examples" / "drawings"


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return serve("app.py").url  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def app(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector("#view svg[role=img]")
    return page


def go(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    arrive(page, name)


def arrive(page: Page, name: str) -> None:
    """Wait until a tab is open: a click that leads there is answered by the server first."""
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def subtabs(page: Page) -> list[Locator]:
    """The tabs within the tab that is shown."""
    return page.locator("[role=tabpanel] [role=tab]:visible").all()


def skeleton_is_there(page: Page) -> None:
    go(page, "Skeleton")
    expect(page.locator("#reference-sheet")).to_contain_text("17 of 17 joints labelled")
    expect(page.locator("#reference-sheet .kp-empty")).to_be_hidden()
    expect(page.locator("#reference-sheet .kp-presets button")).not_to_have_count(0)


def test_every_tab_and_the_tabs_within_can_be_visited_again(app: Page) -> None:
    for _ in range(2):
        for name in ("Correct", "References", "Dataset", "Pose"):
            go(app, name)
            for inner in subtabs(app):
                inner.click()
                expect(inner).to_have_attribute("aria-selected", "true")
    # what is in them has come up: each of the page's own components, its faults are seen by the page's watch
    go(app, "Pose")
    go(app, "Draw")
    expect(app.locator("#page .sp-undo")).to_be_disabled()
    expect(app.locator("#page canvas")).to_have_js_property("width", 768)
    go(app, "Correct")
    expect(app.locator("#correct-editor .kp-empty")).to_be_visible()
    expect(app.locator("#correct-editor .kp-presets button")).not_to_have_count(0)
    go(app, "References")
    expect(app.locator(RESULT)).to_have_count(12)
    skeleton_is_there(app)


def test_the_skeleton_is_there_after_leaving_the_references_and_coming_back(app: Page) -> None:
    go(app, "References")
    expect(app.locator(RESULT)).to_have_count(12)
    go(app, "Pose")
    go(app, "References")
    skeleton_is_there(app)


def test_the_skeleton_is_there_after_two_searches_from_the_pose_tab(app: Page) -> None:
    for _ in range(2):
        app.locator("#pose-find").click()
        arrive(app, "References")
        expect(app.locator(RESULT)).to_have_count(12)
        go(app, "Pose")
    go(app, "References")
    skeleton_is_there(app)


def test_the_empty_editor_offers_examples(app: Page) -> None:
    go(app, "Correct")
    expect(app.locator("#correct-editor .kp-bar")).to_be_hidden()
    tries = app.locator("#correct-editor .kp-try button")
    expect(tries).to_have_count(3)
    expect(tries.nth(2).locator("img")).not_to_have_js_property("naturalWidth", 0)
    tries.nth(0).click()
    expect(app.locator("#correct-editor .kp-title")).to_have_text("peeps_sit_Bike.png")
    expect(app.locator("#correct-editor")).to_contain_text("17 of 17 joints labelled")
    expect(app.locator("#correct-editor .kp-bar")).to_be_visible()


def test_a_reference_opened_before_the_correct_tab_was_ever_shown(app: Page) -> None:
    for at in (0, 1):
        go(app, "References")
        expect(app.locator(RESULT)).to_have_count(12)
        name = str(app.locator(RESULT).nth(at).get_attribute("title"))
        app.locator(RESULT).nth(at).focus()
        app.keyboard.press("e")
        stem = re.escape(name.rpartition(".")[0])
        expect(app.locator("#correct-editor .kp-title")).to_contain_text(re.compile(stem))
    expect(app.locator("#correct-editor")).to_contain_text("joints labelled")


def test_what_was_drawn_is_there_after_visiting_other_tabs(app: Page) -> None:
    go(app, "Draw")
    canvas = app.locator("#page canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
    app.mouse.move(x, y)
    app.mouse.down()
    app.mouse.move(x, y + box["height"] / 2, steps=4)
    app.mouse.up()
    expect(app.locator("#page .sp-undo")).to_be_enabled()
    for name in ("Upload", "Draw", "References", "Pose", "Draw"):
        go(app, name)
    app.wait_for_function(
        "(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v < 100))"
        "(document.querySelector('#page canvas'))"
    )
    expect(app.locator("#page .sp-undo")).to_be_enabled()


def test_every_picture_is_estimated_exactly_once(page: Page, serve: Callable[..., object], tmp_path: Path) -> None:
    counts = tmp_path / "estimated"
    page.goto(serve("tests/browser/counting_app.py", str(counts)).url)  # type: ignore[attr-defined]
    page.wait_for_selector("#view svg[role=img]")
    expected = ["peeps_stand_PointingFingerWB.png"]

    def upload(name: str, into: str = "#drawing") -> None:
        page.locator(f"{into} input[type=file]").set_input_files(DRAWINGS / name)
        expected.append(name)

    before = page.locator("#view svg image").get_attribute("href")
    upload("peeps_sit_Bike.png")
    changed = "b => ![null, undefined, b].includes(document.querySelector('#view svg image')?.getAttribute('href'))"
    page.wait_for_function(changed, arg=before)
    go(page, "Draw")
    expect(page.locator("#view")).to_contain_text("The pose appears here")
    expect(page.locator("#correct-this")).to_be_disabled()
    go(page, "Upload")
    expect(page.locator("#view svg[role=img]")).to_be_visible()
    expect(page.locator("#correct-this")).to_be_enabled()
    page.locator("#pose-find").click()
    expect(page.locator("#references .rf-asked")).to_have_text("peeps_sit_Bike.png")
    expect(page.locator("#reference-drawing img")).to_have_attribute("src", re.compile("peeps_sit_Bike.png"))
    upload("peeps_stand_PolkaDots.png", "#reference-drawing")
    expect(page.locator("#references .rf-asked")).to_have_text("peeps_stand_PolkaDots.png")
    go(page, "Skeleton")
    expect(page.locator("#references .rf-asked")).to_have_text("The skeleton")
    go(page, "Drawing")
    expect(page.locator("#references .rf-asked")).to_have_text("peeps_stand_PolkaDots.png")
    assert counts.read_text().split() == expected


def test_taking_a_filter_away_by_its_cross_searches_again(app: Page) -> None:
    go(app, "References")
    expect(app.locator(RESULT)).to_have_count(12)
    tagged = app.locator(f"{RESULT}[aria-label*=drawing]")
    before = tagged.count()
    app.locator("#reference-tags button").first.click()
    app.locator("#reference-source input").click()
    app.get_by_role("option", name="drawing", exact=True).click()
    expect(tagged).to_have_count(12)
    app.locator("#reference-source .token-remove").last.click()
    expect(tagged).to_have_count(before)
