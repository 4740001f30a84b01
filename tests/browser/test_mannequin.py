"""The mannequin in the page: it stands up when it is asked for, turns, changes, is taken away and searched with."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

CAN_TURN = """() => {
  const canvas = document.createElement('canvas');
  return Boolean(canvas.getContext('webgl2') || canvas.getContext('webgl'));
}"""


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return serve("app.py").url  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def app(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector("#view svg[role=img]")
    return page


def opened(page: Page, name: str) -> Locator:
    """Open the section of a name; returns its picture of the mannequin."""
    page.locator(f"#{name} > button").click()
    picture = page.locator(f"#{name}-still img")
    expect(picture).to_be_visible()
    return picture


def expect_another(picture: Locator, before: str | None) -> None:
    expect(picture).not_to_have_attribute("src", before or "")


def test_it_stands_up_when_it_is_asked_for_and_is_turned(app: Page) -> None:
    expect(app.locator("#pose-mannequin-still")).to_have_count(0)
    picture = opened(app, "pose-mannequin")
    expect(app.locator("#pose-mannequin-strip img")).to_have_count(6)
    canvas = app.locator("#pose-mannequin-model canvas")
    if app.evaluate(CAN_TURN):
        expect(canvas).to_be_visible()
        for width in (390, 640, 1280):  # otherwise arms leave the picture to the sides
            app.set_viewport_size({"width": width, "height": 900})
            app.wait_for_function(
                "c => c.clientWidth >= c.clientHeight && c.clientHeight > 200", arg=canvas.element_handle()
            )
    else:
        expect(app.locator("#pose-mannequin-model")).to_be_hidden()
    before = picture.get_attribute("src")
    app.locator("#pose-mannequin-turned input[type=number]").fill("90")
    app.keyboard.press("Enter")
    expect(picture).to_have_attribute("alt", "The mannequin 90 degrees about it")
    expect_another(picture, before)
    before = picture.get_attribute("src")
    app.locator("#pose-mannequin-body").get_by_text("child").click()
    expect_another(picture, before)


def test_a_closed_section_asks_the_server_for_nothing(app: Page, url: str) -> None:
    config = app.request.get(f"{url}/config").json()
    follow = {e["id"] for e in config["dependencies"] if str(e["api_name"]).endswith("mannequin_follow")}
    assert len(follow) == 2
    asked: list[int] = []

    def note(request: Request) -> None:
        if "/queue/join" in request.url:
            asked.append(int(request.post_data_json["fn_index"]))

    app.on("request", note)
    app.locator("#pose-more > button").click()
    for threshold, sure in (("1", "0 of 17"), ("0", "17 of 17"), ("1", "0 of 17")):  # each after what followed the last
        app.locator("#threshold input[type=number]").fill(threshold)
        expect(app.locator("#view svg")).to_have_attribute("aria-label", re.compile(f"{sure} joints sure"))
    assert asked and not follow & set(asked)
    opened(app, "pose-mannequin")
    with app.expect_request(lambda r: "/queue/join" in r.url and (r.post_data_json or {}).get("fn_index") in follow):
        app.locator("#threshold input[type=number]").fill("0.5")


def test_another_drawing_and_a_corrected_joint_are_followed(app: Page) -> None:
    picture = opened(app, "pose-mannequin")
    before = picture.get_attribute("src")
    app.locator("#examples img").first.click()
    expect_another(picture, before)
    app.locator("#correct-this").click()
    expect(app.locator("#correct-editor")).to_contain_text("17 of 17 joints labelled")
    corrected = opened(app, "correct-mannequin")
    before = corrected.get_attribute("src")
    app.locator("#correct-editor [data-command=mirror]").click()
    expect_another(corrected, before)


def test_it_is_taken_away_as_files(app: Page) -> None:
    opened(app, "pose-mannequin")
    for kind, name, begins in (
        ("mannequin-glb", "mannequin_mannequin.glb", b"glTF"),
        ("pose-bvh", "mannequin_pose.bvh", b"HIERARCHY"),
        ("figure-png", "mannequin_figure.png", b"\x89PNG"),
    ):
        button = app.locator(f"#pose-mannequin-{kind}")
        expect(button).to_be_enabled()
        with app.expect_download() as caught:
            button.click()
        assert caught.value.suggested_filename == name
        assert Path(caught.value.path()).read_bytes().startswith(begins)


def test_references_are_found_from_another_side(app: Page) -> None:
    opened(app, "pose-mannequin")
    app.locator("#pose-mannequin-find").click()
    expect(app.get_by_role("tab", name="References", exact=True)).to_have_attribute("aria-selected", "true")
    expect(app.locator("#references .rf-grid .rf-pic")).to_have_count(12)
