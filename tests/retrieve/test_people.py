import numpy as np
import pytest
from crowd import crowd

from sketchpose.pose import Pose
from sketchpose.retrieve import Filter, People
from sketchpose.retrieve.parts import LIMBS, PARTS, joint_mask
from sketchpose.retrieve.people import pose_scores
from sketchpose.skeleton import INDEX, SWAP


def test_from_poses_gives_missing_joints_no_score() -> None:
    visibility = np.full(17, 2)
    visibility[[3, 9]] = 0
    given = Pose.annotated(np.arange(34).reshape(17, 2), visibility)
    people = People.from_poses([given, given], image=[4, 4])
    assert people.scores[0].tolist() == pose_scores(given).tolist()
    assert people.scores[1, [3, 9]].tolist() == [0, 0] and people.scores[1].sum() == 15
    assert people.count.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scores": np.ones((2, 16))}, "scores has shape"),
        ({"image": np.array([0, 5])}, "below the 1 entries"),
        ({"image": np.array([-1, 0])}, "at least 0"),
        ({"keypoints": np.full((2, 17, 2), np.nan)}, "not|NaN"),
        ({"box": np.zeros((3, 4))}, "box has shape"),
    ],
)
def test_arrays_that_disagree_are_refused(change: dict[str, np.ndarray], says: str) -> None:
    whole = {
        "keypoints": np.zeros((2, 17, 2)),
        "scores": np.ones((2, 17)),
        "image": np.zeros(2),
        "box": np.zeros((2, 4)),
    }
    with pytest.raises(ValueError, match=says):
        People(**(whole | change), tags=[("one",)])  # type: ignore[arg-type]


def test_what_a_missing_joint_says_may_be_anything() -> None:
    keypoints, scores = np.zeros((1, 17, 2)), np.ones((1, 17))
    keypoints[0, 4], scores[0, 4] = np.nan, 0
    assert len(People(keypoints, scores, np.zeros(1), np.zeros((1, 4)))) == 1  # type: ignore[arg-type]


def test_filters_agree_with_a_loop() -> None:
    people = crowd(47)
    where = Filter(tags=("odd",), people=3, without=(5, 7))
    expected = [
        "odd" in people.tags[image] and sum(people.image == image) == 3 and image not in (5, 7)
        for image in people.image
    ]
    mask = where.mask(people)
    assert mask is not None and mask.tolist() == expected and any(expected)
    assert Filter().mask(people) is None


def test_parts_are_symmetric_and_name_their_joints() -> None:
    assert joint_mask(()).all()
    assert np.flatnonzero(joint_mask(["left arm"])).tolist() == [
        INDEX[f"left_{j}"] for j in ("shoulder", "elbow", "wrist")
    ]
    for part in PARTS:
        other = part.replace("left", "~").replace("right", "left").replace("~", "right")
        np.testing.assert_array_equal(joint_mask([part])[list(SWAP)], joint_mask([other]))
    assert (joint_mask(["upper body", "legs"])).all()
    with pytest.raises(ValueError, match="no part 'tail'"):
        joint_mask(["tail"])


def test_limbs_are_symmetric() -> None:
    """Else a mirrored query would be judged otherwise than the query."""
    rows = {(frozenset((limb.start, limb.end)), limb.length, limb.importance) for limb in LIMBS}
    assert len(rows) == len(LIMBS)
    assert {(frozenset(SWAP[j] for j in ends), length, weight) for ends, length, weight in rows} == rows
