"""Configuration, data, loss, journal and averaging."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sketchpose.model import ModelFolder, Network
from sketchpose.model.checkpoint import load_network
from sketchpose.model.decode import single
from sketchpose.model.network import MoveNet
from sketchpose.skeleton import KEYPOINTS
from sketchpose.train.average import average, blend, sweep
from sketchpose.train.config import AugmentConfig, LossConfig, SetConfig, Stage, TrainConfig
from sketchpose.train.data import Loader, Mixture
from sketchpose.train.journal import LOG, plot, read_log
from sketchpose.train.loss import losses
from sketchpose.train.run import Run
from sketchpose.train.validate import ValidationSet, predict, share_right

GOLDEN = Path(__file__).parents[1] / "golden" / "movenet"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """The golden pictures, annotated with what the published network says."""
    golden = json.loads((GOLDEN / "golden.json").read_text())["thunder"]
    images, annotations = [], []
    for i, name in enumerate(("standing.png", "sitting.png"), 1):
        points = np.array(golden[name]).reshape(17, 3)[:, [1, 0]] * 256
        low, high = points.min(0) - 10, points.max(0) + 10
        images.append({"id": i, "file_name": name, "width": 256, "height": 256, "source": name[:-4]})
        keypoints = np.c_[points, np.full(17, 2)].ravel().tolist()
        box = [*low.tolist(), *(high - low).tolist()]
        annotations.append({"id": i, "image_id": i, "keypoints": keypoints, "bbox": box, "area": box[2] * box[3]})
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    (tmp_path / "images").symlink_to(GOLDEN)
    return path


def test_a_run_survives_writing_and_reading(tmp_path: Path) -> None:
    config = TrainConfig(
        name="x",
        sets=(SetConfig("a", "coco", "a.json", sources=("ink",)), SetConfig("b", "synth")),
        stages=(Stage(size=128, frozen=0), Stage(share=2.0)),
        augment=AugmentConfig(zoom=(1.0, 1.2)),
        loss=LossConfig(distill=1.0),
    )
    config.write(tmp_path / "x.json")
    assert TrainConfig.read(tmp_path / "x.json") == config


def test_the_committed_runs_can_be_read() -> None:
    from sketchpose import train
    from sketchpose.train.rcnn.config import load_config

    found = sorted((Path(train.__file__).parent / "configs").glob("*.json"))
    assert found
    for path in found:
        library = "backend" in json.loads(path.read_text())
        assert (load_config(path) if library else TrainConfig.read(path)).name == path.stem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sets": []}, "no sets"),
        ({"stages": []}, "no stages"),
        ({"stages": [{"size": 100}]}, "multiple of 32"),
        ({"stages": [{"batch": 0}]}, "batch"),
        ({"sets": [{"name": "a", "kind": "tar"}]}, r"sets\[0\]\.kind is 'tar' and must be 'shards', 'coco' or 'synth'"),
        ({"sets": [{"name": "a", "kind": "coco"}]}, "no path"),
        ({"sets": [{"name": "a", "kind": "synth", "weight": 0}]}, "weight"),
        ({"precision": "int8"}, "precision"),
        ({"rate": -1}, "rate is -1 and must be greater than 0"),
        ({"rate": "fast"}, "rate is 'fast' and must be a valid number"),
        ({"speed": 9}, "does not describe a run.*: there is no field speed"),
    ],
)
def test_a_wrong_run_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    record = {"name": "x", "sets": [{"name": "a", "kind": "synth"}], **change}
    (tmp_path / "x.json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match=message):
        TrainConfig.read(tmp_path / "x.json")


def test_crops_depend_on_seed_and_number_only(dataset: Path) -> None:
    sets = (SetConfig("a", "coco", str(dataset)),)
    whole = Mixture(sets, AugmentConfig(), 3).batch(0, 6, 64)
    again = Mixture(sets, AugmentConfig(), 3)
    again.batch(40, 2, 64)
    np.testing.assert_array_equal(again.batch(2, 3, 64).images, whole.images[2:5])
    assert not np.array_equal(Mixture(sets, AugmentConfig(), 4).batch(0, 6, 64).images, whole.images)
    config = TrainConfig(name="x", sets=sets, seed=3, workers=2)
    loader = Loader(config)
    try:
        parts = list(loader.batches(iter([(0, 3, 64), (3, 3, 64)])))
    finally:
        loader.close()
    np.testing.assert_array_equal(np.concatenate([p.joints for p in parts]), whole.joints)


def test_mixtures_follow_their_weights(dataset: Path) -> None:
    sets = (
        SetConfig("a", "coco", str(dataset), weight=3.0, sources=("standing",)),
        SetConfig("b", "coco", str(dataset), weight=1.0, sources=("sitting",)),
    )
    mixture = Mixture(sets, AugmentConfig(), 0)
    seen = [0, 0]
    for i, source in enumerate(mixture.sources):
        original = source.get

        def get(index: int, i: int = i, original: object = original) -> object:
            seen[i] += 1
            return original(index)  # type: ignore[operator]

        source.get = get  # type: ignore[method-assign]
    mixture.batch(0, 200, 64)
    assert 0.65 < seen[0] / sum(seen) < 0.85
    with pytest.raises(ValueError, match="nobody to learn from"):
        Mixture((dataclasses.replace(sets[0], sources=("none",)),), AugmentConfig(), 0)


def test_a_share_of_the_crops_shows_heads(dataset: Path) -> None:
    sets = (SetConfig("a", "coco", str(dataset)),)

    def faces(head: float) -> np.ndarray:
        """How far the eyes lie apart, as a share of the crop."""
        batch = Mixture(sets, AugmentConfig(head=head), 0).batch(0, 60, 64)
        return np.linalg.norm(batch.joints[:, 1] - batch.joints[:, 2], axis=1) / 64

    whole, mixed, heads = faces(0), faces(0.5), faces(1)
    assert heads.min() > 1.2 * np.median(whole) and np.median(heads) > 2 * np.median(whole)
    assert 0.2 < (mixed > heads.min()).mean() < 0.9


def test_shards_are_read_and_grow(tmp_path: Path) -> None:
    from sketchpose.synth import generate
    from sketchpose.synth.shards import write_shard

    config = SetConfig("s", "shards", str(tmp_path))
    with pytest.raises(ValueError, match="no shards"):
        Mixture((config,), AugmentConfig(), 0)
    write_shard(tmp_path / "a.npz", [generate(1, 128)])
    mixture = Mixture((config,), AugmentConfig(), 0)
    before = len(mixture.sources[0])
    write_shard(tmp_path / "b.npz", [generate(2, 128), generate(3, 128)])
    mixture.rescan()
    assert len(mixture.sources[0]) > before >= 1
    sample = mixture.sources[0].get(0)
    assert sample.image.shape == (128, 128, 3) and sample.keypoints.shape == (17, 2)


def perfect_maps(joints: torch.Tensor, side: int) -> dict[str, torch.Tensor]:
    """Head maps that say exactly what the labels say."""
    cells = joints / 4
    home = cells.floor().long()
    heat = torch.full((len(joints), 17, side, side), -12.0)
    offset = torch.zeros(len(joints), 17, 2, side, side)
    for n in range(len(joints)):
        for k in range(17):
            x, y = home[n, k]
            heat[n, k, y, x] = 12.0
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    offset[n, k, :, y + dy, x + dx] = (cells[n, k] - home[n, k] - torch.tensor([dx, dy])).flip(0)
    middle = cells.mean(1)
    center = torch.full((len(joints), 1, side, side), -12.0)
    regress = torch.zeros(len(joints), 34, side, side)
    for n in range(len(joints)):
        x, y = middle[n].long()
        center[n, 0, y, x] = 12.0
        regress[n, :, y, x] = (cells[n] - torch.tensor([x, y])).flip(-1).reshape(-1)
    return {"heat": heat, "offset": offset.flatten(1, 2), "center": center, "regress": regress}


def test_perfect_maps_decode_to_the_labels_and_cost_no_place() -> None:
    generator = torch.Generator().manual_seed(0)
    joints = torch.rand(3, 17, 2, generator=generator) * 200 + 20
    maps = perfect_maps(joints, 64)
    found = single(maps, torch.ones(1, 1, 64, 64), torch.tensor([1.8]))
    np.testing.assert_allclose(found[..., :2], joints, atol=1e-3)
    parts = losses(maps, joints, torch.full((3, 17), 2), LossConfig())
    assert float(parts["offset"]) < 1e-4 and float(parts["regress"]) < 1e-4
    wrong = {name: torch.zeros_like(m) for name, m in maps.items()}
    worse = losses(wrong, joints, torch.full((3, 17), 2), LossConfig())
    assert all(float(worse[name]) > float(parts[name]) for name in parts)


def test_unlabelled_joints_cost_nothing() -> None:
    joints = torch.rand(2, 17, 2) * 60
    visibility = torch.full((2, 17), 2)
    visibility[:, :9] = 0
    with torch.no_grad():
        maps = MoveNet("thunder").eval()(torch.rand(2, 3, 64, 64) * 255)
    before = losses(maps, joints, visibility, LossConfig())
    joints[:, :9] = 0
    after = losses(maps, joints, visibility, LossConfig())
    for name in before:
        assert float(before[name]) == pytest.approx(float(after[name]), rel=1e-5)


def test_the_teacher_counts_only_where_it_is_right() -> None:
    joints = torch.full((1, 17, 2), 32.0)
    teacher = torch.full((1, 17, 16, 16), -9.0)
    teacher[:, :, 8, 8] = 9.0
    maps = {"heat": torch.zeros(1, 17, 16, 16), "offset": torch.zeros(1, 34, 16, 16)}
    maps |= {"center": torch.zeros(1, 1, 16, 16), "regress": torch.zeros(1, 34, 16, 16)}
    config = LossConfig(distill=1.0)
    visibility = torch.full((1, 17), 2)
    assert float(losses(maps, joints, visibility, config, teacher)["distill"]) > 0
    assert float(losses(maps, joints * 0 + 5, visibility, config, teacher)["distill"]) == 0


def test_a_run_forgets_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    said: list[str] = []
    run, log = Run(tmp_path, said.append), tmp_path / LOG
    for i in range(5):
        run.log(f"{i * 10} crops", samples=i * 10, loss=1 / (i + 1))
    run.log("0.5", samples=40, validation={"ink/ink": 0.5})
    run.resume(20, 90, "crops")
    assert [e["samples"] for e in read_log(log)] == [0, 10, 20]
    assert said[-1] == "Resumed at 20 crops, 1.5 minutes."
    with log.open("a") as file:
        file.write('{"samples": 3')
    assert len(read_log(log)) == 3
    svg = plot([*read_log(log), {"samples": 20, "validation": {"ink/ink": 0.5}}])
    assert svg.startswith("<svg") and "ink/ink 0.50" in svg and svg.count("<polyline") == 2


def test_averages_lie_on_the_line(tmp_path: Path, dataset: Path) -> None:
    old = ModelFolder.open("movenet-thunder")
    first, second = load_network(old), load_network(old)
    with torch.no_grad():
        second.stem.weight.add_(1.0)
        second.gate.fill_(1000.0)
    torch.testing.assert_close(blend(first, second, 0.25).stem.weight, first.stem.weight + 0.25)
    assert float(blend(first, second, 0.25).gate) == 1000
    sets = [ValidationSet.read(SetConfig("v", "coco", str(dataset)), 256)]
    scores = sweep(old, old, (0.0, 1.0), sets)
    assert scores[0][1] == scores[1][1] and set(scores[0][1]) == {"v/standing", "v/sitting"}
    assert min(scores[0][1].values()) > 0.3
    folder = average(old, old, 0.5, tmp_path / "half")
    assert folder.card.training["averaged"] == {"with": "movenet-thunder", "share_of_new": 0.5}
    image = np.asarray(Image.open(GOLDEN / "standing.png").convert("RGB"))[None]
    np.testing.assert_allclose(Network(folder).joints(image), Network(old).joints(image), atol=1e-2)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        blend(first, second, 1.5)
    with pytest.raises(ValueError, match="one architecture"):
        blend(first, MoveNet("lightning"), 0.5)


def test_validation_agrees_with_the_runtime(dataset: Path) -> None:
    old = ModelFolder.open("movenet-thunder")
    chosen = ValidationSet.read(SetConfig("v", "coco", str(dataset)), 256)
    net = load_network(old)
    np.testing.assert_allclose(predict(net, chosen.crops), Network(old).joints(chosen.crops), atol=0.05)
    assert share_right(net, [chosen], gate=1000.0).keys() == share_right(net, [chosen]).keys()
    assert len(KEYPOINTS) == predict(net, chosen.crops).shape[1]
