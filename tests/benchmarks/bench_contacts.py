"""Where hands coincide with something in a picture: do they touch it, and does the lifted body have it so?

    python tests/benchmarks/bench_contacts.py [--bodies 800]

Held-out bodies as in ``bench_lift``, true joints. A case is a wrist and the other wrist, the nose, a hip, a knee or the
other elbow, less than ``NEAR`` spreads of the figure apart in the picture. They are sorted by how far apart the lifted
body has the two, in sizes of the body (length of trunk and leg): a term that draws them together would act on the last.
``touching`` is the share that truly is less than ``TOUCH`` apart, ``off`` the mean error of the distance as it is, and
``off if drawn together`` what is left of it where a term holds the two ``HELD`` apart.
"""

import argparse
from typing import Any

import numpy as np
from bench_lift import BODY_SEEDS, cases_of, shipped
from machine import save, table

from sketchpose.lift.making.lessons import sample_bank, views

FIRST = BODY_SEEDS + 5000
PAIRS = {
    "other wrist": ((9, 10),), "nose": ((9, 0), (10, 0)), "hip": ((9, 11), (9, 12), (10, 11), (10, 12)),
    "knee": ((9, 13), (9, 14), (10, 13), (10, 14)), "other elbow": ((9, 8), (10, 7)),
}  # fmt: skip
NEAR, TOUCH, HELD = 0.2, 0.15, 0.06
APART = (0.0, 0.15, 0.2, np.inf)


def distances(bodies: int) -> list[tuple[str, float, float, float]]:
    """Return per pair of joints its name, how far apart it is in the picture, in truth, and as lifted."""
    bank = sample_bank(range(FIRST, FIRST + bodies), train=False)
    seen = views(bank, bodies, np.random.default_rng(7), vary=False)
    out = []
    for (points, weights, truth, *_), size in zip(cases_of(seen), bank.sizes, strict=True):
        spread = float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))
        lifted = shipped(points, weights)[0][0]
        # both as large as the picture shows them
        scale = 1000 * float(size)
        for name, pairs in PAIRS.items():
            for a, b in pairs:
                gaps = [float(np.linalg.norm(joints[a] - joints[b])) for joints in (points, truth, lifted)]
                out.append((name, gaps[0] / spread, gaps[1] / scale, gaps[2] / scale))
    return out


def lines(found: list[tuple[str, float, float, float]]) -> list[dict[str, Any]]:
    """Return a line per name and span of distances as lifted."""
    names = np.array([row[0] for row in found])
    seen, true, lifted = (np.array([row[i] for row in found]) for i in (1, 2, 3))
    out = []
    for name in (*PAIRS, "any"):
        for low, high in zip(APART, APART[1:], strict=False):
            chosen = (seen < NEAR) & (lifted >= low) & (lifted < high) & ((names == name) | (name == "any"))
            if chosen.any():
                off, held = np.abs(lifted - true)[chosen], np.abs(HELD - true)[chosen]
                line = {"wrist and": name, "lifted apart": f"{low:g} to {high:g}", "cases": int(chosen.sum())}
                touching = {"touching": round(float((true[chosen] < TOUCH).mean()), 2)}
                line |= touching | {"off": round(float(off.mean()), 3)}
                out.append(line | {"off if drawn together": round(float(held.mean()), 3)})
    return out


def main() -> None:
    """Print and save the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bodies", type=int, default=800)
    rows = lines(distances(parser.parse_args().bodies))
    print(table(rows))
    print("saved", save("contacts", rows))


if __name__ == "__main__":
    main()
