"""Detectron2's own code through ours: registered, trained, measured, saved, loaded, used."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sketchpose import load_estimator
from sketchpose.cli import main
from sketchpose.estimate.rcnn.detectron2 import FLIP_MAP, OWN_BACKBONE, Detectron2Rcnn, build, register
from sketchpose.estimate.rcnn.detectron2_config import DEFAULT, read_config, zoo
from sketchpose.estimate.rcnn.network import TrainingPage
from sketchpose.estimate.rcnn.weights import fill, read_weights
from sketchpose.evaluate import TruthSet, evaluate, read_truth
from sketchpose.pose import Pose
from sketchpose.skeleton import SIGMAS, SWAP
from sketchpose.train.journal import read_log

SMALL: dict[str, Any] = {
    "config": DEFAULT,
    "overrides": {
        "MODEL.BACKBONE.NAME": OWN_BACKBONE,
        "MODEL.FPN.OUT_CHANNELS": 32,
        "MODEL.PIXEL_MEAN": [127.5, 127.5, 127.5],
        "MODEL.PIXEL_STD": [127.5, 127.5, 127.5],
        "INPUT.FORMAT": "RGB",
        "INPUT.MIN_SIZE_TRAIN": [96, 128],
        "INPUT.MAX_SIZE_TRAIN": 160,
        "INPUT.MIN_SIZE_TEST": 128,
        "INPUT.MAX_SIZE_TEST": 160,
        "MODEL.RPN.POST_NMS_TOPK_TRAIN": 50,
        "MODEL.RPN.PRE_NMS_TOPK_TRAIN": 100,
        "MODEL.RPN.POST_NMS_TOPK_TEST": 30,
        "MODEL.RPN.PRE_NMS_TOPK_TEST": 100,
        "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 16,
        "MODEL.ROI_BOX_HEAD.FC_DIM": 64,
        "MODEL.ROI_KEYPOINT_HEAD.CONV_DIMS": [32, 32],
    },
}


def test_train_measure_save_load_predict(
    run_config: Callable[..., Path], toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["train", str(run_config("detectron2", SMALL, trunk="sketch-thunder")), "--out", str(out)]) == 0
    log = read_log(out / "log.jsonl")
    loss = [entry["loss"] for entry in log if "loss" in entry]
    assert np.mean(loss[-5:]) < 0.8 * np.mean(loss[:5])
    assert {entry["stage"] for entry in log if "loss" in entry} == {"illustrations", "sketches"}
    assert "toy" in log[-1]["validation"] and (out / "curve.svg").is_file()
    weights = out / "toy-run.safetensors"
    picture = read_truth(toy).images[0]
    estimator = load_estimator("detectron2", weights=weights)
    assert estimator.name == "toy-run"
    poses = estimator.estimate(picture.path)
    assert poses and all(pose.keypoints.shape == (17, 2) for pose in poses)
    # Where the network found somebody, the same box given leads to the same joints.
    again = estimator.estimate(picture.path, [pose.box for pose in poses])
    for pose, same in zip(poses, again, strict=True):
        assert same.origin == "given"
        np.testing.assert_allclose(same.keypoints, pose.keypoints, atol=0.5)
        np.testing.assert_allclose(same.scores, pose.scores, atol=1e-3)
    capsys.readouterr()
    assert main(["estimate", str(picture.path), "--model", str(weights)]) == 0
    assert len(json.loads(capsys.readouterr().out)["annotations"]) == len(poses)
    with pytest.raises(ValueError, match='holds a detectron2 network: load_estimator\\("detectron2"'):
        load_estimator("torchvision", weights=weights)


def test_a_run_that_was_stopped_becomes_the_same_run(run_config: Callable[..., Path], tmp_path: Path) -> None:
    config = str(run_config("detectron2", SMALL, steps=2, validation=[], optimiser="sgd"))
    assert main(["train", config, "--out", str(tmp_path / "whole")]) == 0
    for _ in range(4):
        assert main(["train", config, "--out", str(tmp_path / "parts"), "--minutes", "0.00001"]) == 0
    whole, parts = (read_weights(tmp_path / run / "toy-run.safetensors") for run in ("whole", "parts"))
    assert all(torch.equal(whole[0][key], parts[0][key]) for key in whole[0])


def test_our_average_precision_is_detectron2s(toy: Path, tmp_path: Path) -> None:
    from detectron2.data import DatasetCatalog
    from detectron2.evaluation import COCOEvaluator
    from detectron2.structures import Boxes, BoxMode, Instances

    truth = read_truth(toy)
    # Its evaluator takes the box's area where there is no mask.
    truth = _with_box_areas(truth)

    def records() -> list[dict[str, Any]]:
        return [
            {
                "file_name": str(image.path),
                "image_id": image.id,
                "height": image.height,
                "width": image.width,
                "annotations": [
                    {
                        "bbox": person.box.astype(float).tolist(),
                        "bbox_mode": BoxMode.XYXY_ABS,
                        "category_id": 0,
                        "keypoints": np.c_[person.keypoints, person.visibility].astype(float).ravel().tolist(),
                    }
                    for person in image.people
                ],
            }
            for image in truth.images
        ]

    name = register("toy-sketches", records)
    evaluator = COCOEvaluator(
        name, ("keypoints",), False, output_dir=str(tmp_path), kpt_oks_sigmas=SIGMAS.tolist(), use_fast_impl=False
    )
    evaluator.reset()
    random = np.random.default_rng(0)
    answers: dict[str, list[Pose]] = {}
    for record, image in zip(DatasetCatalog.get(name), truth.images, strict=True):
        answers[image.path.name] = poses = [
            Pose(
                person.keypoints + random.normal(0, 4, (17, 2)),
                np.full(17, 0.5),
                np.full(17, 2),
                person.box,
                float(random.uniform()),
            )
            for person in image.people
        ]
        found = Instances((image.height, image.width))
        found.pred_boxes = Boxes(np.array([pose.box for pose in poses]))
        found.scores = torch.tensor([pose.score for pose in poses])
        found.pred_classes = torch.zeros(len(poses), dtype=torch.int64)
        found.pred_keypoints = torch.tensor(
            np.array([np.c_[pose.keypoints, pose.scores] for pose in poses]), dtype=torch.float32
        )
        evaluator.process([record], [{"instances": found}])
    theirs = evaluator.evaluate()["keypoints"]

    class Answers:
        name = "answers"

        def estimate(self, image: Any, boxes: Any = None) -> list[Pose]:
            return answers[image.name]

    ours = evaluate(Answers(), truth, boxes="found").overall
    assert 0 < ours.ap < 1
    for mine, key in ((ours.ap, "AP"), (ours.ap50, "AP50"), (ours.ap75, "AP75")):
        assert mine * 100 == pytest.approx(theirs[key], abs=0.2), key


def _with_box_areas(truth: TruthSet) -> TruthSet:
    import dataclasses

    def area(box: np.ndarray) -> float:
        return float((box[2] - box[0]) * (box[3] - box[1]))

    return dataclasses.replace(
        truth,
        images=tuple(
            dataclasses.replace(
                image, people=tuple(dataclasses.replace(person, area=area(person.box)) for person in image.people)
            )
            for image in truth.images
        ),
    )


def test_its_flips_are_ours() -> None:
    from detectron2.data import MetadataCatalog
    from detectron2.data.detection_utils import create_keypoint_hflip_indices

    assert create_keypoint_hflip_indices(register("sketchpose_coco17")) == list(SWAP)
    assert len(FLIP_MAP) == 8 and MetadataCatalog.get("sketchpose_coco17").keypoint_flip_map == list(FLIP_MAP)
    rcnn = Detectron2Rcnn(DEFAULT, {**SMALL["overrides"], "INPUT.MIN_SIZE_TRAIN": [90]})
    random = np.random.default_rng(1)
    points = random.uniform(10, 80, (1, 17, 2)).astype(np.float32)
    box = np.concatenate([points.min(1) - 2, points.max(1) + 2], 1)
    page = TrainingPage(random.integers(0, 255, (90, 120, 3), np.uint8), points, np.full((1, 17), 2, np.uint8), box)
    seen = set()
    for seed in range(8):
        varied = rcnn.prepare(page, np.random.default_rng(seed))
        found = varied["instances"].gt_keypoints.tensor[0, :, :2].numpy()
        mirrored = not np.array_equal(varied["image"].permute(1, 2, 0).numpy(), page.pixels)
        expected = (points[0] * [-1, 1] + [120, 0])[list(SWAP)] if mirrored else points[0]
        np.testing.assert_allclose(found, expected, atol=1e-3)
        seen.add(mirrored)
    assert seen == {False, True}


def test_files_of_the_zoo_are_read_without_running_them(tmp_path: Path, toy: Path) -> None:
    rcnn = build(SMALL, trunk="sketch-thunder")
    state = rcnn.net.state_dict()
    zoo_file, torch_file = tmp_path / "model_final.pkl", tmp_path / "model_final.pth"
    arrays = {key: value.numpy() for key, value in state.items()}
    zoo_file.write_bytes(pickle.dumps({"model": arrays, "__author__": "Detectron2 Model Zoo"}, protocol=2))
    torch.save({"model": state, "iteration": 7}, torch_file)
    config = tmp_path / "small.yaml"
    text = rcnn.cfg.dump()
    # Older files of Detectron2 hold tuples so, which a plain reader refuses.
    config.write_text(text.replace("MIN_SIZE_TRAIN:\n  - 96", "MIN_SIZE_TRAIN: !!python/tuple\n  - 96"))
    assert "!!python/tuple" in config.read_text()
    pictures = [image.path for image in read_truth(toy).images[:1]]
    expected, *others = (
        [load_estimator("detectron2", config=str(config), weights=file, min_score=0).estimate(p) for p in pictures]
        for file in (zoo_file, torch_file)
    )
    for other in others:
        for mine, theirs in zip(expected[0], other[0], strict=True):
            np.testing.assert_array_equal(mine.keypoints, theirs.keypoints)
    # Weights of a trunk alone, whose tensors Detectron2 matches by name, as it does for ImageNet files.
    trunk = {key.removeprefix("backbone.bottom_up."): value for key, value in arrays.items() if ".bottom_up." in key}
    (tmp_path / "trunk.pkl").write_bytes(pickle.dumps(trunk, protocol=2))
    overrides = {**SMALL["overrides"], "MODEL.WEIGHTS": str(tmp_path / "trunk.pkl")}
    filled = build({"config": DEFAULT, "overrides": overrides}, init="config").net.state_dict()
    assert all(torch.equal(filled[key], state[key]) for key in state if ".bottom_up." in key)


def test_errors(tmp_path: Path) -> None:
    assert DEFAULT in zoo() and len(zoo()) >= 5
    with pytest.raises(ValueError, match="did you mean .*keypoint_rcnn_R_50_FPN_3x.yaml"):
        load_estimator("detectron2", config="COCO-Keypoints/keypoint_rcnn_R50_FPN_3x.yaml", weights="x.pth")
    text = tmp_path / "c.yaml"
    cases = [
        ("MODEL: {KEYPOINT_ON: false}", "KEYPOINT_ON is off.: choose from"),
        ("MODEL: {KEYPOINT_ON: true, ROI_KEYPOINT_HEAD: {NUM_KEYPOINTS: 21}}", "is for 21 joints, SketchPose needs 17"),
        ("MODEL: {NO_SUCH_KEY: 1}", "Detectron2 does not take it .*NO_SUCH_KEY"),
        ("MODEL: !!python/object/apply:os.getcwd []", "cannot be read as plain YAML"),
        ("- 1", "holds no settings"),
    ]
    for content, message in cases:
        text.write_text(content)
        with pytest.raises(ValueError, match=message):
            read_config(str(text), {})
    with pytest.raises(ValueError, match="is a Python config, which runs code"):
        read_config("new_baselines/mask_rcnn_R_50_FPN_50ep_LSJ.py", {})
    with pytest.raises(ValueError, match="has no field 'backbone'"):
        build({"backbone": "resnet50"})
    other = tmp_path / "other.pth"
    small = Detectron2Rcnn(DEFAULT, {**SMALL["overrides"], "MODEL.FPN.OUT_CHANNELS": 16})
    torch.save(small.net.state_dict(), other)
    with pytest.raises(ValueError, match="another architecture: .* of another shape.*Choose the config"):
        build(SMALL, init=str(other))
    fill(small.net, read_weights(other)[0], "itself")
