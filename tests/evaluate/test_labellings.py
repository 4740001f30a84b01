"""Two labellings compared, on made-up people whose differences are known and on the two that are shipped."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sketchpose import cli
from sketchpose.dataset.sketches import manifest
from sketchpose.evaluate.labellings import compare_labellings
from sketchpose.formats import CATEGORY
from sketchpose.pose import Pose, oks
from sketchpose.skeleton import INDEX, SWAP

POINTS = np.random.default_rng(3).uniform(10, 190, (17, 2)).round()
BOX = [0, 0, 200, 200]


def labelling(path: Path, *people: np.ndarray, box: list[int] = BOX, picture: str = "a.png") -> Path:
    """Write people, each (17, 3), as COCO keypoints without their pictures."""
    images = [{"id": 1, "file_name": picture, "width": 400, "height": 400}]
    records: list[dict[str, Any]] = []
    for i, joints in enumerate(people):
        shifted = [box[0] + 200 * i, *box[1:]]
        records.append({"id": i + 1, "image_id": 1, "category_id": 1, "keypoints": joints.ravel().tolist(),
                        "num_keypoints": int((joints[:, 2] > 0).sum()), "bbox": shifted, "area": 24000.0,
                        "iscrowd": 0})  # fmt: skip
    path.write_text(json.dumps({"images": images, "annotations": records, "categories": [CATEGORY]}))
    return path


def joints(shift: float = 0.0, *without: str, swapped: tuple[str, ...] = ()) -> np.ndarray:
    found: np.ndarray = np.hstack((POINTS + shift, np.full((17, 1), 2.0)))
    for name in swapped:
        pair = [INDEX[f"left_{name}"], INDEX[f"right_{name}"]]
        found[pair] = found[pair[::-1]]
    for name in without:
        found[INDEX[name]] = 0
    return found


def test_what_differs_is_told_apart(tmp_path: Path) -> None:
    moved = joints(4, "nose", "left_knee", swapped=("wrist",))
    found = compare_labellings(labelling(tmp_path / "1.json", joints(0, "left_hip")),
                               labelling(tmp_path / "2.json", moved))  # fmt: skip
    first, second = joints(0, "nose", "left_knee", "left_hip"), moved
    truth = Pose.annotated(first[:, :2], first[:, 2], np.array([0, 0, 200, 200]))
    guess = Pose.annotated(second[:, :2], second[:, 2], truth.box)
    assert found.oks == pytest.approx([oks(truth, guess, area=24000)])
    assert found.right[0] == pytest.approx((found.oks[0] >= np.linspace(0.5, 0.95, 10)).mean())
    assert np.flatnonzero(found.first_only).tolist() == sorted(INDEX[n] for n in ("nose", "left_knee"))
    assert np.flatnonzero(found.second_only).tolist() == [INDEX["left_hip"]]
    both = first[:, 2] > 0
    apart = [j for j in range(17) if j < SWAP[j] and both[j] and both[SWAP[j]]
             and np.hypot(*(POINTS[j] - POINTS[SWAP[j]])) >= 10]  # fmt: skip
    assert (found.exchanged, found.pairs, found.alone) == (1, len(apart), 0)


def test_people_are_matched_by_their_boxes_and_those_whom_one_lacks_are_counted(tmp_path: Path) -> None:
    one = labelling(tmp_path / "1.json", joints(), joints(0) + [200, 0, 0])
    two = labelling(tmp_path / "2.json", joints(1))
    found = compare_labellings(one, two)
    assert (len(found.oks), found.alone) == (1, 1) and found.oks[0] > 0.95
    with pytest.raises(ValueError, match="nobody in common"):
        compare_labellings(one, labelling(tmp_path / "3.json", joints(), picture="b.png"))


def test_the_shipped_second_labelling_agrees_as_the_card_says(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (manifest.FILE.with_name(f"labelled_{word}.json") for word in ("first", "again"))
    assert cli.main(["evaluate", "--dataset", str(first), "--labels", str(second)]) == 0
    said = capsys.readouterr().out
    assert "78 people in both, 0 in one only" in said and "both give: 0.941" in said and "(AP*): 0.936" in said
    assert "7 of 384 pairs" in said and "only by the first: 6, only by the second: 79, of 1224" in said
    card = (first.parent / "README.md").read_text()
    assert all(figure in card for figure in ("0.941", "0.936", "7 of 384", "79 of 1,224"))
