"""A person at the keypoint editor: what the browser tests and the benchmark do through mouse, touch and keyboard.

The page's own state is read (where is a joint on screen, how far is it zoomed), never written, but for ``zoom_to``.
"""

import json
import time
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page

from sketchpose.skeleton import INDEX

EDITOR = "document.querySelector('.kp').parentElement.keypointEditor"
Point = tuple[float, float]
CONTRAST = """(node) => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let back = node, colour = null;
  while (back && !colour) {
    const c = parse(getComputedStyle(back).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) colour = c;
    back = back.parentElement;
  }
  const [a, b] = [light(parse(getComputedStyle(node).color)), light(colour || [255, 255, 255])];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


def expect_readable(text: Locator) -> None:
    """Wait until a text stands out from what is behind it as WCAG asks of small text; colours may fade over a while."""
    limit = time.monotonic() + 180
    while (found := text.evaluate(CONTRAST)) < 4.5:
        assert time.monotonic() < limit, f"contrast {found:.1f} of {text}"
        text.page.wait_for_timeout(50)


def set_threshold(page: Page, value: str) -> None:
    """Type a threshold, again if it went back: Gradio may reset a section for a moment after it was opened."""
    number = page.locator("#threshold input[type=number]")
    for _ in range(100):
        number.fill(value)
        page.wait_for_timeout(1000)
        if number.input_value() == value:
            return
    raise AssertionError(f"the threshold does not stay at {value}")


class Editing:
    """The editor of ``editor_app.py`` in a page."""

    def __init__(self, page: Page, url: str, query: str = "") -> None:
        self.page = page
        page.goto(url + query)
        self.show()

    def show(self) -> None:
        self.page.get_by_role("tab", name="Editor").click()
        self.page.wait_for_selector("#editor .kp-stage")
        self.page.wait_for_function(f"{EDITOR} && (!{EDITOR}.doc || ({EDITOR}.fitted && {EDITOR}.image.complete))")

    def open(self, name: str, persons: int) -> None:
        self.page.locator(f"#open-{name}").click()
        self.page.wait_for_function(
            f"{EDITOR}.doc && {EDITOR}.host.props.value.image.url.endsWith('/{name}.png')"
            f" && {EDITOR}.doc.persons.length === {persons} && {EDITOR}.image.complete && !{EDITOR}.dirty"
        )
        self.page.locator("#editor .kp-stage").scroll_into_view_if_needed()

    def state(self, expression: str) -> Any:
        return self.page.evaluate(f"(() => {{ const ed = {EDITOR}; return {expression}; }})()")

    def drawn(self) -> None:
        """Wait until the page shows what the editor holds: it draws once per frame."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def joints(self, person: int = 0) -> list[list[float]]:
        found: list[list[float]] = self.state(f"ed.doc.persons[{person}].joints")
        return found

    def to_screen(self, point: Sequence[float]) -> Point:
        x, y, scale = self.state("[ed.view.x, ed.view.y, ed.view.scale]")
        left, top = self.state(
            "(() => { const r = ed.stage.getBoundingClientRect();"
            " return [r.left + ed.stage.clientLeft, r.top + ed.stage.clientTop]; })()"
        )
        return left + x + point[0] * scale, top + y + point[1] * scale

    def where(self, name: str, person: int = 0) -> Point:
        return self.to_screen(self.joints(person)[INDEX[name]])

    def scale(self) -> float:
        return float(self.state("ed.view.scale"))

    def zoom_to(self, scale: float, point: Sequence[float]) -> None:
        """Show an image point in the middle of the stage at an exact zoom."""
        self.state(
            f"(ed.setView({{ scale: {scale}, x: ed.size().width / 2 - {point[0]} * {scale},"
            f" y: ed.size().height / 2 - {point[1]} * {scale} }}), ed.renderNow())"
        )

    def drag(self, start: Point, end: Point, *, keys: Sequence[str] = (), steps: int = 4) -> None:
        mouse, keyboard = self.page.mouse, self.page.keyboard
        for key in keys:
            keyboard.down(key)
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=steps)
        mouse.up()
        for key in keys:
            keyboard.up(key)

    def drag_joint(self, name: str, dx: float, dy: float, person: int = 0, **options: Any) -> None:
        x, y = self.where(name, person)
        self.drag((x, y), (x + dx, y + dy), **options)

    def focus(self) -> None:
        self.page.locator(".kp-stage").focus()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def pick(self, name: str, person: int = 0) -> None:
        self.page.mouse.click(*self.where(name, person))

    def click(self, command: str) -> None:
        self.page.locator(f".kp [data-command={command}]").first.click()

    def status(self) -> Locator:
        return self.page.locator(".kp-status")

    def received(self, edits: int | None = None) -> dict[str, Any]:
        """Wait until Python has seen an edit (default: the last) and return what it received."""
        return received(self.page, self.state("ed.edits") if edits is None else edits)


def received(page: Page, edits: int) -> dict[str, Any]:
    """Wait until Python has seen the edit of this number and return what it received."""
    page.wait_for_function(
        "(edits) => { const t = document.querySelector('#out textarea').value;"
        " return t && JSON.parse(t).edit === edits; }",
        arg=edits,
    )
    got: dict[str, Any] = json.loads(page.locator("#out textarea").input_value())
    return got
