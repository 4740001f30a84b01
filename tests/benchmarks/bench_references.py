"""How long a visitor waits for references: drop to grid, a moved joint to grid, a click to the full size.

    python tests/benchmarks/bench_references.py [--drawings 12]

Drives the app in Chromium. "In Python" is the part of a dropped drawing that the estimator and the search take.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_app import DRAWINGS, start
from machine import save, table
from playwright.sync_api import Page, sync_playwright

RESULT = "#references .rf-grid .rf-pic"


def timed(page: Page, act: Callable[[], object], done: str, argument: object = None) -> float:
    """Seconds from an action until an expression holds in the page."""
    begin = time.perf_counter()
    act()
    page.wait_for_function(done, arg=argument)
    return time.perf_counter() - begin


def in_python(drawings: list[Path]) -> dict[str, list[float]]:
    """Seconds of estimating and of searching, per drawing, in this process."""
    from annotator.references.search import ReferenceQuery, SearchChoices, answer
    from sketchpose import load_estimator
    from sketchpose.images import read_image
    from sketchpose.retrieve.gallery.gallery import SHIPPED

    estimator = load_estimator()
    seconds: dict[str, list[float]] = {"estimate, in Python": [], "search and answer, in Python": []}
    for path in [drawings[0], *drawings]:  # the first one warms up
        begin = time.perf_counter()
        picture = read_image(path)
        query = ReferenceQuery.of_picture(picture, estimator.estimate(picture))
        middle = time.perf_counter()
        answer(query, SearchChoices(SHIPPED))
        seconds["estimate, in Python"].append(middle - begin)
        seconds["search and answer, in Python"].append(time.perf_counter() - middle)
    return {name: found[1:] for name, found in seconds.items()}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drawings", type=int, default=12)
    drawings = DRAWINGS[: parser.parse_args().drawings]
    seconds: dict[str, list[float]] = {"first visit of the tab": [], "drop to grid": [], "full size, rendered": []}
    with sync_playwright() as play, tempfile.TemporaryDirectory() as home:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        process, url, _ = start(home)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(url)
            page.wait_for_selector("#view svg[role=img]")
            shown = f"document.querySelectorAll('{RESULT}').length === 12"
            tab = page.get_by_role("tab", name="References")
            seconds["first visit of the tab"].append(timed(page, tab.click, shown))
            for path in drawings:
                inside = page.locator("#reference-drawing input[type=file]")
                asked = "name => document.querySelector('#references .rf-asked').textContent === name"
                drop = timed(page, lambda path=path, to=inside: to.set_input_files(path), asked, path.name)  # type: ignore[misc]
                seconds["drop to grid"].append(drop)
            mannequins = page.locator(f"{RESULT}[aria-label*=mannequin]")
            for i in range(min(5, mannequins.count())):
                full = "document.querySelector('.rf-stage image')?.getAttribute('href').length > 12000"
                seconds["full size, rendered"].append(timed(page, mannequins.nth(i).click, full))
                page.keyboard.press("Escape")
                page.evaluate("document.querySelector('.rf-stage').replaceChildren()")
            page.close()
        finally:
            process.kill()
            process.wait()
        browser.close()
    seconds |= in_python(drawings)
    rows = [
        {"what": name, "median": round(statistics.median(found), 2), "worst": round(max(found), 2), "unit": "s"}
        for name, found in seconds.items()
        if found
    ]
    print(table(rows))
    print("saved", save("references", rows))


if __name__ == "__main__":
    main()
