"""Statistics, counted by hand on a dataset made for it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import add, make_pose

from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.dataset.proposal import freeze
from sketchpose.dataset.stats import pose_map, statistics
from sketchpose.pose import Pose
from sketchpose.skeleton import KEYPOINTS


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


def test_everything_is_counted(dataset: Dataset) -> None:
    guess = make_pose(0)
    points = guess.keypoints.copy()
    points[5] += np.float32([3, 4])
    mine = Person.of_pose("p1", replace(guess, keypoints=points), predicted=guess, attributes={"difficulty": 3})
    crowd = Person.of_pose("p2", make_pose(3), crowd=True)
    day = 86400.0
    first = add(dataset, 0, persons=[mine, crowd], author="Ada", source="s", time=day * 10, seconds=20.0)
    dataset.save(first.child(author="Bo", time=day * 12, seconds=40.0, status="submitted"))
    other = add(dataset, 1, author="Ada", source="s", artist="Vee", time=day * 12, licence="CC0-1.0", consent="own")
    gone = add(dataset, 2, author="Ada", time=day * 13)
    dataset.delete(gone.drawing, author="Ada")
    freeze(dataset, min_test=0)
    found = statistics(dataset)
    assert (found.drawings, found.people, found.conflicts) == (2, 2, 0)
    assert found.status == {"submitted": 1, "draft": 1} and found.sources == {"s": 2}
    assert found.artists == {"unknown": 1, "Vee": 1} and found.licences == {"unknown": 1, "CC0-1.0": 1}
    assert found.difficulty == {"3": 1, "unknown": 1} and sum(found.splits.values()) == 2
    assert found.authors == {"Ada": 4, "Bo": 1} and found.seconds == {"Ada": 20.0, "Bo": 40.0}
    assert found.days.tolist() == [10, 12, 13] and found.growth.tolist() == [1, 2, 3]
    poses = [mine.pose, other.persons[0].pose]
    assert found.visible.tolist() == sum((p.visibility == 2).astype(int) for p in poses).tolist()
    assert found.hidden.tolist() == sum((p.visibility == 1).astype(int) for p in poses).tolist()
    assert found.edited[5] == 2 and found.edited.sum() == 1 + other.persons[0].pose.labelled.sum()
    side = float((guess.box[2:] - guess.box[:2]).max())
    assert found.moved[5] == pytest.approx(5 / side) and np.nanmax(np.delete(found.moved, 5)) == 0
    assert json.loads(json.dumps(found.as_json()))["joints"] == list(KEYPOINTS)


def test_an_empty_dataset_has_statistics_too(dataset: Dataset) -> None:
    found = statistics(dataset)
    assert found.drawings == 0 and found.poses is None and found.visible.tolist() == [0] * 17
    json.dumps(found.as_json(), allow_nan=False)


def test_alike_poses_lie_together_wherever_and_however_large_they_are_drawn(dataset: Dataset) -> None:
    rng = np.random.default_rng(0)
    standing, lying = rng.normal(size=(2, 17, 2)) * 20
    revisions: list[Revision] = []
    for seed, base in enumerate([standing] * 4 + [lying] * 4):
        points = (base + rng.normal(size=(17, 2))) * (1 + seed) + 100 * seed
        visibility = np.full(17, 2)
        visibility[5 + seed] = 0
        revisions.append(add(dataset, seed, persons=[Person.of_pose("p", Pose.annotated(points, visibility))]))
    found = pose_map(revisions)
    assert found is not None and found.drawings == tuple(r.drawing for r in revisions) and found.explained > 0.8
    apart = np.linalg.norm(found.points[:, None] - found.points[None], axis=2)
    assert max(apart[:4, :4].max(), apart[4:, 4:].max()) < apart[:4, 4:].min()
    assert pose_map(revisions[:2]) is None


def test_the_map_does_not_depend_on_the_order(dataset: Dataset) -> None:
    revisions = [add(dataset, seed) for seed in range(6)]
    one, two = pose_map(revisions), pose_map(revisions[::-1])
    assert one is not None and two is not None and one.points == pytest.approx(two.points[::-1])
