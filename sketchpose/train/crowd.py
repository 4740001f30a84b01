"""Whole pages for a network that finds several people: varied, batched, and measured."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from sketchpose.crop import Crop
from sketchpose.estimate.detect import apart
from sketchpose.estimate.rcnn.network import TrainingPage
from sketchpose.evaluate.scores import finding
from sketchpose.model import decode
from sketchpose.model.network import MoveNet
from sketchpose.skeleton import NUM_KEYPOINTS, SWAP
from sketchpose.train.augment import appearance, draw_view
from sketchpose.train.config import AugmentConfig, SetConfig
from sketchpose.train.pages import PageMixture, open_pages

MOST: Final = 8
"""People of a page to learn from; the published graph returns six."""
_LEFT: Final = 0.35
"""Share of a person's box that must lie on the varied page for it to count as a person there."""
_LEAST: Final = 10.0
"""Pixels of the longer side of a person's box under which it is too small to be asked for."""
_BATCH: Final = 8


@dataclass(frozen=True, eq=False)
class CrowdBatch:
    """Pages to learn from; slots without a person have visibility 0 and an empty box.

    Attributes:
        images: (N, S, S, 3) uint8 RGB.
        joints: (N, P, 17, 2) float32 pixels.
        visibility: (N, P, 17) uint8.
        boxes: (N, P, 4) float32 x0, y0, x1, y1.
    """

    images: NDArray[np.uint8]
    joints: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    boxes: NDArray[np.float32]


def vary_page(
    page: TrainingPage, size: int, config: AugmentConfig, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
    """Return a random view (size, size, 3) of a page and who is on it: joints, visibility and boxes of ``MOST`` slots.

    Boxes are those around the corners of the given ones, so views should turn by a few degrees only.
    """
    height, width = page.pixels.shape[:2]
    view = draw_view(np.array([0, 0, width, height], np.float32), size, config, rng)
    joints = np.zeros((MOST, NUM_KEYPOINTS, 2), np.float32)
    visibility = np.zeros((MOST, NUM_KEYPOINTS), np.uint8)
    boxes = np.zeros((MOST, 4), np.float32)
    slot = 0
    for points, seen, box in zip(page.keypoints, page.visibility, page.boxes, strict=True):
        corners = view.points(box[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2))
        whole = np.concatenate([corners.min(0), corners.max(0)])
        clipped = np.clip(whole, 0, size)
        part = (clipped[2:] - clipped[:2]).prod() / max((whole[2:] - whole[:2]).prod(), 1e-6)
        if slot == MOST or part < _LEFT or (clipped[2:] - clipped[:2]).max() < _LEAST:
            continue
        moved = view.points(points)
        if view.mirrored:
            moved, seen = moved[list(SWAP)], seen[list(SWAP)]
        inside = ((moved >= 0) & (moved < size)).all(1)
        joints[slot], visibility[slot], boxes[slot] = moved, np.where(inside, seen, 0), clipped
        slot += int(visibility[slot].any())
    boxes[slot:] = 0
    return appearance(view.picture(page.pixels), False, config, rng), joints, visibility, boxes


class CrowdMixture:
    """Several sets of pages, drawn from at random by their weights."""

    def __init__(self, sets: Sequence[SetConfig], augment: AugmentConfig, seed: int) -> None:
        """Open the sets."""
        self._pages, self._augment = PageMixture(sets, (seed,)), augment

    def batch(self, first: int, count: int, size: int) -> CrowdBatch:
        """Return pages ``first`` to ``first + count``."""
        pages = [self._pages.get(first + i) for i in range(count)]
        parts = [vary_page(page, size, self._augment, rng) for page, rng in pages]
        images, joints, visibility, boxes = (np.stack(column) for column in zip(*parts, strict=True))
        return CrowdBatch(images, joints, visibility, boxes)

    def rescan(self) -> None:
        """Do nothing: the sets are read once."""


@dataclass(frozen=True, eq=False)
class ValidationPages:
    """Pages with everybody's box, ready for the network.

    Attributes:
        name: For the log.
        images: (N, S, S, 3) uint8 RGB.
        boxes: Of the people on each page, (n, 4) in its pixels.
    """

    name: str
    images: NDArray[np.uint8]
    boxes: tuple[NDArray[np.float32], ...]

    @classmethod
    def read(cls, config: SetConfig, size: int) -> "ValidationPages":
        """Read a set as the person detector sees it: the whole page in a square."""
        source = open_pages(config)
        images, boxes = [], []
        for page in (source.get(i) for i in range(len(source))):
            height, width = page.pixels.shape[:2]
            square = Crop.around((0, 0, width, height), size, padding=1.0)
            images.append(square.cut(page.pixels))
            boxes.append(square.to_crop(page.boxes.reshape(-1, 2, 2)).reshape(-1, 4).astype(np.float32))
        return cls(config.name, np.stack(images), tuple(boxes))


def share_found(net: MoveNet, sets: Sequence[ValidationPages]) -> dict[str, float]:
    """Return average precision, and recall, precision and score at the best compromise, per set: see ``Finding``."""
    device = next(net.parameters()).device
    result: dict[str, float] = {}
    for chosen in sets:
        cases = []
        for i in range(0, len(chosen.images), _BATCH):
            images = torch.from_numpy(chosen.images[i : i + _BATCH]).to(device).permute(0, 3, 1, 2).float()
            with torch.inference_mode():
                _, found = decode.several(net(images.contiguous(memory_format=torch.channels_last)), net.people)
            cases += list(zip(chosen.boxes[i : i + _BATCH], map(apart, found.cpu().numpy()), strict=True))
        result |= {f"{chosen.name}/{name}": value for name, value in dataclasses.asdict(finding(cases)).items()}
    return result
