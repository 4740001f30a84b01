"""Does it pay to correct the figures first whose correction is worth most? Against random order, by simulation.

    python tests/benchmarks/bench_queue.py COCO.json [--seeds 2000]

Every person is estimated in the true box; a joint is wrong when it is off by more than a tenth of the box's longer
side. Correcting a figure puts all its joints right. For the first k figures: which share of all wrong joints they hold
(the area is the mean over k), and the mean OKS of the pool once they are right. Orders:

worth         ``sketchpose.assist.worth``, the poses before as known ones.
worth, held   The same, its curve fitted without the source that the figure is of.
risk          Expected wrong joints only.
views         Risk and one more for each joint that the mirrored picture puts elsewhere.
rare          Risk times the distance to the nearest pose before.
best          By the true number of wrong joints: what no order can beat.

Random has the middle 95 % of the seeds, the others what resampled people say, also of the difference from ``worth``.
What a model would learn from the first k figures is not measured: that takes a training for each k and order.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import save, table
from numpy.typing import NDArray

from sketchpose.assist import worth as measure
from sketchpose.estimate.sketch import SketchEstimator
from sketchpose.evaluate.truth import TruePerson, read_truth
from sketchpose.images import Picture, read_image
from sketchpose.pose import Pose, oks

SHARES = (0.1, 0.25, 0.5)
Floats = NDArray[np.float64]
Order = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Pool:
    """Estimated people whose truth is known: their poses, wrong joints, OKS, sources, and how far the views agree."""

    poses: list[Pose]
    labelled: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    oks: Floats
    source: NDArray[np.str_]
    elsewhere: NDArray[np.intp]

    @property
    def errors(self) -> Floats:
        """Wrong joints of each figure."""
        return self.wrong.sum(1).astype(np.float64)


def read_pool(path: Path) -> Pool:
    """Estimate everybody of an annotated set."""
    estimator, plain = SketchEstimator(), SketchEstimator(views=1)
    rows: list[tuple[Any, ...]] = []
    for image in read_truth(path).images:
        picture = read_image(image.path)
        for person in image.people:
            if person.ignore:
                continue
            (pose,) = estimator.estimate(picture, boxes=[person.box])
            known = person.labelled
            wrong = known & (_off(pose, person.keypoints, person) > measure.WRONG)
            truth = Pose(person.keypoints, known.astype(np.float32), person.visibility, person.box)
            score = oks(truth, pose, area=person.area)
            views = _both_views(plain, picture, person)
            elsewhere = int((_off(views[0], views[1].keypoints, person) > measure.WRONG).sum())
            rows.append((pose, known, wrong, score, image.source, elsewhere))
    poses, *rest = zip(*rows, strict=True)
    return Pool(list(poses), *map(np.array, rest))


def _off(pose: Pose, points: NDArray[np.floating], person: TruePerson) -> Floats:
    side = float((person.box[2:] - person.box[:2]).max())
    return np.asarray(np.linalg.norm(pose.keypoints - points, axis=1) / side, np.float64)


def _both_views(plain: SketchEstimator, picture: Picture, person: TruePerson) -> tuple[Pose, Pose]:
    x0, y0, x1, y1 = person.box
    width = picture.width
    mirror = replace(picture, pixels=np.ascontiguousarray(picture.pixels[:, ::-1]))
    (seen,) = plain.estimate(picture, boxes=[person.box])
    (other,) = plain.estimate(mirror, boxes=[[width - x1, y0, width - x0, y1]])
    return seen, other.mirror(width)


def curve(scores: NDArray[np.floating], wrong: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the likeliest curve (log odds at score 0, slope) from scores to wrong joints, by Newton's method."""
    inputs, beta = np.stack([np.ones_like(scores), scores], 1).astype(np.float64), np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-inputs @ beta))
        beta += np.linalg.solve((inputs.T * (chance * (1 - chance))) @ inputs, inputs.T @ (wrong - chance))
    return float(beta[0]), float(beta[1])


def held_out(pool: Pool) -> Floats:
    """Expected wrong joints of each figure by a curve fitted to the other sources."""
    scores, risk = np.stack([pose.scores for pose in pool.poses]), np.zeros(len(pool.poses))
    for source in np.unique(pool.source):
        here = pool.source == source
        known = pool.labelled & ~here[:, None]
        start, slope = curve(scores[known], pool.wrong[known])
        risk[here] = (1 / (1 + np.exp(-(start + slope * scores[here])))).sum(1)
    return risk


def greedy(risk: Floats, poses: Sequence[Pose], gain: Callable[[float], float]) -> Order:
    """Return the order that always goes on with the highest risk times the gain of the distance to those before."""
    left, order = list(range(len(poses))), []
    far = np.full(len(poses), np.inf)
    while left:
        best = max(left, key=lambda i: risk[i] * gain(float(far[i])))
        order.append(best)
        left.remove(best)
        for i in left:
            far[i] = min(far[i], measure.nearest(poses[i], [poses[best]]))
    return np.array(order)


def found(order: Order, errors: Floats) -> Floats:
    """Share of all wrong joints that the first 0 to n figures hold (n + 1,)."""
    return np.concatenate([[0], np.cumsum(errors[order]) / errors.sum()])


def area(order: Order, errors: Floats) -> float:
    """Mean of ``found`` over the figures corrected, by the trapezoidal rule."""
    share = found(order, errors)
    return float((share[1:] + share[:-1]).mean() / 2)


def raised(order: Order, before: Floats) -> Floats:
    """Mean OKS of the pool once the first 0 to n figures of an order are right (n + 1,)."""
    return np.asarray(before.mean() + np.concatenate([[0], np.cumsum(1 - before[order])]) / len(order))


def middle(values: Sequence[float]) -> list[float]:
    """The middle 95 %."""
    return np.percentile(values, [2.5, 97.5]).round(3).tolist()


def row(name: str, orders: Sequence[Order], pool: Pool, **rest: Any) -> dict[str, Any]:
    """Return what an order, or the mean of several, finds and raises."""
    at = [round(share * len(pool.poses)) for share in SHARES]
    share = np.mean([found(order, pool.errors) for order in orders], 0)
    mean = np.mean([raised(order, pool.oks) for order in orders], 0)
    return (
        {"order": name, "area": round(float(np.mean([area(order, pool.errors) for order in orders])), 3)}
        | rest
        | {f"found {s:.0%}": round(float(share[k]), 3) for s, k in zip(SHARES, at, strict=True)}
        | {f"OKS {s:.0%}": round(float(mean[k]), 3) for s, k in zip(SHARES, at, strict=True)}
    )


def compare(pool: Pool, seeds: int) -> list[dict[str, Any]]:
    """Return a row for each order."""
    count, rng = len(pool.poses), np.random.default_rng(0)
    risk = np.array([measure.wrong_joints(pose) for pose in pool.poses])
    held = held_out(pool)

    def discount(far: float) -> float:
        return min(1.0, far / measure.SAME)

    orders = {
        "worth": greedy(risk, pool.poses, discount),
        "worth, held": greedy(held, pool.poses, discount),
        "risk": np.argsort(-risk, kind="stable"),
        "views": np.argsort(-(risk + pool.elsewhere), kind="stable"),
        "rare": greedy(risk, pool.poses, lambda far: min(far, 9.0)),
        "best": np.argsort(-pool.errors, kind="stable"),
    }
    shuffled = [rng.permutation(count) for _ in range(seeds)]
    rows = [row("random", shuffled, pool, within=middle([area(order, pool.errors) for order in shuffled]), against="")]
    areas: dict[str, list[float]] = {name: [] for name in orders}
    for _ in range(seeds):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        for name, order in orders.items():
            again = np.repeat(order, times[order])
            areas[name].append(area(np.arange(count), pool.errors[again]))
    for name, order in orders.items():
        against = middle(np.subtract(areas[name], areas["worth"])) if name != "worth" else ""
        rows.append(row(name, [order], pool, within=middle(areas[name]), against=against))
    return rows


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("dataset", type=Path, metavar="COCO.json")
    parser.add_argument("--seeds", type=int, default=2000, help="random orders, and times that people are resampled")
    parser.add_argument("--out", default="queue", help="name of the results")
    args = parser.parse_args()
    pool = read_pool(args.dataset)
    start, slope = curve(np.stack([pose.scores for pose in pool.poses])[pool.labelled], pool.wrong[pool.labelled])
    print(
        f"{len(pool.poses)} people, {pool.labelled.sum()} labelled joints, {pool.wrong.sum()} of them wrong; ", end=""
    )
    print(f"log odds of a wrong joint {start:.2f} {slope:+.2f} score")
    rows = compare(pool, args.seeds)
    print(table(rows))
    save(args.out, rows)


if __name__ == "__main__":
    main()
