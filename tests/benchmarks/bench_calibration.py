"""Does a joint's score say how likely it is right? Reliability and calibration error, before and after a curve.

    python tests/benchmarks/bench_calibration.py COCO.json

Every person is estimated in the true box; a joint is right within a tenth of the box's longer side. *Score* is what the
estimator says; *chance* is that after the logistic curve of ``sketchpose.assist.worth``; *held out* is a curve
fitted without the source that the joint is of. The error is the mean gap between what is said and the share that is
right, over ten bins of equal width (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from bench_queue import curve, read_pool
from machine import save, table
from numpy.typing import NDArray

from sketchpose.assist.worth import SLOPE, SURELY_WRONG

BINS = 10
Floats = NDArray[np.float64]


def bins(said: Floats) -> NDArray[np.intp]:
    """Bin of each share, 0 to BINS - 1."""
    return np.clip((said * BINS).astype(int), 0, BINS - 1)


def calibration_error(said: Floats, right: NDArray[np.bool_]) -> float:
    """Expected calibration error of shares (n,) said of joints that are right or not."""
    at = bins(said)
    gaps = [abs(said[at == i].mean() - right[at == i].mean()) * (at == i).mean() for i in np.unique(at)]
    return float(sum(gaps))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("dataset", type=Path, metavar="COCO.json")
    parser.add_argument("--out", default="calibration", help="name of the results")
    args = parser.parse_args()
    pool = read_pool(args.dataset)
    known = pool.labelled
    score = np.stack([pose.scores for pose in pool.poses]).astype(np.float64)[known]
    right = ~pool.wrong[known]
    source = np.broadcast_to(pool.source[:, None], known.shape)[known]
    said = {"score": score, "chance": 1 / (1 + np.exp(SURELY_WRONG + SLOPE * score)), "held out": np.zeros_like(score)}
    for name in np.unique(source):
        here = source == name
        start, slope = curve(score[~here], ~right[~here])
        said["held out"][here] = 1 / (1 + np.exp(start + slope * score[here]))
    rows: list[dict[str, Any]] = []
    at = bins(score)
    for i in np.unique(at):
        here = at == i
        rows.append({"scores": f"{i / BINS:.1f} to {(i + 1) / BINS:.1f}", "joints": int(here.sum())})
        rows[-1] |= {f"mean {name}": round(float(value[here].mean()), 3) for name, value in said.items()}
        rows[-1] |= {"right": round(float(right[here].mean()), 3)}
    print(table(rows), "\n")
    errors = [
        {
            "said": name,
            "joints": len(right),
            "calibration error": round(calibration_error(value, right), 4),
            "Brier score": round(float(((value - right) ** 2).mean()), 4),
        }
        for name, value in said.items()
    ]
    print(table(errors))
    start, slope = curve(score, ~right)
    print(f"\nThe likeliest curve of all: log odds of a wrong joint {start:.2f}, {slope:+.2f} for a score of 1.")
    save(args.out, [*rows, *errors])


if __name__ == "__main__":
    main()
