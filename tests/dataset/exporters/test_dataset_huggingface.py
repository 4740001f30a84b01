"""The image folder is read by ``datasets`` itself, value for value, and its card tells the truth."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from making import add, drawing_bytes, make_pose

from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.dataset.exporters.card import write_card
from sketchpose.dataset.exporters.huggingface import export_imagefolder
from sketchpose.dataset.proposal import freeze


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    dataset = Dataset(tmp_path / "dataset")
    facts: dict[str, Any] = {"status": "accepted", "consent": "licence", "author": "Ada"}
    for seed in range(5):
        people = [Person.of_pose(f"p{i}", make_pose(10 * seed + i)) for i in range(1 + seed % 2 if seed else 0)]
        add(dataset, seed, persons=people, source=f"s{seed % 3}", licence=["CC0-1.0", "CC-BY-4.0"][seed % 2], **facts)
    add(dataset, 9, status="accepted", source="unlicensed")
    return dataset


def test_datasets_loads_the_folder(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    freeze(dataset, assign={"s0": "test", "s1": "val", "s2": "train"}, min_test=0)
    exported = export_imagefolder(dataset, tmp_path / "folder")
    assert exported.drawings == {"train": 1, "val": 2, "test": 2}
    loaded = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "folder"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in loaded.items()} == {"train": 1, "validation": 2, "test": 2}
    rows = [row for split in loaded.values() for row in split]
    by_id = {revision.drawing: revision for revision in (Revision.decode(row["revision"].encode()) for row in rows)}
    for row in rows:
        revision = dataset.current(json.loads(row["revision"])["image"]["hash"])
        assert revision is not None and by_id[revision.drawing] == revision
        assert row["image"].size == (revision.image.width, revision.image.height) == (row["width"], row["height"])
        assert len(row["objects"]) == len(revision.persons)
        for found, person in zip(row["objects"], revision.persons, strict=True):
            points = np.array(found["keypoints"], np.float32)
            assert points.tobytes() == person.pose.keypoints.tobytes()
            assert found["visibility"] == person.pose.visibility.tolist() and found["edited"] == person.edited.tolist()
        seed = int(revision.image.name.split()[1].partition(".")[0])
        assert dataset.image_path(revision.image).read_bytes() == drawing_bytes(seed)


def test_the_card_counts_and_escapes(dataset: Dataset, tmp_path: Path) -> None:
    export_imagefolder(dataset, tmp_path / "folder.zip")
    import zipfile

    card = zipfile.ZipFile(tmp_path / "folder.zip").read("README.md").decode()
    header = card.split("---")[1]
    assert 'license: "other"' in header and "n<1K" in header
    assert "5 drawings with 6 people" in card and "unlicensed" not in card
    assert "| CC0-1.0 | s0 | licence | 1 |" in card and "| train | 5 |" in card
    revision = dataset.read(dataset.entries()[0].id)
    rogue = Revision.from_json(revision.to_json() | {"source": "a|b\n# <script>x</script>", "licence": "x: y\n---"})
    text = write_card([rogue], {rogue.drawing: "train"}, "title\n---\n<b>")
    assert "<script>" not in text and "a&#124;b &#35; &#60;script&#62;x" in text and text.count("\n---\n") == 1
    assert 'license: "other"' in text and "<b>" not in text.split("\n---\n")[1]
