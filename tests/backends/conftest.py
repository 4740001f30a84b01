"""The optional estimators for real: `make test-backends` says where torchvision and Detectron2 were unpacked.

The ordinary test run has neither, so these files are collected only when SKETCHPOSE_BACKENDS names that folder.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SITE = os.environ.get("SKETCHPOSE_BACKENDS")
collect_ignore_glob = [] if SITE else ["test_*.py"]

if SITE:
    sys.path.insert(0, SITE)
    import torch
    from support.torchvision_cpu import install_detectron2

    install_detectron2()
    torch.set_num_threads(1)  # two processes run side by side


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four small synthetic sketches as a COCO file with its pictures."""
    from sketchpose.synth import generate
    from sketchpose.synth.coco import document, file_name, records
    from sketchpose.synth.shards import encode_image

    folder = tmp_path_factory.mktemp("toy")
    (folder / "images").mkdir()
    images: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    for seed in range(4_000_000, 4_000_004):
        scene = generate(seed, 160)
        (folder / "images" / file_name(seed)).write_bytes(encode_image(scene.image))
        image, annotations = records(seed, scene)
        images.append(image)
        people += annotations
    (folder / "annotations.json").write_text(json.dumps(document(images, people)))
    return folder / "annotations.json"


@pytest.fixture
def run_config(toy: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes the configuration of a small run on the toy set."""

    def write(backend: str, network: dict[str, Any], steps: int = 40, **more: Any) -> Path:
        sketches = [{"name": "toy", "kind": "coco", "path": str(toy), "min_joints": 1}]
        stage = {"batch": 2, "sets": sketches, "warmup": 5, "drops": [0.8]}
        record = {
            "name": "toy-run",
            "backend": backend,
            "network": network,
            "stages": [
                {**stage, "name": "illustrations", "steps": steps, "rate": 1e-3, "frozen": 0},
                {**stage, "name": "sketches", "steps": 2, "rate": 1e-5, "frozen": 2},
            ],
            "validation": sketches,
            "optimiser": "adamw",
            "clip": 5.0,
            "log": 1,
            "threads": 1,
            **more,
        }
        path = tmp_path / f"{backend}.json"
        path.write_text(json.dumps(record))
        return path

    return write
