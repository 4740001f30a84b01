"""A gallery on disk, from a thousand people to a million: how long it takes to open, to search and to lengthen.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/bench_gallery.py [--sizes 1000 10000 100000 1000000] [--queries 20]

People are views of 1,000 posed bodies from random cameras, one in a picture, a twentieth of the pictures tagged; their
lines are those that ``sketchpose index`` writes. Every step is a process of its own that goes through ``Library``, as
the app and the command line do: ``first`` opens a gallery whose columns are still to be made, ``open`` opens it again,
``added`` opens it after a thousand pictures more. Times are wall-clock seconds until the gallery is ready for searches,
without the start of Python; memory is the most that the process held, which counts what it has mapped and looked at.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench_retrieval_speed import BODIES, SEED, crowd
from machine import save, table

from sketchpose.retrieve.gallery.gallery import FORMAT
from sketchpose.retrieve.making.views import sample_bodies
from sketchpose.retrieve.people import Floats

ADDED = 1000
STEP = """
import json, resource, sys, time
import numpy as np
from pathlib import Path
from sketchpose.pose import Pose
from sketchpose.retrieve import Filter, Options, describe
from sketchpose.retrieve.gallery.library import Library
queries = [Pose.annotated(points, np.full(17, 2)) for points in np.load(sys.argv[2])]
describe(np.zeros((1, 17, 2), np.float32), np.ones((1, 17), np.float32))
start = time.perf_counter()
shelf = Library(lambda name: Path(sys.argv[1])).shelf("g")
told = {"open s": time.perf_counter() - start, "people": len(shelf.gallery.people)}
for camera in ("same", "any"):
    for tags in ((), ("some",)):
        options = Options(k=10, camera=camera, where=Filter(tags=tags))
        shelf.find(queries[0], options)
        took = []
        for query in queries:
            start = time.perf_counter()
            shelf.find(query, options)
            took.append(1000 * (time.perf_counter() - start))
        told[f"{camera}{', tag' if tags else ''} ms"] = float(np.median(took))
told["memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""


def write(folder: Path, first: int, points: Floats) -> None:
    """Write the lines of some people as a run of ``sketchpose index`` does."""
    with (folder / f"{first:09}.jsonl").open("w") as log:
        for number, joints in enumerate(np.round(points, 2), first):
            box = [*joints.min(0).tolist(), *joints.max(0).tolist()]
            line = {
                "path": f"pictures/{number:09}.png", "width": 512, "height": 512,
                "tags": ["some" if number % 20 == 0 else "most"], "source": "/pictures", "stamp": f"1-{number}",
                "hash": f"{number:024x}", "people": [[joints.tolist(), [], "2" * 17, box, 1.0]], "at": float(number),
            }  # fmt: skip
            log.write(json.dumps(line, separators=(",", ":")) + "\n")


def step(folder: Path, queries: Path) -> dict[str, float]:
    """Open a gallery in another process and search it."""
    command = [sys.executable, "-c", STEP, str(folder), str(queries)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=20)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    joints = sample_bodies(range(SEED, SEED + BODIES)).joints
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        queries = Path(temporary) / "queries.npy"
        np.save(queries, crowd(args.queries, joints, rng).keypoints)
        for size in args.sizes:
            folder = Path(temporary) / "g"
            folder.mkdir()
            (folder / "gallery.json").write_text(json.dumps({"format": FORMAT}))
            write(folder, 0, crowd(size, joints, rng).keypoints)
            first, again = step(folder, queries), step(folder, queries)
            write(folder, size, crowd(ADDED, joints, rng).keypoints)
            added, disk = step(folder, queries), sum(path.stat().st_size for path in folder.rglob("*.bin"))
            rows.append({"first s": first["open s"], "added s": added["open s"], "columns MB": disk / 1e6, **again})
            print(rows[-1], flush=True)
            shutil.rmtree(folder)
    print(table(rows))
    save("gallery", rows)


if __name__ == "__main__":
    main()
