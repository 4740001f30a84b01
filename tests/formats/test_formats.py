import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import poses

from sketchpose.formats import (
    AnnotatedImage,
    FormatError,
    Notes,
    PosedImage,
    read_json,
    read_poses,
    to_coco,
    to_coco_results,
    to_openpose,
)
from sketchpose.pose import Pose
from sketchpose.skeleton import INDEX


def read(document: object, name: str = "f.json", format: str = "auto") -> list[AnnotatedImage]:
    return read_poses(json.dumps(document).encode(), name, Notes(), format=format)[0]


def same(a: Pose, b: Pose) -> None:
    labelled = a.labelled
    np.testing.assert_array_equal(a.visibility, b.visibility)
    np.testing.assert_array_equal(a.keypoints[labelled], b.keypoints[labelled])
    np.testing.assert_array_equal(a.scores, b.scores)
    np.testing.assert_allclose(a.box, b.box, rtol=1e-6)
    assert a.score == b.score


@given(st.lists(st.lists(poses(), max_size=3), min_size=1, max_size=3))
def test_coco_write_and_read(pages: list[list[Pose]]) -> None:
    images = [PosedImage(f"{i}.png", 640, 480, tuple(people)) for i, people in enumerate(pages)]
    back = read(to_coco(images))
    assert [(i.picture, i.width, i.height) for i in back] == [(i.name, i.width, i.height) for i in images]
    for image, again in zip(images, back, strict=True):
        for pose, found in zip(image.poses, again.poses, strict=True):
            same(pose, found)


@given(poses())
def test_openpose_write_and_read(pose: Pose) -> None:
    [back] = read(to_openpose(PosedImage("a.png", 640, 480, (pose,))))
    assert (back.width, back.height) == (640, 480)
    known = pose.labelled & (pose.scores > 0)
    if not known.any():
        assert back.poses == ()
        return
    np.testing.assert_array_equal(back.poses[0].labelled, known)
    if not back.shares:
        np.testing.assert_array_equal(back.poses[0].keypoints[known], pose.keypoints[known])


def test_openpose_order_neck_and_missing_joints() -> None:
    points = np.arange(34, dtype=np.float32).reshape(17, 2) + 100
    visibility = np.full(17, 2)
    visibility[INDEX["left_ear"]] = 0
    row = to_openpose(PosedImage("a", 9, 9, (Pose.annotated(points, visibility),)))["people"][0]["pose_keypoints_2d"]
    triples = np.array(row).reshape(18, 3)
    shoulders = points[[INDEX["left_shoulder"], INDEX["right_shoulder"]]]
    np.testing.assert_array_equal(triples[1], [*shoulders.mean(0), 1])
    np.testing.assert_array_equal(triples[4, :2], points[INDEX["right_wrist"]])
    np.testing.assert_array_equal(triples[17], 0)


def test_openpose_shares_of_the_canvas_and_a_list_of_one() -> None:
    row = np.tile([0.5, 0.25, 1.0], 18).tolist()
    document = [{"people": [{"pose_keypoints_2d": row}], "canvas_width": 200, "canvas_height": 400}]
    [image] = read(document)
    np.testing.assert_allclose(image.onto(200, 400)[0].poses[0].keypoints, np.tile([100, 100], (17, 1)))


def test_coco_tools_read_what_we_write() -> None:
    coco = __import__("pycocotools.coco", fromlist=["COCO"])
    pose = Pose.annotated(np.full((17, 2), 5.5), np.full(17, 2), [0, 0, 10, 20])
    image = PosedImage("a.png", 64, 48, (pose, pose.moved(2, (3, 4))))
    database = coco.COCO()
    database.dataset = to_coco([image])
    database.createIndex()
    assert len(database.loadRes(to_coco_results([image])).anns) == 2
    assert database.loadAnns(1)[0]["bbox"] == [0, 0, 10, 20] and database.loadAnns(1)[0]["area"] == 200


GOOD = to_coco([PosedImage("a.png", 64, 48, (Pose.annotated(np.full((17, 2), 5.5), np.full(17, 2)),))])


def broken(**change: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    document["annotations"][0].update(change)
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([1, 2], "not a COCO keypoint document"),
        ({"images": []}, "needs the lists"),
        (broken(keypoints=[1] * 48), r"f.json: annotations\[0\].keypoints must hold 51 numbers; it has 48"),
        (broken(keypoints=[float("nan")] * 51), "holds NaN"),
        (broken(keypoints=["1"] * 51), "some are not numbers"),
        (broken(keypoints=[1, 1, 7] * 17), "visibility must be 0, 1 or 2, not 7"),
        (broken(keypoints="none"), "must be a list of numbers"),
        (broken(bbox=[1, 2, 3]), "must hold 4 numbers; it has 3"),
        (broken(image_id=99), r"annotations\[0\] has no image_id"),
        (broken(score="high"), r"annotations\[0\]"),
        ({**GOOD, "images": GOOD["images"] * 2}, r"images\[1\] repeats the id '1'"),
        ({**GOOD, "images": [{"id": 1}]}, r"images\[0\] needs id and file_name"),
        ({**GOOD, "categories": [{"id": 1, "keypoints": ["nose"] * 16}]}, "must hold 48 numbers; it has 51"),
    ],
)
def test_broken_coco_is_refused_by_record(document: object, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(document, format="coco")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "needs the list `people`"),
        (
            {"people": [{"pose_keypoints_2d": [0] * 51}]},
            r"people\[0\].pose_keypoints_2d must hold 25 or 18 joints",
        ),
        ({"people": [3]}, r"people\[0\]"),
        ({"people": [], "canvas_width": "wide"}, "the canvas: its size"),
    ],
)
def test_broken_openpose_is_refused(document: object, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(document, format="openpose")


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not a JSON file"), ('{"a": NaN}', "holds NaN"), ("[" * 100_000, "not a JSON file"), (b"\xff\xfe", "JSON")],
)
def test_text_that_is_not_json(text: str | bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_json(text, source="f.json")


def test_crowds_and_people_without_joints_are_left_out() -> None:
    assert read(broken(iscrowd=1))[0].poses == ()
    assert read(broken(keypoints=[0] * 51))[0].poses == ()
