"""How many of the figures on a page are found, by how many there are.

    python tests/benchmarks/bench_pages.py --shards SHARDS [--pages 12] [--model NAME]

A page holds synthetic figures that stand alone in their own drawings, set in rows with some overlap, as in a
sketchbook. A person counts as found at OKS 0.5. Prints a table and saves it as JSON.
"""

import argparse
import math
from pathlib import Path

import cv2
import numpy as np
from machine import save, table
from numpy.typing import NDArray

from sketchpose import load_estimator
from sketchpose.crop import border_colour
from sketchpose.evaluate.scores import Case, detection, pairs
from sketchpose.evaluate.truth import TruePerson
from sketchpose.synth.shards import read_shard

COUNTS = (1, 2, 4, 8, 16, 24)
CELL = 260
OVERLAP = 0.9
"""Distance of two figures, as a share of a cell."""
FOUND = 0.5
"""OKS from which a person counts as found."""
Figure = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]


def figures(folder: Path) -> list[Figure]:
    """Return pictures of one figure each, with keypoints, visibility and box, on white paper."""
    alone: list[Figure] = []
    for path in sorted(folder.glob("*.npz")):
        shard = read_shard(path)
        numbers, counts = np.unique(shard.owner, return_counts=True)
        for number in numbers[counts == 1]:
            i = int(np.flatnonzero(shard.owner == number)[0])
            image = shard.image(int(number))
            paper = np.array(border_colour(image), np.float32)
            if paper.min() > 128:  # light lines on dark would not lie on a common page
                white = np.clip(image / paper * 255, 0, 255).astype(np.uint8)
                alone.append((white, shard.keypoints[i], shard.visibility[i], shard.boxes[i]))
    return alone


def page(chosen: list[Figure], rng: np.random.Generator) -> tuple[NDArray[np.uint8], list[TruePerson]]:
    """Set figures in rows on one page."""
    columns = math.ceil(math.sqrt(len(chosen)))
    step = round(CELL * OVERLAP)
    rows = math.ceil(len(chosen) / columns)
    sheet = np.full((step * (rows - 1) + CELL, step * (columns - 1) + CELL, 3), 255, np.uint8)
    people = []
    for number, (image, keypoints, visibility, box) in enumerate(chosen):
        small = cv2.resize(image, (CELL, CELL), interpolation=cv2.INTER_AREA)
        y, x = (step * k for k in divmod(number, columns))
        part = sheet[y : y + CELL, x : x + CELL]
        np.minimum(part, small, out=part)
        scale, corner = CELL / len(image), np.array([x, y], np.float32)
        moved = np.tile(corner, 2) + box * scale
        area = float((moved[2:] - moved[:2]).prod())
        people.append(TruePerson(number, keypoints * scale + corner, visibility, moved, area))
    return sheet, people


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shards", type=Path, required=True, help="folder of synthetic shards not learnt from")
    parser.add_argument("--pages", type=int, default=12, help="pages of each number of figures")
    parser.add_argument("--model", help="keypoint model")
    args = parser.parse_args()
    everybody, rng = figures(args.shards), np.random.default_rng(0)
    estimator = load_estimator(model=args.model)
    rows = []
    for count in COUNTS:
        cases: list[Case] = []
        for _ in range(args.pages):
            sheet, people = page([everybody[i] for i in rng.choice(len(everybody), count, replace=False)], rng)
            cases.append((people, estimator.estimate(sheet)))
        recall, precision = detection(cases)
        matched = pairs(cases)
        found = float(np.mean([oks >= FOUND for _, _, oks in matched]))
        rows.append(
            {"figures": count, "pages": args.pages, "found": found, "box recall": recall, "precision": precision}
        )
    print(table(rows))
    save("pages", rows)


if __name__ == "__main__":
    main()
