"""A network under training, measured as it is trained: on people with their true boxes, or on whole pages."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from sketchpose.crop import PADDING, Crop
from sketchpose.evaluate.scores import Case, precision
from sketchpose.evaluate.truth import TruePerson, read_truth
from sketchpose.images import read_image
from sketchpose.model import decode
from sketchpose.model.network import MoveNet
from sketchpose.pose import Pose
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.train.config import SetConfig
from sketchpose.train.crowd import ValidationPages, share_found

_BATCH = 16


@dataclass(frozen=True, eq=False)
class ValidationSet:
    """Crops of annotated people, ready for the network.

    Attributes:
        name: For the log.
        crops: (N, S, S, 3) uint8 RGB.
        squares: Where each crop lies in its picture.
        people: Who is on it.
        sources: Where each comes from.
    """

    name: str
    crops: NDArray[np.uint8]
    squares: tuple[Crop, ...]
    people: tuple[TruePerson, ...]
    sources: tuple[str, ...]

    @classmethod
    def read(cls, config: SetConfig, size: int) -> Self:
        """Cut out every scored person of a COCO set with the padding the estimator uses."""
        truth = read_truth(Path(config.path), min_joints=config.min_joints)
        crops, squares, people, sources = [], [], [], []
        for image in truth.images:
            scored = [person for person in image.people if not person.ignore]
            if not scored or (config.sources and image.source not in config.sources):
                continue
            pixels = read_image(image.path).pixels
            for person in scored:
                square = Crop.around(person.box, size, PADDING)
                crops.append(square.cut(pixels))
                squares.append(square)
                people.append(person)
                sources.append(image.source)
        if not people:
            raise ValueError(f"Set {config.name!r}: {config.path} has nobody to measure; check sources and min_joints.")
        return cls(config.name, np.stack(crops), tuple(squares), tuple(people), tuple(sources))


def predict(net: MoveNet, crops: NDArray[np.uint8], gate: float | None = None) -> NDArray[np.float32]:
    """Return (N, 17, 3) x, y, score in crop pixels; ``gate`` replaces the network's own."""
    device = next(net.parameters()).device
    gates = net.gate if gate is None else torch.full_like(net.gate, gate)
    batches = []
    with torch.inference_mode():
        for i in range(0, len(crops), _BATCH):
            images = torch.from_numpy(crops[i : i + _BATCH]).to(device).permute(0, 3, 1, 2).float()
            images = images.contiguous(memory_format=torch.channels_last)
            batches.append(decode.single(net(images), net.center_prior, gates).cpu().numpy())
    return np.concatenate(batches)


def share_right(net: MoveNet, sets: Sequence[ValidationSet], gate: float | None = None) -> dict[str, float]:
    """Return the share of people that are right (mean over OKS 0.50 to 0.95) per set and source."""
    cases: dict[str, list[Case]] = defaultdict(list)
    visible = np.full(NUM_KEYPOINTS, 2, np.uint8)
    for chosen in sets:
        joints = predict(net, chosen.crops, gate)
        for square, person, source, rows in zip(chosen.squares, chosen.people, chosen.sources, joints, strict=True):
            points = square.to_picture(rows[:, :2]).astype(np.float32)
            pose = Pose(points, np.clip(rows[:, 2], 0, 1), visible, person.box)
            cases[f"{chosen.name}/{source}"].append(([person], [pose]))
    return {name: precision(pairs).ar for name, pairs in cases.items()}


Validation = ValidationSet | ValidationPages


def read_validation(sets: Sequence[SetConfig], people: int, size: int) -> list[Validation]:
    """Read sets for a network that finds so many people on a square of ``size`` pixels."""
    read = ValidationSet.read if people == 1 else ValidationPages.read
    return [read(chosen, size) for chosen in sets]


def measure(net: MoveNet, sets: Sequence[Validation], gate: float | None = None) -> dict[str, float]:
    """Return ``share_right`` of the people, or ``share_found`` of the pages."""
    crops = [v for v in sets if isinstance(v, ValidationSet)]
    return share_right(net, crops, gate) | share_found(net, [v for v in sets if isinstance(v, ValidationPages)])
