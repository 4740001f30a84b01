"""Importers: the same figure as ten tools write it, and what is broken, told by record."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest
from fixtures import make_fixtures
from fixtures.make_fixtures import BOX, HIDDEN, JOINTS, MISSING

from sketchpose.dataset import Dataset, Revision
from sketchpose.dataset.importers import import_files
from sketchpose.formats import FormatError, Notes, read_poses
from sketchpose.images import read_image
from sketchpose.skeleton import BODY, INDEX, KEYPOINTS, NUM_KEYPOINTS

FIXTURES = Path(__file__).parents[1] / "fixtures"
TRUTH = np.array([JOINTS[name] for name in KEYPOINTS])
ALL = tuple(range(NUM_KEYPOINTS))
LACKING = "joints that COCO-17 does not have"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


def only(dataset: Dataset, name: str = "") -> Revision:
    [entry] = [entry for entry in dataset.entries() if name in entry.name]
    return dataset.read(entry.id)


@pytest.mark.parametrize(
    ("folder", "kind", "joints", "knows_hidden", "tolerance", "dropped"),
    [
        ("cvat", "cvat", ALL, True, 0, {LACKING: 1}),
        ("roboflow", "roboflow", ALL, True, 0, {}),
        ("label_studio", "label-studio", ALL, True, 1e-5, {LACKING: 1, "older annotations of the same task": 1}),
        (
            *("label_studio_coco", "label-studio-coco", ALL, False, 0.5),
            {"annotations of the category 'person', which is no person with joints": 1},
        ),
        ("sleap_io", "sleap-io", ALL, False, 0, {"boxes without extent; made anew from the joints": 1}),
        ("human_art", "human-art", ALL, True, 0, {LACKING: 3, "self-contact points": 2}),
        ("bizarre", "bizarre", ALL, False, 0, {LACKING: 8}),
        ("openpose", "openpose", ALL, False, 0, {LACKING: 3}),
        ("mpii", "mpii", BODY, False, 0, {LACKING: 1}),
    ],
)
def test_the_figure_is_read_as_it_was_annotated(
    dataset: Dataset,
    folder: str,
    kind: str,
    joints: tuple[int, ...],
    knows_hidden: bool,
    tolerance: float,
    dropped: dict[str, int],
) -> None:
    report = import_files(dataset, FIXTURES / folder, author="Ada", consent="given")
    boxed = folder not in ("openpose", "mpii")
    assert set(report.formats) == {kind} and report.dropped == dropped and report.skipped == ()
    revision = only(dataset, "train" if folder == "roboflow" else "")
    pose = revision.persons[0].pose
    assert revision.persons[0].box_fixed == boxed
    assert [person.box_fixed for person in revision.persons[1:]] == [folder == "human_art"] * (
        len(revision.persons) - 1
    )
    missing = folder != "bizarre"
    labelled = [j for j in joints if not (missing and j == INDEX[MISSING])]
    assert np.flatnonzero(pose.labelled).tolist() == sorted(labelled)
    assert np.abs(pose.keypoints - TRUTH)[labelled].max() <= tolerance
    assert pose.visibility[INDEX[HIDDEN]] == (0 if INDEX[HIDDEN] not in joints else 1 if knows_hidden else 2)
    assert (revision.author, revision.consent, revision.status) == ("Ada", "given", "submitted")


def test_what_each_format_says_beyond_joints_is_kept(dataset: Dataset) -> None:
    import_files(dataset, FIXTURES / "human_art", source="not used")
    art = only(dataset)
    assert (art.source, art.artist, art.image.name) == ("human-art/kids_drawing", "A. Painter", "figure.png")
    assert art.persons[0].area == 7000.0 and art.persons[0].pose.box.tolist() == [20, 10, 105, 155]
    assert art.persons[1].crowd and not art.persons[1].pose.labelled.any()


def test_machine_made_joints_are_not_called_edited(dataset: Dataset) -> None:
    import_files(dataset, FIXTURES / "openpose")
    [person] = only(dataset).persons
    assert not person.edited.any() and person.predicted is not None
    assert person.pose.scores[INDEX["nose"]] == 0.75 and person.pose.scores[INDEX[MISSING]] == 0


def test_joints_follow_a_picture_that_was_cut_out_and_resized(dataset: Dataset) -> None:
    report = import_files(dataset, FIXTURES / "amateur_drawings")
    assert report.drawings == 2 and report.dropped == {"outlines (segmentation)": 2}
    whole, cut = only(dataset, "00a1"), only(dataset, "ff02")
    assert np.array_equal(whole.persons[0].pose.keypoints, TRUTH.astype(np.float32))
    assert cut.persons[0].pose.keypoints == pytest.approx((TRUTH - BOX[:2]) * 2, abs=1e-4)


def test_a_zip_reads_like_its_folder_and_twice_is_once(dataset: Dataset, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "export"), "zip", FIXTURES / "cvat")
    first = import_files(dataset, Path(archive))
    again = import_files(dataset, FIXTURES / "cvat")
    assert (first.drawings, again.drawings, again.known) == (1, 0, 1)
    assert only(dataset).persons[0].attributes == {"occluded": False, "track_id": 0, "keyframe": True}


def change_cvat(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    folder = tmp_path / "export"
    shutil.copytree(FIXTURES / "cvat", folder)
    path = folder / "annotations" / "person_keypoints_default.json"
    document = json.loads(path.read_text())
    good = document["annotations"][0]
    document["annotations"].append(json.loads(json.dumps(good)) | {"id": 2})
    change(document)
    path.write_text(json.dumps(document))
    return folder


def put(part: str, **values: object) -> Callable[[dict[str, Any]], None]:
    return lambda document: document[part][-1].update(values)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("annotations", keypoints=[1, 2, 2] * 17), r"annotations\[1\]\.keypoints must hold 54"),
        (put("annotations", keypoints=[1, 2, float("nan")] * 18), "NaN"),
        (put("annotations", keypoints=[1, 2, 5] * 18), "visibility"),
        (put("annotations", keypoints=["1", 2, 2] * 18), "not numbers"),
        (put("annotations", keypoints=[1e30, 2, 2] * 18), "absurdly"),
        (put("annotations", bbox=[1, 2, 3]), "bbox"),
        (put("annotations", image_id=99), "image_id"),
        (put("annotations", category_id=7), "category 7"),
        (put("annotations", id=1), "repeats"),
        (put("images", file_name=5), "file_name"),
        (put("categories", keypoints=["a", "b"]), "no category names joints"),
        (put("categories", keypoints=5), "list of names"),
        (lambda document: document.update(images={}), "must be a list"),
    ],
)
def test_a_broken_record_is_refused_by_name_or_skipped_with_its_picture(
    dataset: Dataset, tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    folder = change_cvat(tmp_path, change)
    with pytest.raises(FormatError, match=words) as caught:
        import_files(dataset, folder)
    assert "person_keypoints_default.json" in str(caught.value)
    if any(word in words for word in ("annotations", "visibility", "bbox", "image_id", "category 7", "repeats")):
        report = import_files(dataset, folder, skip_bad=True)
        # With one person fewer than were annotated the drawing would be a wrong one.
        assert report.drawings == (words == "image_id") and len(report.skipped) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("images", file_name="other.png"), "other.png is missing"),
        (put("images", width=160, height=160), "another shape"),
    ],
)
def test_a_picture_that_does_not_fit_is_left_out_and_the_others_go_on(
    dataset: Dataset, tmp_path: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    def two(document: dict[str, Any]) -> None:
        document["images"].append(document["images"][0] | {"id": 2, "file_name": "second.png"})
        document["annotations"][-1]["image_id"] = 2
        change(document)

    folder = change_cvat(tmp_path, two)
    (folder / "images" / "default" / "second.png").write_bytes(
        (FIXTURES / "roboflow/valid").glob("*.jpg").__next__().read_bytes()
    )
    report = import_files(dataset, folder)
    assert report.drawings == 1 and len(report.skipped) == 1
    assert "images[1]" in report.skipped[0] and words in report.skipped[0]


@pytest.mark.parametrize(
    ("folder", "change", "words"),
    [
        ("label_studio", lambda d: d[0]["annotations"][0]["result"][1].update(parentID="lost"), "lost"),
        ("label_studio", lambda d: d[0]["annotations"][0]["result"][1]["value"].update(x=None), "numbers"),
        ("label_studio", lambda d: d[0]["annotations"][0]["result"][1].update(image_rotation=90), "rotated"),
        ("label_studio", lambda d: d[0]["annotations"][0]["result"][1].update(original_width=9), "sizes"),
        ("label_studio", lambda d: d[0]["data"].clear(), "picture"),
        ("bizarre", lambda d: d["1001002"]["keypoints"].update(nose=[1]), "nose"),
        ("openpose", lambda d: d["people"][0].update(pose_keypoints_2d=[1, 2, 3]), "25 or 18"),
        ("mpii", lambda d: d[0].update(joints=[[1, 2]]), "16 points"),
    ],
)
def test_other_formats_refuse_broken_records_too(
    dataset: Dataset, tmp_path: Path, folder: str, change: Callable[[Any], None], words: str
) -> None:
    shutil.copytree(FIXTURES / folder, tmp_path / folder)
    [path] = (tmp_path / folder).rglob("*.json")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=words):
        import_files(dataset, tmp_path / folder)
    assert len(import_files(dataset, tmp_path / folder, skip_bad=True).skipped) == 1


def test_look_alikes_are_noticed(dataset: Dataset) -> None:
    assert import_files(dataset, FIXTURES / "cvat").alike == ()
    again = import_files(dataset, FIXTURES / "roboflow")
    assert again.alike == (("train.png", "figure.png"),) or again.alike == (("figure.png", "train.png"),)


def test_a_picture_that_is_none_is_told_with_its_record(dataset: Dataset, tmp_path: Path) -> None:
    folder = change_cvat(tmp_path, lambda document: None)
    (folder / "images" / "default" / "figure.png").write_bytes(b"a recipe, not a drawing")
    [sentence] = import_files(dataset, folder).skipped
    assert "images[0]" in sentence and "not a picture" in sentence


def test_a_folder_without_annotations_says_what_is_known(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"hello": 1}')
    with pytest.raises(FormatError, match=r"no annotations.*cvat.*label-studio"):
        import_files(dataset, tmp_path)
    with pytest.raises(FormatError, match="no format"):
        import_files(dataset, tmp_path, "excel")
    with pytest.raises(FormatError, match="no such file"):
        import_files(dataset, tmp_path / "nothing")


class OneFile:
    """A document in memory beside the names of its fixture's pictures."""

    def __init__(self, folder: Path, name: str, content: bytes) -> None:
        self.folder, self.name, self.content = folder, name, content

    def names(self) -> list[str]:
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.rglob("*") if p.is_file())

    def read(self, name: str) -> bytes:
        return self.content if name == self.name else (self.folder / name).read_bytes()


def places(value: Any) -> list[list[Any]]:
    """The way to every value of a document, of long lists only the first three."""
    found: list[list[Any]] = [[]]
    steps = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for step, inner in steps:
        found += [[step, *way] for way in places(inner)]
    return found


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.json")), ids=lambda path: path.relative_to(FIXTURES).parts[0])
def test_whatever_is_wrong_in_a_file_is_said_in_words(path: Path) -> None:
    folder = FIXTURES / path.relative_to(FIXTURES).parts[0]
    name, text = path.relative_to(folder).as_posix(), path.read_text()
    _, kind = read_poses(text.encode(), name, Notes(), files=OneFile(folder, name, text.encode()))
    outcomes = {"read": 0, "refused": 0}
    for way in places(json.loads(text)):
        for wrong in (None, "x", -1, 1e300, True, [], {}, [[]], {"a": None}):
            document = json.loads(text)
            if way:
                inner = document
                for step in way[:-1]:
                    inner = inner[step]
                inner[way[-1]] = wrong
            else:
                document = wrong
            try:
                content = json.dumps(document).encode()
                read_poses(content, name, Notes(), format=kind, files=OneFile(folder, name, content))
                outcomes["read"] += 1
            except FormatError as error:
                assert name in str(error) or PurePosixPath(name).name in str(error), (way, wrong)
                outcomes["refused"] += 1
            except Exception as error:
                raise AssertionError(f"{kind}: {way} = {wrong!r} gives {error!r}") from error
    assert min(outcomes.values()) > 10


def test_the_fixtures_are_what_their_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_fixtures, "HERE", tmp_path)
    make_fixtures.main()
    made = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    there = {p.relative_to(FIXTURES): p for p in FIXTURES.rglob("*.*") if p.suffix in (".json", ".png", ".jpg")}
    assert set(made) == set(there)
    for name, path in made.items():
        if path.suffix == ".json":
            assert path.read_text() == there[name].read_text()
        else:
            assert np.abs(read_image(path).pixels.astype(int) - read_image(there[name]).pixels).max() <= 8
