"""Hugging Face datasets come in and go out: image folder, Parquet, Arrow, and the Hub's own client."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from fake_hub import TOKEN, FakeHub, fake_hub
from making import add, drawing_bytes, make_pose

from sketchpose.cli import main
from sketchpose.dataset import Dataset, Person
from sketchpose.dataset.exporters.huggingface import export_imagefolder, export_parquet
from sketchpose.dataset.importers.huggingface import import_huggingface
from sketchpose.dataset.proposal import freeze
from sketchpose.formats import FormatError


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    dataset = Dataset(tmp_path / "dataset")
    facts: dict[str, Any] = {"status": "accepted", "consent": "licence", "licence": "CC0-1.0", "author": "Ada"}
    for seed in range(5):
        people = [Person.of_pose(f"p{i}", make_pose(10 * seed + i)) for i in range(1 + seed % 2 if seed else 0)]
        add(dataset, seed, persons=people, source=f"s{seed % 3}", **facts)
    add(dataset, 9, status="accepted", source="unlicensed")
    freeze(dataset, assign={"s0": "test", "s1": "val", "s2": "train"}, min_test=0)
    return dataset


def told(dataset: Dataset) -> dict[str, Any]:
    return {entry.drawing: dataset.read(entry.id) for entry in dataset.entries() if entry.source != "unlicensed"}


def test_what_parquet_took_out_comes_back_bit_for_bit(dataset: Dataset, tmp_path: Path) -> None:
    done = export_parquet(dataset, tmp_path / "out")
    assert done.drawings == {"train": 1, "val": 2, "test": 2} and done.people == 6
    loaded = datasets.load_dataset(str(tmp_path / "out"))
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 1, "validation": 2, "test": 2}
    for row in (row for rows in loaded.values() for row in rows):
        revision = dataset.current(json.loads(row["revision"])["image"]["hash"])
        assert revision is not None and row["image"].size == (row["width"], row["height"])
        assert len(row["objects"]) == len(revision.persons)
        for found, person in zip(row["objects"], revision.persons, strict=True):
            assert np.float32(found["keypoints"]).tobytes() == person.pose.keypoints.tobytes()
            assert found["visibility"] == person.pose.visibility.tolist()
    assert "unlicensed" not in (tmp_path / "out" / "splits.json").read_text()
    other = Dataset(tmp_path / "other")
    report = import_huggingface(other, str(tmp_path / "out"))
    assert (report.drawings, report.people, report.known) == (5, 6, 0) and told(other) == told(dataset)
    for drawing, revision in told(dataset).items():
        assert other.image_path(revision.image).read_bytes() == dataset.image_path(revision.image).read_bytes(), drawing
    again = import_huggingface(other, str(tmp_path / "out"))
    assert (again.drawings, again.known) == (0, 5)


def test_an_image_folder_one_split_and_a_few_rows_through_the_command_line(
    dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export_imagefolder(dataset, tmp_path / "folder")
    for name, options, drawings in (
        ("all", [], 5),
        ("one", ["--split", "validation"], 2),
        ("few", ["--limit", "3"], 3),
    ):
        other = tmp_path / name
        assert main(["dataset", "--folder", str(other), "import", str(tmp_path / "folder"), *options]) == 0
        assert f"{drawings} drawings" in capsys.readouterr().out
        assert told(Dataset(other)).items() <= told(dataset).items() and len(told(Dataset(other))) == drawings


def test_the_command_line_writes_parquet(dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["dataset", "--folder", str(dataset.folder)]
    assert main([*folder, "export", str(tmp_path / "p"), "--format", "parquet", "--publish"]) == 0
    assert "6 people in 1 train, 2 val, 2 test drawings" in capsys.readouterr().out
    (file,) = (tmp_path / "p" / "data").glob("validation-*")
    assert main(["dataset", "--folder", str(tmp_path / "other"), "import", str(file)]) == 0
    assert "2 drawings" in capsys.readouterr().out
    assert main([*folder, "export", str(tmp_path / "q"), "--format", "parquet", "--split", "val"]) == 2


ROWS: list[dict[str, Any]] = [
    {"objects": [{"keypoints": [[float(j), 2.0 * j, 2] for j in range(17)], "bbox": [0.0, 0.0, 20.0, 40.0]}]},
    {"objects": [{"keypoints": [float(v) for j in range(17) for v in (j, 2 * j, 2)], "bbox": [0.0, 0.0, 20.0, 40.0]}]},
    {"objects": {"keypoints": [[[float(j), 2.0 * j] for j in range(17)]], "visibility": [[2] * 17]}},
]


@pytest.mark.parametrize("row", ROWS)
def test_rows_of_other_datasets(row: dict[str, Any], tmp_path: Path) -> None:
    image = {"bytes": drawing_bytes(3), "path": "any/where/Figure 1.png"}
    whole = {"image": image, "source": "book", "artist": "Bo", "license": "CC0-1.0", **row}
    datasets.Dataset.from_list([whole]).cast_column("image", datasets.Image()).save_to_disk(tmp_path / "arrow")
    dataset = Dataset(tmp_path / "dataset")
    report = import_huggingface(dataset, str(tmp_path / "arrow"), author="Ada", consent="licence", status="submitted")
    assert (report.drawings, report.people) == (1, 1)
    (revision,) = told(dataset).values()
    assert (revision.image.name, revision.source, revision.artist) == ("Figure 1.png", "book", "Bo")
    assert (revision.licence, revision.consent, revision.author) == ("CC0-1.0", "licence", "Ada")
    points = np.arange(17)[:, None] * [1.0, 2.0]
    assert (revision.persons[0].pose.keypoints == points).all() and (revision.persons[0].pose.visibility == 2).all()
    assert dataset.image_path(revision.image).read_bytes() == drawing_bytes(3)


def parquet(path: Path, rows: list[dict[str, Any]]) -> str:
    buffer = BytesIO()
    datasets.Dataset.from_list(rows).to_parquet(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return str(path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"image": {"bytes": None, "path": "SECRET"}, "objects": []}, "row 1: it has no picture of this dataset"),
        ({"image": {"bytes": drawing_bytes(1), "path": None}}, "row 1: its people must be a list of records"),
        ({"image": {"bytes": drawing_bytes(1), "path": None}, "objects": [{"keypoints": [1.0]}]}, "needs 17 keypoints"),
        ({"image": {"bytes": drawing_bytes(1), "path": None}, "revision": "{}"}, "does not match its checksum"),
        ({"picture": "none"}, "row 1: it has no picture of this dataset"),
    ],
)
def test_a_broken_row_is_named_and_no_file_beside_the_dataset_is_read(
    row: dict[str, Any], words: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(drawing_bytes(5))
    if row.get("image", {}).get("path") == "SECRET":
        row = row | {"image": {"bytes": None, "path": str(secret)}}
    dataset = Dataset(tmp_path / "dataset")
    with pytest.raises(FormatError, match=words):
        import_huggingface(dataset, parquet(tmp_path / "given" / "rows.parquet", [row]))
    assert not dataset.entries()


def test_broken_rows_are_skipped_where_that_is_asked_for(tmp_path: Path) -> None:
    rows = [{"image": {"bytes": drawing_bytes(i), "path": None}, "objects": ROWS[0]["objects"]} for i in range(3)]
    rows[1]["objects"] = [{"keypoints": [[1.0]], "bbox": [0.0] * 4}]
    file, dataset = parquet(tmp_path / "rows.parquet", rows), Dataset(tmp_path / "dataset")
    with pytest.raises(FormatError, match="row 2, objects"):
        import_huggingface(dataset, file)
    report = import_huggingface(dataset, file, skip_bad=True)
    assert report.drawings == 2 and len(report.skipped) == 1 and "row 2, objects[0]" in report.skipped[0]


def test_nothing_and_something_else_are_said(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    with pytest.raises(FormatError, match="cannot be read as a Hugging Face dataset"):
        import_huggingface(Dataset(tmp_path / "dataset"), str(tmp_path / "x.parquet"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with fake_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        yield running


def test_a_repository_gets_what_may_be_passed_on(
    dataset: Dataset, hub: FakeHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["dataset", "--folder", str(dataset.folder)]
    assert main([*folder, "export", "hf://datasets/ada/drawings"]) == 0
    assert (
        "6 people in 1 train, 2 val, 2 test drawings written to hf://datasets/ada/drawings" in capsys.readouterr().out
    )
    assert hub.private == {"ada/drawings": True}
    files = hub.repos["ada/drawings"]
    names = {f"data/{side}-00000-of-00001.parquet" for side in ("train", "validation", "test")}
    assert set(files) == {"README.md", "splits.json", *names} and not any(b"unlicensed" in d for d in files.values())
    # What arrived is what `datasets` streams.
    for name in files:
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "copy" / name).write_bytes(files[name])
    streamed = datasets.load_dataset(str(tmp_path / "copy"), split="test", streaming=True)
    assert sorted(row["source"] for row in streamed) == ["s0", "s0"]
    assert main([*folder, "export", "hf://datasets/ada/drawings", "--status", "draft"]) == 2
