"""Names of joints and categories as other tools spell them."""

import pytest

from sketchpose.formats.names import coco_name, coco_names, is_person
from sketchpose.skeleton import KEYPOINTS


@pytest.mark.parametrize(
    ("name", "coco"),
    [
        *((name, name) for name in KEYPOINTS),
        *(("Left Knee", "left_knee"), ("leftKnee", "left_knee"), ("lKnee", "left_knee"), ("LKnee", "left_knee")),
        *(("knee_left", "left_knee"), ("r_kne", "right_knee"), ("R-Sho", "right_shoulder"), ("rear", "right_ear")),
        *(("left hand", "left_wrist"), ("right_foot", "right_ankle"), ("LEFTHIP", "left_hip"), ("Nose", "nose")),
        *(
            (word, None)
            for word in ("neck", "head_top", "pelvis", "left_toe", "knee", "left_left_knee", "", "nose_root")
        ),
    ],
)
def test_joint_names(name: str, coco: str | None) -> None:
    assert coco_name(name) == coco


def test_hands_stand_in_for_wrists_only_where_there_are_none() -> None:
    assert coco_names(["left_hand", "left_wrist"]) == [None, "left_wrist"]
    assert coco_names(["left_hand", "neck"]) == ["left_wrist", None]


@pytest.mark.parametrize(
    ("name", "family", "joints", "person"),
    [
        *(("person", "", (), True), ("Human figure", "", (), True), ("stickMan", "", (), True)),
        *(("dog", "animal", (), False), ("husky", "animal", (), False), ("x", "", ("L_F_Paw", "L_Hip"), False)),
        *(("default", "", ("nose",), None), ("drawings", "none", ("left_finger",), None), ("ada", "people", (), True)),
    ],
)
def test_what_is_a_person(name: str, family: str, joints: tuple[str, ...], person: bool | None) -> None:
    assert is_person(name, family, joints) is person
