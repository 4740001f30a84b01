"""How well drawings are read, source by source: the published network, MediaPipe Pose heavy, and networks of ours.

    python tests/benchmarks/bench_drawings.py --set lines=data/everkinetic/annotations.json --set photos=... \\
        --model synthetic=runs/sketch-synth/model/sketch-synth \\
        --unseen lines=runs/without-lines/model --unseen sticks=runs/without-sticks/model

A set is a COCO keypoint file with its pictures beside it in ``images/``; ``NAME/SOURCE=FILE`` takes one source of it.
``--model`` is measured on every set, ``--unseen`` on the one that it did not learn from. MediaPipe runs in an
environment of its own, see bench_estimate.py: on the whole picture (found), and on the true box with a quarter more on
each side.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from bench_estimate import ROOT, make_mediapipe

LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""MediaPipe's landmark of each COCO keypoint."""
MARGIN = 0.25
MIN_JOINTS = 8


def landmarks(jobs: list[dict[str, Any]]) -> list[Any]:
    """Run MediaPipe on each job's picture or box; return x, y, visibility of 33 landmarks, or None."""
    import mediapipe as mp  # type: ignore[import-not-found]
    from PIL import Image

    pose = mp.solutions.pose.Pose(static_image_mode=True, model_complexity=2)
    out: list[Any] = []
    for job in jobs:
        picture = Image.open(job["path"])
        if picture.mode in ("RGBA", "LA", "P"):
            layer = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
        pixels = np.array(picture.convert("RGB"))
        x0, y0 = 0, 0
        if job["box"]:
            height, width = pixels.shape[:2]
            x0, y0, x1, y1 = job["box"]
            pad = MARGIN * max(x1 - x0, y1 - y0)
            x0, y0, x1, y1 = (
                round(v) for v in (max(0, x0 - pad), max(0, y0 - pad), min(width, x1 + pad), min(height, y1 + pad))
            )
            pixels = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        found = pose.process(pixels).pose_landmarks
        size = pixels.shape[1], pixels.shape[0]
        out.append(found and [[p.x * size[0] + x0, p.y * size[1] + y0, p.visibility] for p in found.landmark])
    return out


class MediaPipe:
    """Answers of MediaPipe, taken beforehand, as an estimator."""

    name = "MediaPipe Pose heavy"

    def __init__(self, python: Path, truth: Any, boxes: str) -> None:
        jobs: list[dict[str, Any]] = []
        self._keys: list[tuple[str, int]] = []
        for image in truth.images:
            people = [p for p in image.people if not p.ignore]
            for i, box in enumerate([p.box.tolist() for p in people] if boxes == "true" else [None]):
                jobs.append({"path": str(image.path), "box": box})
                self._keys.append((image.path.name, i))
        answer = subprocess.run(
            [python, __file__, "--work"], input=json.dumps(jobs), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            check=True, text=True,
        ).stdout  # fmt: skip
        self._found = dict(zip(self._keys, json.loads(answer.splitlines()[-1]), strict=True))

    def estimate(self, image: Any, boxes: Any = None) -> list[Any]:
        """Return the poses of a picture; joints without an answer lie at (0, 0) with score 0."""
        from sketchpose.images import read_image
        from sketchpose.pose import Pose, joints_box

        picture = read_image(image)
        wanted = [None] if boxes is None else list(np.asarray(boxes, np.float32))
        poses = []
        for i, box in enumerate(wanted):
            found = self._found[(picture.name, i)]
            if found is None and box is None:
                continue
            joints = np.zeros((17, 3), np.float32) if found is None else np.array(found, np.float32)[list(LANDMARKS)]
            place = joints_box(joints[:, :2]) if box is None else box
            scores = np.clip(joints[:, 2], 0, 1)
            poses.append(Pose(joints[:, :2], scores, np.full(17, 2, np.uint8), place, float(scores.mean()), "detector"))
        return poses


def read_set(name: str, file: Path) -> Any:
    """Read a set, of one source where the name says so (``NAME/SOURCE``)."""
    from sketchpose.evaluate import read_truth

    truth = read_truth(file, min_joints=MIN_JOINTS)
    source = name.partition("/")[2]
    return dataclasses.replace(truth, images=tuple(i for i in truth.images if not source or i.source == source))


def main() -> None:
    """Measure everything named and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", default=[], metavar="NAME[/SOURCE]=FILE")
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--unseen", action="append", default=[], metavar="SET=FOLDER")
    parser.add_argument("--mediapipe", type=Path, default=ROOT / "build" / "mediapipe")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        print(json.dumps(landmarks(json.loads(sys.stdin.read()))))
        return
    sys.path.insert(0, str(ROOT))
    from machine import save, table

    from sketchpose import load_estimator
    from sketchpose.evaluate import evaluate

    sets = {name: read_set(name, Path(file)) for name, file in (s.split("=", 1) for s in arguments.set)}
    models = dict(m.split("=", 1) for m in arguments.model)
    unseen = dict(u.split("=", 1) for u in arguments.unseen)
    python = make_mediapipe(arguments.mediapipe)
    published = load_estimator(model="movenet-thunder", mirror=False, refine=False)
    rows = []
    for name, truth in sets.items():
        candidates: dict[str, Any] = {
            "MoveNet Thunder as published": lambda _: published,
            "MediaPipe Pose heavy": lambda boxes, truth=truth: MediaPipe(python, truth, boxes),
        }
        chosen = {**models, **({"not trained on this source": unseen[name]} if name in unseen else {})}
        candidates |= {n: (lambda _, m=m: load_estimator(model=m)) for n, m in chosen.items()}
        for candidate, make in candidates.items():
            row: dict[str, Any] = {"source": name, "model": candidate}
            for boxes in ("true", "found"):
                report = evaluate(make(boxes), truth, boxes=boxes)
                row[f"AP {boxes}"] = round(report.overall.ap, 3)
                if boxes == "true":
                    row |= {
                        "people": report.overall.people,
                        "share right": round(report.overall.ar, 3),
                        "body PCK@0.1": round(report.overall.body_pck10, 3),
                        "swaps": round(report.overall.swaps, 3),
                    }
                else:
                    row |= {"recall": round(report.recall, 3), "precision": round(report.precision, 3)}
            rows.append(row)
            print(table([row]), flush=True)
    print(table(rows))
    print("saved", save("drawings", rows))


if __name__ == "__main__":
    main()
