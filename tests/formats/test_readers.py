"""Formats of which no small case lies beside: CVAT's XML, AnimatedDrawings, COCO results, YOLO in its variants."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from strategies import poses

from sketchpose.dataset.archive import FolderFiles
from sketchpose.formats import (
    AnnotatedImage,
    FormatError,
    Notes,
    NotPosesError,
    PosedImage,
    read_poses,
    to_coco_results,
    to_yolo,
)
from sketchpose.pose import Pose
from sketchpose.skeleton import INDEX, KEYPOINTS

POINTS = np.arange(34, dtype=np.float32).reshape(17, 2) * 4 + 20
NAMES = " ".join(KEYPOINTS)


def read(text: str | bytes, name: str, notes: Notes | None = None, **rest: Any) -> list[AnnotatedImage]:
    data = text.encode() if isinstance(text, str) else text
    return read_poses(data, name, notes or Notes(), **rest)[0]


def cvat(points: str, outside: str = "", label: str = "person") -> str:
    return (
        f'<annotations><version>1.1</version><image id="3" name="a/1.png" width="200" height="300">'
        f'<skeleton label="{label}" z_order="0">{points}</skeleton><box label="person" xtl="1" ytl="2"/>'
        f"</image>{outside}</annotations>"
    )


def cvat_points() -> str:
    return "".join(
        f'<points label="{name}" outside="{int(name == "nose")}" occluded="{int(name == "left_ear")}" '
        f'points="{x},{y}" z_order="0"></points>'
        for name, (x, y) in zip(KEYPOINTS, POINTS.tolist(), strict=True)
    )


def test_cvat_for_images() -> None:
    notes = Notes()
    [image] = read(cvat(cvat_points()), "annotations.xml", notes)
    [person] = image.people
    assert (image.picture, image.width, image.height) == ("a/1.png", 200, 300)
    assert person.pose.visibility[[INDEX["nose"], INDEX["left_ear"], INDEX["left_eye"]]].tolist() == [0, 1, 2]
    assert np.array_equal(person.pose.keypoints[1:], POINTS[1:]) and notes.dropped == {"shapes of type box": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (cvat('<points label="nose" points="1,2"/>' * 2), "nose appears twice"),
        (cvat('<points label="nose" points="1"/>'), "must be a number"),
        (cvat('<points label="nose" points="nan,1"/>'), "NaN"),
        (cvat("", '<track id="0"/>'), "export as CVAT for images"),
        ("<annotations><image/></annotations>", "has no name"),
    ],
)
def test_broken_cvat_is_refused(text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(text, "annotations.xml")


def test_a_dog_is_no_person_in_cvat_either() -> None:
    notes = Notes()
    assert read(cvat(cvat_points(), label="dog"), "annotations.xml", notes)[0].people == ()
    assert "'dog', which is no person" in next(iter(notes.dropped))


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><annotations>&b;</annotations>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_declares_entities_is_not_read(text: str, encoding: str) -> None:
    with pytest.raises(FormatError, match="document type"):
        read(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding), "annotations.xml")


def test_a_character_of_animated_drawings(tmp_path: Path) -> None:
    joints = {
        "root": [50, 60],
        "neck": [50, 20],
        "left_hand": [80.5, 50],
        "right_foot": [40, 100],
        "left_elbow": [70, 45],
    }
    text = "height: 120\nwidth: 100\nskeleton:\n" + "".join(
        f"- loc: {place}\n  name: {name}\n  parent: null\n" for name, place in joints.items()
    )
    [image] = read(text, "girl/char_cfg.yaml")
    pose = image.people[0].pose
    assert (image.picture, image.width, image.height) == ("girl/texture.png", 100, 120)
    assert pose.keypoints[INDEX["left_wrist"]].tolist() == [80.5, 50] and pose.labelled.sum() == 3
    assert pose.keypoints[INDEX["right_ankle"]].tolist() == [40, 100]


@pytest.mark.parametrize("text", ["a: &a [1]\nb: *a\n", "!!python/object/apply:os.system ['true']", "a: [", "[" * 5000])
def test_yaml_is_read_as_plain_values_only(text: str) -> None:
    with pytest.raises(NotPosesError):
        read(text, "char_cfg.yaml")


@pytest.mark.parametrize("word", ["keypoints", "pose_keypoints_2d", "joints_vis", "keypointlabels", "shapes"])
def test_a_broken_file_of_poses_is_told_and_a_broken_settings_file_is_not(word: str) -> None:
    with pytest.raises(FormatError, match="not a JSON file") as caught:
        read(f'{{"{word}": [1, 2', "one.json")
    assert not isinstance(caught.value, NotPosesError)
    with pytest.raises(NotPosesError):
        read('{"compilerOptions": [1, 2', "one.json")


def test_coco_results_are_people_by_number() -> None:
    image = PosedImage(
        "x.png", 64, 48, (Pose.annotated(POINTS, np.full(17, 2)), Pose.annotated(POINTS + 9, np.full(17, 2)))
    )
    found = to_coco_results([image])
    for record in found:
        record["image_id"], record["score"] = 139, 0.5
    [again] = read(json.dumps(found), "person_keypoints_results.json")
    assert again.picture == "139" and len(again.people) == 2 and again.people[0].predicted
    assert np.array_equal(again.poses[1].keypoints, POINTS + 9) and again.poses[0].score == 0.5


@given(poses())
def test_yolo_write_and_read(pose: Pose) -> None:
    image = PosedImage("a.png", 640, 480, (pose,))
    [again] = read(to_yolo(image), "labels/a.txt")
    inside = pose.labelled & ((pose.keypoints >= 0) & (pose.keypoints <= [640, 480])).all(1)
    box = np.clip(pose.box, 0, [640, 480, 640, 480])
    if not inside.any() or not (box[:2] < box[2:]).all():
        return
    found = again.onto(640, 480)[0].people[0].pose
    assert again.picture == "images/a"
    np.testing.assert_array_equal(found.labelled, inside)
    np.testing.assert_array_equal(found.visibility[inside], pose.visibility[inside])
    np.testing.assert_allclose(found.keypoints[inside], pose.keypoints[inside], atol=1e-4)


def label(values: list[float], kind: int = 0) -> str:
    return " ".join(map(str, [kind, 0.5, 0.5, 0.8, 0.9, *values]))


def yolo_folder(folder: Path, data: str, line: str) -> tuple[FolderFiles, bytes]:
    (folder / "labels").mkdir()
    (folder / "labels" / "p.txt").write_text(line)
    (folder / "data.yaml").write_text(data)
    return FolderFiles(folder), line.encode()


def test_yolo_without_visibility_and_with_other_names(tmp_path: Path) -> None:
    data = (
        "kpt_shape: [3, 2]\nnames: {0: stickman, 1: dog}\nkpt_names:\n  0: [left_wrist, neck, Nose]\n  1: [a, b, c]\n"
    )
    files, line = yolo_folder(tmp_path, data, "\n".join([label([0.1, 0.2, 0.3, 0.3, 0, 0]), label([0.1] * 6, 1)]))
    notes = Notes()
    [image] = read(line, "labels/p.txt", notes, files=files)
    [person] = image.people
    assert np.flatnonzero(person.pose.labelled).tolist() == [INDEX["left_wrist"]]
    assert notes.dropped["annotations of the class 'dog', which is no person"] == 1


def test_what_a_model_wrote_in_yolo_counts_as_found(tmp_path: Path) -> None:
    values = [v for i in range(17) for v in (0.01 * i + 0.1, 0.5, 0.25 if i else 0.0)]
    [image] = read(label([*values, 0.75]), "p.txt")
    [person] = image.people
    assert person.predicted and person.pose.score == 0.75 and person.pose.scores[1] == 0.25
    assert person.pose.labelled.sum() == 16


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("kpt_shape: [5, 3]\n", label([0.5] * 15), "does not name them"),
        ("kpt_shape: [17, 3]\n", label([0.5] * 50), "50 numbers after the box where 17 x 3"),
        ("names: [person]\nkpt_shape: [17]\n", label([0.5] * 51), "kpt_shape"),
        ("names: 3\n", label([0.5] * 51), "names in its data.yaml"),
    ],
)
def test_yolo_that_cannot_be_told_is_refused(tmp_path: Path, data: str, line: str, words: str) -> None:
    files, content = yolo_folder(tmp_path, data, line)
    with pytest.raises(FormatError, match=words):
        read(content, "labels/p.txt", files=files)


@pytest.mark.parametrize("number", ["1" + "0" * 16, "-" + "9" * 400, "1e400"])
def test_numbers_that_nothing_keeps_are_refused(number: str) -> None:
    with pytest.raises(FormatError):
        read(f'{{"people": [], "canvas_width": {number}}}', "p.json")


def test_estimated_poses_do_not_count_as_edited_by_hand() -> None:
    from sketchpose.formats import to_coco

    image = PosedImage("x.png", 64, 48, (Pose.annotated(POINTS, np.full(17, 2)),))
    assert read(json.dumps(to_coco([image])), "poses.json")[0].people[0].predicted
