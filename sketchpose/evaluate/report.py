"""Run an estimator over an annotated set and sum up how well it reads it."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from sketchpose.estimate import Estimator
from sketchpose.evaluate import scores
from sketchpose.evaluate.truth import Annotated, TruePerson, TruthSet, read_truth
from sketchpose.images import ImageError, read_image
from sketchpose.pose import Pose
from sketchpose.progress import Progress, counted
from sketchpose.skeleton import BODY, KEYPOINTS, NUM_KEYPOINTS

Boxes = Literal["true", "found"]
PCK: Final = (0.05, 0.1)


@dataclass(frozen=True)
class Result:
    """Scores of one group of people; shares in 0..1, NaN where there is nothing to count.

    Attributes:
        people: How many were scored.
        ap: OKS average precision .50:.95.
        ap50: At .50.
        ap75: At .75.
        ar: OKS average recall .50:.95; with true boxes, the share of people that are right.
        body_ap: ``ap`` over the 12 joints without the face.
        body_ar: ``ar`` over the 12 joints without the face.
        pck05: Share of labelled joints within 0.05 of the longer box side.
        pck10: Within 0.1.
        body_pck10: ``pck10`` over the 12 joints without the face.
        swaps: Share of left/right pairs that fit better exchanged.
        abstention: Chance that a right joint (within 0.1) has more confidence than a wrong one; 0.5 is worthless.
    """

    people: int
    ap: float
    ap50: float
    ap75: float
    ar: float
    body_ap: float
    body_ar: float
    pck05: float
    pck10: float
    body_pck10: float
    swaps: float
    abstention: float


@dataclass(frozen=True)
class Worst:
    """One badly read person, for the sheet."""

    image: Annotated
    person: TruePerson
    pose: Pose | None
    oks: float


@dataclass(frozen=True)
class EvaluationReport:
    """Everything measured on one set.

    Attributes:
        model: Name of the estimator's model.
        dataset: Name of the set.
        boxes: Whether the people's boxes were given (``true``) or had to be found.
        overall: All people.
        sources: By source of the picture.
        difficulties: By annotated difficulty.
        joints: Share of each labelled joint within 0.1 of the longer box side.
        recall: Of the boxes found, at intersection over union 0.5; NaN with true boxes.
        precision: Likewise.
        milliseconds: Wall time per person, decoding included.
        skipped: Why records or pictures were left out.
        worst: People by rising OKS.
        changed: What was scaled to its picture.
    """

    model: str
    dataset: str
    boxes: Boxes
    overall: Result
    sources: Mapping[str, Result]
    difficulties: Mapping[str, Result]
    joints: Mapping[str, float]
    recall: float
    precision: float
    milliseconds: float
    skipped: tuple[str, ...]
    worst: tuple[Worst, ...] = ()
    changed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values; NaN becomes None, the worst cases become their annotation ids."""

        def plain(value: Any) -> Any:
            if isinstance(value, float):
                return None if np.isnan(value) else round(value, 5)
            if isinstance(value, Mapping):
                return {key: plain(item) for key, item in value.items()}
            return value

        lists = ("worst", "skipped", "changed")
        record = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in lists}
        record["overall"] = dataclasses.asdict(self.overall)
        record["sources"] = {name: dataclasses.asdict(result) for name, result in self.sources.items()}
        record["difficulties"] = {name: dataclasses.asdict(result) for name, result in self.difficulties.items()}
        result: dict[str, Any] = plain(record)
        result |= {"skipped": list(self.skipped), "changed": list(self.changed)}
        result["worst"] = [{"annotation": w.person.id, "oks": round(w.oks, 5)} for w in self.worst]
        return result

    def table(self) -> str:
        """Return the results as text of fixed width."""
        names = ("people", "ap", "ap50", "ap75", "ar", "body_ap", "pck05", "pck10", "body_pck10", "swaps", "abstention")
        titles = ("people", "AP", "AP50", "AP75", "AR", "body AP", "PCK.05", "PCK.1", "body.1", "swaps", "abst.")
        width = max(14, *(len(name) for name in (*self.sources, *(f"difficulty {d}" for d in self.difficulties))))
        lines = [f"{self.model} on {self.dataset}, {self.boxes} boxes, {self.milliseconds:.0f} ms a person", ""]
        lines.append(" " * width + "".join(f"{title:>8}" for title in titles))
        rows = [*self.sources.items(), *((f"difficulty {d}", r) for d, r in self.difficulties.items())]
        for name, result in [*rows, ("all", self.overall)]:
            cells = [getattr(result, field) for field in names]
            lines.append(f"{name:<{width}}" + "".join(cell(value) for value in cells))
        lines += ["", "within 0.1 of the longer box side, per joint:"]
        joints = [f"{name.replace('_', ' ')} {value:.2f}" for name, value in self.joints.items()]
        lines += ["  " + ", ".join(joints[i : i + 6]) for i in range(0, len(joints), 6)]
        if self.boxes == "found":
            lines += ["", f"boxes at IoU 0.5: recall {self.recall:.3f}, precision {self.precision:.3f}"]
        if self.skipped:
            lines += ["", f"{len(self.skipped)} left out:", *(f"  {reason}" for reason in self.skipped)]
        return "\n".join(lines)


def cell(value: float) -> str:
    """Return a number as a table cell of eight characters; a dash for NaN."""
    if isinstance(value, int):
        return f"{value:>8}"
    return f"{'-':>8}" if np.isnan(value) else f"{value:>8.3f}"


def summarise(cases: Sequence[scores.Case]) -> Result:
    """Score one group of pictures."""
    whole, body = scores.precision(cases), scores.precision(cases, BODY)
    matched = scores.pairs(cases)
    distance, labelled = scores.errors(matched)
    confidence = np.array(
        [np.zeros(NUM_KEYPOINTS) if pose is None else pose.scores for _, pose, _ in matched], np.float64
    ).reshape(-1, NUM_KEYPOINTS)
    found = labelled & np.array([pose is not None for _, pose, _ in matched], bool).reshape(-1, 1)
    on_body = labelled[:, list(BODY)]

    def share(right: Any, counted: Any) -> float:
        return float(right[counted].mean()) if counted.any() else float("nan")

    return Result(
        people=whole.people,
        ap=whole.ap,
        ap50=whole.ap50,
        ap75=whole.ap75,
        ar=whole.ar,
        body_ap=body.ap,
        body_ar=body.ar,
        pck05=share(distance <= PCK[0], labelled),
        pck10=share(distance <= PCK[1], labelled),
        body_pck10=share(distance[:, list(BODY)] <= PCK[1], on_body),
        swaps=scores.swap_rate(matched),
        abstention=scores.abstention(confidence[found], (distance <= PCK[1])[found]),
    )


def evaluate(
    estimator: Estimator,
    dataset: Path | TruthSet,
    images: Path | None = None,
    *,
    boxes: Boxes = "true",
    min_joints: int = 1,
    skip_bad: bool = False,
    worst: int = 0,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Measure an estimator on an annotated set.

    Args:
        estimator: What ``sketchpose.load_estimator`` returns, or anything that follows the protocol.
        dataset: COCO keypoint file, or a set already read.
        images: Folder of the pictures; by default ``images`` beside the file.
        boxes: Give the annotated boxes, or let the estimator find the people.
        min_joints: People with fewer labelled joints are neither a miss nor a false positive.
        skip_bad: Leave out broken records and unreadable pictures, and count them.
        worst: How many of the worst cases to keep.
        progress: Called with pictures done and in all.

    Raises:
        ValueError: The set is broken (naming file and record), holds nobody, or ``boxes`` is neither word.
    """
    if boxes not in ("true", "found"):
        raise ValueError(f"boxes is {boxes!r}: say 'true' or 'found'.")
    if isinstance(dataset, TruthSet):
        truth = dataset
    else:
        truth = read_truth(dataset, images, min_joints=min_joints, skip_bad=skip_bad)
    if truth.people == 0:
        raise ValueError(f"{truth.name}: nobody to score; lower min_joints or choose another set.")
    skipped = list(truth.skipped)
    cases: list[tuple[Annotated, scores.Case]] = []
    seconds = 0.0
    for image in counted(truth.images, len(truth.images), progress):
        try:
            picture = read_image(image.path)
            if (picture.width, picture.height) != (image.width, image.height):
                raise ImageError(
                    f"{image.path.name}: the picture is {picture.width} x {picture.height}, "
                    f"its record says {image.width} x {image.height}."
                )
        except ImageError as error:
            if not skip_bad:
                raise ValueError(f"{truth.name}: {error} Correct it, or skip such records with --skip-bad.") from error
            skipped.append(str(error))
            continue
        given = np.array([person.box for person in image.people if not person.ignore], np.float32).reshape(-1, 4)
        started = time.perf_counter()
        try:
            poses = estimator.estimate(picture, given if boxes == "true" else None)
        except ImageError:
            poses = []  # A blank picture: finding nobody is the answer.
        seconds += time.perf_counter() - started
        cases.append((image, (image.people, poses)))
    return _report(estimator.name, truth, boxes, cases, seconds, tuple(skipped), worst)


def _report(
    model: str,
    truth: TruthSet,
    boxes: Boxes,
    cases: list[tuple[Annotated, scores.Case]],
    seconds: float,
    skipped: tuple[str, ...],
    worst: int,
) -> EvaluationReport:
    every = [case for _, case in cases]
    distance, labelled = scores.errors(scores.pairs(every))
    right = distance <= PCK[1]
    joints = {name: float(right[labelled[:, k], k].mean()) for k, name in enumerate(KEYPOINTS) if labelled[:, k].any()}
    overall = summarise(every)
    sources = {
        name: summarise([case for image, case in cases if image.source == name])
        for name in sorted({image.source for image, case in cases if any(not p.ignore for p in case[0])})
    }
    ranked = [Worst(image, p, pose, oks) for image, case in cases for p, pose, oks in scores.pairs([case])]
    ranked.sort(key=lambda w: w.oks)
    recall, precise = scores.detection(every) if boxes == "found" else (float("nan"), float("nan"))
    return EvaluationReport(
        model=model,
        dataset=truth.name,
        boxes=boxes,
        overall=overall,
        sources=sources,
        difficulties=_by_difficulty(every),
        joints=joints,
        recall=recall,
        precision=precise,
        milliseconds=1000 * seconds / max(1, overall.people),
        skipped=skipped,
        worst=tuple(ranked[:worst]),
        changed=truth.changed,
    )


def _by_difficulty(cases: Sequence[scores.Case]) -> dict[str, Result]:
    """Score people by difficulty; those of another difficulty are ignored, so that detecting them is no error."""
    levels = sorted({p.difficulty for people, _ in cases for p in people if not p.ignore})
    if len(levels) < 2:
        return {}
    result = {}
    for level in levels:
        part: list[scores.Case] = []
        for people, poses in cases:
            kept = [dataclasses.replace(p, ignore=p.ignore or p.difficulty != level) for p in people]
            if any(not p.ignore for p in kept):
                part.append((kept, poses))
        result[level] = summarise(part)
    return result
