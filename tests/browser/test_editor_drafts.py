"""Unsaved work in the keypoint editor survives what can happen to a page and to a server."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from editing import EDITOR, Editing
from playwright.sync_api import Browser, Page, expect


@pytest.fixture(scope="module")
def server(serve: Callable[..., object], tmp_path_factory: pytest.TempPathFactory) -> object:
    return serve("tests/browser/editor_app.py", str(tmp_path_factory.mktemp("drawings")))


@pytest.fixture
def ed(page: Page, server: object) -> Editing:
    page.on("dialog", lambda dialog: dialog.accept())
    return Editing(page, server.url)  # type: ignore[attr-defined]


def reload(ed: Editing) -> None:
    if ed.state("ed.edits"):
        ed.received()  # a request cut off by the reload would be reported as an error
    ed.page.reload()
    ed.show()


def test_a_reload_offers_the_unsaved_work(ed: Editing) -> None:
    ed.drag_joint("left_wrist", 31, 17)
    ed.click("add")
    now = ed.joints(), ed.joints(2)
    reload(ed)
    banner = ed.page.locator("#editor .kp-draft")
    expect(banner).to_contain_text("Unsaved work on two.png from")
    assert ed.joints() != now[0]
    banner.get_by_text("Restore").click()
    ed.page.wait_for_function(f"{EDITOR}.doc.persons.length === 3")
    for person, before in ((0, now[0]), (2, now[1])):
        for joint, old in zip(ed.joints(person), before, strict=True):
            assert joint == pytest.approx(old, abs=1e-4)
    assert ed.state("ed.dirty") is True and len(ed.received()["persons"]) == 3
    ed.focus()
    ed.press("PageUp", "PageUp", "Shift+R")
    assert ed.joints()[9] != now[0][9], "the model's pose came back with the draft"


def test_discarding_and_saving_end_the_offer(ed: Editing) -> None:
    banner = ed.page.locator("#editor .kp-draft")
    ed.drag_joint("left_wrist", 31, 17)
    reload(ed)
    banner.get_by_text("Discard").click()
    expect(banner).to_be_hidden()
    reload(ed)
    expect(banner).to_be_hidden()
    ed.drag_joint("left_wrist", 31, 17)
    ed.press("Control+s")
    expect(ed.page.locator("#editor .kp-status")).to_contain_text("Saved as revision")
    reload(ed)
    expect(banner).to_be_hidden()


def test_leaving_with_unsaved_work_warns_and_without_does_not(page: Page, server: object) -> None:
    ed = Editing(page, server.url)  # type: ignore[attr-defined]
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    ed.show()
    assert asked == []
    ed.drag_joint("left_wrist", 31, 17)
    ed.received()
    page.reload()
    assert asked == ["beforeunload"]


@pytest.fixture
def bold_page(chromium: Browser) -> Iterator[Page]:
    """A page that may report errors: its server is going to be killed."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


# The copy of the original lies in the browser's database, which the page must have made first.
PICTURE_KEPT = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === 'sketchpose-drafts')) return false;
  return new Promise((done) => {
    const opened = indexedDB.open('sketchpose-drafts');
    opened.onsuccess = () => {
      const db = opened.result, count = db.transaction('pictures').objectStore('pictures').count();
      count.onsuccess = () => { db.close(); done(count.result > 0); };
    };
  });
}"""


def test_a_killed_server_loses_nothing(bold_page: Page, server: object, tmp_path: Path) -> None:
    ed = Editing(bold_page, server.url)  # type: ignore[attr-defined]
    ed.open("large", 1)
    ed.drag_joint("left_wrist", 20, 20)
    ed.received()
    bold_page.wait_for_function(PICTURE_KEPT)
    image = ed.state("ed.host.props.value.image.path")
    server.kill()  # type: ignore[attr-defined]
    ed.drag_joint("right_wrist", -20, 20)
    ed.drag_joint("nose", 10, -10)
    now = ed.joints()
    ed.press("Control+s")
    expect(bold_page.locator("#editor .kp-status")).to_contain_text("The server has not answered, so nothing is saved")
    # The upload is gone as well, as on a Space that was started anew.
    shutil.rmtree(Path(image).parent)
    # Left before the server is back: Gradio then reloads the page by itself, and of two reloads at once one may hang.
    bold_page.goto("about:blank")
    server.start()  # type: ignore[attr-defined]
    ed = Editing(bold_page, server.url)  # type: ignore[attr-defined]
    ed.page.locator("#open-none").click()
    banner = bold_page.locator("#editor .kp-draft")
    expect(banner).to_contain_text("Unsaved work on large.png from")
    banner.get_by_text("Restore").click()
    bold_page.wait_for_function(f"{EDITOR}.doc && {EDITOR}.image.complete && {EDITOR}.image.naturalWidth === 3000")
    for joint, old in zip(ed.joints(), now, strict=True):
        assert joint == pytest.approx(old, abs=1e-3)
    got = ed.received()
    assert got["size"] == [3000, 3000] and got["persons"][0]["xy"][0] == pytest.approx(now[0][:2], abs=0.01)
    ed.focus()
    ed.press("Control+s")
    expect(bold_page.locator("#editor .kp-status")).to_contain_text("Saved as revision 1")
