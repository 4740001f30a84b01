"""Statistics of the open sketches: ``python -m sketchpose.dataset.sketches.card`` writes them into their card."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from sketchpose.dataset.sketches.manifest import Sketch, read_sketches
from sketchpose.dataset.splits import SPLITS
from sketchpose.files import write_atomic

CARD: Final = Path(__file__).with_name("README.md")
_BEGIN, _END = "<!-- statistics: python -m sketchpose.dataset.sketches.card -->\n", "<!-- end of statistics -->\n"
_USE: Final = {"train": "", "val": " (for choosing)", "test": " (for reporting, once per release)"}
_JOINTS: Final = {
    "ears": (3, 4),
    "eyes and nose": (0, 1, 2),
    "shoulders and hips": (5, 6, 11, 12),
    "elbows and wrists": (7, 8, 9, 10),
    "knees and ankles": (13, 14, 15, 16),
}


def statistics(sketches: Sequence[Sketch]) -> str:
    """Return the tables of the card as Markdown."""
    people = [person for sketch in sketches for person in sketch.people]
    seen = np.array([person["keypoints"] for person in people]).reshape(-1, 17, 3)[..., 2]
    joints = [(name, *(int((seen[:, group] == v).sum()) for v in (2, 1, 0))) for name, group in _JOINTS.items()]
    parts = (
        f"{len(people):,} people in {len(sketches)} real drawings of {len({s.source for s in sketches})} sources.\n",
        _table(("split, by source", "sources", "drawings", "people"), (_split(sketches, split) for split in SPLITS)),
        _table(("joints", "visible", "hidden, inferred", "not given"), joints),
        f"- Drawings by style: {_counts(s.style for s in sketches)}\n"
        f"- Drawings by licence: {_counts(s.licence for s in sketches)}\n"
        f"- People by where the chest points: {_counts(str(p['attributes']['facing']) for p in people)}\n",
    )
    return "\n".join(parts)


def _counts(names: Iterable[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in Counter(names).most_common())


def _split(sketches: Sequence[Sketch], split: str) -> tuple[object, ...]:
    own = [sketch for sketch in sketches if sketch.split == split]
    return split + _USE[split], len({s.source for s in own}), len(own), sum(len(s.people) for s in own)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [head, ["---"] * len(head), *([f"{c:,}" if isinstance(c, int) else str(c) for c in row] for row in rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def with_statistics(card: str, sketches: Sequence[Sketch]) -> str:
    """Return a card whose statistics are those of the sketches.

    Raises:
        ValueError: The card does not say where they belong.
    """
    before, begin, rest = card.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(
            f"The card lacks the line {(_END if begin else _BEGIN).strip()!r}; put one round the statistics."
        )
    return f"{before}{begin}\n{statistics(sketches)}\n{end}{after}"


if __name__ == "__main__":
    write_atomic(CARD, with_statistics(CARD.read_text("utf-8"), read_sketches()).encode())
