"""Review and agreement, against OKS computed from its definition."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import add, make_pose

from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.dataset.review import accept, agreement, compare_people, fix, queue, reject
from sketchpose.pose import Pose, oks


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


def person(seed: int = 0, shift: float = 0.0, name: str = "p1") -> Person:
    pose = make_pose(seed)
    return Person.of_pose(name, replace(pose, keypoints=pose.keypoints + np.float32(shift)))


def test_the_queue_holds_what_nobody_judged(dataset: Dataset) -> None:
    drafts = [add(dataset, seed, author="Ada") for seed in range(4)]
    submitted = [dataset.save(r.child(status="submitted")) for r in drafts[:3]]
    assert [e.id for e in queue(dataset)] == [r.id for r in submitted]
    good = accept(dataset, submitted[0].id, "Rev", "thanks")
    bad = reject(dataset, submitted[1].id, "Rev", "left and right are swapped")
    better = fix(dataset, submitted[2].id, [person(5)], "Rev")
    assert queue(dataset) == []
    assert (good.status, good.author, good.note, good.parents) == ("accepted", "Rev", "thanks", (submitted[0].id,))
    assert good.people_json() == submitted[0].people_json() and bad.status == "rejected"
    assert better.status == "accepted" and better.people_json() == [person(5).to_json()]


def test_a_review_of_something_stale_hides_nothing(dataset: Dataset) -> None:
    submitted = add(dataset, status="submitted", author="Ada")
    newer = dataset.save(submitted.child(status="submitted", author="Ada"))
    accept(dataset, submitted.id, "Rev")
    assert [e.id for e in queue(dataset)] == [newer.id] and len(dataset.conflicts()) == 1
    accept(dataset, newer.id, "Rev", settles=[e.id for e in dataset.heads(newer.drawing)])
    assert queue(dataset) == [] and dataset.conflicts() == []


def test_agreement_is_oks_where_two_worked_independently(dataset: Dataset) -> None:
    first = add(dataset, 0, author="Ada", persons=[person()])
    dataset.save(Revision.make(first.image, [person(0, 3.0)], author="Bo"))
    dataset.save(first.child(author="Cy", status="accepted"))
    dataset.save(first.child(author="Dee", persons=(person(0, 1.0),)))
    found = agreement(dataset)
    assert {pair.authors for pair in found.pairs} == {("Ada", "Bo"), ("Bo", "Dee")}
    pair = next(pair for pair in found.pairs if pair.authors == ("Ada", "Bo"))
    a, b = person().pose, person(0, 3.0).pose
    assert pair.oks == pytest.approx([oks(a, b, area=(a.area + b.area) / 2)])
    assert np.isnan(pair.joints[0][~a.labelled]).all() and pair.alone == 0
    assert found.counts.tolist() == (2 * a.labelled).tolist()
    assert found.joints[5] == pytest.approx(np.mean([p.joints[0][5] for p in found.pairs]))


def test_people_are_matched_whatever_their_order() -> None:
    apart = [person(0, 0.0, "a"), person(1, 400.0, "b"), person(2, 900.0, "c")]
    oks_values, joints, alone = compare_people(apart, [apart[2], apart[0]])
    assert oks_values.tolist() == [1.0, 1.0] and joints.shape == (2, 17) and alone == 1
    empty = Person.of_pose("x", Pose(np.zeros((17, 2)), np.zeros(17), np.zeros(17), [0, 0, 1, 1]))  # type: ignore[arg-type]
    assert compare_people([empty], apart)[2] == 3


def test_no_two_annotators_is_no_agreement(dataset: Dataset) -> None:
    add(dataset, 0, author="Ada")
    found = agreement(dataset)
    assert found.pairs == () and np.isnan(found.oks) and np.isnan(found.joints).all()
