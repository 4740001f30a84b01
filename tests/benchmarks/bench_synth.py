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
from machine import save, table

from sketchpose.synth import compose, generate
from sketchpose.synth.styles.table import STYLES


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
    total = sum(s.weight for s in STYLES.values())
    mean = total / sum(s.weight / rates[name] for name, s in STYLES.items())
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [{"what": style, "value": round(rate, 1), "unit": "pictures/s and core"} for style, rate in rates.items()]
    rows += [
        {"what": "all styles, as weighted", "value": round(mean, 1), "unit": "pictures/s and core"},
        {"what": "eight hours on two cores", "value": round(mean * 3600 * 8 * 2), "unit": "pictures"},
        *({"what": name, "value": round(1000 * s / n, 1), "unit": "ms a picture"} for name, s in spent.items()),
        {"what": "memory of a worker", "value": round(memory), "unit": "MiB"},
    ]
    print(table(rows))
    print("saved", save("synth", rows))


if __name__ == "__main__":
    main(*(int(a) for a in (sys.argv[1:] + ["40", "256"][len(sys.argv) - 1 :])[:2]))
