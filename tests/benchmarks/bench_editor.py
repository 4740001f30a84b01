"""Figures of the keypoint editor, measured in Chromium on this machine.

    python tests/benchmarks/bench_editor.py

redraw      From the pointer event to the finished redraw (script, style and layout) while a joint is dragged among
            6 people on a 2000 x 900 drawing; and the time between frames while the pointer moves 60 times a second.
round trip  From the end of a gesture in the page to Python's answer standing in the page.
payload     Bytes of the request that carries one edit.
tab         From the click on the tab to joints that can be dragged, picture decoded; first visit and later ones.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(Path(__file__).parent)]

from editing import EDITOR, Editing  # noqa: E402
from machine import save, table  # noqa: E402

REDRAW = f"""() => {{
  const ed = {EDITOR}, stage = ed.stage, rect = stage.getBoundingClientRect();
  const joint = ed.doc.persons[0].joints[9], at = [0, 1].map((i) =>
    joint[i] * ed.view.scale + [ed.view.x + rect.left, ed.view.y + rect.top][i] + stage.clientLeft);
  const send = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, {{
    pointerId: 1, pointerType: 'mouse', button: 0, clientX: x, clientY: y, bubbles: true, cancelable: true }}));
  stage.setPointerCapture = () => {{}};
  send('pointerdown', at[0], at[1]);
  const times = [], frames = [];
  return new Promise((done) => {{
    let last = 0, i = 0;
    const step = (now) => {{
      if (last) frames.push(now - last);
      last = now;
      const start = performance.now();
      send('pointermove', at[0] + 60 * Math.sin(i / 9), at[1] + 60 * Math.cos(i / 7));
      ed.renderNow();
      stage.getBoundingClientRect();
      document.querySelector('.kp-svg').getBBox();
      times.push(performance.now() - start);
      i += 1;
      if (i < 240) requestAnimationFrame(step);
      else {{ send('pointerup', at[0], at[1]); delete stage.setPointerCapture; done({{ times, frames }}); }}
    }};
    requestAnimationFrame(step);
  }});
}}"""

ROUND_TRIP = f"""() => new Promise((done) => {{
  const ed = {EDITOR}, out = document.querySelector('#out textarea');
  const start = performance.now(), edits = ed.edits + 1;
  ed.stage.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'ArrowRight', bubbles: true }}));
  const look = () => {{
    const text = out.value;
    if (text && JSON.parse(text).edit === edits) done(performance.now() - start);
    else setTimeout(look, 1);
  }};
  look();
}})"""


def row(what: str, unit: str, values: list[float]) -> dict[str, Any]:
    ordered = sorted(values)
    return {
        "what": what,
        "unit": unit,
        "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        "max": round(ordered[-1], 2),
        "n": len(ordered),
    }


def measure(browser: Browser, url: str) -> list[dict[str, Any]]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(url)
    first, later = [], []
    for _ in range(5):
        page.get_by_role("tab", name="Editor").wait_for()
        page.wait_for_timeout(1000)
        first.append(open_tab(page))
        page.reload()
    page.get_by_role("tab", name="Editor").wait_for()
    open_tab(page)
    for _ in range(10):
        page.get_by_role("tab", name="Start").click()
        page.locator(".kp-stage").wait_for(state="hidden")
        later.append(open_tab(page))
    rows = [row("tab usable, first visit", "ms", first), row("tab usable, later visits", "ms", later)]

    ed = Editing(page, url)
    bodies: list[float] = []
    page.on("request", lambda r: bodies.append(len(r.post_data or "")) if "/queue/join" in r.url else None)
    for people, drawing in ((1, "large"), (6, "crowd")):
        ed.open(drawing, people)
        ed.pick("left_wrist")
        for _ in range(5):
            page.evaluate(ROUND_TRIP)
        bodies.clear()
        trips = []
        for _ in range(40):
            trips.append(page.evaluate(ROUND_TRIP))
            page.wait_for_timeout(50)
        rows.append(row(f"edit round trip, people: {people}", "ms", trips))
        rows.append(row(f"request of an edit, people: {people}", "bytes", bodies))
    page.evaluate(REDRAW)
    redraw = page.evaluate(REDRAW)
    rows.append(row("redraw per pointer move, people: 6", "ms", redraw["times"]))
    rows.append(row("time between frames while dragging, people: 6", "ms", redraw["frames"]))
    page.close()
    return rows


def open_tab(page: Page) -> float:
    """Click the tab and wait for a frame in which joints can be dragged; milliseconds."""
    waited: float = page.evaluate(
        f"""() => new Promise((done) => {{
          const start = performance.now();
          [...document.querySelectorAll('[role=tab]')].find((t) => t.textContent.trim() === 'Editor').click();
          const look = () => {{
            const root = document.querySelector('.kp'), ed = root && {EDITOR};
            const ready = ed && ed.fitted && ed.stage.clientWidth && ed.image.complete && ed.image.naturalWidth
              && root.querySelector('.kp-joint');
            if (ready) done(performance.now() - start); else requestAnimationFrame(look);
          }};
          look();
        }})"""
    )
    return waited


def main() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    script = [sys.executable, str(ROOT / "tests" / "browser" / "editor_app.py"), tempfile.mkdtemp()]
    server = subprocess.Popen(script, cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT)})
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        with sync_playwright() as play:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            rows = measure(browser, url)
            browser.close()
    finally:
        server.kill()
    print(table(rows))
    print(save("editor", rows))


if __name__ == "__main__":
    main()
