"""The card of a published dataset: what is in it, how it was made, and under which licences its pictures are."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from sketchpose.dataset.records import Revision
from sketchpose.skeleton import KEYPOINTS
from sketchpose.text import markdown

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def write_card(revisions: Sequence[Revision], sides: Mapping[str, str], title: str) -> str:
    """Return the card as Markdown with the header that the Hub reads.

    Args:
        revisions: One per drawing.
        sides: Split of each drawing.
        title: Heading.
    """
    people = [person for r in revisions for person in r.persons]
    licences = Counter((_cell(r.licence), _cell(r.source), r.consent) for r in revisions)
    terms = [[*key, count] for key, count in sorted(licences.items())]
    splits = Counter(sides[r.drawing] for r in revisions)
    size = next((word for limit, word in _SIZES if len(revisions) < limit), "n>1M")
    kinds = {r.licence for r in revisions}
    known = kinds.pop().lower() if len(kinds) == 1 else "other"
    header = [
        "---",
        f"license: {json.dumps(known if known.replace('-', '').replace('.', '').isalnum() else 'other')}",
        "task_categories:",
        "- keypoint-detection",
        f"pretty_name: {json.dumps(title)}",
        "size_categories:",
        f"- {size}",
        "---",
    ]
    joints = [
        [name, sum(int(p.pose.visibility[j] == 2) for p in people), sum(int(p.pose.visibility[j] == 1) for p in people)]
        for j, name in enumerate(KEYPOINTS)
    ]
    parts = [
        "\n".join(header),
        f"# {_cell(title)}",
        f"{len(revisions)} drawings with {len(people)} people, annotated with the 17 keypoints of COCO. "
        "Left and right are the person's own. Coordinates are picture pixels, not rounded.",
        '```python\nfrom datasets import load_dataset\n\ndrawings = load_dataset("imagefolder", data_dir=".")\n```',
        "## Splits\n\nFrozen, and by source or artist, never by picture. The test split is for measuring only.",
        _table(["split", "drawings"], [[name, splits[name]] for name in ("train", "val", "test") if splits[name]]),
        "## Licences\n\nEvery picture keeps its own licence; column `licence` names it.",
        _table(["licence", "source", "consent", "drawings"], terms),
        "## Joints",
        _table(["joint", "visible", "hidden"], joints),
        "## How it was made\n\nPoses were estimated, corrected by hand and reviewed in SketchPose. Column `revision` "
        "holds who annotated what, from which prediction, and which joints were edited. Contributors can have their "
        "work erased; erased work does not come back.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _cell(text: str) -> str:
    """Return a text without its markup: anybody may have written it."""
    return markdown(text) or "unknown"
