"""Is the same pose found again? Ours beside four others, on 10,000 poses that nothing was learned from.

    python tests/benchmarks/bench_retrieval.py [--poses 10000] [--queries 1000] [--drawn 1000] [--cache DIR]

A gallery holds one view of each of 10,000 posed bodies. A query is another view of one of them, either its true joints
or a rough sketch of it, drawn by ``sketchpose.synth`` and read by the shipped model (the whole pipeline: it has to find
the person too). The seeds are not those of ``retrieve.learn``, and a sixth of all recipes was held out there: ``new``
counts queries of those alone.

A **hit** at k: the very pose of the query is among the first k. Nearly equal poses of the same recipe count as misses;
``near10`` counts them as hits at 10, where the joints in space, after the best similarity transform, are off by at most
a tenth of the torso's length on average (the criterion of Pr-VIPE, Sun et al. 2020).

Rows: ``same`` camera: the gallery's camera is turned by 0 to 15 degrees about a random axis. ``any``: it stands
anywhere. ``mirrored``: the gallery's picture is the mirror image. ``upper body``: only that of the query counts. ``4
missing``: four random ones of the query's 12 body joints do not count. ``another body``: the gallery's figure is a
grown-up with natural proportions, the query's may be a child or a caricature.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import save, table
from numpy.typing import NDArray
from retrieval_baselines import BASELINES

from sketchpose import load_estimator
from sketchpose.estimate import Estimator
from sketchpose.pose import Pose
from sketchpose.retrieve import Options, People, SearchableGallery, search
from sketchpose.retrieve.descriptor import mirrored
from sketchpose.retrieve.making.views import nudged, project, random_cameras, random_distances
from sketchpose.retrieve.parts import joint_mask
from sketchpose.retrieve.people import pose_scores
from sketchpose.skeleton import BODY, SWAP
from sketchpose.synth.compose import OVERSAMPLE, compose
from sketchpose.synth.layout import sample_page
from sketchpose.synth.people.actor import sample_cast, take_pose
from sketchpose.synth.people.body import BodyPose, load_body
from sketchpose.synth.people.recipes import is_held_out
from sketchpose.synth.styles.table import STYLES, sample_style
from sketchpose.synth.view.camera import aim

FIRST = 60_000_000
"""Seeds from here on; ``retrieve.learn`` and the training of the shipped network stay below."""
SIZE = 256
KS = (1, 5, 10)
Array = NDArray[np.float32]
One = tuple[Array, Array, Array, str]
"""Joints (17, 3) of a pose, the same on another body, the query's camera (3, 3), the pose's name."""


@dataclass(frozen=True)
class Poses:
    """N poses: joints (N, 17, 3) of the query's body and of another one, camera (N, 3, 3) of the query, names.

    The first ones are drawn: their estimates (D, 17, 3) are x, y and score.
    """

    joints: Array
    others: Array
    cameras: Array
    names: list[str]
    drawn: Array


def make(count: int, drawn: int, cache: Path | None) -> Poses:
    """Pose the bodies and draw the first of them."""
    path = None if cache is None else cache / f"retrieval-{count}-{drawn}.npz"
    if path is not None and path.exists():
        with np.load(path) as data:
            return Poses(data["joints"], data["others"], data["cameras"], data["names"].tolist(), data["drawn"])
    rows, estimates = [], []
    estimator = load_estimator()
    for seed in range(FIRST, FIRST + 4 * drawn):
        found = draw(seed, estimator) if len(estimates) < drawn else None
        if found is not None:
            rows.append(found[0])
            estimates.append(found[1])
    rows += [pose(seed) for seed in range(FIRST + 10**6, FIRST + 10**6 + count - len(rows))]
    joints, others, cameras, names = zip(*rows, strict=True)
    stacked = [np.array(a, np.float32) for a in (joints, others, cameras)]
    poses = Poses(*stacked, list(names), np.array(estimates, np.float32).reshape(-1, 17, 3))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **vars(poses))
    return poses


def draw(seed: int, estimator: Estimator) -> tuple[One, Array] | None:
    """Return a drawn person and their estimate (17, 3), None where the page shows more people or only a part of one."""
    rng, staging = np.random.default_rng(seed).spawn(4)[:2]
    page = sample_page(staging, STYLES[sample_style(rng)], int(SIZE * OVERSAMPLE))  # what compose is about to draw
    if page.name != "single":
        return None
    scene = compose(seed, SIZE)
    if len(scene.persons) != 1 or not scene.persons[0].visibility[list(BODY)].all():
        return None
    found = estimator.estimate(scene.image)[0]
    actor = page.placed[0].figure.actor
    one = actor.keypoints, other_body(actor.pose, seed), scene.persons[0].camera.rotation, actor.pose.name
    return one, np.column_stack([found.keypoints, pose_scores(found)])


def pose(seed: int) -> One:
    """Return a person who is not drawn, of the kind that the generator draws."""
    body, rng = load_body(), np.random.default_rng(seed)
    cast = sample_cast(body, rng)
    chosen, recipe = take_pose(cast, rng)
    skin = body.skin(cast.shape.rest, body.articulate(cast.shape, chosen, cast.proportions))
    camera = aim(rng, skin[::50], bool(recipe and recipe.close)).rotation
    return body.keypoints(skin), other_body(chosen, seed), camera, chosen.name


def other_body(chosen: BodyPose, seed: int) -> Array:
    """Return the joints (17, 3) of a grown-up with natural proportions in a pose."""
    body = load_body()
    cast = sample_cast(body, np.random.default_rng((seed, 1)), kind="real", adult=True)
    skin = body.skin(cast.shape.rest, body.articulate(cast.shape, chosen, cast.proportions))
    return np.asarray(body.keypoints(skin), np.float32)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    camera: Any = "same"
    mirror: bool = False
    parts: tuple[str, ...] = ()
    missing: int = 0
    another: bool = False


ROWS = [
    row
    for camera in ("same", "any")
    for row in (
        Row("whole body", camera),
        Row("mirrored", camera, mirror=True),
        Row("upper body", camera, parts=("upper body",)),
        Row("4 missing", camera, missing=4),
        Row("another body", camera, another=True),
    )
]


def near(poses: Poses, query: int, rows: NDArray[np.int64], which: NDArray[np.intp], flip: bool) -> bool:
    """Whether any of some poses (or, if asked, mirror images) is nearly the query's: a tenth of the torso off."""
    a, b = poses.joints[query], poses.joints[rows]
    if flip:
        b = np.concatenate([b, b[:, list(SWAP)] * np.array([-1, 1, 1], np.float32)])
    torso = float(np.linalg.norm(a[[5, 6]].mean(0) - a[[11, 12]].mean(0)))
    a = a[which] - a[which].mean(0)
    b = b[:, which] - b[:, which].mean(1, keepdims=True)
    b /= np.linalg.norm(b, axis=(1, 2), keepdims=True)
    u, s, v = np.linalg.svd(b.transpose(0, 2, 1) @ a)
    sign = np.sign(np.linalg.det(u @ v))
    u[:, :, 2] *= sign[:, None]
    s[:, 2] *= sign
    apart = a - s.sum(1)[:, None, None] * (b @ (u @ v))
    return bool((np.linalg.norm(apart, axis=2).mean(1) / torso).min() <= 0.1)


def measure(poses: Poses, row: Row, queries: Array, ids: NDArray[np.intp], seed: int) -> list[dict[str, Any]]:
    """Return one line per method for queries (Q, 17, 3) of the poses ``ids``."""
    rng = np.random.default_rng(seed)
    count = len(poses.names)
    cameras = nudged(poses.cameras, 15, rng) if row.camera == "same" else random_cameras(count, rng)
    views = project(poses.others if row.another else poses.joints, cameras, random_distances(count, rng))
    ones = np.ones((count, 17), np.float32)
    if row.mirror:
        views, _ = mirrored(views, ones)
    masks = np.repeat(joint_mask(row.parts)[None], len(ids), 0)
    patterns = np.stack([rng.permutation(BODY)[: row.missing] for _ in range(10)])
    pattern = rng.integers(0, len(patterns), len(ids))
    for i, gone in enumerate(patterns):
        masks[np.ix_(pattern == i, gone)] = False
    top: dict[str, list[NDArray[np.int64]]] = {"sketchpose": []}
    box = np.concatenate([views.min(1), views.max(1)], 1)
    store = SearchableGallery(People(views, ones, np.arange(count), box))
    options = Options(k=10, camera=row.camera, mirror=row.mirror, parts=row.parts)
    for query, mask in zip(queries, masks, strict=True):
        asked = Pose.annotated(query[:, :2], mask * 2)
        asked = replace(asked, scores=np.where(mask, query[:, 2], 0).astype(np.float32))
        top["sketchpose"].append(np.array([m.row for m in search(asked, store, options)]))
    for name, features in BASELINES.items():
        found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(ids)
        for i in range(len(patterns)):
            mine = np.flatnonzero(pattern == i)
            if not len(mine):
                continue
            which = np.flatnonzero(masks[mine[0]])
            gallery = features(views, which)
            square = (gallery**2).sum(1)
            views_asked = [queries[mine, :, :2]]
            if row.mirror:
                views_asked.append(mirrored(views_asked[0], ones[: len(mine)])[0])
            asked_features = [features(v, which) for v in views_asked]
            likeness = np.max([2 * f @ gallery.T - square - (f**2).sum(1)[:, None] for f in asked_features], axis=0)
            for j, line in zip(mine, likeness, strict=True):
                best = np.argpartition(-line, 10)[:10]
                found[j] = best[np.argsort(-line[best], kind="stable")]
        top[name] = found
    out = []
    new = np.array([is_held_out(poses.names[i]) for i in ids])
    for name, results in top.items():
        place = np.array([next(iter(np.flatnonzero(r == i)), 99) for r, i in zip(results, ids, strict=True)])
        alike = [near(poses, i, r, np.flatnonzero(m), row.mirror) for i, r, m in zip(ids, results, masks, strict=True)]
        line = {"camera": row.camera, "row": row.name, "method": name}
        line |= {f"hit{k}": float((place < k).mean()) for k in KS}
        out.append(line | {"new hit10": float((place < 10)[new].mean()), "near10": float(np.mean(alike))})
    return out


def true_queries(poses: Poses, count: int) -> tuple[Array, NDArray[np.intp]]:
    """Return some of the poses as their cameras see them, (n, 17, 3) with score 1, and which ones."""
    rng = np.random.default_rng(1)
    views = project(poses.joints, poses.cameras, random_distances(len(poses.names), rng))
    some = np.sort(rng.choice(len(views), min(count, len(views)), replace=False))
    return np.concatenate([views, np.ones((*views.shape[:2], 1), np.float32)], 2)[some], some


def main() -> None:
    """Print and save the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--poses", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=1000, help="with true joints")
    parser.add_argument("--drawn", type=int, default=1000, help="drawn and estimated")
    parser.add_argument("--cache", type=Path, help="keeps the poses and estimates between runs")
    args = parser.parse_args()
    poses = make(args.poses, args.drawn, args.cache)
    true, some = true_queries(poses, args.queries)
    rows = []
    for kind, queries, ids in (("true", true, some), ("drawn", poses.drawn, np.arange(len(poses.drawn)))):
        for number, row in enumerate(ROWS):
            for line in measure(poses, row, queries, ids, number):
                rows.append({"query": kind, **line, "queries": len(ids)})
                print(rows[-1], flush=True)
    print(table(rows))
    print("saved", save("retrieval", rows))


if __name__ == "__main__":
    main()
