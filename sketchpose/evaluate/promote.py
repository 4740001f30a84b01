"""``sketchpose promote``: a new model becomes the default only when it measures better.

    sketchpose promote runs/NAME/model/NAME --dataset test/annotations.json
    sketchpose promote --history
    sketchpose promote --rollback

Both models read the drawings of the frozen test split. The candidate is promoted when the whole interval of the change
(see ``sketchpose.evaluate.compare``) lies above zero and no source falls by more than the margin.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchpose.dataset.proposal import LEAST_TEST_DRAWINGS
from sketchpose.model.current import find_default, history, refuse, roll_back, switch
from sketchpose.model.folder import ModelFolder, digest
from sketchpose.options import MOST_WORKERS, SEEDS, number, whole
from sketchpose.progress import Progress, progress_bar

if TYPE_CHECKING:
    from sketchpose.evaluate.compare import ModelComparison
    from sketchpose.evaluate.truth import TruthSet


@dataclass(frozen=True)
class Rules:
    """What a candidate has to fulfil.

    Attributes:
        margin: Largest fall of the mean OKS of any source.
        confidence: Of the interval that must lie above zero.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """

    margin: float = 0.02
    confidence: float = 0.95
    draws: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= 1:
            raise ValueError(f"margin is {self.margin:g}: give a fall of the mean OKS in 0..1, such as 0.02.")


@dataclass(frozen=True)
class Verdict:
    """The judgement on a candidate.

    Attributes:
        comparison: What was measured.
        reasons: Why it is refused, a sentence each; empty when it may be promoted.
        dataset: Sha256 of the annotation file that was measured on.
    """

    comparison: "ModelComparison"
    reasons: tuple[str, ...]
    dataset: str

    @property
    def accepted(self) -> bool:
        """Whether the candidate may become the default."""
        return not self.reasons

    def text(self) -> str:
        """Return table and verdict."""
        lines = [self.comparison.table(), ""]
        if self.accepted:
            lines.append("Better: the interval lies above zero and no source falls by more than the margin.")
        else:
            lines += ["Refused:", *(f"  - {reason}" for reason in self.reasons)]
        return "\n".join(lines)

    def note(self) -> dict[str, Any]:
        """Return what the history keeps."""
        return {"measured": self.comparison.as_json(), "reasons": list(self.reasons), "dataset_sha256": self.dataset}


def judge(
    candidate: ModelFolder,
    dataset: Path,
    images: Path | None = None,
    rules: Rules | None = None,
    progress: Progress | None = None,
    threads: int = 1,
) -> Verdict:
    """Measure a candidate against the default model, changing nothing.

    Args:
        candidate: The model that might replace the default.
        dataset: COCO keypoint file of the frozen test split.
        images: Folder of the pictures; by default ``images`` beside the file.
        rules: What it has to fulfil.
        progress: Called with pictures done and in all, both models together.
        threads: CPU threads per picture.

    Raises:
        ValueError: The set cannot be used.
    """
    from sketchpose.estimate import load_estimator
    from sketchpose.evaluate.compare import compare
    from sketchpose.evaluate.truth import read_truth

    rules = rules or Rules()
    truth = read_truth(dataset, images)
    current, _ = find_default()
    old, new = (load_estimator(model=folder.path, threads=threads) for folder in (current, candidate))
    comparison = compare(
        old, new, truth, confidence=rules.confidence, draws=rules.draws, seed=rules.seed, progress=progress
    )
    reasons = [*_learnt(candidate, truth, dataset), *_too_weak(comparison, rules)]
    return Verdict(comparison, tuple(reasons), digest(dataset))


def promote(candidate: ModelFolder, verdict: Verdict) -> None:
    """Make a candidate the default if its verdict says so, and write the outcome into the history."""
    if verdict.accepted:
        switch(candidate, verdict.note())
    else:
        refuse(candidate.card.name, verdict.note())


def _too_weak(comparison: "ModelComparison", rules: Rules) -> list[str]:
    reasons = []
    if comparison.overall.drawings < LEAST_TEST_DRAWINGS:
        reasons.append(
            f"{comparison.overall.drawings} drawings are too few to tell: annotate at least {LEAST_TEST_DRAWINGS} for "
            "the test split."
        )
    if not comparison.low > 0:
        word = "worse" if comparison.high < 0 else "not surely better"
        reasons.append(
            f"It is {word}: the {rules.confidence:.0%} interval of the change, {comparison.low:+.4f} to "
            f"{comparison.high:+.4f}, must lie above zero."
        )
    reasons += [
        f"{source.name} falls by {-source.difference:.3f}, more than the margin of {rules.margin:g}."
        for source in comparison.sources
        if -source.difference > rules.margin
    ]
    return reasons


def _learnt(candidate: ModelFolder, truth: "TruthSet", dataset: Path) -> list[str]:
    """Return which of the tested sources the candidate was trained on, as far as its card tells."""
    config = candidate.card.training.get("config", {})
    tested = {image.source for image in truth.images}
    here = "/".join(dataset.resolve().parts[-2:])
    reasons = []
    for used in config.get("sets", ()):
        if used.get("kind") != "coco":
            continue
        shared = tested & set(used.get("sources", ()))
        if not used.get("sources") and used.get("path") == here:
            shared = tested
        if shared:
            reasons.append(
                f"It was trained on what it is tested on, {', '.join(sorted(shared))} in the set "
                f"{used.get('name')!r}: train on the other sources."
            )
    return reasons


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "promote",
        help="make a model the default if it measures better",
        description="Measure a model on the frozen test split; it becomes the default only if it is better.",
    )
    parser.add_argument("candidate", nargs="?", help="model folder that might become the default")
    parser.add_argument("--dataset", type=Path, metavar="COCO.json", help="the frozen test split")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the pictures (default: images beside it)")
    parser.add_argument(
        "--margin", type=number(0, 1), default=Rules.margin, help="largest fall of any source (default: %(default)s)"
    )
    parser.add_argument(
        "--confidence",
        type=number(0.5, 0.9999),
        default=Rules.confidence,
        help="of the interval (default: %(default)s)",
    )
    parser.add_argument(
        "--draws", type=whole(100, 1_000_000), default=Rules.draws, help="draws of the bootstrap (default: %(default)s)"
    )
    parser.add_argument("--seed", type=whole(0, SEEDS), default=Rules.seed, help="of the draws (default: %(default)s)")
    parser.add_argument("--threads", type=whole(1, MOST_WORKERS), default=1, help="CPU threads (default: 1)")
    parser.add_argument("--dry-run", action="store_true", help="only measure")
    parser.add_argument("--rollback", action="store_true", help="go back to the model that was the default before")
    parser.add_argument("--history", action="store_true", help="show what happened to the default model")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Promote, roll back or show the history; 1 when the candidate is refused."""
    if arguments.history:
        return _show_history(arguments.json)
    if arguments.rollback:
        left, now = roll_back()
        print(f"{now} is the default again, in place of {left}.")
        return 0
    if arguments.candidate is None or arguments.dataset is None:
        raise ValueError("Give a model folder and --dataset COCO.json, or --rollback, or --history.")
    rules = Rules(arguments.margin, arguments.confidence, arguments.draws, arguments.seed)
    candidate = ModelFolder.open(arguments.candidate)
    with progress_bar("picture") as progress:
        verdict = judge(candidate, arguments.dataset, arguments.images, rules, progress, arguments.threads)
    if not arguments.dry_run:
        promote(candidate, verdict)
    if arguments.json:
        print(json.dumps({"accepted": verdict.accepted, **verdict.note()}, indent=1))
    else:
        print(verdict.text())
        if verdict.accepted and not arguments.dry_run:
            print(f"{candidate.card.name} is the default now; `sketchpose promote --rollback` goes back.")
    return 0 if verdict.accepted else 1


def _show_history(as_json: bool) -> int:
    model, trouble = find_default()
    events = history()
    if as_json:
        print(json.dumps({"default": str(model.path), "trouble": trouble, "events": events}, indent=1))
        return 0
    for event in events:
        change = next(
            (row["change"] for row in event.get("measured", {}).get("rows", ()) if row["source"] == "all"), None
        )
        measured = "" if change is None else f"  OKS {change:+.4f}"
        print(f"{event['time']}  {event['action']:<11}  {event.get('model') or 'packaged model'}{measured}")
    print(f"{trouble or 'Default:'} {model.path}")
    return 0
