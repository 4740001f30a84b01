"""The keypoint editor on screens of all kinds, and with hostile text."""

from collections.abc import Callable

import pytest
from editing import Editing, expect_readable
from playwright.sync_api import Page, expect

from sketchpose.skeleton import INDEX


@pytest.fixture(scope="module")
def url(serve: Callable[..., object]) -> str:
    return str(serve("tests/browser/editor_app.py").url)  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_in_both_themes(page: Page, url: str, theme: str) -> None:
    ed = Editing(page, url, f"?__theme={theme}")
    assert page.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    ed.pick("nose")
    ed.press("1")
    for name in (".kp-status", ".kp-title", ".kp-notes", "[data-command=swap]", "summary", "[data-command=save]"):
        expect_readable(page.locator(f"#editor {name}").first)
    ed.press("?")
    expect_readable(page.locator("#editor .kp-help dd").first)


@pytest.mark.parametrize("drawing", ["two", "dark"])
def test_every_mark_is_cased_light_and_dark(page: Page, url: str, drawing: str) -> None:
    ed = Editing(page, url)
    ed.open(drawing, 2 if drawing == "two" else 1)
    mark = page.locator(f"#editor .kp-joint[data-joint='{INDEX['left_knee']}'][data-person='0']")
    expect(mark.locator(".kp-halo")).to_have_css("stroke", "rgb(255, 255, 255)")
    expect(mark.locator(".kp-dot")).to_have_css("stroke", "rgb(17, 17, 17)")


def test_phone_width(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    ed = Editing(page, url)
    page.wait_for_function("document.documentElement.scrollWidth <= 360")
    ed.drawn()
    stage = page.locator("#editor .kp-stage").bounding_box()
    assert stage is not None and stage["width"] > 260 and stage["height"] < 740 * 0.75, (
        "room is left to scroll the page"
    )
    small = page.evaluate(
        "[...document.querySelectorAll('#editor button, #editor select')].filter((b) => b.offsetParent)"
        ".filter((b) => b.getBoundingClientRect().height < 43).map((b) => b.textContent)"
    )
    assert small == []
    page.locator("#editor .kp-stage").scroll_into_view_if_needed()
    scale = ed.scale()
    before = ed.joints()[INDEX["left_wrist"]]
    ed.drag_joint("left_wrist", 20, 20)
    after = ed.received()["persons"][0]["xy"][INDEX["left_wrist"]]
    assert after == pytest.approx([before[0] + 20 / scale, before[1] + 20 / scale], abs=0.01)


def test_the_panel_folds_away_and_stays_so(page: Page, url: str) -> None:
    ed = Editing(page, url)
    panel, fold = page.locator("#editor .kp-side"), page.locator("#editor .kp-fold")
    before = page.locator("#editor .kp-stage").bounding_box()
    fold.click()
    expect(panel).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")
    after = page.locator("#editor .kp-stage").bounding_box()
    assert before is not None and after is not None and after["width"] > before["width"] + 200
    page.reload()
    ed.show()
    expect(panel).to_be_hidden()
    fold.click()
    expect(panel).to_be_visible()


def test_nothing_jumps_while_working(page: Page, url: str) -> None:
    ed = Editing(page, url)
    ed.drawn()
    place = page.locator("#editor .kp-stage").bounding_box()
    ed.drag_joint("left_wrist", 420, 200)
    for command in ("frame", "box", "addBox", "guide"):
        ed.click(command)
        ed.drawn()
        assert page.locator("#editor .kp-stage").bounding_box() == place, command
    ed.focus()
    ed.press("Escape", "Control+s")
    expect(page.locator("#editor .kp-status")).to_contain_text("Saved")
    ed.drawn()
    assert page.locator("#editor .kp-stage").bounding_box() == place


def test_hostile_names_are_shown_as_text(page: Page, url: str) -> None:
    ran: list[str] = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message) if dialog.type == "alert" else None, dialog.accept()))
    ed = Editing(page, url)
    ed.open("hostile", 1)
    name = '"><img src=x onerror=alert(1)>${alert(2)}{{alert(3)}}.png'
    expect(page.locator("#editor .kp-title")).to_have_text(name)
    ed.drag_joint("nose", 12, 3)
    assert ed.received()["size"] == [500, 501]
    page.reload()
    ed.show()
    expect(page.locator("#editor .kp-draft")).to_be_hidden()
    ed.open("hostile", 1)
    expect(page.locator("#editor .kp-draft")).to_contain_text(f"Unsaved work on {name} from")
    page.locator("#editor .kp-draft button", has_text="Restore").click()
    expect(page.locator("#editor .kp-title")).to_have_text(name + " (unsaved)")
    assert ran == []
    expect(page.locator("#editor img:not(.kp-image, .kp-thanks img)")).to_have_count(0)
    expect(page.locator("#editor script")).to_have_count(0)


def test_leaving_the_tab_and_coming_back_keeps_everything(page: Page, url: str) -> None:
    ed = Editing(page, url)
    ed.drag_joint("left_wrist", 30, 30)
    ed.focus()
    ed.press("+")
    now, view = ed.joints(), ed.state("ed.view")
    page.get_by_role("tab", name="Start").click()
    expect(page.locator("#editor .kp-stage")).to_be_hidden()
    page.get_by_role("tab", name="Editor").click()
    expect(page.locator("#editor .kp-stage")).to_be_visible()
    ed.drawn()
    assert ed.joints() == now and ed.state("ed.view") == view
    ed.focus()
    ed.press("Control+z")
    assert ed.joints() != now


def test_every_joint_and_button_has_a_name(page: Page, url: str) -> None:
    Editing(page, url)
    joints = page.locator("#editor .kp-joint")
    expect(joints).to_have_count(34)
    labels = [joints.nth(i).get_attribute("aria-label") or "" for i in range(joints.count())]
    assert len(labels) == 34 and len(set(labels)) == 34
    assert labels[9].startswith("left wrist, person 1, x ") and labels[9].endswith(", visible, confidence 20 %")
    nameless = page.evaluate(
        "[...document.querySelectorAll('#editor button, #editor select, #editor input')]"
        ".filter((b) => !(b.textContent.trim() || b.getAttribute('aria-label') || b.closest('label'))).length"
    )
    assert nameless == 0
    # One stop for Tab; N and P go on from there.
    expect(page.locator("#editor .kp-joint[tabindex='0']")).to_have_count(1)


ABOUT = "document.querySelectorAll('#editor .kp-spot.kp-about').length"


def test_the_empty_editor_shows_what_it_is_for_and_then_rests(page: Page, url: str) -> None:
    Editing(page, url)
    page.evaluate(
        f"""() => {{
          const watch = () => {{
            window.followed = window.followed || {ABOUT} === 2;
            if (!window.followed || {ABOUT}) requestAnimationFrame(watch);
            else window.rested = true;
          }};
          watch();
        }}"""
    )
    page.locator("#open-none").click()
    expect(page.locator("#editor figcaption")).to_be_visible()
    page.wait_for_function("window.rested")


def test_without_motion_the_empty_editor_shows_a_still(new_page: Callable[..., Page], url: str) -> None:
    page = new_page(reduced_motion="reduce")
    Editing(page, url)
    page.locator("#open-none").click()
    page.wait_for_function(f"{ABOUT} === 2")
    same = """() => new Promise((done) => {
      const show = document.querySelector('#editor .kp-show'), before = show.innerHTML;
      requestAnimationFrame(() => requestAnimationFrame(() => done(before === show.innerHTML)));
    })"""
    assert page.evaluate(same)


def test_changes_from_python_arrive(page: Page, url: str) -> None:
    ed = Editing(page, url)
    ed.drag_joint("left_wrist", 30, 30)
    ed.received()
    ed.open("crowd", 6)
    assert ed.state("[ed.doc.width, ed.doc.height]") == [2000, 900]
    expect(page.locator("#editor [data-command=undo]")).to_be_disabled()
    page.locator("#open-none").click()
    expect(page.locator("#editor .kp-empty")).to_be_visible()
    page.locator("#editor .kp-stage").focus()
    for key in ("ArrowLeft", "s", "i", "Control+z", "Control+s", "g", "f", "z", "h", "b"):
        page.keyboard.press(key)
    for tools in (".kp-bar", ".kp-side"):
        expect(page.locator(f"#editor {tools}")).to_be_hidden()  # nothing to work on: no tools
    page.mouse.click(600, 400)
    assert ed.state("ed.doc") is None
