"""Many scenes at once: ranges of seeds on all cores, as a COCO dataset or as shards, resumed where it stopped."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from sketchpose.files import write_atomic
from sketchpose.progress import Progress
from sketchpose.synth import generate
from sketchpose.synth.coco import document, file_name, records
from sketchpose.synth.shards import encode_image, shard_name, variant, write_shard

SHARD = 512
"""Scenes per shard."""
PART = 64
"""Scenes per unit of work of a COCO dataset."""
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class SeedRange:
    """One range of seeds and where its result goes."""

    first: int
    count: int
    size: int
    style: str | None
    out: Path
    shards: bool
    drawn_poses: float = 0.0

    @property
    def done(self) -> Path:
        """The file whose existence means that this job is finished."""
        if self.shards:
            return self.out / shard_name(self.first, self.count, self.size, self.style, self.drawn_poses)
        kind = variant(self.style, self.drawn_poses)
        return self.out / "parts" / f"{self.size}{kind}-{self.first:09d}-{self.first + self.count - 1:09d}.json"


def run(job: SeedRange) -> int:
    """Do one job and return how many scenes it made."""
    seeds = range(job.first, job.first + job.count)
    scenes = {seed: generate(seed, job.size, job.style, drawn_poses=job.drawn_poses) for seed in seeds}
    if job.shards:
        write_shard(job.done, list(scenes.values()))
        return job.count
    part: dict[str, Any] = {"images": [], "annotations": []}
    for seed, scene in scenes.items():
        write_atomic(job.out / "images" / file_name(seed), encode_image(scene.image))
        image, people = records(seed, scene)
        part["images"].append(image)
        part["annotations"] += people
    write_atomic(job.done, json.dumps(part).encode())
    return job.count


def jobs(
    count: int, seed: int, out: Path, size: int, style: str | None, shards: bool, drawn_poses: float = 0.0
) -> list[SeedRange]:
    """Return the ranges of seeds of a request.

    Raises:
        ValueError: The count is not positive or the seed negative.
    """
    if count < 1:
        raise ValueError(f"count is {count}; ask for at least 1 picture")
    if seed < 0:
        raise ValueError(f"seed is {seed}; give an integer of at least 0")
    step = SHARD if shards else PART
    last = seed + count
    return [
        SeedRange(first, min(step, last - first), size, style, out, shards, drawn_poses)
        for first in range(seed, last, step)
    ]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes started meanwhile use one thread: they fill the cores themselves."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _start() -> None:
    cv2.setNumThreads(1)


def produce(todo: list[SeedRange], workers: int, progress: Progress | None = None) -> int:
    """Do the jobs that are not done yet and return how many scenes were made.

    Args:
        todo: All jobs; finished ones are skipped.
        workers: Processes.
        progress: Called with (scenes ready, scenes asked for) after every job.

    Raises:
        ValueError: ``workers`` is not positive.
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; use at least 1")
    total = sum(job.count for job in todo)
    open_jobs = [job for job in todo if not job.done.exists()]
    ready = total - sum(job.count for job in open_jobs)
    made = 0
    if progress:
        progress(ready, total)
    with _one_thread_each(), ProcessPoolExecutor(workers, get_context("spawn"), _start) as pool:
        for future in as_completed([pool.submit(run, job) for job in open_jobs]):
            made += future.result()
            if progress:
                progress(ready + made, total)
    return made


def finish(todo: list[SeedRange]) -> Path:
    """Write ``annotations.json`` of a COCO dataset from its parts and return its path."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for job in todo:
        part = json.loads(job.done.read_bytes())
        images += part["images"]
        annotations += part["annotations"]
    path = todo[0].out / "annotations.json"
    write_atomic(path, json.dumps(document(images, annotations)).encode())
    return path
