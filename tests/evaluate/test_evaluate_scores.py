"""Scores against pycocotools, and against cases worked out by hand."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchpose.evaluate import scores
from sketchpose.evaluate.truth import Annotated, TruePerson, TruthSet
from sketchpose.pose import Pose
from sketchpose.skeleton import BODY, KEYPOINTS, SWAP


def person(rng: np.random.Generator, identity: int = 1, *, labelled: float = 0.8, ignore: bool = False) -> TruePerson:
    low = rng.uniform(0, 300, 2)
    size = rng.uniform(40, 200, 2)
    visibility = np.where(rng.random(17) < labelled, 2, 0).astype(np.uint8)
    points = (low + rng.random((17, 2)) * size).astype(np.float32) * (visibility > 0)[:, None]
    box = np.concatenate([low, low + size]).astype(np.float32)
    return TruePerson(identity, points, visibility, box, float(size.prod() * 0.6), ignore or not visibility.any())


def pose(truth: TruePerson, rng: np.random.Generator, noise: float) -> Pose:
    side = float((truth.box[2:] - truth.box[:2]).max())
    points = truth.keypoints + rng.normal(0, noise * side, (17, 2))
    return Pose(points, np.ones(17), np.full(17, 2), truth.box, float(rng.random()))


def scenes(seed: int, count: int = 12) -> list[tuple[list[TruePerson], list[Pose]]]:
    """Pictures with ignored people, unlabelled people, misses and false finds."""
    rng = np.random.default_rng(seed)
    cases, identity = [], 0
    for _ in range(count):
        people = []
        for _ in range(rng.integers(0, 4)):
            identity += 1
            people.append(person(rng, identity, labelled=rng.choice([0.9, 0.5, 0.0]), ignore=rng.random() < 0.15))
        poses = [pose(p, rng, rng.choice([0.005, 0.03, 0.1])) for p in people if rng.random() < 0.85]
        poses += [pose(person(rng), rng, 0.1) for _ in range(rng.integers(0, 2))]
        cases.append((people, poses))
    return cases


def write_truth(path: Path, truth: TruthSet) -> None:
    """Write a set as COCO keypoints."""
    images = [
        {"id": im.id, "file_name": im.path.name, "width": im.width, "height": im.height, "source": im.source}
        for im in truth.images
    ]
    annotations = [
        {
            "id": person.id,
            "image_id": im.id,
            "category_id": 1,
            "keypoints": np.c_[person.keypoints, person.visibility].astype(float).ravel().tolist(),
            "num_keypoints": int(person.labelled.sum()),
            "bbox": [*person.box[:2].tolist(), *(person.box[2:] - person.box[:2]).tolist()],
            "area": person.area,
            "iscrowd": int(person.ignore),
        }
        for im in truth.images
        for person in im.people
    ]
    category = {"id": 1, "name": "person", "keypoints": list(KEYPOINTS)}
    document = {"images": images, "annotations": annotations, "categories": [category]}
    path.write_text(json.dumps(document) + "\n", "utf-8")


def coco(cases: list[tuple[list[TruePerson], list[Pose]]], folder: Path) -> list[float]:
    """AP, AP50, AP75 and AR of pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    images = [Annotated(i, Path(f"{i}.png"), 500, 500, "x", tuple(people)) for i, (people, _) in enumerate(cases)]
    write_truth(folder / "truth.json", TruthSet("x", tuple(images)))
    results = [
        {
            "image_id": i,
            "category_id": 1,
            "keypoints": np.c_[p.keypoints, np.full(17, 2)].astype(float).ravel().tolist(),
            "score": p.score,
        }
        for i, (_, poses) in enumerate(cases)
        for p in poses
    ]
    (folder / "found.json").write_text(json.dumps(results))
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "truth.json"))
        run = COCOeval(truth, truth.loadRes(str(folder / "found.json")), "keypoints")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(run.stats[i]) for i in (0, 1, 2, 5)]


@pytest.mark.parametrize("seed", range(6))
def test_precision_agrees_with_pycocotools(seed: int, tmp_path: Path) -> None:
    cases = scenes(seed)
    found = scores.precision(cases)
    np.testing.assert_allclose([found.ap, found.ap50, found.ap75, found.ar], coco(cases, tmp_path), atol=1e-6)
    assert 0 < found.ap < 1


def test_exact_finds_are_perfect_and_none_is_zero() -> None:
    rng = np.random.default_rng(0)
    people = [person(rng, i) for i in range(3)]
    perfect = scores.precision([([p], [pose(p, rng, 0)]) for p in people])
    assert (perfect.ap, perfect.ar, perfect.people) == (pytest.approx(1), 1, 3)
    assert scores.precision([([p], []) for p in people]).ap == 0
    assert np.isnan(scores.precision([([], [])]).ap)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.02, 0.2]))
def test_a_mirrored_world_scores_the_same(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    truth = person(rng, labelled=1.0)
    guess = pose(truth, rng, noise)
    points = truth.keypoints[list(SWAP)] * [-1, 1] + np.array([500, 0])
    box = np.array([500 - truth.box[2], truth.box[1], 500 - truth.box[0], truth.box[3]], np.float32)
    flipped = TruePerson(1, points.astype(np.float32), truth.visibility[list(SWAP)], box, truth.area)
    straight = scores.oks_matrix([truth], [guess], range(17))
    mirrored = scores.oks_matrix([flipped], [guess.mirror(500)], range(17))
    np.testing.assert_allclose(straight, mirrored, atol=1e-5)


def test_body_only_does_not_look_at_the_face() -> None:
    rng = np.random.default_rng(1)
    truth = person(rng, labelled=1.0)
    points = truth.keypoints.copy()
    points[:5] += 500
    guess = Pose(points, np.ones(17), np.full(17, 2), truth.box)
    assert scores.precision([([truth], [guess])], BODY).ap == pytest.approx(1)
    assert scores.precision([([truth], [guess])]).ap < 0.6


def test_swapped_sides_are_counted() -> None:
    rng = np.random.default_rng(2)
    truth = person(rng, labelled=1.0)
    straight = Pose(truth.keypoints, np.ones(17), np.full(17, 2), truth.box)
    crossed = Pose(truth.keypoints[list(SWAP)], np.ones(17), np.full(17, 2), truth.box)
    assert scores.swap_rate([(truth, straight, 1.0)]) == 0
    assert scores.swap_rate([(truth, crossed, 0.1)]) == 1
    assert np.isnan(scores.swap_rate([(truth, None, 0.0)]))


def test_confidence_is_worth_what_it_orders() -> None:
    right = np.array([True, True, False, False])
    assert scores.abstention(np.array([0.9, 0.8, 0.2, 0.1]), right) == 1
    assert scores.abstention(np.array([0.1, 0.2, 0.8, 0.9]), right) == 0
    assert scores.abstention(np.full(4, 0.5), right) == 0.5
    assert np.isnan(scores.abstention(np.ones(2), np.array([True, True])))


def test_detection_counts_misses_and_false_finds() -> None:
    rng = np.random.default_rng(3)
    a, b = person(rng, 1), person(rng, 2)
    far = Pose(a.keypoints, np.ones(17), np.full(17, 2), a.box + 1000)
    assert scores.detection([([a], [pose(a, rng, 0)])]) == (1, 1)
    assert scores.detection([([a], [pose(a, rng, 0), far])]) == (1, 0.5)
    assert scores.detection([([a], []), ([b], [pose(b, rng, 0)])]) == (0.5, 1)


def test_people_without_a_find_are_infinitely_wrong() -> None:
    truth = person(np.random.default_rng(4), labelled=1.0)
    distance, labelled = scores.errors(scores.pairs([([truth], [])]))
    assert np.isinf(distance).all() and labelled.all()
    assert len(KEYPOINTS) == distance.shape[1]


def test_finding_names_the_score_that_parts_people_from_the_rest() -> None:
    box, other, wrong = [0, 0, 10, 20], [30, 0, 40, 20], [60, 60, 70, 70]
    boxes = np.array([box, other], np.float32)
    clean = np.array([[*box, 0.3], [*other, 0.2], [*wrong, 0.1]], np.float32)
    found = scores.finding([(boxes, clean)])
    assert found.ap50 == pytest.approx(1) and found.recall == found.precision == pytest.approx(1)
    assert 0.1 < found.threshold <= 0.2 + 1e-6

    mixed = np.array([[*wrong, 0.9], [*box, 0.3]], np.float32)
    half = scores.finding([(boxes, mixed), (boxes[:0], clean[:0])])
    assert half.ap50 == pytest.approx(0.25, abs=0.01) and half.recall == pytest.approx(0.5)  # one of two, at half
    assert scores.finding([(boxes, clean[:0])]).ap50 == 0
