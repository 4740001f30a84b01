"""Pictures dropped and pasted as a real mouse and keyboard do it, anywhere on the page, in every tab."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dropping import drop_files, paste_picture
from playwright.sync_api import Page, expect
from test_tabs import go

DRAWINGS = Path(__file__).parents[2] / "examples" / "drawings"
BIKE, DOTS, WALKING, LEGS = (
    DRAWINGS / f"peeps_{name}.png" for name in ("sit_Bike", "stand_PolkaDots", "stand_WalkingBW", "sit_CrossedLegs")
)
WORDS = "#drops .drop-words"
EDITOR_TITLE = "#correct-editor .kp-title"


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return serve("app.py").url  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def app(new_page: Callable[..., Page], url: str) -> Page:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(url)
    page.wait_for_selector("#view svg[role=img]")
    return page


def shows(page: Page, act: Callable[[], None], name: str) -> None:
    """After the act the picture is in its place and its own pose is shown: the file to take away bears its name."""
    picture = "#view svg[role=img] image"
    before = page.locator(picture).get_attribute("href")
    act()
    page.wait_for_function(
        f"b => ![null, undefined, b].includes(document.querySelector('{picture}')?.getAttribute('href'))", arg=before
    )
    expect(page.locator("#drawing img")).to_have_attribute("src", re.compile(re.escape(name)))
    if not page.locator("#download-coco").count():
        page.locator("#pose-more > button").click()
    with page.expect_download() as caught:
        page.locator("#download-coco").click()
    assert caught.value.suggested_filename == f"{Path(name).stem}_coco.json"
    expect(page.locator(WORDS)).to_be_hidden()


def test_a_drop_on_the_picture_that_is_there_and_on_every_one_after_it(app: Page) -> None:
    drawing = app.locator("#drawing")
    for file in (DOTS, BIKE, WALKING):
        shows(app, lambda file=file: drop_files(app, file, drawing), file.name)  # type: ignore[misc]


def test_a_drop_where_the_page_is_empty_and_on_the_pose(app: Page) -> None:
    shows(app, lambda: drop_files(app, DOTS), DOTS.name)
    shows(app, lambda: drop_files(app, BIKE, app.locator("#view")), BIKE.name)


def test_a_drop_on_the_sheet_to_draw_on_opens_the_picture(app: Page) -> None:
    go(app, "Draw")
    app.locator("#page canvas").wait_for()
    drop_files(app, DOTS, app.locator("#page canvas"))
    expect(app.locator("#drawing img")).to_have_attribute("src", re.compile(DOTS.name))
    expect(app.locator("#status")).to_contain_text("1 person")


def test_a_drop_while_the_camera_is_chosen(app: Page) -> None:
    app.locator("#drawing").get_by_label("Remove Image").click()
    app.locator("#drawing").get_by_label("Capture from camera").click()
    expect(app.locator("#drawing").get_by_label("Capture from camera")).to_have_class(re.compile("selected"))
    drop_files(app, DOTS, app.locator("#drawing"))
    expect(app.locator("#drawing img")).to_have_attribute("src", re.compile(DOTS.name))
    expect(app.locator("#status")).to_contain_text("1 person")


def test_a_picture_is_pasted_but_not_out_of_a_text_field(app: Page) -> None:
    app.locator("h1").click()
    shows(app, lambda: paste_picture(app, DOTS), "image.png")
    go(app, "Dataset")
    field = app.locator("#dataset-name textarea, #dataset-name input").first
    field.click()
    paste_picture(app, BIKE)
    app.keyboard.type("Ada")
    expect(field).to_have_value("Ada")
    expect(app.locator(WORDS)).to_be_hidden()


def test_what_is_no_picture_is_told_in_one_sentence(app: Page, tmp_path: Path) -> None:
    before = app.locator("#drawing img").get_attribute("src")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "folder").mkdir()
    drop_files(app, tmp_path / "notes.txt", app.locator("#drawing"))
    expect(app.locator(WORDS)).to_have_text("notes.txt cannot be opened here; drop one picture.")
    app.locator("h1").click()
    expect(app.locator(WORDS)).to_be_hidden()
    drop_files(app, tmp_path / "folder")
    expect(app.locator(WORDS)).to_contain_text("folder is a folder")
    assert app.locator("#drawing img").get_attribute("src") == before
    drop_files(app, [DOTS, BIKE])
    expect(app.locator(WORDS)).to_contain_text(re.compile(r"^peeps_\w+\.png was taken, 1 more file was not"))


def test_the_references_of_what_is_dropped(app: Page) -> None:
    go(app, "References")
    expect(app.locator("#references .rf-grid .rf-pic")).to_have_count(12)
    asked = app.locator("#references .rf-asked")
    for file, place in ((DOTS, "#reference-drawing"), (BIKE, "#reference-drawing"), (WALKING, "#references .rf-grid")):
        drop_files(app, file, app.locator(place).first)
        expect(asked).to_have_text(file.name)
        expect(app.locator("#reference-drawing img")).to_have_attribute("src", re.compile(file.name))
    go(app, "Skeleton")
    drop_files(app, LEGS, app.locator("#reference-sheet .kp-stage"))
    expect(asked).to_have_text(LEGS.name)
    expect(app.locator("#reference-drawing img")).to_be_visible()


def test_a_folder_on_the_place_for_folders_becomes_a_gallery(app: Page, tmp_path: Path) -> None:
    folder = tmp_path / "Neue Posen 手"
    folder.mkdir()
    (folder / "gekreuzte Füße.png").write_bytes(LEGS.read_bytes())
    go(app, "References")
    expect(app.locator("#references .rf-grid .rf-pic")).to_have_count(12)
    drop_files(app, folder, app.locator("#references .rf-folder"))
    expect(app.locator("#references .rf-progress-words")).to_contain_text("Gallery 'Neue Posen 手': ")
    expect(app.locator("#references .rf-grid .rf-pic")).to_have_count(1)
    expect(app.locator("#references .rf-grid .rf-pic")).to_have_attribute("title", "gekreuzte Füße.png")


def test_drawings_dropped_on_correct_are_opened_in_a_row(app: Page) -> None:
    go(app, "Correct")
    app.locator("#correct-editor .kp-empty").wait_for()
    drop_files(app, [LEGS, BIKE], app.locator("#correct-editor .kp-stage"))
    expect(app.locator(EDITOR_TITLE)).to_contain_text(re.compile(f"{LEGS.name}|{BIKE.name}"))
    expect(app.locator("#correct-editor")).to_contain_text("Drawing 1 of 2")
    app.locator("h1").click()
    paste_picture(app, DOTS)
    expect(app.locator(EDITOR_TITLE)).to_contain_text("image.png")


def test_the_dataset_takes_in_what_is_dropped_once_the_import_is_open(app: Page) -> None:
    go(app, "Dataset")
    expect(app.locator("#dataset-name")).to_be_visible()
    drop_files(app, LEGS)
    expect(app.locator(WORDS)).to_have_text("Say where the drawings come from, then drop them again.")
    expect(app.locator("#import-file")).to_be_visible()
    drop_files(app, LEGS)
    expect(app.locator(".toast-body")).to_contain_text("no annotations of a known format")
