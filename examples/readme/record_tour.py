"""Record the picture at the head of the README from the app itself: a sketch, its skeleton, references in its pose.

    python examples/readme/record_tour.py [DRAWING]

Needs what the browser tests need: the dev extra and Chromium. Writes ``tour.webp`` beside this file.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT: Final = Path(__file__).resolve().parents[2]
TARGET: Final = Path(__file__).with_name("tour.webp")
DRAWING: Final = ROOT / "examples" / "drawings" / "peeps_stand_RoboDanceOutline.png"
LIVE: Final = 6
VIEWPORT: Final = {"width": 1180, "height": 820}
WIDTH: Final = 720
PATIENCE_MS: Final = 120_000


def main() -> None:
    """Start the app, walk through it, and write the frames."""
    drawing = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else DRAWING
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        settings = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "SKETCHPOSE_HOME": home}
        app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env={**os.environ, **settings})
        try:
            frames = _record(f"http://127.0.0.1:{port}", drawing, app)
        finally:
            app.terminate()
            app.wait()
    pictures = [frame for frame, _ in frames]
    pictures[0].save(
        TARGET,
        save_all=True,
        append_images=pictures[1:],
        duration=[ms for _, ms in frames],
        loop=0,
        quality=55,
        method=6,
    )
    print(f"{TARGET}: {len(frames)} frames, {TARGET.stat().st_size} bytes")


def _record(url: str, drawing: Path, app: "subprocess.Popen[bytes]") -> list[tuple[Image.Image, int]]:
    """Return the frames with the milliseconds that each is shown."""
    while app.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=VIEWPORT)  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        page.goto(url)
        sketch = Image.open(drawing).convert("RGB")
        skeleton = page.locator("#view svg")
        expect(skeleton).to_be_visible(timeout=PATIENCE_MS)
        references = page.locator("#live ul")
        expect(references.locator("image")).to_have_count(LIVE, timeout=PATIENCE_MS)
        for old in (skeleton, references):
            old.evaluate("element => element.dataset.old = 'yes'")
        page.locator("#drawing input[type=file]").first.set_input_files(drawing)
        expect(page.locator("#view svg:not([data-old])")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#live ul:not([data-old]) image")).to_have_count(LIVE, timeout=PATIENCE_MS)
        expect(page.locator("#view .generating, #view .wrap:not(.hide)")).to_have_count(0, timeout=PATIENCE_MS)
        found = _shot(page)
        page.get_by_role("button", name="Find references").click()
        results = page.locator("#references .rf-grid .rf-pic")
        expect(results).to_have_count(12, timeout=PATIENCE_MS)
        page.wait_for_function("[...document.querySelectorAll('#references .rf-pic img')].every(i => i.complete)")
        results.nth(0).evaluate("first => first.scrollIntoView({block: 'start'})")
        page.mouse.wheel(0, -160)
        page.wait_for_timeout(700)  # the scroll glides
        found_more = _shot(page)
        browser.close()
    return [(_on_sheet(sketch, found.size), 1500), (found, 3000), (found_more, 4500)]


def _shot(page: Page) -> Image.Image:
    """Return what the page shows now, reduced."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)


def _on_sheet(sketch: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a sketch in the middle of an empty sheet."""
    sheet = Image.new("RGB", size, "white")
    sketch.thumbnail((size[0] * 9 // 10, size[1] * 9 // 10), Image.Resampling.LANCZOS)
    sheet.paste(sketch, ((size[0] - sketch.width) // 2, (size[1] - sketch.height) // 2))
    return sheet


if __name__ == "__main__":
    main()
