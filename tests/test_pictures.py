"""Finding the picture that an annotation means, and none other."""

from pathlib import Path

import pytest

from sketchpose.formats import FormatError
from sketchpose.pictures import PictureFolder, Pictures

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
