"""What the jobs of an artist, an annotator and an owner take in the page: actions and seconds, and what it weighs.

    python tests/benchmarks/bench_jobs.py [--rounds 3] [--before CHECKOUT]

Starts the app with an empty home and plays each person in Chromium by real events, on a screen of 1366 x 860. An action
is a click, a key, a drag, a stroke, a turn of the wheel or a drop. The seconds are those of a script that never thinks,
from the first action to what the job wants in view: on this machine, not a person's. ``--before`` plays the same with
another checkout, turn by turn. Of the weight, all bytes of bodies count, as they are transferred to an empty cache,
up to the moment when nothing more comes to the first screen.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench_load import start
from machine import save, table
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from dropping import drop_files  # noqa: E402
from editing import EDITOR, Editing  # noqa: E402

EXAMPLES = ROOT / "examples" / "drawings"
SKETCH = EXAMPLES / "peeps_sit_Bike.png"
THREE = [EXAMPLES / f"peeps_{name}.png" for name in ("sit_CrossedLegs", "stand_CrossedArmsWB", "stand_WalkingBW")]
OTHERS = [EXAMPLES / f"peeps_{name}.png" for name in ("sit_HandsBackWB", "sit_MediumBW", "stand_PolkaDots")]
SKELETON = "#view svg[role=img]"
BESIDE = "#live li svg"
FOUND = "#references .rf-grid .rf-pic"
STROKES = (
    [(0.5, 0.12), (0.56, 0.16), (0.56, 0.22), (0.5, 0.26), (0.44, 0.22), (0.44, 0.16), (0.5, 0.12)],
    [(0.5, 0.27), (0.5, 0.55)],
    [(0.5, 0.31), (0.38, 0.4), (0.28, 0.28)],
    [(0.5, 0.31), (0.62, 0.4), (0.72, 0.28)],
    [(0.5, 0.55), (0.42, 0.72), (0.4, 0.92)],
    [(0.5, 0.55), (0.6, 0.72), (0.62, 0.92)],
)
"""A stick figure with raised arms, as shares of the page to draw on."""
TOKEN = "the owner of the benchmark"
PATIENCE_MS = 120_000
QUIET_MS = 1500
"""What has not changed for so long is there to stay; this time is not counted."""
_SHOWN = """(selector) => [...document.querySelectorAll(selector)]
  .filter((one) => one.getClientRects().length).map((one) => one.outerHTML)"""
_SETTLED = f"""([selector, least, quiet, old]) => new Promise((done) => {{
  const shown = {_SHOWN};
  let seen = '', since = performance.now();
  const look = () => {{
    const all = shown(selector), now = all.join('');
    if (now !== seen) [seen, since] = [now, performance.now()];
    const rest = performance.now() - since;
    if (all.length >= least && now !== old && rest > quiet) done(rest / 1000);
    else setTimeout(look, 50);
  }};
  look();
}})"""


class Person:
    """Somebody at the page, whose actions are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions = page, 0
        self._begun = time.perf_counter()

    def click(self, selector: str) -> None:
        """Click on something."""
        self.actions += 1
        self.page.locator(selector).first.click()

    def tab(self, name: str) -> None:
        """Open a tab."""
        self.actions += 1
        self.page.get_by_role("tab", name=name, exact=True).click()

    def drop(self, files: Sequence[Path]) -> None:
        """Drop files on the page."""
        self.actions += 1
        drop_files(self.page, files)

    def shown(self, selector: str) -> str:
        """Return what is in view now, to tell it from what comes."""
        return "".join(self.page.evaluate(_SHOWN, selector))

    def wait(self, selector: str, least: int = 1, old: str = "") -> float:
        """Wait until enough of something is in view that was not before, and changes no more; returns the seconds."""
        self._begun += self.page.evaluate(_SETTLED, [selector, least, QUIET_MS, old])
        return self.seconds()

    def seconds(self) -> float:
        """Return the seconds since the first action, without those in which nothing was left to wait for."""
        return time.perf_counter() - self._begun


class Corrector(Person, Editing):
    """Somebody at the page of the *Correct* tab."""

    def correct(self, paths: Sequence[Path]) -> None:
        """Open drawings, drag one joint of each, and save them one after another."""
        self.tab("Correct")
        self.page.locator("#open-files").wait_for()
        self.drop(paths)
        left = {path.name for path in paths}
        while left:
            self.page.wait_for_function(
                f"(names) => {EDITOR} && {EDITOR}.doc && {EDITOR}.fitted && {EDITOR}.image.complete && !{EDITOR}.dirty"
                f" && !{EDITOR}.sent && names.includes({EDITOR}.host.props.value.name)",
                arg=sorted(left),
            )
            left.remove(self.state("ed.host.props.value.name"))
            self._fix("left_wrist", bool(left))

    def _fix(self, joint: str, more: bool) -> None:
        assert self.page.viewport_size
        while (below := self.where(joint)[1] + 60 - self.page.viewport_size["height"]) > 0:
            self.actions += 1
            self.page.mouse.move(20, 400)
            self.page.mouse.wheel(0, max(200.0, below))
            self.page.wait_for_timeout(200)
        self.actions += 2
        self.drag_joint(joint, 12, -12)
        self.press("Control+Enter")
        if not more:
            self.page.wait_for_function(f"!{EDITOR}.dirty && !{EDITOR}.sent")


Parts = Iterator[tuple[str, int, float]]


def artist_drops(person: Person) -> Parts:
    """A sketch is dropped, for its skeleton, for what stands beside it, and for twelve references."""
    old, beside = person.shown(SKELETON), person.shown(BESIDE)
    person.drop([SKETCH])
    yield "a sketch dropped: its skeleton", person.actions, person.wait(SKELETON, old=old)
    if beside:
        yield "a sketch dropped: six references beside it", person.actions, person.wait(BESIDE, 6, beside)
    person.click("#pose-find")
    yield "a sketch dropped: twelve references", person.actions, person.wait(FOUND, 12)


def artist_draws(person: Person) -> Parts:
    """Six strokes are drawn, for references in their pose."""
    person.tab("Draw")
    canvas = person.page.locator("#page canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for stroke in STROKES:
        person.actions += 1
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        person.page.mouse.move(*places[0])
        person.page.mouse.down()
        for place in places[1:]:
            person.page.mouse.move(*place, steps=6)
        person.page.mouse.up()
    person.wait(SKELETON)
    if person.page.locator("#live").count():
        yield "six strokes drawn: references", person.actions, person.wait(BESIDE, 6)
    else:
        person.click("#pose-find")
        yield "six strokes drawn: references", person.actions, person.wait(FOUND, 6)


def annotator(person: Corrector) -> Parts:
    """Three drawings are opened, a joint of each is put right, all are saved."""
    person.correct(OTHERS)
    yield "three drawings, a joint of each, all saved", person.actions, person.seconds()


def owner(person: Corrector) -> Parts:
    """An empty dataset gets three corrections; its statistics are seen, and what a training still needs."""

    def leave() -> None:
        person.actions += 1
        person.press("Escape")

    # Thanks for the work stand before the page, now or in a moment.
    person.page.add_locator_handler(person.page.locator("dialog[open]"), leave)
    person.correct(THREE)
    person.tab("Dataset")
    person.tab("Statistics")
    yield "three saved: statistics", person.actions, person.wait("#statistics-plots svg")
    person.tab("Train")
    words = "#training-step-1, #training-state"
    yield "three saved: what a training still needs", person.actions, person.wait(words)
    print(person.page.locator(words).first.inner_text())


JOBS: dict[str, tuple[type[Person], Callable[..., Parts]]] = {
    "artist ": (Person, artist_drops),
    "artist": (Person, artist_draws),
    "owner": (Corrector, owner),
    "annotator": (Corrector, annotator),
}


@contextmanager
def served(checkout: Path) -> Iterator[str]:
    """Serve a checkout with an empty home; yields its address."""
    with tempfile.TemporaryDirectory() as home:
        process, url = start(checkout / "app.py", home)
        try:
            yield url
        finally:
            process.terminate()
            process.wait()


def first_load(page: Page, url: str) -> Iterator[tuple[str, float]]:
    """Open the page with an empty cache; yields what it took."""
    session, sizes = page.context.new_cdp_session(page), defaultdict[str, int](int)
    session.send("Network.enable")

    def came(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] += event["encodedDataLength"]

    def over(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = max(sizes[event["requestId"]], int(event["encodedDataLength"]))

    session.on("Network.dataReceived", came)
    session.on("Network.loadingFinished", over)
    person = Person(page)
    page.goto(url)
    page.wait_for_selector(SKELETON)
    yield "page to first skeleton, s", person.seconds()
    person.wait(f"{SKELETON}, #live", 1)
    yield "first load, kB", sum(sizes.values()) / 1000
    yield "first load, requests", len(sizes)


def play(browser: Browser, url: str) -> Iterator[tuple[str, str, float]]:
    """Do every job in a page of its own, the owner while nothing is saved; yields what, its unit and how much."""
    for who, (kind, job) in JOBS.items():
        context = browser.new_context(
            viewport={"width": 1366, "height": 860}, extra_http_headers={"x-sketchpose-owner": TOKEN}
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        for what, amount in first_load(page, url):
            if job is artist_drops:
                yield "page", what, amount
        for what, actions, seconds in job(kind(page)):
            yield f"{who.strip()}: {what}", "actions", actions
            yield f"{who.strip()}: {what}", "seconds", seconds
        context.close()


def rows_of(found: dict[tuple[str, str], dict[str, list[float]]], names: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for each thing that was measured, with the median of each checkout."""
    return [
        {"what": what, "unit": unit}
        | {name: round(statistics.median(one[name]), 1) if one[name] else None for name in names}
        | {f"{name}, all": [round(value, 1) for value in one[name]] for name in names}
        for (what, unit), one in found.items()
    ]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, metavar="CHECKOUT", help="another checkout, for the same")
    given = parser.parse_args()
    os.environ["SKETCHPOSE_OWNER_TOKEN"] = TOKEN
    checkouts = {"before": given.before.resolve()} if given.before else {}
    checkouts["now"] = ROOT
    found = defaultdict[tuple[str, str], dict[str, list[float]]](lambda: {name: [] for name in checkouts})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(given.rounds):
            for name, checkout in checkouts.items():
                with served(checkout) as url:
                    for what, unit, amount in play(browser, url):
                        found[what, unit][name].append(amount)
                        print(f"{name}: {what}, {unit}: {amount:.1f}", flush=True)
        browser.close()
    rows = rows_of(found, list(checkouts))
    print(table([{key: value for key, value in row.items() if not key.endswith("all")} for row in rows]))
    save("jobs", rows)


if __name__ == "__main__":
    main()
