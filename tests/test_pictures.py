"""Finding the picture that an annotation means, and none other."""

import json
from pathlib import Path

import numpy as np
import pytest

from sketchpose.formats import FormatError, Notes, read_poses
from sketchpose.formats.coco import to_coco
from sketchpose.formats.common import PosedImage
from sketchpose.pictures import PictureFolder, Pictures, match_pictures
from sketchpose.pose import Pose

THERE = (
    *("x/a.png", "y/b.png", "z/b.png", "x/c 1.png", "x/d%201.png", "fig/\u00e9.png", "x/what?.png", "up/E.PNG"),
    *("images/train2017/000000000139.jpg", "images/f.png", "8d2f1c33-g.png", "a/one/1.png"),
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("a.png", "x/a.png"),
        ("somewhere/y/b.png", "y/b.png"),
        ("C:\\data\\z\\b.png", "z/b.png"),
        ("https://host/z/b.png?token=1/2.png", "z/b.png"),
        ("/data/local-files/?d=x/c%201.png", "x/c 1.png"),
        ("x/d%201.png", "x/d%201.png"),
        ("e\u0301.png", "fig/\u00e9.png"),
        ("x/what?.png", "x/what?.png"),
        ("E.png", "up/E.PNG"),
        ("139", "images/train2017/000000000139.jpg"),
        ("/home/ada/secret/f.png", "images/f.png"),
        ("g.png", "8d2f1c33-g.png"),
        ("x/a", "x/a.png"),
    ],
)
def test_a_picture_is_found(wanted: str, found: str) -> None:
    assert Pictures(THERE).find(wanted, "file") == found


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("b.png", "there are several pictures for b.png"),
        ("none.png", "the picture none.png is missing"),
        ("", "without a name is missing"),
        ("..", "is missing"),
        ("b/one/1.png", "a/one/1.png has its name and is another one"),
        ("other/a.png", "x/a.png has its name and is another one"),
        ("00000000-g.png", "8d2f1c33-g.png has its name and is another one"),
        ("/etc/../x\0.png", "is missing"),
        ("https://[/p.png", "is missing"),
    ],
)
def test_missing_and_several_are_two_sentences(wanted: str, words: str) -> None:
    with pytest.raises(FormatError, match="^file: ") as caught:
        Pictures(THERE).find(wanted, "file")
    assert words in str(caught.value)


def test_subsets_are_kept_apart() -> None:
    pictures = Pictures(["images/train/1.png", "images/val/1.png", "images/train/2.png", "train2017/3.png"])
    assert pictures.find("1.png", "", "annotations/person_keypoints_val.json") == "images/val/1.png"
    assert pictures.find("1", "", "labels/train/1.txt") == "images/train/1.png"
    assert pictures.find("3.png", "", "annotations/person_keypoints_train.json") == "train2017/3.png"
    for beside in ("annotations/person_keypoints_val.json", "valid/_annotations.coco.json"):
        with pytest.raises(FormatError, match="missing"):
            pictures.find("2.png", "", beside)


def test_of_equals_the_one_beside_the_annotation_wins() -> None:
    assert Pictures(THERE).find("b.png", "", "y/annotations.json") == "y/b.png"


def test_a_path_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "out.png").touch()
    (tmp_path / "set" / "in.png").touch()
    folder = PictureFolder(tmp_path / "set" / "a.json")
    assert folder.find("in.png", "a") == (tmp_path / "set" / "in.png").resolve()
    for wanted in ("../out.png", str(tmp_path / "out.png"), "..\\out.png"):
        with pytest.raises(FormatError, match="missing"):
            folder.find(wanted, "a")


def matched(names: list[str], *, alike: bool = False) -> list[tuple[str, str]]:
    """Match annotated pictures, each with a person of its own unless all are alike, with those that are there."""
    people = [Pose.annotated(np.full((17, 2), 5.0 + (0 if alike else n)), np.full(17, 2)) for n in range(len(names))]
    document = to_coco([PosedImage(name, 99, 99, (pose,)) for name, pose in zip(names, people, strict=True)])
    images = read_poses(json.dumps(document).encode(), "poses.json", Notes())[0]
    pictures = Pictures(["1.png", "a/2.png"])
    return [(i.picture, str(place)) for i, place in match_pictures(images, lambda i: pictures.find(i.picture, i.where))]


def test_a_picture_goes_to_who_names_its_whole_path() -> None:
    for names in (["1.png", "b/1.png"], ["b/1.png", "1.png"]):
        found = dict(matched(names))
        assert found["1.png"] == "1.png"
        assert "the picture b/1.png is missing; 1.png has its name and is another one" in found["b/1.png"]
    assert dict(matched(["2.png", "a/2.png"]))["a/2.png"] == "a/2.png"
    assert matched(["b/1.png"]) == [("b/1.png", "1.png")], "alone, its folder may have been left behind"


def test_what_is_annotated_twice_counts_once_or_not_at_all() -> None:
    assert matched(["1.png", "b/1.png"], alike=True) == [("1.png", "1.png")]
    ((_, sentence),) = matched(["b/1.png", "c/1.png"])
    assert sentence.startswith("1.png is annotated 2 times in different ways (")
