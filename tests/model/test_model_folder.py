"""Model folders: written, read, refused."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from sketchpose.model import Card, ModelFolder, Network, list_models
from sketchpose.model.checkpoint import load_network, save_folder
from sketchpose.model.folder import CARD, GRAPH, WEIGHTS
from sketchpose.model.network import MoveNet, architecture


@pytest.fixture(scope="module")
def shipped() -> ModelFolder:
    return ModelFolder.open("movenet-thunder")


@pytest.fixture
def copy(shipped: ModelFolder, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped.path, tmp_path / "copy"))


def change_card(folder: Path, **fields: object) -> None:
    record = json.loads((folder / CARD).read_text())
    record.update(fields)
    (folder / CARD).write_text(json.dumps(record))


def test_the_shipped_models_open() -> None:
    assert {"movenet-thunder", "sketch-multipose"} <= set(list_models())
    for name in list_models():
        folder = ModelFolder.open(name)
        assert folder.card.name == name
        assert folder.card.licence and folder.card.source


def test_the_graph_holds_no_weights(shipped: ModelFolder) -> None:
    assert shipped.graph.stat().st_size < 0.01 * shipped.weights.stat().st_size


def test_a_saved_network_answers_alike_in_torch_and_onnx(shipped: ModelFolder, tmp_path: Path) -> None:
    net = load_network(shipped)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1.01)
    card = dataclasses.replace(shipped.card, name="changed", description="scaled")
    folder = save_folder(net, tmp_path / "changed", card, base=shipped.path)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    with torch.inference_mode():
        maps = load_network(folder)(torch.from_numpy(images).permute(0, 3, 1, 2).float())
    found = Network(folder).maps(images)
    np.testing.assert_allclose(found["heat"], maps["heat"].sigmoid(), atol=1e-4)
    np.testing.assert_allclose(found["regress"], maps["regress"], atol=1e-2)
    before = Network(shipped).maps(images)["heat"]
    assert np.abs(before - found["heat"]).max() > 1e-3


@pytest.mark.slow
def test_an_exported_graph_answers_like_the_shipped_one(shipped: ModelFolder, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript", reason="exporting needs onnxscript")
    folder = save_folder(load_network(shipped), tmp_path / "again", dataclasses.replace(shipped.card, name="again"))
    images = np.random.default_rng(1).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    np.testing.assert_allclose(Network(folder).joints(images), Network(shipped).joints(images), atol=1e-3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"keypoints": 21}, "21 joints"),
        ({"format": 9}, "format 9"),
        ({"colour": "red"}, "unexpected keyword argument 'colour'"),
        ({"sha256": {}}, "does not match"),
        ({"architecture": "lightning"}, "lightning"),
    ],
)
def test_a_wrong_card_is_refused(copy: Path, fields: dict[str, object], message: str) -> None:
    change_card(copy, **fields)
    with pytest.raises(ValueError, match=message):
        ModelFolder.open(copy, architecture="thunder")


def test_broken_folders_are_refused(copy: Path) -> None:
    whole = (copy / WEIGHTS).read_bytes()
    (copy / WEIGHTS).write_bytes(whole[:-1] + b"\x7f")
    with pytest.raises(ValueError, match="does not match the sha256"):
        ModelFolder.open(copy)
    (copy / WEIGHTS).write_bytes(whole)
    (copy / GRAPH).unlink()
    with pytest.raises(ValueError, match="has no model.onnx"):
        ModelFolder.open(copy)
    (copy / CARD).write_text("{")
    with pytest.raises(ValueError, match="is no card that this version reads"):
        ModelFolder.open(copy)
    (copy / CARD).unlink()
    with pytest.raises(ValueError, match="not a model folder"):
        ModelFolder.open(copy)
    with pytest.raises(ValueError, match="movenet-thunder"):
        ModelFolder.open("no-such-model")


def test_weights_that_do_not_fit_are_refused(shipped: ModelFolder, tmp_path: Path) -> None:
    other = ModelFolder.open("sketch-multipose")
    mixed = ModelFolder(other.path, dataclasses.replace(other.card, architecture="thunder"))
    with pytest.raises(ValueError, match="does not fit"):
        load_network(mixed)
    with pytest.raises(ValueError, match="correct the card"):
        save_folder(MoveNet("multipose"), tmp_path / "x", shipped.card)
    card = dataclasses.replace(other.card, name="x")
    with pytest.raises(ValueError, match="differently"):
        save_folder(MoveNet("multipose"), tmp_path / "x", card, base=shipped.path)
    net = load_network(shipped)
    net.stem.weight.data[0, 0, 0, 0] = 1e6
    with pytest.raises(ValueError, match="float16"):
        save_folder(net, tmp_path / "y", shipped.card, base=shipped.path)


def test_pictures_of_the_wrong_kind_are_refused(shipped: ModelFolder) -> None:
    network = Network(shipped)
    for images in (np.zeros((1, 256, 256, 3), np.float32), np.zeros((1, 192, 192, 3), np.uint8)):
        with pytest.raises(ValueError, match="needs uint8"):
            network.joints(images)
    with pytest.raises(ValueError, match=r"call joints\(\)"):
        network.people(np.zeros((1, 256, 256, 3), np.uint8))
    with pytest.raises(ValueError, match="threads is 0"):
        Network(shipped, threads=0)


def test_sizes_and_names() -> None:
    with pytest.raises(ValueError, match="lightning"):
        architecture("storm")
    maps = MoveNet("lightning").eval()(torch.zeros(1, 3, 192, 192))
    assert {name: tuple(t.shape) for name, t in maps.items()} == {
        "center": (1, 1, 48, 48),
        "heat": (1, 17, 48, 48),
        "regress": (1, 34, 48, 48),
        "offset": (1, 34, 48, 48),
    }


def test_the_card_survives_writing(copy: Path) -> None:
    card = Card.read(copy)
    card.write(copy)
    assert Card.read(copy) == card
