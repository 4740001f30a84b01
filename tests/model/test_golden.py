"""The published TensorFlow.js graphs, our torch module and our ONNX graph give the same answers."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from sketchpose.model import ModelFolder, Network
from sketchpose.model.checkpoint import load_network
from sketchpose.model.decode import Decoded

GOLDEN = Path(__file__).parents[1] / "golden" / "movenet"
PICTURES = sorted(path.name for path in GOLDEN.glob("*.png"))
TOLERANCE = 0.05  # input pixels
MULTIPOSE = Path(__file__).parents[2] / "build" / "movenet-multipose"
MIN_PERSON = 0.1  # below it the order of near-equal peaks is a matter of rounding


@pytest.fixture(scope="module")
def golden() -> dict[str, dict[str, list[float]]]:
    return json.loads((GOLDEN / "golden.json").read_text())


def picture(name: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(GOLDEN / name).convert("RGB"))[None]


def published_joints(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(y, x, score) shares -> (x, y, score) pixels."""
    joints = values.reshape(-1, 17, 3)
    return np.stack((joints[..., 1] * 256, joints[..., 0] * 256, joints[..., 2]), -1)


def torch_answers(name: str | Path, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    model = Decoded(load_network(ModelFolder.open(name))).eval()
    with torch.inference_mode():
        return [t.numpy() for t in model(torch.from_numpy(images.copy()))]


@pytest.mark.parametrize("name", PICTURES)
def test_thunder_agrees_with_the_original(name: str, golden: dict[str, dict[str, list[float]]]) -> None:
    expected = published_joints(np.array(golden["thunder"][name]))
    onnx = Network("movenet-thunder").joints(picture(name))
    torched = torch_answers("movenet-thunder", picture(name))[0]
    for found in (onnx, torched):
        np.testing.assert_allclose(found[..., :2], expected[..., :2], atol=TOLERANCE)
        np.testing.assert_allclose(found[..., 2], expected[..., 2], atol=1e-3)


@pytest.mark.skipif(
    not MULTIPOSE.is_dir(), reason=f"MultiPose is not shipped: sketchpose.model.making.convert to {MULTIPOSE}"
)
@pytest.mark.parametrize("name", PICTURES)
def test_multipose_agrees_with_the_original(name: str, golden: dict[str, dict[str, list[float]]]) -> None:
    people = np.array(golden["multipose"][name]).reshape(6, 56)
    expected = published_joints(people[:, :51])
    boxes = people[:, [52, 51, 54, 53]] * 256
    score = people[:, 55]
    for joints, found in (
        Network(MULTIPOSE).people(picture(name)),
        torch_answers(MULTIPOSE, picture(name))[:2],
    ):
        np.testing.assert_allclose(found[0, :, 4], score, atol=1e-3)
        sure = score > MIN_PERSON
        np.testing.assert_allclose(found[0, sure, :4], boxes[sure], atol=TOLERANCE)
        firm = sure[:, None] & (expected[..., 2] > MIN_PERSON)
        np.testing.assert_allclose(joints[0][firm][:, :2], expected[firm][:, :2], atol=TOLERANCE)
        np.testing.assert_allclose(joints[0][firm][:, 2], expected[firm][:, 2], atol=1e-3)


@pytest.mark.parametrize("name", PICTURES)
def test_the_detector_answers_in_torch_as_in_onnx(name: str) -> None:
    joints, boxes = Network("sketch-multipose").people(picture(name))
    same_joints, same_boxes = torch_answers("sketch-multipose", picture(name))[:2]
    sure = boxes[0, :, 4] > 0.02
    assert sure.any()
    np.testing.assert_allclose(same_boxes[0, sure], boxes[0, sure], atol=TOLERANCE)
    firm = sure[:, None] & (joints[0, ..., 2] > MIN_PERSON)
    np.testing.assert_allclose(same_joints[0][firm], joints[0][firm], atol=TOLERANCE)


def test_the_golden_pictures_hold_people(golden: dict[str, dict[str, list[float]]]) -> None:
    scores = [np.array(golden["multipose"][name]).reshape(6, 56)[:, 55] for name in PICTURES]
    assert sum((s > MIN_PERSON).sum() for s in scores) >= 4


def test_a_batch_answers_as_its_pictures_do() -> None:
    network = Network("movenet-thunder")
    images = np.concatenate([picture(name) for name in PICTURES])
    together = network.joints(images)
    alone = np.concatenate([network.joints(image[None]) for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-3)
