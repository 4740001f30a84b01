"""What is measured: OKS average precision as COCO defines it, PCK, swaps, detection, and what confidence is worth.

The average precision is that of COCO (Lin et al. 2014), by faster-coco-eval; the tests hold it to ``pycocotools``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.evaluate.truth import TruePerson
from sketchpose.pose import Pose, iou
from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS, SWAP

Floats = NDArray[np.float64]
Case = tuple[Sequence[TruePerson], Sequence[Pose]]
"""One picture: who is there, and what was found."""
_MOST_FINDS: Final = 20


@dataclass(frozen=True)
class Precision:
    """Object keypoint similarity results, each in 0..1.

    Attributes:
        ap: Average precision, mean over OKS 0.50 to 0.95.
        ap50: At OKS 0.50.
        ap75: At OKS 0.75.
        ar: Average recall, mean over OKS 0.50 to 0.95: with true boxes, the share of people that are right.
        people: Number of people scored.
    """

    ap: float
    ap50: float
    ap75: float
    ar: float
    people: int


@dataclass(frozen=True)
class Finding:
    """How well people are found, by boxes at an intersection over union of 0.5; each in 0..1.

    Attributes:
        ap50: Average precision.
        recall: Share of the people that are found from ``threshold`` on.
        precision: Share of the detections that are people.
        threshold: Score at which the harmonic mean of both is largest.
    """

    ap50: float
    recall: float
    precision: float
    threshold: float


def oks_matrix(people: Sequence[TruePerson], poses: Sequence[Pose], joints: Sequence[int]) -> Floats:
    """Return (poses, people) OKS over some joints; for a person without labels, from the distance to its doubled box.

    Args:
        people: Who is there.
        poses: What was found.
        joints: Indices that count.
    """
    result = np.zeros((len(poses), len(people)))
    spread = (2 * SIGMAS[list(joints)]) ** 2
    if not poses:
        return result
    points = np.stack([pose.keypoints[list(joints)] for pose in poses]).astype(np.float64)
    for j, person in enumerate(people):
        seen = person.labelled[list(joints)]
        if seen.any():
            delta = (points - person.keypoints[list(joints)])[:, seen]
        else:
            low, high = person.box[:2].astype(np.float64), person.box[2:].astype(np.float64)
            outer_low, outer_high = low - (high - low), high + (high - low)
            delta = np.maximum(0, outer_low - points) + np.maximum(0, points - outer_high)
            seen = np.ones_like(seen)
        error = (delta**2).sum(-1) / spread[seen] / (person.area + np.spacing(1)) / 2
        result[:, j] = np.exp(-error).mean(-1)
    return result


def precision(cases: Sequence[Case], joints: Sequence[int] = range(NUM_KEYPOINTS)) -> Precision:
    """Score detections against people over many pictures, one category and all areas, at most 20 for each picture.

    Args:
        cases: One entry per picture.
        joints: Indices that count; people without a label among them are ignored.
    """
    chosen = list(joints)
    annotations, detections = [], []
    for image, (people, poses) in enumerate(cases):
        annotations += [{**_annotation(person, chosen), "image_id": image} for person in people]
        detections += [
            {"image_id": image, "category_id": 1, "score": pose.score, "keypoints": _flat(pose.keypoints[chosen], 2)}
            for pose in poses
        ]
    total = sum(not annotation["iscrowd"] for annotation in annotations)
    if total == 0:
        return Precision(float("nan"), float("nan"), float("nan"), float("nan"), 0)
    curves = _coco(len(cases), annotations, detections, "keypoints", SIGMAS[chosen].tolist())
    ap = curves["precision"][:, :, 0, 0, 0].mean(1)  # (threshold, recall, category, area, detections)
    ar = curves["recall"][:, 0, 0, 0]
    return Precision(float(ap.mean()), float(ap[0]), float(ap[5]), float(ar.mean()), total)


def finding(cases: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> Finding:
    """Score a person detector at every threshold of confidence.

    Args:
        cases: Per picture the boxes (n, 4) x0, y0, x1, y1 of its people, and the detections (m, 5) with their score.
    """
    annotations, detections = [], []
    for image, (boxes, found) in enumerate(cases):
        annotations += [{"image_id": image, "category_id": 1, "iscrowd": 0, **_area(box)} for box in boxes]
        detections += [{"image_id": image, "category_id": 1, "score": float(f[4]), **_area(f[:4])} for f in found]
    if not annotations or not detections:
        return Finding(0.0, 0.0, 0.0, 1.0)
    curves = _coco(len(cases), annotations, detections, "bbox")
    ap50, score = curves["precision"][0, :, 0, 0, 0], curves["scores"][0, :, 0, 0, 0]
    recall = np.linspace(0, 1, len(ap50))
    best = int((2 * ap50 * recall / np.maximum(ap50 + recall, 1e-9)).argmax())
    return Finding(float(ap50.mean()), float(recall[best]), float(ap50[best]), float(score[best]))


def _coco(
    images: int, annotations: list[dict[str, Any]], detections: list[dict[str, Any]], kind: str, sigmas: Any = None
) -> dict[str, Floats]:
    """Return the curves of COCO's evaluation of one category over all areas."""
    from faster_coco_eval import COCO, COCOeval_faster

    truth = COCO(
        {
            "images": [{"id": image, "width": 1, "height": 1} for image in range(images)],
            "categories": [{"id": 1, "name": "person"}],
            "annotations": [{**annotation, "id": i + 1} for i, annotation in enumerate(annotations)],
        }
    )
    scoring = COCOeval_faster(truth, truth.loadRes(detections), kind, kpt_oks_sigmas=sigmas)
    scoring.params.areaRng, scoring.params.areaRngLbl = [[0, 1e10]], ["all"]
    scoring.params.maxDets = [_MOST_FINDS]
    scoring.evaluate()
    scoring.accumulate()
    curves: dict[str, Floats] = scoring.eval
    return curves


def _area(box: NDArray[np.float32]) -> dict[str, Any]:
    x0, y0, x1, y1 = (float(v) for v in box)
    return {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)}


def _annotation(person: TruePerson, joints: list[int]) -> dict[str, Any]:
    """Return what COCO calls an annotation; like its crowds, ignored people match any number of detections."""
    labelled = person.labelled[joints]
    x0, y0, x1, y1 = (float(v) for v in person.box)
    return {
        "category_id": 1,
        "keypoints": _flat(person.keypoints[joints], np.where(labelled, 2, 0)),
        "num_keypoints": int(labelled.sum()),
        "area": float(person.area),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "iscrowd": int(person.ignore or not labelled.any()),
    }


def _flat(points: NDArray[np.float32], visibility: int | NDArray[np.int_]) -> list[float]:
    """Return x, y, v of every joint in one list."""
    flags = np.broadcast_to(visibility, len(points))
    return [float(v) for v in np.column_stack((points, flags)).ravel()]


def pairs(
    cases: Sequence[Case], joints: Sequence[int] = range(NUM_KEYPOINTS)
) -> list[tuple[TruePerson, Pose | None, float]]:
    """Match every scored person with the free detection of highest OKS, and that OKS; None and 0 where none is left."""
    result: list[tuple[TruePerson, Pose | None, float]] = []
    for people, poses in cases:
        scored = [p for p in people if not p.ignore and p.labelled[list(joints)].any()]
        matrix = oks_matrix(scored, poses, joints)
        partner: dict[int, int] = {}
        while len(partner) < min(matrix.shape):
            row, column = divmod(int(matrix.argmax()), matrix.shape[1])
            partner[column] = row
            matrix[row, :] = matrix[:, column] = -1
        matrix = oks_matrix(scored, poses, joints)
        for j, person in enumerate(scored):
            i = partner.get(j)
            if i is None:
                result.append((person, None, 0.0))
            else:
                result.append((person, poses[i], float(matrix[i, j])))
    return result


def errors(matched: Sequence[tuple[TruePerson, Pose | None, float]]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (n, 17) distances as a share of the longer box side (infinite where nobody was found), and labels."""
    distance = np.full((len(matched), NUM_KEYPOINTS), np.inf)
    labelled = np.array([person.labelled for person, _, _ in matched], bool).reshape(-1, NUM_KEYPOINTS)
    for i, (person, pose, _) in enumerate(matched):
        if pose is not None:
            side = float((person.box[2:] - person.box[:2]).max())
            distance[i] = np.linalg.norm(pose.keypoints.astype(np.float64) - person.keypoints, axis=1) / side
    return distance, labelled


def swaps(matched: Sequence[tuple[TruePerson, Pose | None, float]]) -> tuple[int, int]:
    """Count the left/right joint pairs, both labelled and apart, that fit better when exchanged; and all such pairs.

    Pairs closer than a twentieth of the longer box side are left out: a profile view does not tell them apart.
    """
    swapped = counted = 0
    for person, pose, _ in matched:
        if pose is None:
            continue
        side = float((person.box[2:] - person.box[:2]).max())
        for a in range(NUM_KEYPOINTS):
            b = SWAP[a]
            if b <= a or not (person.labelled[a] and person.labelled[b]):
                continue
            pa, pb = person.keypoints[a], person.keypoints[b]
            if np.linalg.norm(pa - pb) < 0.05 * side:
                continue
            fa, fb = pose.keypoints[a], pose.keypoints[b]
            straight = np.linalg.norm(fa - pa) + np.linalg.norm(fb - pb)
            crossed = np.linalg.norm(fa - pb) + np.linalg.norm(fb - pa)
            counted += 1
            swapped += int(crossed < straight)
    return swapped, counted


def swap_rate(matched: Sequence[tuple[TruePerson, Pose | None, float]]) -> float:
    """Share of the pairs of ``swaps`` that fit better when exchanged; NaN without any."""
    swapped, counted = swaps(matched)
    return swapped / counted if counted else float("nan")


def abstention(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Chance that a right joint is given more confidence than a wrong one (area under the ROC curve, ties half)."""
    good, bad = confidence[right], confidence[~right]
    if len(good) == 0 or len(bad) == 0:
        return float("nan")
    ranked = np.sort(bad)
    below = np.searchsorted(ranked, good, side="left") + np.searchsorted(ranked, good, side="right")
    return float(below.mean() / 2 / len(bad))


def detection(cases: Sequence[Case], threshold: float = 0.5) -> tuple[float, float]:
    """Return recall and precision of the boxes at an intersection over union; finding ignored people does not count."""
    people_total = found_total = right = 0
    for people, poses in cases:
        scored = [p.box for p in people if not p.ignore]
        ignored = [p.box for p in people if p.ignore]
        ranked = sorted(poses, key=lambda pose: -pose.score)
        free = set(range(len(scored)))
        people_total += len(scored)
        for pose in ranked:
            overlap = iou([pose.box], scored)[0] if scored else np.zeros(0)
            best = max(free, key=lambda j: overlap[j], default=None)
            if best is not None and overlap[best] >= threshold:
                free.discard(best)
                right += 1
                found_total += 1
            elif not (ignored and iou([pose.box], ignored)[0].max() >= threshold):
                found_total += 1
    recall = right / people_total if people_total else float("nan")
    return recall, right / found_total if found_total else float("nan")
