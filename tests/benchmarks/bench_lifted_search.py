"""Is a pose found better from any side by bodies lifted into space? Beside the learnt embedding, after it and with it.

    python tests/benchmarks/bench_lifted_search.py [--poses 2500] [--queries 300] [--drawn 240] [--cache DIR]

The galleries and queries of ``bench_retrieval``, smaller. Every picture is lifted onto one standard body, so that only
the pose counts; two bodies are as far apart as the nearest pair of their first two readings: the root of the mean
square distance of twelve joints and the nose after the best turn, free or about the vertical, in sizes of the body.

``alone`` ranks the whole gallery by that distance, ``re-ranked`` the 200 best of the embedding, ``mixed`` the same by
the embedding's score less a price for the distance. What is compared and the price are chosen on the even queries; the
numbers are of the odd ones, with the difference to the embedding and its 95 % interval (10,000 resamples of queries).
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from bench_retrieval import Array, Poses, make, true_queries
from machine import save, table
from numpy.typing import NDArray

from sketchpose.lift import lift
from sketchpose.lift.lifting import bodies_of
from sketchpose.lift.network import load_network, prepare, seen
from sketchpose.lift.standard import standard_rig, standard_size
from sketchpose.pose import Pose
from sketchpose.retrieve import Options, People, SearchableGallery, search
from sketchpose.retrieve.making.views import project, random_cameras, random_distances
from sketchpose.skeleton import BODY
from sketchpose.synth.people.body import PART, PARTS

READINGS = 2
CANDIDATES = 200
JOINTS = [0, *BODY]
PRICES = (0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.5, 4.0)
"""Of being as far apart as the body is large, in whole scores."""
KINDS = ("fitted, turned freely", "fitted, turned upright", "network alone, turned freely")


def standing(turns: Array) -> Array:
    """Return the joints (N, 17, 3) of the standard body, the z axis up, in sizes of it."""
    ones = np.ones((len(turns), len(PARTS), 2))
    return np.asarray(standard_rig().keypoints(turns, ones) / standard_size(), np.float32)


def readings(pose: Pose) -> tuple[Array, Array]:
    """Return the first bodies (READINGS, 17, 3) of a drawing, fitted and as the network alone has them."""
    fitted = standing(np.array([[one.pose.turns[part] for part in PARTS] for one in lift(pose)[:READINGS]]))
    guess = load_network()(prepare(*(a[None] for a in seen(pose))))
    turns = bodies_of(guess).turns[:READINGS]
    look = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # any turn will do: these are turned freely
    turns[:, PART["pelvis"]] = look.T @ turns[:, PART["pelvis"]]
    return tuple(np.resize(bodies, (READINGS, 17, 3)) for bodies in (fitted, standing(turns)))  # type: ignore[return-value]


def apart(mine: Array, theirs: Array, upright: bool) -> Array:
    """Return how far apart (N,) the nearest readings (R, 17, 3) and (N, R, 17, 3) are."""
    a, b = (bodies[..., JOINTS, :] - bodies[..., JOINTS, :].mean(-2, keepdims=True) for bodies in (mine, theirs))
    product = np.einsum("rji,nsjk->nrsik", a, b)
    if upright:
        along, across = product[..., 0, 0] + product[..., 1, 1], product[..., 0, 1] - product[..., 1, 0]
        common = np.hypot(along, across) + product[..., 2, 2]
    else:
        values = np.linalg.svd(product, compute_uv=False)
        common = values[..., 0] + values[..., 1] + np.sign(np.linalg.det(product)) * values[..., 2]
    square = (a**2).sum((1, 2))[None, :, None] + (b**2).sum((2, 3))[:, None] - 2 * common
    return np.asarray(np.sqrt(np.maximum(square, 0).min((1, 2)) / len(JOINTS)))


def ranks(poses: Poses, queries: Array, ids: NDArray[np.intp]) -> dict[str, NDArray[np.intp]]:
    """Return the place of the very pose, per ranking, for queries (Q, 17, 3) of the poses ``ids``; 999 if not there."""
    rng = np.random.default_rng(0)
    count = len(poses.names)
    views = project(poses.joints, random_cameras(count, rng), random_distances(count, rng))
    ones = np.ones((count, 17), np.float32)
    box = np.concatenate([views.min(1), views.max(1)], 1)
    store = SearchableGallery(People(views, ones, np.arange(count), box))
    fitted, guessed = (
        np.array(a) for a in zip(*(readings(Pose.annotated(200 * v, np.full(17, 2))) for v in views), strict=True)
    )
    options = Options(k=CANDIDATES, camera="any", mirror=False)
    names = ["embedding"]
    names += [f"{way}: {kind}" for way in ("alone", "re-ranked") for kind in KINDS]
    names += [f"mixed: {kind}, {price:g}" for kind in KINDS for price in PRICES]
    out: dict[str, list[int]] = {name: [] for name in names}
    for query, wanted in zip(queries, ids, strict=True):
        pose = replace(Pose.annotated(200 * query[:, :2], np.full(17, 2)), scores=query[:, 2].astype(np.float32))
        matches = search(pose, store, options)
        rows, scores = np.array([m.row for m in matches]), np.array([m.score / 100 for m in matches])

        def place(order: NDArray[Any], of: NDArray[Any] = rows, wanted: int = int(wanted)) -> int:
            return int(next(iter(np.flatnonzero(of[order] == wanted)), 999))

        out["embedding"].append(place(np.arange(len(rows))))
        mine = readings(pose)
        for kind in KINDS:
            network, upright = kind.startswith("network"), kind.endswith("upright")
            off = apart(mine[network], guessed if network else fitted, upright)
            out[f"alone: {kind}"].append(place(np.argsort(off, kind="stable"), np.arange(count)))
            out[f"re-ranked: {kind}"].append(place(np.argsort(off[rows], kind="stable")))
            for price in PRICES:
                out[f"mixed: {kind}, {price:g}"].append(place(np.argsort(price * off[rows] - scores, kind="stable")))
    return {name: np.array(places) for name, places in out.items()}


def lines(places: dict[str, NDArray[np.intp]]) -> list[dict[str, Any]]:
    """Return the embedding and the best of each way by the even queries, measured on the odd ones."""
    rng = np.random.default_rng(0)
    base, out = places["embedding"][1::2], []
    for way in ("embedding", "alone", "re-ranked", "mixed"):
        names = [name for name in places if name.startswith(way)]
        best = max(names, key=lambda name: (places[name][::2] < 10).mean() + (places[name][::2] < 1).mean())
        mine = places[best][1::2]
        line: dict[str, Any] = {"ranking": best, "queries": len(mine)}
        picks = rng.integers(0, len(mine), (10_000, len(mine)))
        for k in (1, 10):
            gain = (mine < k).astype(float) - (base < k)
            low, high = np.quantile(gain[picks].mean(1), (0.025, 0.975))
            line |= {f"hit{k}": round(float((mine < k).mean()), 3), f"gain{k}": round(float(gain.mean()), 3),
                     f"low{k}": round(float(low), 3), f"high{k}": round(float(high), 3)}  # fmt: skip
        out.append(line)
    return out


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--poses", type=int, default=2500)
    parser.add_argument("--queries", type=int, default=300, help="with true joints")
    parser.add_argument("--drawn", type=int, default=240, help="drawn and estimated")
    parser.add_argument("--cache", type=Path, help="keeps the poses and estimates between runs")
    args = parser.parse_args()
    poses = make(args.poses, args.drawn, args.cache)
    true, some = true_queries(poses, args.queries)
    rows = []
    places = ranks(poses, np.concatenate([true, poses.drawn]), np.append(some, np.arange(len(poses.drawn))))
    for kind, part in (("true", slice(None, len(true))), ("drawn", slice(len(true), None))):
        rows += [{"query": kind, **line} for line in lines({name: where[part] for name, where in places.items()})]
    print(table(rows))
    print("saved", save("lifted_search", rows))


if __name__ == "__main__":
    main()
