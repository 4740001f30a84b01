"""Time and memory per person of our estimator and of MediaPipe Pose, side by side.

    python tests/benchmarks/bench_estimate.py [--rounds 5] [--mediapipe DIR]

Every engine runs with one thread in its own process, over the example drawings, in turns, so that a busy moment of the
machine hits all alike; CPU time is what the processor spent, whatever else ran. MediaPipe needs its own environment
(it wants an older numpy): the script makes one in DIR with mediapipe 0.10.14 and takes the heavy model from the npm
package @mediapipe/pose, as the wheel ships only the full one. Times are means over the drawings in which an engine
found somebody; those of MediaPipe and of the first row include finding them.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DRAWINGS = sorted((ROOT / "examples" / "drawings").glob("*.png"))
ENGINES = {
    "SketchPose, finding people": "found",
    "SketchPose, given boxes": "boxes",
    "SketchPose, given boxes, one look": "once",
    "its network in torch, one look": "torch",
    "SketchPose with the fast model, given boxes": "fast",
    "MediaPipe Pose heavy": "heavy",
    "MediaPipe Pose full": "full",
}
FAST = "sketch-lightning"
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def ours(kind: str) -> tuple[Callable[[Any], int], list[Any]]:
    """Return a function from a picture to its number of people, and the pictures."""
    sys.path.insert(0, str(ROOT))
    from sketchpose import load_estimator
    from sketchpose.images import read_image

    pictures = [read_image(path) for path in DRAWINGS]
    if kind == "torch":
        return torch_network(), pictures
    estimator = load_estimator(model=FAST if kind == "fast" else None, threads=1, refine=kind != "once")
    if kind == "found":
        return lambda picture: len(estimator.estimate(picture)), pictures
    return lambda picture: len(estimator.estimate(picture, [[0, 0, picture.width, picture.height]])), pictures


def torch_network() -> Callable[[Any], int]:
    """The same network and decoder, run eagerly by torch."""
    import torch

    from sketchpose.crop import Crop
    from sketchpose.model import ModelFolder
    from sketchpose.model.checkpoint import load_network
    from sketchpose.model.current import PACKAGED
    from sketchpose.model.decode import Decoded

    torch.set_num_threads(1)
    network = Decoded(load_network(ModelFolder.open(PACKAGED))).eval()

    def run(picture: Any) -> int:
        crop = Crop.around((0, 0, picture.width, picture.height), 256)
        with torch.inference_mode():
            network(torch.from_numpy(crop.cut(picture.pixels))[None])
        return 1

    return run


def mediapipe(complexity: int) -> tuple[Callable[[Any], int], list[Any]]:
    """MediaPipe's Python solution on still pictures."""
    import mediapipe as mp  # type: ignore[import-not-found]
    import numpy as np
    from PIL import Image

    pictures = [np.array(Image.open(path).convert("RGB")) for path in DRAWINGS]
    pose = mp.solutions.pose.Pose(static_image_mode=True, model_complexity=complexity)
    return lambda pixels: int(pose.process(pixels).pose_landmarks is not None), pictures


def work(kind: str) -> None:
    """Measure one engine and print one JSON line."""
    run, pictures = {"heavy": lambda: mediapipe(2), "full": lambda: mediapipe(1)}.get(kind, lambda: ours(kind))()
    for picture in pictures[:3]:
        run(picture)
    cpu, wall = [], []
    found = 0
    for picture in pictures:
        before = time.process_time(), time.perf_counter()
        people = run(picture)
        if people:  # where nobody is found, MediaPipe stops before its larger network
            found += people
            cpu.append(1000 * (time.process_time() - before[0]) / people)
            wall.append(1000 * (time.perf_counter() - before[1]) / people)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": statistics.fmean(cpu), "wall": statistics.fmean(wall), "people": found, "memory": memory}))


def make_mediapipe(folder: Path) -> Path:
    """Make MediaPipe's environment; return its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "mediapipe==0.10.14", "pillow"], check=True)
    heavy = next(folder.glob("lib/*/site-packages/mediapipe/modules/pose_landmark")) / "pose_landmark_heavy.tflite"
    if not heavy.exists():
        packed = subprocess.run(
            ["npm", "pack", "@mediapipe/pose@0.5.1675469404"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        with tarfile.open(folder / packed) as archive:
            member = archive.extractfile("package/pose_landmark_heavy.tflite")
            assert member is not None
            with heavy.open("wb") as file:
                shutil.copyfileobj(member, file)
    return python


def main() -> None:
    """Run every engine in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mediapipe", type=Path, default=ROOT / "build" / "mediapipe")
    parser.add_argument("--work", choices=ENGINES.values(), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(arguments.work)
        return
    from machine import save, table

    other = make_mediapipe(arguments.mediapipe)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in ENGINES}
    for _ in range(arguments.rounds):
        for name, kind in ENGINES.items():
            python = str(other) if kind in ("heavy", "full") else sys.executable
            line = subprocess.run(
                [python, __file__, "--work", kind],
                check=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **ONE_THREAD},
            ).stdout
            runs[name].append(json.loads(line.splitlines()[-1]))
    ruler = statistics.median(run["cpu"] for run in runs["MediaPipe Pose heavy"])
    rows = []
    for name, found in runs.items():
        cpu = statistics.median(run["cpu"] for run in found)
        rows.append(
            {
                "engine": name,
                "CPU ms per person": round(cpu, 1),
                "of MediaPipe heavy": round(cpu / ruler, 2),
                "wall ms": round(statistics.median(run["wall"] for run in found), 1),
                "memory MiB": round(max(run["memory"] for run in found)),
                f"people found of {len(DRAWINGS)}": int(found[-1]["people"]),
            }
        )
    print(table(rows))
    print("saved", save("estimate", rows))


if __name__ == "__main__":
    main()
