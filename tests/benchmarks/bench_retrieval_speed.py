"""How fast a search is, from a thousand to a million people: building, memory, queries with re-rank and with filters.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/bench_retrieval_speed.py [--sizes 1000 10000 100000 1000000]
        [--queries 40] [--others DIR]

People are views of 1,000 posed bodies from random cameras, so that near neighbours exist as in a real gallery; queries
are other views of them. ``p50`` and ``p95`` are of one whole ``search`` (describe the query and its mirror image, find
200 candidates each, compare, rank), wall-clock; ``cpu`` is the mean processor time of the same, which a busy machine
does not stretch. ``filtered`` asks for one tag that a twentieth of all pictures
carries. ``--others DIR`` also takes the candidates from a graph of usearch, installed in that folder (the packages
usearch and numkong), and tells which share of the ten results stays (``recall@10``).
"""

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import save, table
from numpy.typing import NDArray

from sketchpose.pose import Pose
from sketchpose.retrieve import Descriptors, Filter, Options, People, SearchableGallery, describe, search
from sketchpose.retrieve.engines.base import Space
from sketchpose.retrieve.engines.exact import ExactEngine
from sketchpose.retrieve.making.views import project, random_cameras, random_distances, sample_bodies

SEED = 70_000_000
BODIES = 1000
GRAPH_MOST = 100_000
"""People up to which the graph is built: it takes minutes for more."""


def crowd(count: int, joints: NDArray[np.float32], rng: np.random.Generator) -> People:
    """Views of bodies, one in a picture, of which a twentieth is tagged."""
    views = []
    for start in range(0, count, 50_000):
        chosen = joints[rng.integers(0, len(joints), min(50_000, count - start))]
        views.append(project(chosen, random_cameras(len(chosen), rng), random_distances(len(chosen), rng)))
    points = np.concatenate(views)
    tags = [("some",) if i % 20 == 0 else ("most",) for i in range(count)]
    return People(
        points, np.ones((count, 17)), np.arange(count), np.concatenate([points.min(1), points.max(1)], 1), tags
    )


def timed(queries: list[Pose], store: SearchableGallery, options: Options) -> dict[str, float]:
    """Milliseconds of some searches, after one to warm up."""
    search(queries[0], store, options)
    took, cpu = [], time.process_time()
    for query in queries:
        start = time.perf_counter()
        search(query, store, options)
        took.append(1000 * (time.perf_counter() - start))
    cpu = 1000 * (time.process_time() - cpu) / len(queries)
    return {"p50 ms": float(np.median(took)), "p95 ms": float(np.quantile(took, 0.95)), "cpu ms": cpu}


def graph(store: SearchableGallery, queries: list[Pose], options: Options, line: dict[str, Any]) -> dict[str, Any]:
    """The same searches with candidates from usearch's graph."""
    from usearch.index import Index

    vectors: NDArray[np.float32] = getattr(store.descriptors, options.camera)
    start = time.perf_counter()
    index = Index(ndim=vectors.shape[1], metric="ip", dtype="f16")
    index.add(np.arange(len(vectors)), vectors)
    built = time.perf_counter() - start

    class GraphEngine(ExactEngine):
        def nearest(self, space: Any, queries: Any, k: int, where: Filter) -> list[NDArray[np.int64]]:
            return [np.asarray(index.search(q, k).keys, np.int64) for q in queries]

    other = SearchableGallery(store.people, store.descriptors, GraphEngine())
    same = [
        len({m.row for m in search(q, store, options)} & {m.row for m in search(q, other, options)}) / options.k
        for q in queries
    ]
    return line | {
        "engine": "usearch",
        "build s": built,
        "vectors MB": index.memory_usage / 1e6,
        **timed(queries, other, options),
        "recall@10": float(np.mean(same)),
    }


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--others", type=Path, help="folder with the package usearch")
    args = parser.parse_args()
    if args.others:
        sys.path.append(str(args.others))
    rng = np.random.default_rng(0)
    joints = sample_bodies(range(SEED, SEED + BODIES)).joints
    asked = crowd(args.queries, joints, rng)
    queries = [Pose.annotated(points, np.full(17, 2)) for points in asked.keypoints]
    rows = []
    for size in args.sizes:
        people = crowd(size, joints, rng)
        start = time.process_time()
        described: Descriptors = describe(people.keypoints, people.scores)
        building = time.process_time() - start
        store = SearchableGallery(people, described)
        cameras: tuple[Space, ...] = ("same", "any")
        for camera in cameras:
            line: dict[str, Any] = {"people": size, "camera": camera, "filtered": False, "engine": "numpy"}
            line |= {"build s": building, "vectors MB": getattr(described, camera).nbytes / 1e6}
            for filtered in (False, True):
                options = Options(k=10, camera=camera, where=Filter(tags=("some",) if filtered else ()))
                rows.append(line | {"filtered": filtered, **timed(queries, store, options), "recall@10": 1.0})
                print(rows[-1], flush=True)
            if args.others and size <= GRAPH_MOST:
                rows.append(graph(store, queries, Options(k=10, camera=camera), line))
                print(rows[-1], flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(table(rows))
    print(f"most memory {peak:.0f} MiB; saved", save("retrieval_speed", rows))


if __name__ == "__main__":
    main()
