"""Two models on the same drawings, person by person, so that their difference can be told from chance.

The unit is a drawing: it is read by both, so what makes it hard cancels out. The interval is a paired bootstrap (Efron
and Tibshirani 1993, chapter 8): drawings are drawn again with replacement within each source, seeded, and the mean
difference of every draw is ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.estimate import Estimator
from sketchpose.evaluate.report import EvaluationReport, Worst, evaluate
from sketchpose.evaluate.truth import Annotated, TruePerson, TruthSet, read_truth
from sketchpose.pose import Pose
from sketchpose.progress import Progress

DRAWS: Final = 10_000
_EVERYONE: Final = 2**31
_CHUNK: Final = 500

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PersonPair:
    """One person, read by both models; a pose is None where nobody was found."""

    image: Annotated
    person: TruePerson
    old: Pose | None
    new: Pose | None
    old_oks: float
    new_oks: float

    @property
    def change(self) -> float:
        """Object keypoint similarity of the new model minus that of the old one, -1..1."""
        return self.new_oks - self.old_oks


@dataclass(frozen=True)
class Change:
    """The drawings of one source, or all.

    Attributes:
        name: Of the source.
        drawings: How many.
        old: Mean over drawings of the mean OKS of their people, with the old model.
        new: With the new one.
    """

    name: str
    drawings: int
    old: float
    new: float

    @property
    def difference(self) -> float:
        """New minus old."""
        return self.new - self.old


@dataclass(frozen=True)
class ModelComparison:
    """How two models read one annotated set.

    Attributes:
        old: Report of the old model.
        new: Report of the new one.
        overall: All drawings.
        sources: By source of the drawing.
        confidence: Of the interval, such as 0.95.
        low: Lower end of the interval of the overall difference.
        high: Upper end.
        draws: Draws of the bootstrap.
        seed: Its seed.
        pairs: People, those that changed most first.
    """

    old: EvaluationReport
    new: EvaluationReport
    overall: Change
    sources: tuple[Change, ...]
    confidence: float
    low: float
    high: float
    draws: int
    seed: int
    pairs: tuple[PersonPair, ...]

    def rows(self) -> list[tuple[str, int, float, float, float, float, float]]:
        """Return source, drawings, OKS before and after, its change, AP before and after; the last row is all."""
        rows = []
        for change in (*self.sources, self.overall):
            whole = change is self.overall
            before = self.old.overall if whole else self.old.sources[change.name]
            after = self.new.overall if whole else self.new.sources[change.name]
            name = "all" if whole else change.name
            rows.append((name, change.drawings, change.old, change.new, change.difference, before.ap, after.ap))
        return rows

    def table(self) -> str:
        """Return the result as text of fixed width."""
        rows = self.rows()
        width = max(16, *(len(row[0]) + 1 for row in rows))
        lines = [f"{self.new.model} against {self.old.model} on {self.old.dataset}, boxes given", ""]
        titles = ("drawings", "OKS old", "new", "change", "AP old", "new")
        lines.append(" " * width + "".join(f"{title:>10}" for title in titles))
        for name, drawings, old, new, change, old_ap, new_ap in rows:
            cells = f"{drawings:>10}{old:>10.3f}{new:>10.3f}{change:>+10.3f}{old_ap:>10.3f}{new_ap:>10.3f}"
            lines.append(f"{name:<{width}}{cells}")
        lines += ["", self.summary()]
        return "\n".join(lines)

    def summary(self) -> str:
        """Return the interval in a sentence."""
        return (
            f"Change of the mean OKS of a drawing: {self.overall.difference:+.4f}, {self.confidence:.0%} interval "
            f"{self.low:+.4f} to {self.high:+.4f} (paired bootstrap, {self.draws} draws, seed {self.seed})."
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values, without the people."""
        names = ("source", "drawings", "old_oks", "new_oks", "change", "old_ap", "new_ap")
        rows = [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in self.rows()]
        return {
            "old": self.old.model,
            "new": self.new.model,
            "dataset": self.old.dataset,
            "rows": rows,
            "confidence": self.confidence,
            "low": round(self.low, 5),
            "high": round(self.high, 5),
            "draws": self.draws,
            "seed": self.seed,
            "summary": self.summary(),
        }


def compare(
    old: Estimator,
    new: Estimator,
    dataset: Path | TruthSet,
    images: Path | None = None,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> ModelComparison:
    """Let two estimators read an annotated set with the people's boxes given.

    Args:
        old: What is in use.
        new: What might replace it.
        dataset: COCO keypoint file, or a set already read.
        images: Folder of the pictures; by default ``images`` beside the file.
        confidence: Of the interval, between 0.5 and 1.
        draws: Draws of the bootstrap.
        seed: Its seed.
        progress: Called with pictures done and in all, both models together.

    Raises:
        ValueError: The set cannot be used, or confidence or draws are out of range.
    """
    if not 0.5 <= confidence < 1 or draws < 100:
        raise ValueError(f"confidence is {confidence:g} and draws {draws}: give 0.5 to below 1, and 100 draws or more.")
    truth = dataset if isinstance(dataset, TruthSet) else read_truth(dataset, images)
    total = 2 * len(truth.images)

    def read(estimator: Estimator, before: int) -> EvaluationReport:
        def step(done: int, _: int) -> None:
            if progress:
                progress(before + done, total)

        return evaluate(estimator, truth, worst=_EVERYONE, progress=step)

    reports = read(old, 0), read(new, len(truth.images))
    pairs = _pair(reports[0].worst, reports[1].worst)
    drawings: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for pair in pairs:
        drawings.setdefault(pair.image.source, {}).setdefault(pair.image.id, []).append((pair.old_oks, pair.new_oks))
    scores = {
        source: np.array([np.mean(people, axis=0) for people in groups.values()])
        for source, groups in sorted(drawings.items())
    }
    low, high = interval([s[:, 1] - s[:, 0] for s in scores.values()], confidence, draws, seed)
    overall = _change("all", np.concatenate(list(scores.values())))
    sources = tuple(_change(name, found) for name, found in scores.items())
    return ModelComparison(*reports, overall, sources, confidence, low, high, draws, seed, pairs)


def interval(groups: Sequence[Floats], confidence: float, draws: int, seed: int) -> tuple[float, float]:
    """Return the bootstrap percentile interval of a mean, drawn within each group.

    Args:
        groups: (n,) differences per drawing, one array per source.
        confidence: Of the interval.
        draws: How many times the drawings are drawn again.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    sums = np.zeros(draws)
    for group in groups:
        for start in range(0, draws, _CHUNK):
            count = min(_CHUNK, draws - start)
            sums[start : start + count] += group[rng.integers(len(group), size=(count, len(group)))].sum(1)
    tail = (1 - confidence) / 2
    low, high = np.quantile(sums / sum(len(group) for group in groups), [tail, 1 - tail])
    return float(low), float(high)


def _pair(old: Sequence[Worst], new: Sequence[Worst]) -> tuple[PersonPair, ...]:
    before = {(case.image.id, case.person.id): case for case in old}
    pairs = []
    for case in new:
        first = before[case.image.id, case.person.id]
        pairs.append(PersonPair(case.image, case.person, first.pose, case.pose, first.oks, case.oks))
    return tuple(sorted(pairs, key=lambda pair: (-abs(pair.change), pair.image.id, pair.person.id)))


def _change(name: str, scores: Floats) -> Change:
    old, new = scores.mean(0)
    return Change(name, len(scores), float(old), float(new))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, 5)
    return value
