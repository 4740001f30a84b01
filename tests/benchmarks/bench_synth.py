"""Speed of the generator: pictures per second and core by style and stage, and memory per worker.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/bench_synth.py [pictures per style, default 40] [size, default 256]

CPU seconds of one process, numba's compilation excluded by a warm-up. Run it on an idle machine.
"""

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import cv2

from sketchpose.synth import compose, generate
from sketchpose.synth.styles import STYLES


def timed(name: str, function: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    """Wrap a stage so that its CPU time is added up."""

    def run(*args: Any, **kwargs: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] += time.process_time() - start

    return run


def main(count: int, size: int) -> None:
    """Print the tables."""
    cv2.setNumThreads(1)
    for i, style in enumerate(STYLES):
        for seed in range(4):
            generate(10_000 + 10 * i + seed, size, style)
    rates = {}
    for style in STYLES:
        start = time.process_time()
        for seed in range(count):
            generate(seed, size, style)
        rates[style] = count / (time.process_time() - start)
        print(f"{style:14s} {rates[style]:6.1f} pictures/s")
    total = sum(s.weight for s in STYLES.values())
    mean = total / sum(s.weight / rates[name] for name, s in STYLES.items())
    print(
        f"{'as weighted':14s} {mean:6.1f} pictures/s per core, {mean * 3600 * 8 * 2:,.0f} in eight hours on two cores"
    )
    spent: dict[str, float] = defaultdict(float)
    stages = {
        "people": "sample_page",
        "paper": "_sheet",
        "clutter": "clutter",
        "drawing": "_draw",
        "capture": "capture",
    }
    for name, attribute in stages.items():
        setattr(compose, attribute, timed(name, getattr(compose, attribute), spent))
    n = count * 4
    start = time.process_time()
    for seed in range(n):
        generate(seed, size)
    spent["all"] = time.process_time() - start
    for name, seconds in spent.items():
        print(f"{name:14s} {seconds / n * 1000:6.1f} ms")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*(int(a) for a in (sys.argv[1:] + ["40", "256"][len(sys.argv) - 1 :])[:2]))
