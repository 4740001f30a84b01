"""Datasets and shards on disk: whole, resumable, the same however many processes made them."""

import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from sketchpose.synth import generate
from sketchpose.synth.__main__ import main
from sketchpose.synth.produce import finish, jobs, produce, run
from sketchpose.synth.shards import Shard, read_shard, shard_name, write_shard


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("coco")
    todo = jobs(70, 10, out, 96, None, False)
    assert [j.count for j in todo] == [64, 6]
    assert produce(todo, 2) == 70
    finish(todo)
    return out


def test_a_dataset_is_coco(dataset: Path) -> None:
    coco = COCO(dataset / "annotations.json")
    assert len(coco.imgs) == 70 and coco.getCatIds() == [1]
    for image in coco.imgs.values():
        assert (dataset / "images" / image["file_name"]).is_file()
        assert coco.getAnnIds(imgIds=image["id"])
    annotation = coco.anns[coco.getAnnIds(imgIds=11)[0]]
    person = generate(10, 96).persons[0]
    assert np.allclose(np.array(annotation["keypoints"]).reshape(17, 3)[:, :2], person.keypoints)
    assert np.allclose(annotation["joints3d"], person.joints3d, atol=1e-4)
    assert annotation["num_keypoints"] == int((person.visibility > 0).sum())
    assert np.allclose(np.array(annotation["bbox"])[2:], person.box[2:] - person.box[:2], atol=1e-3)


def test_one_process_writes_the_same_bytes(dataset: Path, tmp_path: Path) -> None:
    for job in jobs(6, 74, tmp_path, 96, None, False):
        run(job)
    for path in sorted((tmp_path / "images").iterdir()):
        assert path.read_bytes() == (dataset / "images" / path.name).read_bytes()


def test_production_resumes_where_it_stopped(tmp_path: Path) -> None:
    todo = jobs(3, 0, tmp_path, 64, "stick", True)
    assert produce(todo, 1) == 3
    before = todo[0].done.stat().st_mtime_ns
    assert produce(todo, 1) == 0
    assert todo[0].done.stat().st_mtime_ns == before
    assert not list(tmp_path.glob(".*"))


def test_a_shard_gives_back_its_scenes(tmp_path: Path) -> None:
    scenes = [generate(seed, 96) for seed in range(8)]
    path = tmp_path / shard_name(0, 8, 96)
    write_shard(path, scenes)
    shard = read_shard(path)
    assert len(shard) == 8
    for i, (made, read) in enumerate(zip(scenes, shard, strict=True)):
        assert read.style == made.style == shard.style(i) and read.meta == made.meta
        assert np.abs(read.image.astype(int) - made.image).mean() < 6
        assert len(read.persons) == len(made.persons)
        for a, b in zip(made.persons, read.persons, strict=True):
            assert np.array_equal(a.keypoints, b.keypoints) and np.array_equal(a.visibility, b.visibility)
            assert np.array_equal(a.box, b.box) and np.array_equal(a.joints3d, b.joints3d) and a.pose == b.pose
            assert np.allclose(a.camera.project(a.joints3d), b.camera.project(b.joints3d))
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays) >= {"images", "offsets", "keypoints"}


def test_the_name_of_a_shard_tells_its_seeds() -> None:
    assert shard_name(512, 512, 384) == "synth-384-000000512-000001023.npz"
    assert shard_name(0, 1, 256, "ink") == "synth-256-ink-000000000-000000000.npz"
    assert shard_name(0, 1, 256, "ink", 0.25) == "synth-256-ink-drawn25-000000000-000000000.npz"


def test_a_broken_shard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, other=np.zeros(3))
    with pytest.raises(ValueError, match="bad.npz is not a shard"):
        Shard(path)


@pytest.mark.parametrize(("count", "seed", "message"), [(0, 0, "count"), (1, -1, "seed")])
def test_bad_requests_are_named(count: int, seed: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        jobs(count, seed, tmp_path, 256, None, False)


def synth(*words: str) -> int:
    return main(list(words))


def test_the_command_writes_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        synth("--count", "2", "--seed", "5", "--out", str(tmp_path), "--size", "64", "--shards", "--workers", "1") == 0
    )
    (path,) = tmp_path.glob("*.npz")
    assert path.name == shard_name(5, 2, 64) and len(read_shard(path)) == 2
    assert "1 shards" in capsys.readouterr().out


def test_the_command_draws_a_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert synth("--count", "3", "--size", "64", "--style", "stick", "--sheet", str(sheet), "--keypoints") == 0
    import cv2

    image = cv2.imread(str(sheet))
    assert image.shape == (64, 192, 3)


def test_the_command_names_its_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert synth("--style", "oil", "--out", str(tmp_path)) == 2
    assert "choose one of" in capsys.readouterr().err
    assert synth("--count", "3") == 2
    assert "--out DIR" in capsys.readouterr().err
    assert synth("--count", "1", "--size", "64", "--sheet", str(tmp_path / "a.gif")) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_document_is_plain_json(dataset: Path) -> None:
    document = json.loads((dataset / "annotations.json").read_text())
    ids = [a["id"] for a in document["annotations"]]
    assert ids == sorted(set(ids))
