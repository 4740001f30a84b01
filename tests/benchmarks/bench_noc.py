"""How many joints a person fixes until a figure is right, by hand and assisted, by simulation.

    python tests/benchmarks/bench_noc.py COCO.json ... [--synthetic 200] [--out NAME]

The number of clicks (NoC) of Yang et al., "Neural Interactive Keypoint Detection" (Click-Pose, ICCV 2023): the pose is
estimated in the true box; then the simulated annotator puts the joint that costs most exactly where it belongs, again
and again, until the figure is good enough; one that never is counts 17. *Assisted* takes everything that is proposed,
also what is wrong; *judged* leaves a proposal that makes the figure worse, as somebody who looks at it would, and
*left* counts those: each is a press of Escape. Good enough is an OKS of .90 or .95, or every labelled joint within 0.10
or 0.05 of the longer side of the box. Each source counts alike.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import save, table
from numpy.typing import NDArray

from sketchpose.assist.assistant import moves
from sketchpose.assist.network import AssistNetwork, load_assist_network
from sketchpose.crop import Crop
from sketchpose.estimate.joints import Evidence
from sketchpose.estimate.sketch import SketchEstimator
from sketchpose.evaluate.truth import read_truth
from sketchpose.images import Picture, read_image
from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS
from sketchpose.synth import generate

SYNTHETIC_SEEDS = 63_000_000
Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Figure:
    """A person whose joints are known, and what was seen of them."""

    seen: Evidence
    crop: Crop
    truth: Floats
    labelled: NDArray[np.bool_]
    area: float
    side: float

    def alike(self, points: Floats) -> Floats:
        """What each joint (17,) adds to the OKS, 0..1."""
        off = ((points - self.truth) ** 2).sum(1)
        return np.asarray(np.exp(-off / (2 * SIGMAS) ** 2 / self.area / 2))

    def off(self, points: Floats) -> Floats:
        """How far each joint (17,) is off, as a share of the box's longer side."""
        return np.asarray(np.linalg.norm(points - self.truth, axis=1) / self.side)


Cost = Callable[[Figure, Floats], Floats]
Good = Callable[[Figure, Floats], bool]
GOALS: dict[str, tuple[Cost, Good]] = {
    f"OKS {least:.2f}": (
        lambda figure, points: 1 - figure.alike(points),
        lambda figure, points, least=least: bool(figure.alike(points)[figure.labelled].mean() >= least),  # type: ignore[misc]
    )
    for least in (0.90, 0.95)
} | {
    f"all within {most:.2f}": (
        lambda figure, points: figure.off(points),
        lambda figure, points, most=most: bool(figure.off(points)[figure.labelled].max() <= most),  # type: ignore[misc]
    )
    for most in (0.10, 0.05)
}


def fixes(figure: Figure, goal: str, network: AssistNetwork | None, judged: bool = False) -> tuple[int, int]:
    """Return how many joints are fixed until the figure is good enough, and how many proposals are left on the way."""
    cost, good = GOALS[goal]
    points = figure.crop.to_picture(figure.seen.joints * figure.crop.size).astype(np.float64)
    fixed, left = np.zeros(NUM_KEYPOINTS, bool), 0
    while not good(figure, points) and not fixed[figure.labelled].all():
        worst = int(np.where(figure.labelled & ~fixed, cost(figure, points), -1).argmax())
        points[worst], fixed[worst] = figure.truth[worst], True
        if network:
            followed = points.copy()
            for move in moves(network, figure.seen, figure.crop, points, fixed):
                followed[move.joint] = move.x, move.y
            worse = (cost(figure, followed) - cost(figure, points))[figure.labelled].sum() > 0
            left += judged and bool(worse)
            points = points if judged and worse else followed
    return int(fixed.sum()) if good(figure, points) else NUM_KEYPOINTS, left


def drawn(path: Path, estimator: SketchEstimator) -> Iterator[tuple[str, Figure]]:
    """Yield the people of an annotated set with their source."""
    for image in read_truth(path).images:
        picture = read_image(image.path)
        for person in image.people:
            if not person.ignore:
                yield image.source, figure_of(estimator, picture, person)


def made(count: int, estimator: SketchEstimator) -> Iterator[tuple[str, Figure]]:
    """Yield synthetic people with their style."""
    for seed in range(SYNTHETIC_SEEDS, SYNTHETIC_SEEDS + count):
        scene = generate(seed, size=384)
        for person in scene.persons:
            if (person.visibility > 0).sum() >= 8:
                yield scene.style, figure_of(estimator, Picture(scene.image, f"{seed}.png"), person)


def figure_of(estimator: SketchEstimator, picture: Picture, person: Any) -> Figure:
    """Look at a person in the true box."""
    box = np.asarray(person.box, np.float64)
    width, height = box[2:] - box[:2]
    area = float(getattr(person, "area", width * height * 0.53))
    seen, crop = estimator.evidence(picture, box)
    return Figure(
        seen, crop, person.keypoints.astype(np.float64), person.visibility > 0, area, float(max(width, height))
    )


def measure(name: str, figures: list[tuple[str, Figure]], network: AssistNetwork) -> list[dict[str, Any]]:
    """Return the mean number of fixes a source, and over the sources, by hand and assisted."""
    rows: list[dict[str, Any]] = []
    for source in sorted({source for source, _ in figures}):
        chosen = [figure for of, figure in figures if of == source]
        rows.append({"set": name, "source": source, "people": len(chosen)})
        for goal in GOALS:
            for how, *helper in (("by hand", None), ("assisted", network), ("judged", network, True)):
                made, left = np.mean([fixes(figure, goal, *helper) for figure in chosen], 0)
                rows[-1][f"{goal} {how}"] = round(float(made), 2)
            rows[-1][f"{goal} left"] = round(float(left), 2)
    mean = {
        n: round(float(np.mean([row[n] for row in rows])), 2) for n in rows[0] if n not in ("set", "source", "people")
    }
    return [*rows, {"set": name, "source": "mean", "people": len(figures), **mean}]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("datasets", nargs="*", type=Path, metavar="COCO.json")
    parser.add_argument("--synthetic", type=int, default=0, help="synthetic drawings")
    parser.add_argument("--model", help="name or path of a keypoint model; default: the one in use")
    parser.add_argument("--weights", type=Path, help="of another assistance network")
    parser.add_argument("--out", default="noc", help="name of the results")
    args = parser.parse_args()
    estimator = SketchEstimator(args.model)
    network = AssistNetwork.load(args.weights) if args.weights else load_assist_network()
    rows = [row for path in args.datasets for row in measure(path.stem, list(drawn(path, estimator)), network)]
    if args.synthetic:
        rows += measure("synthetic", list(made(args.synthetic, estimator)), network)
    print(table(rows))
    save(args.out, rows)


if __name__ == "__main__":
    main()
