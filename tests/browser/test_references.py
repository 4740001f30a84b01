"""The *References* tab as an artist uses it: a pose in, pictures in that pose out, collected and taken away."""

import base64
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from editing import expect_readable
from PIL import Image
from playwright.sync_api import Page, expect

from sketchpose.formats import Notes, read_poses
from sketchpose.skeleton import INDEX

DRAWINGS = Path(__file__).parents[2] / "examples" / "drawings"
SHEET = "document.querySelector('#reference-sheet .kp').parentElement.keypointEditor"
RESULT = "#references .rf-grid .rf-pic"


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return serve("app.py").url  # type: ignore[attr-defined, no-any-return]


def visit(page: Page, url: str) -> Page:
    page.goto(url)
    page.get_by_role("tab", name="References").click()  # the whole app loads before it
    expect(page.locator(RESULT)).to_have_count(12)
    return page


@pytest.fixture
def tab(page: Page, url: str) -> Page:
    return visit(page, url)


def labels(page: Page) -> list[str]:
    return [str(found.get_attribute("aria-label")) for found in page.locator(RESULT).all()]


def agreeing(page: Page) -> list[int]:
    return [int(re.findall(r"(\d+) of \d+ limbs agree", label)[0]) for label in labels(page)]


def asked(page: Page, words: str) -> None:
    expect(page.locator("#references .rf-asked")).to_have_text(words)


def drop(page: Page, name: str) -> None:
    page.locator("#reference-drawing input[type=file]").set_input_files(DRAWINGS / f"{name}.png")
    asked(page, f"{name}.png")


def test_the_tab_is_filled_from_the_start_and_a_dropped_drawing_finds_itself(tab: Page) -> None:
    tab.locator("#references .rf-grid").hover(trial=True)  # waits until it stands still
    place = tab.locator("#references .rf-grid").bounding_box()
    drop(tab, "peeps_stand_PolkaDots")
    expect(tab.locator(RESULT).first).to_have_attribute("aria-label", re.compile("1: peeps_stand_PolkaDots"))
    assert agreeing(tab)[0] >= 10
    assert tab.locator("#references .rf-grid").bounding_box() == place, "nothing moves when the answer comes"
    expect(tab.locator("#reference-query line.rf-left").nth(5)).to_be_attached()  # the query's own skeleton
    best = "#references .rf-grid .rf-cell:first-child line.rf-good"
    expect(tab.locator(best).nth(9)).to_be_attached()  # most of its limbs agree


def test_the_pose_tab_and_the_editor_lead_here(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#view svg[role=img]")
    page.locator("#pose-find").click()
    expect(page.get_by_role("tab", name="References")).to_have_attribute("aria-selected", "true")
    expect(page.locator(RESULT)).to_have_count(12)
    asked(page, "peeps_stand_PointingFingerWB.png")
    page.get_by_role("tab", name="Correct").click()
    page.locator("#correct-find").click()
    expect(page.locator(".toast-body")).to_contain_text("open a drawing or add a person")
    page.get_by_role("tab", name="Pose").click()
    page.locator("#correct-this").click()
    expect(page.locator("#correct-editor")).to_contain_text("17 of 17 joints labelled")
    page.locator("#correct-editor [data-command=mirror]").click()
    page.locator("#correct-find").click()
    page.locator("#references").wait_for()
    expect(page.locator(RESULT).first).to_have_attribute("aria-label", re.compile("PointingFinger.* mirrored"))


def test_the_keyboard_goes_on_among_the_references_it_asked_for(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("#view svg[role=img]")
    page.locator("#pose-find").press("Enter")
    expect(page.locator(RESULT)).to_have_count(12)
    among = (
        "document.activeElement.closest('[role=tabpanel]')?.contains(document.querySelector('#references .rf-grid'))"
    )
    page.wait_for_function(among)
    page.get_by_role("tab", name="Pose").click()
    page.locator("#correct-this").click()
    expect(page.locator("#correct-editor")).to_contain_text("17 of 17 joints labelled")
    page.locator("#correct-find").press("Enter")
    asked(page, "peeps_stand_PointingFingerWB.png")
    page.wait_for_function(among)


def test_a_pose_dragged_on_the_plain_skeleton(tab: Page) -> None:
    tab.get_by_role("tab", name="Skeleton").click()
    tab.wait_for_function(f"{SHEET}?.doc?.persons.length === 1 && {SHEET}.fitted")
    tab.locator("#reference-sheet .kp-stage").scroll_into_view_if_needed()

    def drag(name: str, dx: float, dy: float) -> None:
        x, y = tab.evaluate(
            f"""(() => {{
              const e = {SHEET}, j = e.doc.persons[0].joints[{INDEX[name]}], r = e.stage.getBoundingClientRect();
              return [r.left + e.view.x + j[0] * e.view.scale, r.top + e.view.y + j[1] * e.view.scale];
            }})()"""
        )
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + dx, y + dy, steps=3)
        tab.mouse.up()

    drag("left_wrist", 30, -170)
    asked(tab, "The skeleton")
    drag("left_elbow", 30, -80)
    drag("right_wrist", -30, -170)
    drag("right_elbow", -30, -80)
    # once the last answer is there, both arms are raised in most of the references
    tab.wait_for_function(
        """([wrists, shoulders]) => {
          const items = document.querySelector('#references .rf').parentElement.references.grid.items;
          const y = (item, joints) => joints.map((joint) => item.points[joint][1]);
          return items.filter((i) => Math.max(...y(i, wrists)) < Math.min(...y(i, shoulders))).length >= 8;
        }""",
        arg=[[INDEX[f"{side}_{joint}"] for side in ("left", "right")] for joint in ("wrist", "shoulder")],
    )


def test_similar_ones_and_back_into_the_editor(tab: Page) -> None:
    name = labels(tab)[0].split(": ")[1].split(",")[0]
    tab.locator("#references [data-act=more]").first.click()
    asked(tab, f"More like {name}")
    assert all(name not in label for label in labels(tab)), "the picture itself is left out"
    mannequin = tab.locator(f"{RESULT}[aria-label*=mannequin]").first
    name = str(mannequin.get_attribute("title")).replace(".webp", ".png")
    mannequin.focus()
    tab.keyboard.press("e")
    expect(tab.locator("#correct-editor")).to_contain_text(name)
    # Rendered in full size; the picture arrives after its name.
    expect(tab.locator("#correct-editor .kp-image")).to_have_js_property("naturalWidth", 768)


def test_from_similar_to_similar_and_back_by_button_and_key(tab: Page) -> None:
    drop(tab, "peeps_stand_WalkingBW")
    back, drawn = tab.locator("#references [data-do=back]"), labels(tab)
    expect(back).to_be_hidden()
    tab.locator(RESULT).nth(3).focus()
    tab.keyboard.press("m")
    name = drawn[3].split(": ")[1].split(",")[0]
    asked(tab, f"More like {name}")
    expect(back).to_have_text("Back to my drawing")
    expect(tab.locator(RESULT).first).to_be_focused()
    similar = labels(tab)
    tab.locator("#references [data-act=more]").nth(1).click()
    asked(tab, f"More like {similar[1].split(': ')[1].split(',')[0]}")
    expect(back).to_have_text("Back one step")
    back.click()
    asked(tab, f"More like {name}")
    assert labels(tab) == similar
    expect(tab.locator(RESULT).nth(1)).to_be_focused()
    tab.keyboard.press("Backspace")
    asked(tab, "peeps_stand_WalkingBW.png")
    assert labels(tab) == drawn
    expect(tab.locator(RESULT).nth(3)).to_be_focused()
    expect(back).to_be_hidden()
    tab.keyboard.press("Backspace")  # nothing lies before it, and the page stays
    expect(tab.locator(RESULT).nth(3)).to_be_focused()


def test_choices_change_the_results(tab: Page) -> None:
    drop(tab, "peeps_stand_WalkingBW")
    assert any("mirrored" in label for label in labels(tab))
    tab.get_by_label("Mirror images too").uncheck()
    tab.wait_for_function(
        f"[...document.querySelectorAll('{RESULT}')].every(p => !p.getAttribute('aria-label').includes('mirrored'))"
    )
    tab.get_by_label("Any camera").check()
    expect(tab.locator("#references .rf-grid.rf-busy")).to_have_count(0)
    tab.get_by_label("This camera").check()
    tab.locator("#reference-tags button").first.click()
    tab.locator("#reference-pose").get_by_label("pair", exact=True).press(" ")
    tab.wait_for_function(
        f"[...document.querySelectorAll('{RESULT}')].every(p => p.getAttribute('aria-label').includes('pair'))"
    )
    tab.locator("#reference-people input").click()
    tab.get_by_role("option", name="1", exact=True).click()
    expect(tab.locator("#references .rf-say")).to_contain_text("choose fewer tags, or any number of people")
    expect(tab.locator(RESULT)).to_have_count(0)


def test_limbs_that_must_match_by_mouse_and_keys(tab: Page) -> None:
    drop(tab, "peeps_stand_WalkingBW")
    gates, grid = tab.locator("#reference-query .rf-gates"), tab.locator("#references .rf-grid")
    tab.locator("#reference-query .rf-hit[data-limb='left thigh']").click(force=True)
    expect(gates).to_have_text("Must match: left thigh.")
    expect(grid.locator(".rf-must.rf-limb")).to_have_count(12)
    hit = tab.locator("#reference-query .rf-hit[data-limb='left thigh']")
    expect(hit).to_have_attribute("aria-checked", "true")
    hit.focus()
    tab.keyboard.press("ArrowRight")
    other = tab.locator("#reference-query .rf-hit:focus")
    name = str(other.get_attribute("data-limb"))
    assert name != "left thigh"
    tab.keyboard.press("Enter")
    expect(gates).to_have_text(re.compile(f"left thigh.*{name}|{name}.*left thigh"))
    expect(tab.locator(f"#reference-query .rf-hit[data-limb='{name}']")).to_be_focused()
    tab.locator("#reference-mirror input").uncheck()  # the gate outlives another choice
    expect(gates).to_contain_text("left thigh")
    drop(tab, "stick_sm_011")
    expect(gates).to_have_text("Click a limb that must match.")  # it was the other drawing's


def test_twelve_more_and_a_mirror_image_turned(tab: Page) -> None:
    tab.locator("#references .rf-pick").nth(1).click()
    first = labels(tab)
    tab.locator("#references [data-do=further]").click()
    expect(tab.locator(RESULT)).to_have_count(24)
    assert labels(tab)[:12] == first
    expect(tab.locator("[data-do=all]")).to_have_text("1 selected")
    tab.locator(f"{RESULT}[aria-label*=mirrored]").first.click()
    stage = tab.locator("#references .rf-stage svg > g")
    expect(stage).to_have_attribute("transform", re.compile("scale.-1 1"))
    tab.keyboard.press("f")
    expect(stage).not_to_have_attribute("transform", re.compile("scale"))
    expect(tab.locator("[data-view=flip]")).to_have_attribute("aria-pressed", "false")


def test_skeletons_come_up_under_the_pointer_or_all_at_once(tab: Page) -> None:
    skeleton = tab.locator(f"{RESULT} .rf-skel")
    expect(skeleton.nth(2)).to_be_hidden()
    tab.locator(RESULT).nth(2).hover()
    expect(skeleton.nth(2)).to_be_visible()
    expect(skeleton.nth(3)).to_be_hidden()
    tab.locator("#references [data-do=overlay]").click()
    expect(skeleton.nth(3)).to_be_visible()


def test_full_size_by_mouse_and_keys(tab: Page) -> None:
    first = tab.locator(RESULT).first
    first.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    at = labels(tab)[5]
    expect(tab.locator(RESULT).nth(5)).to_be_focused()
    tab.keyboard.press("Enter")
    view = tab.locator("#references .rf-view")
    expect(view).to_be_visible()
    expect(view.locator(".rf-name")).to_have_text(at.split(": ")[1].split(",")[0])
    small = str(tab.locator(f"{RESULT} image").nth(5).get_attribute("href"))
    expect(tab.locator(".rf-stage image")).not_to_have_attribute("href", small)
    source = str(tab.locator(".rf-stage image").get_attribute("href"))
    full, thumb = (Image.open(io.BytesIO(base64.b64decode(s.split(",")[1]))) for s in (source, small))
    assert max(full.size) >= 700 > 256 >= max(thumb.size)
    expect(view.locator("line.rf-limb").nth(8)).to_be_attached()
    tab.keyboard.press("o")
    expect(view.locator(".rf-skel").first).to_be_hidden()
    tab.keyboard.press("ArrowLeft")
    expect(view.locator(".rf-name")).to_have_text(labels(tab)[4].split(": ")[1].split(",")[0])
    tab.keyboard.press("Escape")
    expect(view).to_be_hidden()
    expect(tab.locator(RESULT).nth(5)).to_be_focused()


def test_the_board_outlives_the_page(tab: Page, url: str) -> None:
    tab.locator(RESULT).nth(2).focus()
    tab.keyboard.press("b")
    tab.locator("#references [data-act=board]").nth(4).click()
    expect(tab.locator("#references .rf-strip li")).to_have_count(2)
    names = [labels(tab)[i].split(": ")[1].split(",")[0] for i in (2, 4)]
    tab.reload()
    visit(tab, url)
    kept = tab.locator("#references .rf-strip .rf-pic")
    expect(kept).to_have_count(2)
    for one, name in zip(kept.all(), names, strict=True):
        expect(one).to_have_attribute("aria-label", f"{name}, open")
    with tab.expect_download() as caught:
        tab.locator("[data-do=board-zip]").click()
    with zipfile.ZipFile(caught.value.path()) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 2
    kept.first.click()
    expect(tab.locator("#references .rf-view .rf-name")).to_have_text(names[0])
    tab.keyboard.press("Escape")
    tab.locator("#references .rf-away").first.click()
    expect(kept).to_have_count(1)


def test_the_board_is_arranged_and_practised_from(tab: Page) -> None:
    for i in (0, 1, 2):
        tab.locator("#references [data-act=board]").nth(i).click()
    strip = tab.locator("#references .rf-strip .rf-pic")
    expect(strip).to_have_count(3)
    names = [str(one.get_attribute("aria-label")) for one in strip.all()]
    strip.nth(2).focus()
    tab.keyboard.press("Shift+ArrowLeft")
    expect(strip.nth(1)).to_have_attribute("aria-label", names[2])
    expect(strip.nth(1)).to_be_focused()
    strip.nth(0).drag_to(strip.nth(2))
    expect(strip.nth(2)).to_have_attribute("aria-label", names[0])
    tab.clock.install()
    tab.locator(".rf-seconds").select_option("30")
    tab.locator("[data-do=board-practice]").click()
    practice = tab.locator(".rf-practice")
    expect(practice).to_be_visible()
    expect(practice.locator(".rf-which")).to_have_text("1 of 3")
    expect(practice.locator(".rf-model image")).to_have_attribute("href", re.compile("^data:image/"))
    tab.clock.run_for(31_000)
    expect(practice.locator(".rf-which")).to_have_text("2 of 3")
    tab.keyboard.press(" ")
    expect(practice.locator("[data-practice=pause]")).to_have_text("Go on")
    tab.clock.run_for(60_000)
    expect(practice.locator(".rf-which")).to_have_text("2 of 3")
    tab.keyboard.press(" ")
    tab.keyboard.press("ArrowRight")
    expect(practice.locator(".rf-which")).to_have_text("3 of 3")
    tab.clock.run_for(31_000)
    expect(practice).to_be_hidden()
    expect(tab.locator("#references .rf-say")).to_have_text("Practice over: 3 of 3 poses.")


def test_a_selection_as_contact_sheet_and_archive(tab: Page) -> None:
    tab.locator("#references .rf-pick").nth(1).click()
    tab.locator(RESULT).nth(11).focus()
    tab.keyboard.press(" ")
    expect(tab.locator("[data-do=all]")).to_have_text("2 selected")
    with tab.expect_download() as caught:
        tab.locator("#references [data-do=zip]").click()
    with zipfile.ZipFile(caught.value.path()) as archive:
        names = archive.namelist()
        assert [name[:2] for name in names] == ["01", "01", "02", "02", "cr"]
        picture = Image.open(io.BytesIO(archive.read(names[2])))
        pose = read_poses(archive.read(names[3]), "poses.json", Notes())[0][0]
        assert picture.size == (pose.width, pose.height) and max(picture.size) == 768 and len(pose.poses) == 1
        assert len(archive.read("credits.txt").decode().splitlines()) == 2
    with tab.expect_download() as caught:
        tab.locator("#references [data-do=sheet]").click()
    assert Image.open(caught.value.path()).width == 600


def test_openpose_goes_to_the_clipboard(new_page: Callable[..., Page], url: str) -> None:
    page = visit(new_page(permissions=["clipboard-read", "clipboard-write"]), url)
    page.locator(RESULT).nth(3).focus()
    page.keyboard.press("c")
    expect(page.locator("#references .rf-say")).to_contain_text("in the clipboard")
    copied = page.evaluate("navigator.clipboard.readText()").encode()
    (pose,) = read_poses(copied, "poses.json", Notes())[0][0].poses
    points = page.evaluate("document.querySelector('#references .rf').parentElement.references.grid.items[3].points")
    for (x, y, seen), point, shown in zip(points, pose.keypoints, pose.labelled, strict=True):
        assert bool(seen) == bool(shown)
        assert not seen or np.allclose((x, y), point, atol=0.06)


def test_a_folder_becomes_a_gallery(tab: Page, tmp_path: Path) -> None:
    folder = tmp_path / "Müllers Skizzen 手"
    (folder / "Große Übung").mkdir(parents=True)
    shutil.copy(DRAWINGS / "peeps_sit_Bike.png", folder / "Große Übung" / "auf dem Rad 50%20.png")
    shutil.copy(DRAWINGS / "stick_sm_011.png", folder / "手を上げる 1.png")
    (folder / "brief an Ödön.png").write_bytes(b"dear reader")
    (folder / "notes.txt").write_text("not a picture")
    tab.locator("#references .rf-files").set_input_files(folder)
    words = tab.locator("#references .rf-progress-words")
    expect(words).to_contain_text("2 people")
    tab.locator("#reference-tags button").first.click()
    expect(words).to_contain_text("brief an Ödön.png: not a picture that can be read")
    expect(tab.locator("#reference-gallery input")).to_have_value("Müllers Skizzen 手")
    expect(tab.locator(RESULT)).to_have_count(2)
    for name in ("auf dem Rad 50%20.png", "手を上げる 1.png"):
        expect(tab.locator(f"{RESULT}[aria-label*='{name}']")).to_have_count(1)
    assert any("große übung" in label for label in labels(tab))
    expect(tab.locator("#reference-own")).to_be_visible()
    expect(tab.locator("#reference-view")).to_be_hidden()  # none of these pictures says from where it was seen
    tab.locator(RESULT).first.click()
    small = str(tab.locator(f"{RESULT} image").first.get_attribute("href"))
    expect(tab.locator(".rf-stage image")).not_to_have_attribute("href", small)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_in_both_themes(page: Page, url: str, theme: str) -> None:
    visit(page, f"{url}?__theme={theme}")
    for name in (".rf-asked", ".rf-say", ".rf-legend span", "[data-act=more]", ".rf-note", ".rf-board b"):
        expect_readable(page.locator(f"#references {name}").first)


def test_phone(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto(url)
    page.wait_for_selector("#view svg[role=img]")
    page.locator("#pose-find").tap()  # the tab itself may be in the menu of those that find no room
    expect(page.locator(RESULT)).to_have_count(12)
    page.wait_for_function("document.documentElement.scrollWidth <= 360")
    expect(page.locator("#reference-view")).to_be_hidden()  # the results come first, the choices are folded
    page.locator("#reference-tags button").first.tap()
    page.locator("#reference-view").get_by_label("side", exact=True).tap()
    expect(page.locator(f"{RESULT}[aria-label*=side]")).to_have_count(12)
    page.wait_for_function("document.documentElement.scrollWidth <= 360")
    small = page.evaluate(
        "[...document.querySelectorAll('#references button, #references .rf-pick')].filter((b) => b.offsetParent)"
        ".filter((b) => b.getBoundingClientRect().height < 43).map((b) => b.className + b.textContent)"
    )
    assert small == []
    page.locator(RESULT).first.tap()
    expect(page.locator("#references .rf-view")).to_be_visible()
    page.locator("[data-view=next]").tap()
    page.locator("[data-view=board]").tap()
    expect(page.locator("[data-view=board]")).to_have_text("Off the board")
    page.locator("[data-view=close]").tap()
    expect(page.locator("#references .rf-strip li")).to_have_count(1)


def test_a_bad_picture_is_explained_and_the_last_results_go(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_bytes(b"dear reader")
    tab.locator("#reference-drawing input[type=file]").set_input_files(tmp_path / "letter.png")
    expect(tab.locator(".toast-body")).to_contain_text("not a picture that can be read")
    expect(tab.locator("#references .rf-say")).to_contain_text("not a picture that can be read")
    expect(tab.locator(RESULT)).to_have_count(0)
    asked(tab, "")
