"""The editor's value: lossless to and from JSON and poses, and refusing what cannot be a pose."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from annotator.editor.value import EditedPerson, EditorValue, drawing_key
from sketchpose.pose import Pose

pixels, shares = st.floats(-500, 6000, width=32), st.floats(0, 1, width=32)
people = st.builds(
    lambda points, scores, seen, corner, size: Pose(points, scores, seen, [*corner, *(c + size for c in corner)]),
    hnp.arrays(np.float32, (17, 2), elements=pixels),
    hnp.arrays(np.float32, 17, elements=shares),
    hnp.arrays(np.uint8, 17, elements=st.integers(0, 2)).filter(np.any),
    st.tuples(st.floats(0, 600, width=32), st.floats(0, 400, width=32)),
    st.floats(1, 2000, width=32),
)
JOINTS = [[10.5, 20.25, 2]] * 17


def data(**changes: Any) -> dict[str, Any]:
    return {"width": 100, "height": 80, "persons": [{"id": "p1", "keypoints": JOINTS, "box": [5, 6, 70, 75]}]} | changes


def person(**changes: Any) -> dict[str, Any]:
    return data(persons=[{"id": "p1", "keypoints": JOINTS, "box": [5, 6, 70, 75]} | changes])


@given(people, st.booleans())
def test_json_round_trip_keeps_every_bit_and_the_model_even_outside_the_picture(model: Pose, fixed: bool) -> None:
    pose = replace(model, keypoints=np.clip(model.keypoints, 0, 4000))
    before = EditorValue(None, 5000, 4000, (EditedPerson("a", pose, fixed, model),), "x.png", "key", 3, 0, 5, 7, 1.5)
    after = EditorValue.from_json(json.loads(json.dumps(before.to_json())))
    got, shown = after.persons[0], pose.labelled
    assert np.array_equal(got.pose.keypoints[shown], pose.keypoints[shown])
    assert np.array_equal(got.pose.visibility, pose.visibility)
    assert np.array_equal(got.pose.scores, pose.scores)
    assert np.array_equal(got.pose.box, pose.box)
    assert got.model is not None and np.array_equal(got.model.keypoints[shown], model.keypoints[shown])
    assert after.to_json() == before.to_json()


@given(people)
def test_labelled_joints_come_inside_the_picture_unrounded(pose: Pose) -> None:
    raw = EditedPerson("a", pose).to_json() | {"box": None}
    got = EditorValue.from_json({"width": 640, "height": 480, "persons": [raw]}).poses[0]
    limit = np.array([640, 480], np.float32)
    assert np.array_equal(got.keypoints[pose.labelled], np.clip(pose.keypoints, 0, limit)[pose.labelled])
    assert not got.keypoints[~pose.labelled].any()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (person(keypoints=[[math.nan, 1, 2], *JOINTS[1:]]), ["Person 1", "nose", "nan", "finite", "place it again"]),
        (person(keypoints=[[math.inf, 1, 2], *JOINTS[1:]]), ["nose", "inf", "finite"]),
        (person(keypoints=[*JOINTS[:16], [-math.inf, 1, 2]]), ["right_ankle", "-inf"]),
        (person(keypoints=JOINTS[:16]), ["16 joints", "17"]),
        (person(keypoints=[*JOINTS, JOINTS[0]]), ["18 joints", "17"]),
        (person(keypoints=[]), ["0 joints", "17"]),
        (person(keypoints=[[1, 1, 7], *JOINTS[1:]]), ["nose", "visibility 7", "0, 1 or 2"]),
        (person(keypoints=[[1, 1, 1.5], *JOINTS[1:]]), ["visibility 1.5"]),
        (person(keypoints=[[1, 1], *JOINTS[1:]]), ["nose", "three finite numbers"]),
        (person(box=[5, 6, 5, 75]), ["empty", "draw it again"]),
        (person(box=[200, 6, 300, 75]), ["empty inside the picture"]),
        (person(box=[1, 2, math.nan, 4]), ["box", "finite"]),
        (person(scores=[0.5] * 16), ["scores", "17"]),
        (person(id=""), ["person id", "1 to 64"]),
        (person(id="x" * 65), ["person id"]),
        (data(width=0), ["width is 0", "open the drawing again"]),
        (data(height=-4), ["height is -4"]),
        (data(persons=data()["persons"] * 2), ["same id"]),
        (data(persons=[{"id": f"p{i}", "keypoints": JOINTS} for i in range(101)]), ["101 people", "limit is 100"]),
        (data(seconds=math.inf), ["not finite"]),
        (data(revision=-1), ["negative"]),
    ],
)
def test_refused_in_one_sentence(changed: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ValueError) as caught:
        EditorValue.from_json(changed)
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert "\n" not in text and text.endswith(".")


def test_starting_on_a_picture_keeps_the_file_and_its_upright_size(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (60, 40), "white").save(path, exif=exif)
    value = EditorValue.of_picture(path)
    assert (value.width, value.height, value.image, value.name) == (40, 60, path, "turned.jpg")
    assert value.drawing == drawing_key(path) and len(value.drawing) == 24


def test_poses_of_people_without_joints_are_not_exported() -> None:
    raw = [{"id": "p1", "keypoints": [[0, 0, 0]] * 17}, {"id": "p2", "keypoints": JOINTS}]
    value = EditorValue.from_json(data(persons=raw))
    assert len(value.poses) == 2 and len(value.posed_image().poses) == 1
