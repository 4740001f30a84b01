"""Small files as other tools make them: what every reader must make of each.

Each zip or document lies in ``cases``; all but a few hold the same figure on a picture of 241 x 420 pixels.
"""

import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotator.correct.tab import poses_for
from annotator.editor.value import EditorValue
from sketchpose.dataset import Dataset
from sketchpose.dataset.exporters.coco import export_coco
from sketchpose.dataset.importers import import_files
from sketchpose.evaluate import read_truth
from sketchpose.formats import SUFFIXES, FormatError
from sketchpose.retrieve.command import read_query
from sketchpose.retrieve.gallery.gallery import Gallery
from sketchpose.retrieve.gallery.indexing import index
from sketchpose.retrieve.gallery.sources import read_source
from sketchpose.skeleton import INDEX

CASES = Path(__file__).parent / "cases"
SIZE = (241, 420)
NOSE, LEFT_WRIST, RIGHT_ANKLE = (112.4, 79.3), (191.8, 129.3), (65.2, 352.5)


@dataclass(frozen=True)
class Case:
    """What a file must give.

    Attributes:
        people: People of each picture, by its name.
        said: Words that the report of the import must hold.
        person: Which of the people is the figure above; None: none of them.
        joints: How many joints it has.
    """

    people: dict[str, int]
    said: tuple[str, ...] = ()
    person: int | None = 0
    joints: int = 17


ZIPS = {
    "coco_animal_category": Case({"1.png": 1}, ("'dog', which is no person",)),
    "coco_bbox_empty_two_people": Case({"1.png": 2}),
    "coco_joints_normalised": Case({"1.png": 1}, ("shares of the picture were scaled to 241 x 420",)),
    "coco_layout_with_instances": Case({"1.png": 1}, ("instances_train2017.json: no poses",)),
    "coco_same_name_other_folder_missing": Case(
        {"1.png": 1}, ("images[1]: the picture b/1.png is missing; a/1.png has its name",)
    ),
    "exif6_size_unturned_joints_upright": Case({"f.jpg": 1}, ("size of the photo as stored",)),
    "folder_with_other_json": Case({"1.png": 1}, ("tsconfig.json: not a JSON file", "metrics.json: it holds NaN")),
    "humanart_17_beside_21_names": Case({"000000000001.png": 1}, ("4 joints that COCO-17 does not have",)),
    "labelme_points": Case({"p.png": 1}),
    "labelstudio_keypoint_and_labels": Case({"p.png": 1}),
    "labelstudio_thumbnail_beside_image": Case({"p.png": 1}),
    "labelstudio_two_people_points_not_grouped": Case({"p.png": 2}),
    "name_literal_percent": Case({"50%20grey.png": 1}),
    "name_nfc_nfd": Case({"figür.png": 1}),
    "name_url_signature_kept": Case({"p.png": 1}),
    "name_windows_path_kept": Case({"p.png": 1}),
    "openpose_body25_keypoint_scale3": Case({"p.png": 1}, ("shares of the picture were scaled",)),
    "openpose_shares_of_canvas": Case({"p.png": 1}, ("shares of the picture were scaled",)),
    "yolo_pose": Case({"p.png": 1}, ("shares of the picture were scaled",)),
}
DOCUMENTS = (
    *("coco_null_size", "coco_area_null", "coco_names_with_spaces", "coco_parent_category"),
    *("openpose_body25", "openpose_one_person_without_body", "openpose_editor_width_height_keypoints"),
)


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(CASES / f"{name}.zip") as archive:
        archive.extractall(folder)
    return folder


def with_picture(name: str, folder: Path) -> Path:
    """A document beside the picture that it is about."""
    path = folder / f"{name}.json"
    path.write_bytes((CASES / path.name).read_bytes())
    document = json.loads(path.read_text())
    picture = document["images"][0]["file_name"] if "images" in document else f"{name}.png"
    with zipfile.ZipFile(CASES / "yolo_pose.zip") as archive:
        (folder / picture).write_bytes(archive.read("images/p.png"))
    return path


def annotation_in(folder: Path) -> Path:
    wanted = [p for p in folder.rglob("*") if p.suffix in SUFFIXES]
    plain = [
        p for p in wanted if p.name not in ("data.yaml", "tsconfig.json", "metrics.json", "instances_train2017.json")
    ]
    assert len(plain) == 1
    return plain[0]


def is_figure(points: np.ndarray[Any, Any]) -> bool:
    """Whether the joints are those of the figure, to the digits that shares in these files have."""
    found = points[[INDEX["nose"], INDEX["left_wrist"], INDEX["right_ankle"]]]
    return bool(np.abs(found - [NOSE, LEFT_WRIST, RIGHT_ANKLE]).max() < 0.01)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
@pytest.mark.parametrize("name", ZIPS)
def test_import_reads_and_says(dataset: Dataset, tmp_path: Path, name: str, packed: bool) -> None:
    case = ZIPS[name]
    place = CASES / f"{name}.zip" if packed else unpacked(name, tmp_path / "files")
    report = import_files(dataset, place)
    stored = {entry.name: dataset.read(entry.id) for entry in dataset.entries()}
    assert {called: len(revision.persons) for called, revision in stored.items()} == case.people
    [revision] = stored.values()
    said = [*report.skipped, *report.changed, *report.passed, *(f"{n} {what}" for what, n in report.dropped.items())]
    for words in case.said:
        assert any(words in sentence for sentence in said), said
    assert len(report.skipped) == sum("missing" in words for words in case.said)
    person = revision.persons[0]
    assert is_figure(person.pose.keypoints) and person.pose.labelled.sum() == 17
    width, height = revision.image.width, revision.image.height
    for other in revision.persons:
        assert (other.pose.box >= -1).all() and (other.pose.box <= [width + 1, height + 1] * 2).all()
        assert np.prod(other.pose.box[2:] - other.pose.box[:2]) > 0.3 * SIZE[0] * SIZE[1]


@pytest.mark.parametrize("name", ZIPS)
def test_evaluate_index_search_and_the_editor_read_the_same(tmp_path: Path, name: str) -> None:
    folder = unpacked(name, tmp_path / "files")
    path, case = annotation_in(folder), ZIPS[name]
    missing = any("missing" in words for words in case.said)
    truth = read_truth(path, folder, skip_bad=missing)
    assert sum(len(image.people) for image in truth.images) == sum(case.people.values())
    assert is_figure(truth.images[0].people[0].keypoints) and len(truth.skipped) == missing

    report = index(tmp_path / "gallery", read_source(path), path, pytest.fail)
    [entry] = [entry for entry in Gallery(tmp_path / "gallery").entries if entry.poses]
    assert len(entry.poses) == sum(case.people.values()) and is_figure(entry.poses[0].keypoints)
    assert len(report.problems) == missing
    for words in case.said:
        if "scaled" in words or "size of the photo" in words:
            assert words in "".join(truth.changed) and words in "".join(report.changed)
        if missing:
            assert words in truth.skipped[0] and words in "".join(report.problems.values())

    size = Image.open(folder / "p.png").size if "two_people_points" in name else SIZE
    value = EditorValue(None, *size, name="1.png" if missing else next(iter(case.people)))
    if missing:
        with pytest.raises(FormatError, match="2 of them are called 1.png"):
            poses_for(path, value)
        return
    poses, _ = poses_for(path, value)
    assert len(poses) == sum(case.people.values()) and is_figure(poses[0].keypoints)
    if name != "exif6_size_unturned_joints_upright":  # Without the picture nobody can tell which size is meant.
        _, found = read_query(path)
        assert len(found) == len(poses) and is_figure(found[0].keypoints)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_reader_takes_the_document(dataset: Dataset, tmp_path: Path, name: str) -> None:
    path = with_picture(name, tmp_path)
    poses, _ = poses_for(path, EditorValue(None, *SIZE, name="other.png"))
    _, found = read_query(path)
    report = import_files(dataset, path)
    [entry] = dataset.entries()
    stored = dataset.read(entry.id).persons
    truth = read_truth(path)
    index(tmp_path / "gallery", read_source(path), path, pytest.fail)
    [indexed] = Gallery(tmp_path / "gallery").entries
    assert len(poses) == len(found) == len(stored) == len(truth.images[0].people) == len(indexed.poses) == 1
    for points in (poses[0], found[0], stored[0].pose, truth.images[0].people[0], indexed.poses[0]):
        assert is_figure(points.keypoints) and points.visibility.astype(bool).all()
    assert report.skipped == ()
    if name == "openpose_one_person_without_body":
        assert report.dropped["people without a body"] == 1


def test_only_the_base_name_is_kept_and_exported(dataset: Dataset, tmp_path: Path) -> None:
    for name in ("name_windows_path_kept", "name_url_signature_kept"):
        import_files(dataset, CASES / f"{name}.zip", status="accepted")
    export_coco(dataset, tmp_path / "export")
    everything = b"".join(
        p.read_bytes() for folder in ("export", "dataset") for p in (tmp_path / folder).rglob("*.json")
    )
    for secret in (rb"\bada\b", b"secret project", b"Users", b"bucket.example", b"Signature", b"abcdef0123"):
        assert not re.search(secret, everything)  # whole words: three letters also occur in a hash
    assert [entry.name for entry in dataset.entries()] == ["p.png"]


def test_the_stored_turn_of_a_photo_is_told_where_it_cannot_be_settled(dataset: Dataset, tmp_path: Path) -> None:
    folder = unpacked("exif6_size_unturned_joints_upright", tmp_path / "files")
    document = json.loads((folder / "a.json").read_text())
    record = document["annotations"][0]
    record["keypoints"] = [v * 0.4 if i % 3 != 2 else v for i, v in enumerate(record["keypoints"])]
    (folder / "a.json").write_text(json.dumps(document))
    report = import_files(dataset, folder)
    assert report.drawings == 0 and "stored turned" in report.skipped[0]


def test_joints_of_another_canvas_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    folder = unpacked("openpose_shares_of_canvas", tmp_path / "files")
    path = folder / "p_keypoints.json"
    document = json.loads(path.read_text())
    row = document["people"][0]["pose_keypoints_2d"]
    del document["canvas_width"], document["canvas_height"]
    document["people"][0]["pose_keypoints_2d"] = [v * 2000 if i % 3 != 2 else v for i, v in enumerate(row)]
    path.write_text(json.dumps(document))
    report = import_files(dataset, folder)
    assert report.drawings == 0 and "made on another picture or canvas" in report.skipped[0]
    with pytest.raises(FormatError, match="outside the picture"):
        poses_for(path, EditorValue(None, *SIZE))


def test_coordinates_from_minus_one_to_one_are_refused(dataset: Dataset, tmp_path: Path) -> None:
    folder = unpacked("openpose_body25_keypoint_scale3", tmp_path / "files")
    path = folder / "p_keypoints.json"
    document = json.loads(path.read_text())
    row = document["people"][0]["pose_keypoints_2d"]
    document["people"][0]["pose_keypoints_2d"] = [2 * v - 1 if i % 3 != 2 else v for i, v in enumerate(row)]
    path.write_text(json.dumps(document))
    report = import_files(dataset, folder)
    assert report.drawings == 0 and "from -1 to 1" in report.skipped[0]


def test_two_annotations_of_one_picture_are_not_both_taken(dataset: Dataset, tmp_path: Path) -> None:
    folder = unpacked("labelme_points", tmp_path / "files")
    document = json.loads((folder / "p.json").read_text())
    document["shapes"] = document["shapes"][:5]
    (folder / "again.json").write_text(json.dumps(document))
    report = import_files(dataset, folder)
    assert report.drawings == 0 and "annotated 2 times in different ways" in report.skipped[0]
    (folder / "copy.png").write_bytes((folder / "p.png").read_bytes())
    (folder / "again.json").write_text(json.dumps(document | {"imagePath": "copy.png"}))
    report = import_files(dataset, folder)
    assert report.drawings == 1 and "is the same as that of" in report.skipped[0]
    (folder / "again.json").write_bytes((folder / "p.json").read_bytes())
    assert import_files(Dataset(tmp_path / "other"), folder).drawings == 1, "the same said twice is no conflict"


def test_two_thousand_records_on_one_picture_are_one_sentence(dataset: Dataset, tmp_path: Path) -> None:
    folder = unpacked("coco_animal_category", tmp_path / "files")
    document = json.loads((folder / "a.json").read_text())
    image, person = document["images"][0], document["annotations"][0]
    document["images"] = [image | {"id": i} for i in range(2000)]
    document["annotations"] = [
        person | {"id": i, "image_id": i, "keypoints": [i / 100 + 1, 2, 2, *person["keypoints"][3:]]}
        for i in range(2000)
    ]
    (folder / "a.json").write_text(json.dumps(document))
    report = import_files(dataset, folder)
    assert report.drawings == 0 and len(report.skipped) == 1 and "annotated 2000 times" in report.skipped[0]


def test_an_empty_task_and_predictions_alone_are_passed_over(dataset: Dataset, tmp_path: Path) -> None:
    folder = unpacked("labelstudio_thumbnail_beside_image", tmp_path / "files")
    tasks = json.loads((folder / "e.json").read_text())
    tasks.insert(
        0, {"id": 7, "data": {"image": "t.png"}, "annotations": [{"id": 2, "result": []}], "predictions": [{}]}
    )
    tasks.insert(0, {"id": 8, "data": {"image": "t.png"}, "annotations": []})
    (folder / "e.json").write_text(json.dumps(tasks))
    report = import_files(dataset, folder)
    assert report.drawings == 1 and report.dropped == {"tasks without an annotation": 2}


def test_a_photo_in_several_sizes_is_scaled_and_said(tmp_path: Path, dataset: Dataset) -> None:
    folder = unpacked("labelme_points", tmp_path / "files")
    with Image.open(io.BytesIO((folder / "p.png").read_bytes())) as image:
        image.resize((482, 840)).save(folder / "p.png")
    report = import_files(dataset, folder)
    assert "scaled from 241 x 420 to 482 x 840" in report.changed[0]
    [entry] = dataset.entries()
    assert is_figure(dataset.read(entry.id).persons[0].pose.keypoints / 2)
