"""Is anything lost when writers are killed, and how fast is the store when it is large?

    python tests/benchmarks/bench_store.py [--writers 8] [--revisions 1000] [--drawings 20000]

Writers are separate processes that save revisions one after the other and write down each id that ``save`` returned;
they are killed (SIGKILL) at random moments and started again until each has its number. Then every id that was written
down must be there, whole, and an index made anew must equal the one that grew.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from machine import save, table

from sketchpose.dataset import Dataset, Person, Query, Revision
from sketchpose.dataset.exporters.coco import export_coco
from sketchpose.dataset.person import ImageFacts
from sketchpose.dataset.proposal import freeze
from sketchpose.dataset.stats import statistics
from sketchpose.dataset.verify import check
from sketchpose.pose import Pose

PIXELS = 64


def person(rng: np.random.Generator) -> Person:
    """A person of random joints."""
    return Person.of_pose("p1", Pose.annotated(rng.uniform(0, PIXELS, (17, 2)), rng.integers(1, 3, 17)))


def picture(seed: int) -> bytes:
    """A small picture, another for every seed."""
    import cv2

    pixels = np.random.default_rng(seed).integers(0, 255, (PIXELS, PIXELS, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


def write(folder: Path, images: list[ImageFacts], log: Path, count: int, seed: int) -> None:
    """Save revisions until the log names ``count``; each id is logged after ``save`` has returned it."""
    rng, dataset = np.random.default_rng((seed, os.getpid())), Dataset(folder)
    # A line that a kill cut off was not acknowledged.
    done = log.read_bytes().count(b"\n") if log.exists() else 0
    with log.open("ab", buffering=0) as file:
        if done and not log.read_bytes().endswith(b"\n"):
            file.write(b"\n")
        for _ in range(count - done):
            image = images[int(rng.integers(len(images)))]
            saved = dataset.save(Revision.make(image, [person(rng)], author=f"writer {seed}"))
            file.write(f"{saved.id} {saved.checksum}\n".encode())


def hammer(folder: Path, writers: int, count: int, lifetime: tuple[float, float], seed: int = 0) -> dict[str, Any]:
    """Let writers run and be killed until each has saved its number; return what was found afterwards.

    Args:
        folder: An empty folder.
        writers: Number of processes.
        count: Revisions of each.
        lifetime: Shortest and longest time in seconds until a writer is killed.
        seed: Of the moments.
    """
    chance, begin = random.Random(seed), time.perf_counter()
    dataset = Dataset(folder / "dataset")
    images = [dataset.add_image(picture(i), f"{i}.png") for i in range(50)]
    logs = [folder / f"writer{i}.log" for i in range(writers)]
    kills = 0
    running: dict[int, tuple[int, float]] = {}
    left = set(range(writers))
    while left or running:
        for number in sorted(left - {n for n, _ in running.values()}):
            child = os.fork()
            if child == 0:
                try:
                    write(dataset.folder, images, logs[number], count, number)
                    os._exit(0)
                except BaseException:
                    import traceback

                    traceback.print_exc()
                    os._exit(1)
            running[child] = (number, time.perf_counter() + chance.uniform(*lifetime))
        for child, (number, end) in list(running.items()):
            ended, state = os.waitpid(child, os.WNOHANG)
            if ended:
                del running[child]
                if os.waitstatus_to_exitcode(state) == 0:
                    left.discard(number)
                elif os.waitstatus_to_exitcode(state) > 0:
                    raise RuntimeError(f"writer {number} failed")
            elif time.perf_counter() > end:
                os.kill(child, signal.SIGKILL)
                running[child] = (number, float("inf"))
                kills += 1
        time.sleep(0.002)
    seconds = time.perf_counter() - begin
    lines = [line.split() for log in logs for line in log.read_text().splitlines()]
    acknowledged = {words[0]: words[1] for words in lines if len(words) == 2 and len(words[1]) == 64}
    dataset = Dataset(folder / "dataset")
    dataset.sync()
    grown = dataset.index.dump()
    there = {entry.id for entry in dataset.entries(Query(which="all"))}
    lost = [id for id, sum in acknowledged.items() if id not in there or dataset.read(id).checksum != sum]
    report = check(dataset, rebuild=True)
    return {
        "writers": writers,
        "acknowledged": len(acknowledged),
        "kills": kills,
        "lost": len(lost),
        "in the store": len(there),
        "index equal after rebuild": dataset.index.dump() == grown,
        "damaged files": len(report.quarantined),
        "seconds": round(seconds, 1),
    }


FULL = """
import resource, sys
from pathlib import Path
sys.path[:0] = {path!r}
from sketchpose.dataset import Dataset, Revision
dataset = Dataset(Path({folder!r}))
last = dataset.read({id!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    dataset.save(last.child(note="x" * 1000))
except OSError as error:
    print(error.strerror)
"""


def full_disk(folder: Path) -> dict[str, Any]:
    """Save where no file may grow past 200 bytes; return what was said and whether anything was harmed."""
    dataset = Dataset(folder / "dataset")
    saved = dataset.save(Revision.make(dataset.add_image(picture(0), "a.png"), [person(np.random.default_rng(0))]))
    before = {p: p.read_bytes() for p in (dataset.folder / "revisions").rglob("*") if p.is_file()}
    code = FULL.format(path=sys.path, folder=str(dataset.folder), id=saved.id)
    words = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    after = {p: p.read_bytes() for p in (dataset.folder / "revisions").rglob("*") if p.is_file()}
    again = Dataset(dataset.folder).save(saved.child())
    return {"said": words, "harmed": before != after, "saved later": Dataset(dataset.folder).read(again.id) == again}


def timed(what: str, rows: list[dict[str, Any]], act: Callable[[], Any]) -> Any:
    """Run and note the seconds on the clock, and those the processor worked for it: others may use the machine."""
    begin, worked = time.perf_counter(), time.process_time()
    result = act()
    clock, processor = time.perf_counter() - begin, time.process_time() - worked
    rows.append({"what": what, "seconds": round(clock, 2), "processor seconds": round(processor, 2)})
    print(rows[-1], flush=True)
    return result


def large(folder: Path, drawings: int) -> list[dict[str, Any]]:
    """Time everyday work on a dataset of many drawings.

    Pictures and revisions are put into place as plain files, since flushing each to disk is what ``hammer`` measures.
    """
    dataset, rng, rows = Dataset(folder / "dataset"), np.random.default_rng(1), list[dict[str, Any]]()
    data = picture(0)
    for i in range(drawings):
        hash = f"{i:08x}" * 8
        image = ImageFacts(hash, ".png", len(data), PIXELS, PIXELS, f"{int(rng.integers(2**63)):016x}", f"{i}.png")
        facts: dict[str, Any] = {"source": f"source {i % 40}", "tags": ("even",) if i % 2 else (), "time": 1e9 + i}
        facts |= {"status": "accepted", "author": f"author {i % 8}", "licence": "CC0-1.0", "consent": "licence"}
        revision = Revision.make(image, [person(rng)], **facts)
        files = {dataset.layout.image(image): data, dataset.layout.revision(revision.id): revision.encode()}
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    timed("make the index from the files", rows, dataset.sync)
    timed("open and list all", rows, lambda: Dataset(dataset.folder).entries())
    timed("list all again", rows, dataset.entries)
    timed("first page of 50", rows, lambda: dataset.entries(Query(limit=50)))
    timed(
        "filter by source, tag and text",
        rows,
        lambda: dataset.entries(Query(source=("source 3",), tags=("even",), text="9")),
    )
    timed("near duplicates of one picture", rows, lambda: dataset.near("00ff" * 4))
    timed("freeze splits by source", rows, lambda: freeze(dataset))
    timed("statistics with the map of poses", rows, lambda: statistics(dataset))
    timed("export COCO, all files", rows, lambda: export_coco(dataset, folder / "coco"))
    timed("export COCO, one zip", rows, lambda: export_coco(dataset, folder / "coco.zip"))
    last = dataset.read(dataset.entries(Query(limit=1))[0].id)
    timed("save one more", rows, lambda: dataset.save(last.child()))
    timed("rebuild the index", rows, lambda: (dataset.index.clear(), dataset.sync()))
    timed("all pairs of near duplicates", rows, dataset.duplicates)
    return rows


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--revisions", type=int, default=1000)
    parser.add_argument("--drawings", type=int, default=20000)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        (folder / "kill").mkdir()
        if given.writers:
            found = hammer(folder / "kill", given.writers, given.revisions, (1.0, 8.0))
            print(table([found]), flush=True)
            shutil.rmtree(folder / "kill")
            (folder / "full").mkdir()
            save("store_writers", [{"what": "kill -9", **found}, {"what": "disk full", **full_disk(folder / "full")}])
        if given.drawings:
            (folder / "large").mkdir()
            rows = large(folder / "large", given.drawings)
            print(table(rows))
            save("store_large", [{"drawings": given.drawings, **row} for row in rows])


if __name__ == "__main__":
    main()
