"""The whole loop, once: import 12 drawings, correct 6 in the browser, review, export, fine-tune, measure, promote.

python examples/loop/run.py [--crops 384] [--size 128] [--home DIR] [--out result.json] [--watch]

It starts the app with a home folder of its own and works in it through a real Chromium, as a person would. The six
seated figures are the frozen test split; the other six come with the first guesses of a model that has never learnt
from drawings, and every joint that is off by more than 3 % of the figure is dragged to where a hand has put it. Needs
the development packages (``pip install -e '.[dev]'``) and Chromium. Whether the new model is promoted or refused is
for the measurement to say.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DRAWINGS = ROOT / "examples" / "drawings"
TEST, OFF = "Open Peeps, seated", 0.03
EDITOR = "document.querySelector('#correct-editor .kp').parentElement.keypointEditor"
PATIENCE_MS = 120_000


def first_guesses(folder: Path) -> dict[str, np.ndarray]:
    """Write the set to import, and return where the joints of the drawings to correct really are, (17, 3) by name."""
    from sketchpose import load_estimator

    document = json.loads((HERE / "annotations.json").read_text())
    estimator = load_estimator(model="movenet-thunder")
    truth = {}
    for image, person in zip(document["images"], document["annotations"], strict=True):
        if image["source"] == TEST:
            continue
        truth[image["file_name"]] = np.array(person["keypoints"]).reshape(17, 3)
        x, y, w, h = person["bbox"]
        (pose,) = estimator.estimate(DRAWINGS / image["file_name"], [[x, y, x + w, y + h]])
        inside = np.clip(pose.keypoints, 0, [image["width"], image["height"]])
        person["keypoints"] = np.c_[inside, np.full(17, 2)].astype(float).ravel().tolist()
    with zipfile.ZipFile(folder / "import.zip", "w") as archive:
        archive.writestr("annotations.json", json.dumps(document))
        for image in document["images"]:
            archive.write(DRAWINGS / image["file_name"], f"images/{image['file_name']}")
    return truth


def serve(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the app and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (home / "app.log").open("ab")
    environment = {**os.environ, "SKETCHPOSE_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    app = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return app, url
        except OSError:
            if app.poll() is not None:
                break
            time.sleep(0.5)
    raise SystemExit(f"The app did not start:\n{(home / 'app.log').read_text()[-2000:]}")


def section(page: Page, name: str) -> None:
    """Go to a section of the Dataset tab."""
    page.get_by_role("tab", name="Dataset").click()
    page.get_by_role("tab", name=name, exact=True).click()


def correct(page: Page, truth: np.ndarray) -> int:
    """Drag the joints of the one person in the editor to where they belong; returns how many drags that took."""

    def state(expression: str) -> Any:
        return page.evaluate(f"(() => {{ const ed = {EDITOR}; return {expression}; }})()")

    def on_screen(point: np.ndarray) -> tuple[float, float]:
        x, y, scale = state("[ed.view.x, ed.view.y, ed.view.scale]")
        left, top = state(
            "(() => { const r = ed.stage.getBoundingClientRect();"
            " return [r.left + ed.stage.clientLeft, r.top + ed.stage.clientTop]; })()"
        )
        return left + x + point[0] * scale, top + y + point[1] * scale

    drags = 0
    labelled = truth[:, 2] > 0
    size = np.ptp(truth[labelled, :2], 0).max()
    for joint in np.flatnonzero(labelled):
        here = np.array(state(f"ed.doc.persons[0].joints[{joint}]"))[:2]
        if np.linalg.norm(here - truth[joint, :2]) < OFF * size:
            continue
        page.mouse.move(*on_screen(here))
        page.mouse.down()
        page.mouse.move(*on_screen(truth[joint, :2]), steps=3)
        page.mouse.up()
        drags += 1
    return drags


def review(page: Page, truth: dict[str, np.ndarray]) -> dict[str, int]:
    """Go through the queue by keys: fix what has to be fixed, accept the rest; returns the drags by drawing."""
    drags: dict[str, int] = {}
    about = page.locator("#review-about")
    section(page, "Review")
    expect(about).to_contain_text("waiting")
    # The words alone: while the app works, its progress stands before them.
    while "Nothing waits" not in (shown := about.locator("p").first.inner_text()):
        name = shown.split(",")[0].strip()
        if name in truth and name not in drags:
            page.keyboard.press("f")
            page.wait_for_function(
                f"(name) => {{ const ed = document.querySelector('#correct-editor .kp') && {EDITOR};"
                " return ed?.doc && ed.host.props.value.name === name && ed.fitted && ed.image.complete"
                " && ed.stage.offsetParent; }",
                arg=name,
            )
            page.locator("#correct-editor .kp-stage").scroll_into_view_if_needed()
            drags[name] = correct(page, truth[name])
            page.locator("#correct-editor .kp-stage").focus()
            page.keyboard.press("Control+s")
            expect(page.locator("#correct-editor .kp-status")).to_contain_text("Saved")
            section(page, "Review")
            expect(about).not_to_contain_text(name)
        else:
            page.keyboard.press("a")
            expect(page.locator("#review-done")).to_contain_text(f"Accepted {name}")
            expect(about).not_to_contain_text(name)
    return drags


def train(page: Page, crops: int, size: int) -> None:
    """Start a training in the tab and wait for its result."""
    section(page, "Train")
    expect(page.locator("#training-step-2")).to_contain_text("set aside for the test")
    page.get_by_label("Name of the new model").fill("loop")
    page.locator("#training-amount input").fill(str(crops))
    page.get_by_role("button", name="More").click()
    page.get_by_label("Crop, pixels").click()
    page.get_by_role("option", name=str(size), exact=True).click()
    page.locator("#training-start").click()
    expect(page.locator("#training-verdict")).to_contain_text("test drawings", timeout=15 * 60_000)


def main() -> int:
    """Run the loop; 0 when every step did what it should."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crops", type=int, default=384, help="crops to learn from (default: 384, about a minute)")
    parser.add_argument("--size", type=int, default=128, help="their side in pixels (default: 128)")
    parser.add_argument("--home", type=Path, help="folder for everything (default: a new one)")
    parser.add_argument("--out", type=Path, help="also write what happened as JSON")
    parser.add_argument("--watch", action="store_true", help="show the browser")
    arguments = parser.parse_args()
    home = (arguments.home or Path(tempfile.mkdtemp(prefix="sketchpose-loop-"))).resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ["SKETCHPOSE_HOME"] = str(home)
    os.environ["SKETCHPOSE_OWNER_TOKEN"] = secrets.token_urlsafe()

    from sketchpose import load_estimator
    from sketchpose.dataset import Dataset
    from sketchpose.dataset.proposal import freeze
    from sketchpose.model.current import find_default
    from sketchpose.train.jobs.job import list_jobs

    truth = first_guesses(home)
    app, url = serve(home)
    expect.set_options(timeout=PATIENCE_MS)
    try:
        with sync_playwright() as play:
            chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
            browser = play.chromium.launch(
                executable_path=chromium, headless=not arguments.watch, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{url}?owner={os.environ['SKETCHPOSE_OWNER_TOKEN']}")
            section(page, "Import and export")
            with page.expect_file_chooser() as chooser:
                page.locator("#import-file").click()
            chooser.value.set_files(home / "import.zip")
            expect(page.locator("#import-report")).to_contain_text("New in the dataset: 12 drawings with 12 people")
            print("imported 12 drawings")
            drags = review(page, truth)
            print(f"corrected {len(drags)} with {sum(drags.values())} drags, accepted 12")
            freeze(Dataset(), assign={TEST: "test", "Open Peeps, standing": "train", "Open Clip Art": "train"})
            section(page, "Import and export")
            page.locator("#export-coco-zip").click()
            expect(page.locator("#export-download")).to_contain_text("sketchpose-coco.zip")
            with page.expect_download() as download:
                page.locator("#export-download").click()
            download.value.save_as(home / "export.zip")
            print(f"exported {(home / 'export.zip').stat().st_size / 1e6:.1f} MB of COCO")
            began = time.monotonic()
            train(page, arguments.crops, arguments.size)
            print(f"learnt from {arguments.crops} crops and measured in {time.monotonic() - began:.0f} s")
            (job,) = list_jobs()
            result = job.result
            assert result is not None
            if result["accepted"]:
                page.locator("#training-promote").click()
                expect(page.locator("#training-verdict")).to_contain_text("is in use from now on")
            page.screenshot(path=home / "training.png", full_page=True)
            browser.close()
    finally:
        app.terminate()
        app.wait()
    print(result["measured"]["summary"])
    print("promoted" if result["accepted"] else f"refused: {' '.join(result['reasons'])}")
    default = find_default()[0].card.name
    estimator = load_estimator(model=job.model().path)
    (pose, *_) = estimator.estimate(DRAWINGS / "peeps_stand_PolkaDots.png")
    print(f"{estimator.name} finds a person with confidence {pose.score:.2f}; the default is {default}")
    print(f"everything lies in {home}")
    if arguments.out:
        facts = {"drags": drags, "accepted": result["accepted"], "score": pose.score, "default": default}
        arguments.out.write_text(json.dumps(facts, indent=1))
        print(f"wrote {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
