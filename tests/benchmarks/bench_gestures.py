"""What correcting a drawing takes in the real page: gestures, time and what is still wrong, by hand and assisted.

    python tests/benchmarks/bench_gestures.py COCO.json [--people 20]

Starts the app and plays an annotator in Chromium, by mouse and keys: opens a drawing, selects the person, and drags the
joint that is farthest off to where it belongs, again and again, until every labelled joint is within 0.05 of the longer
side of the box; then saves. *By hand* the other joints do not follow. *Assisted* they do: what makes the figure better
is taken by going on, what makes it worse is left with Escape. One person of a drawing, the sources in turn.

drags     Of joints, and of a box round somebody who was not found.
Escape    Proposals that were left.
keys      What else was pressed, to zoom to the person or to reach a joint below another; it changes nothing.
logged    Gestures that the saved revision tells of: drags and Escape together.
seconds   Working time as the revision tells it: that of a script on this machine, not of a person.
before    Mean distance of the labelled joints from the truth, as a share of the longer side of the box; and after.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser"), str(Path(__file__).parent)]

from editing import EDITOR, Editing  # noqa: E402
from machine import save, table  # noqa: E402

from annotator.editor.value import drawing_key  # noqa: E402
from sketchpose.dataset import Dataset  # noqa: E402
from sketchpose.evaluate.truth import Annotated, TruePerson, read_truth  # noqa: E402
from sketchpose.pose import Pose, iou, oks  # noqa: E402
from sketchpose.skeleton import KEYPOINTS  # noqa: E402

CLOSE = 0.05
SAME = 0.3
"""Intersection over union of boxes from which a person that was found is the one to correct."""
MOST = 40
"""Gestures after which an annotator gives up."""
PATIENCE_MS = 300_000
TOKEN = "the owner of the benchmark"
Floats = NDArray[np.floating]


@dataclass
class Count:
    """What was done with a drawing."""

    drags: int = 0
    escapes: int = 0
    keys: int = 0


@contextmanager
def app(home: Path) -> Iterator[str]:
    """Serve the app with its home in a folder; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"SKETCHPOSE_HOME": str(home), "SKETCHPOSE_OWNER_TOKEN": TOKEN, "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment)
    try:
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=10).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def chosen(path: Path, people: int) -> list[tuple[Annotated, TruePerson]]:
    """Return the people to correct: the one with most labelled joints of a drawing, the sources in turn."""
    sources: dict[str, list[tuple[Annotated, TruePerson]]] = {}
    for image in read_truth(path).images:
        known = [person for person in image.people if not person.ignore]
        if known:
            best = max(known, key=lambda person: int(person.labelled.sum()))
            sources.setdefault(image.source, []).append((image, best))
    turns = chain.from_iterable(zip_longest(*(sources[name] for name in sorted(sources))))
    return [one for one in turns if one][:people]


class Annotator(Editing):
    """Somebody who knows where the joints of one person belong."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        page.get_by_role("tab", name="Correct").click()
        page.locator("#open-files").wait_for()

    def open_drawing(self, image: Annotated, person: TruePerson) -> None:
        """Open the drawing and look for the person in it."""
        self.truth, self.known = person.keypoints.astype(np.float64), person.labelled
        self.box, self.count = person.box, Count()
        self.side = float((person.box[2:] - person.box[:2]).max())
        with self.page.expect_file_chooser() as chooser:
            self.page.locator("#open-files").click()
        chooser.value.set_files(str(image.path))
        self.page.wait_for_function(
            f"(key) => document.querySelector('.kp') && {EDITOR}.doc && {EDITOR}.drawing === key"
            f" && {EDITOR}.fitted && {EDITOR}.image.complete && !{EDITOR}.dirty",
            arg=drawing_key(image.path),
        )
        self.page.locator(".kp-stage").scroll_into_view_if_needed()
        self.focus()
        self._find()

    def _find(self) -> None:
        boxes = self.state("ed.doc.persons.map((p) => p.box)")
        shared = iou([self.box], boxes)[0] if boxes else np.zeros(1)
        self.number = int(shared.argmax())
        if shared.max() < SAME:
            self.click("addBox")
            self.number = len(boxes)
            self.drag(self.to_screen(self.box[:2]), self.to_screen(self.box[2:]))
            self.page.wait_for_function(f"{EDITOR}.doc.persons.length === {self.number + 1}")
            self.count.drags += 1
        while self.state("ed.doc.active") != self.number:
            self._key("PageDown")
        self._key("z")
        self.drawn()

    def _key(self, key: str) -> None:
        self.count.keys += 1
        self.press(key)

    def ghosts(self) -> Floats:
        """The joints (17, 2) as they would be if the others followed."""
        points = np.array(self.joints(self.number))[:, :2]
        for move in self.state("ed.ghosts ? ed.ghosts.moves : []"):
            points[move["joint"]] = move["x"], move["y"]
        return points

    def off(self, points: Floats) -> Floats:
        """How far each joint (17,) is off, as a share of the longer side of the box; 0 where that is not known."""
        return np.where(self.known, np.linalg.norm(points - self.truth, axis=1) / self.side, 0)

    def fix(self, joint: int) -> None:
        """Drag a joint to where it belongs."""
        while not self._in_view(joint):
            self._key("-")
            self.drawn()
        start, end = self.where(KEYPOINTS[joint], self.number), self.to_screen(self.truth[joint])
        self.page.mouse.move(*start)
        self.drawn()
        if self.state("ed.hover") != {"person": self.number, "joint": joint}:
            # Another joint lies above it: the one that is selected is taken hold of.
            while self.state("ed.joint") != joint:
                self._key("n")
        edits = self.state("ed.edits")
        self.page.mouse.down()
        self.page.mouse.move(*end, steps=4)
        self.page.mouse.up()
        self.page.wait_for_function(f"(edits) => {EDITOR}.edits > edits && !{EDITOR}.drag", arg=edits)
        self.count.drags += 1

    def _in_view(self, joint: int) -> bool:
        """Whether a joint and the place where it belongs are both on screen."""
        width, height = self.state("[ed.stage.clientWidth, ed.stage.clientHeight]")
        corner = np.array(self.state("[ed.stage.getBoundingClientRect().left, ed.stage.getBoundingClientRect().top]"))
        ends = np.array([self.where(KEYPOINTS[joint], self.number), self.to_screen(self.truth[joint])]) - corner
        return bool((ends > 4).all() and (ends < np.array([width, height]) - 4).all())

    def judge(self) -> None:
        """Wait for what would follow, and leave it if it makes the figure worse."""
        if not self.state("ed.person().joints.some((joint, i) => joint[2] && ed.person().scores[i] < 1)"):
            return  # nothing is left that could follow
        self.page.wait_for_function(
            f"{EDITOR}.host.props.reply && {EDITOR}.host.props.reply.kind === 'assist'"
            f" && {EDITOR}.host.props.reply.edit === {EDITOR}.edits"
        )
        now = self.off(np.array(self.joints(self.number))[:, :2])
        if self.off(self.ghosts()).sum() > now.sum():
            self.press("Escape")
            self.count.escapes += 1

    def correct(self, assisted: bool) -> None:
        """Fix joints until all are near enough."""
        for _ in range(MOST):
            off = self.off(self.ghosts())
            if off.max() <= CLOSE:
                return
            self.fix(int(off.argmax()))
            if assisted:
                self.judge()

    def save(self) -> None:
        """Save, and wait until it is."""
        reply = f"{EDITOR}.host.props.reply"
        last = self.state("ed.host.props.reply && ed.host.props.reply.id")
        self.press("Control+s")
        self.page.wait_for_function(f"(last) => {reply} && {reply}.kind === 'saved' && {reply}.id !== last", arg=last)


def row(how: str, annotator: Annotator, image: Annotated, before: Floats, dataset: Dataset) -> dict[str, Any]:
    """Return what a saved drawing took."""
    (entry,) = [entry for entry in dataset.entries() if entry.drawing.startswith(drawing_key(image.path))]
    revision, count = dataset.read(entry.id), annotator.count
    pose = revision.persons[annotator.number].pose
    truth = Pose.annotated(annotator.truth, np.where(annotator.known, 2, 0), annotator.box)
    return {
        "source": image.source,
        "drawing": image.path.name,
        "before": round(float(before[annotator.known].mean()), 4),
        f"{how}: drags": count.drags,
        "Escape": count.escapes,
        "keys": count.keys,
        "logged": revision.gestures,
        "seconds": round(revision.seconds, 1),
        "after": round(float(annotator.off(pose.keypoints)[annotator.known].mean()), 4),
        "OKS": round(oks(truth, pose), 3),
    }


def play(annotator: Annotator, how: str, people: list[tuple[Annotated, TruePerson]], dataset: Dataset) -> Any:
    """Correct every drawing; yields what each took."""
    for image, person in people:
        annotator.open_drawing(image, person)
        annotator.page.locator("[data-option=assist]").set_checked(how == "assisted")
        annotator.focus()
        before = annotator.off(np.array(annotator.joints(annotator.number))[:, :2])
        annotator.correct(how == "assisted")
        annotator.save()
        yield row(how, annotator, image, before, dataset)


def side_by_side(by_hand: list[dict[str, Any]], assisted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each drawing with both ways to correct it, and one with the means."""
    rows = []
    for one, other in zip(by_hand, assisted, strict=True):
        rows.append(one | {f"a. {n}" if n in one else n: v for n, v in other.items() if n not in ("source", "drawing")})
        rows[-1].pop("a. before")
    names = [name for name in rows[0] if name not in ("source", "drawing")]
    mean = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in names}
    return [*rows, {"source": "mean", "drawing": f"{len(rows)} drawings", **mean}]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("dataset", type=Path, metavar="COCO.json")
    parser.add_argument("--people", type=int, default=20, help="how many people, one a drawing")
    parser.add_argument("--out", default="gestures", help="name of the results")
    args = parser.parse_args()
    people, done = chosen(args.dataset, args.people), []
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as url, sync_playwright() as play_wright:
        browser = play_wright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": 1366, "height": 900}, extra_http_headers={"x-sketchpose-owner": TOKEN}
        )
        page.set_default_timeout(PATIENCE_MS)
        page.on("dialog", lambda dialog: dialog.accept())
        annotator = Annotator(page, url)
        for how in ("by hand", "assisted"):
            dataset = Dataset(Path(folder) / "dataset")
            done.append(list(play(annotator, how, people, dataset)))
            # The other way begins from the estimate as well.
            shutil.rmtree(dataset.layout.revisions)
            dataset.sync()
            dataset.close()
        browser.close()
    rows = side_by_side(*done)
    print(table(rows))
    save(args.out, rows)


if __name__ == "__main__":
    main()
