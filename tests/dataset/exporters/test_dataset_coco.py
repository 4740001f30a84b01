"""COCO out and in: the same values bit for bit, stable ids, and the evaluators of others read it."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from making import add, make_pose
from test_dataset_records import revisions

from sketchpose.dataset import Dataset, Person, Query
from sketchpose.dataset.exporters.coco import export_coco, revision_of, to_document
from sketchpose.dataset.importers import import_files
from sketchpose.dataset.proposal import freeze
from sketchpose.dataset.splits import TestSplitError
from sketchpose.evaluate.truth import read_truth


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    dataset = Dataset(tmp_path / "dataset")
    for seed in range(6):
        people = [Person.of_pose("p1", make_pose(seed), area=100.5 + seed, attributes={"difficulty": seed})]
        people.append(Person.of_pose("p2", make_pose(seed + 50), predicted=make_pose(seed + 60)))
        facts: dict[str, Any] = {"licence": "CC0-1.0" if seed % 2 else "", "consent": "licence"}
        add(dataset, seed, persons=people, source=f"s{seed % 3}", status="accepted", author="Ada", **facts)
    return dataset


def contents(dataset: Dataset) -> dict[str, bytes]:
    return {e.id: dataset.layout.revision(e.id).read_bytes() for e in dataset.entries(Query(which="all"))}


@pytest.mark.parametrize("target", ["export", "export.zip"])
def test_export_then_import_gives_the_same_files(dataset: Dataset, tmp_path: Path, target: str) -> None:
    freeze(dataset, min_test=0)
    exported = export_coco(dataset, tmp_path / target)
    assert sum(exported.drawings.values()) == 6 and exported.people == 12
    other = Dataset(tmp_path / "other")
    report = import_files(other, tmp_path / target)
    assert report.formats == {"sketchpose": 1} and report.drawings == 6 and report.dropped == {}
    assert contents(other) == contents(dataset)
    assert import_files(other, tmp_path / target).known == 6
    for entry in dataset.entries():
        assert other.image_path(entry).read_bytes() == dataset.image_path(entry).read_bytes()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(revisions())
def test_any_revision_survives_coco_bit_for_bit(revision: Any) -> None:
    document = json.loads(json.dumps(to_document([revision])))
    again = revision_of(document["images"][0], document["annotations"], "file")
    assert again.encode() == revision.encode()


def test_a_change_made_elsewhere_is_a_new_revision(dataset: Dataset, tmp_path: Path) -> None:
    export_coco(dataset, tmp_path / "export")
    path = tmp_path / "export" / "annotations.json"
    document = json.loads(path.read_text())
    document["annotations"][0]["keypoints"][15:18] = [33.25, 44.5, 1]
    document["annotations"][0]["bbox"] = [1, 2, 30, 40]
    path.write_text(json.dumps(document))
    report = import_files(dataset, path)
    assert (report.drawings, report.known) == (1, 5) and dataset.conflicts() == []
    changed = dataset.read(dataset.entries()[0].id)
    assert changed.persons[0].pose.keypoints[5].tolist() == [33.25, 44.5]
    assert changed.persons[0].pose.box.tolist() == [1, 2, 31, 42] and len(changed.parents) == 1


def test_ids_do_not_change_with_what_else_is_exported(dataset: Dataset, tmp_path: Path) -> None:
    def ids(target: str, **rest: Any) -> set[tuple[str, int, int]]:
        export_coco(dataset, tmp_path / target, **rest)
        document = json.loads((tmp_path / target / "annotations.json").read_text())
        names = {image["id"]: image["file_name"] for image in document["images"]}
        return {(names[a["image_id"]], a["image_id"], a["id"]) for a in document["annotations"]}

    every = ids("all")
    assert all(0 < i < 2**53 and 0 < a < 2**53 for _, i, a in every)
    some = ids("some", publish=True)
    assert len(some) == 6 and some < every


def test_every_split_has_its_file_and_the_test_is_for_measuring_only(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sketchpose.train.config import SetConfig
    from sketchpose.train.data import CocoSource

    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "elsewhere"))
    freeze(dataset, assign={"s0": "test", "s1": "val", "s2": "train"}, min_test=0)
    export_coco(dataset, tmp_path / "export")
    truths = {name: read_truth(tmp_path / "export" / f"{name}.json") for name in ("train", "val", "test")}
    assert {name: {im.source for im in truth.images} for name, truth in truths.items()} == {
        "train": {"s2"},
        "val": {"s1"},
        "test": {"s0"},
    }
    assert truths["train"].people == 4 and truths["train"].images[0].people[0].difficulty != "unknown"
    sets = {name: SetConfig(name, "coco", str(tmp_path / "export" / f"{name}.json")) for name in truths}
    assert len(CocoSource(sets["train"])) == 4
    with pytest.raises(TestSplitError, match="2 of 2 pictures"):
        CocoSource(sets["test"])


def test_pycocotools_and_faster_coco_eval_score_the_export(dataset: Dataset, tmp_path: Path) -> None:
    from faster_coco_eval import COCO as FasterCOCO
    from faster_coco_eval import COCOeval_faster
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    export_coco(dataset, tmp_path / "export")
    path = tmp_path / "export" / "annotations.json"
    document = json.loads(path.read_text())
    results = [
        {key: a[key] for key in ("image_id", "category_id", "keypoints", "bbox")} | {"score": 0.5 + 0.01 * i}
        for i, a in enumerate(document["annotations"])
    ]
    shifted = np.array(results[0]["keypoints"], float)
    shifted[0::3] += 500
    results[0]["keypoints"] = shifted.tolist()
    scores = []
    with contextlib.redirect_stdout(io.StringIO()):
        for loader, evaluator in ((COCO, COCOeval), (FasterCOCO, COCOeval_faster)):
            truth = loader(str(path))
            assert len(truth.getImgIds()) == 6 and len(truth.getAnnIds()) == 12
            scorer = evaluator(truth, truth.loadRes([dict(r) for r in results]), "keypoints")
            scorer.evaluate()
            scorer.accumulate()
            scorer.summarize()
            scores.append(np.asarray(scorer.stats)[:10])
    assert scores[0][5] == pytest.approx(11 / 12) and scores[1] == pytest.approx(scores[0])


def test_only_what_may_be_passed_on_is_published(dataset: Dataset, tmp_path: Path) -> None:
    refused = dataset.read(dataset.entries(Query(licence=("CC0-1.0",)))[0].id)
    dataset.save(refused.child(consent="refused"))
    export_coco(dataset, tmp_path / "public", publish=True)
    document = json.loads((tmp_path / "public" / "annotations.json").read_text())
    assert len(document["images"]) == 2 and {i["license"] for i in document["images"]} == {1}
    assert document["licenses"] == [{"id": 1, "name": "CC0-1.0", "url": ""}]
    export_coco(dataset, tmp_path / "private")
    assert len(json.loads((tmp_path / "private" / "annotations.json").read_text())["images"]) == 5


def test_nothing_to_export_says_why(tmp_path: Path) -> None:
    empty = Dataset(tmp_path / "empty")
    add(empty, 0)
    with pytest.raises(ValueError, match="No drawing to export with status accepted"):
        export_coco(empty, tmp_path / "export")
    assert not (tmp_path / "export").exists()
    add(empty, 1, status="accepted")
    with pytest.raises(ValueError, match="1 have no licence"):
        export_coco(empty, tmp_path / "export", publish=True)


def test_people_without_joints_and_crowds_come_along(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "dataset")
    pose = make_pose(1)
    bare = replace(pose, visibility=np.zeros(17, np.uint8))
    add(dataset, 0, persons=[Person.of_pose("a", bare, crowd=True), Person.of_pose("b", pose)], status="accepted")
    export_coco(dataset, tmp_path / "export")
    people = read_truth(tmp_path / "export" / "annotations.json").images[0].people
    assert [person.ignore for person in people] == [True, False]
