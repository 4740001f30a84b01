"""Keypoint R-CNN (He et al. 2017, "Mask R-CNN", section 5) behind the estimator protocol, whichever library runs it.

The network finds people and their joints on the whole picture in one pass; boxes that are given replace its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from sketchpose.estimate.base import Workpiece
from sketchpose.estimate.detect import bounds, ink_boxes
from sketchpose.estimate.people import distinct
from sketchpose.images import ImageError, ImageSource, Picture, Pixels
from sketchpose.pose import VISIBLE, Origin, Pose
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.skeleton_picture import read_skeletons

MIN_SCORE: Final = 0.5
"""Finds below this score are not shown, unless there is none above it."""
_REACH: Final = 2
"""Cells around the peak of a joint's map that count as the same place."""


@dataclass(frozen=True, eq=False)
class TrainingPage:
    """A whole picture to learn from.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        keypoints: (n, 17, 2) float32 pixels.
        visibility: (n, 17) uint8.
        boxes: (n, 4) float32 x0, y0, x1, y1.
    """

    pixels: Pixels
    keypoints: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    boxes: NDArray[np.float32]


@dataclass(frozen=True)
class RcnnResult:
    """What the network says of one picture; all in picture pixels.

    Attributes:
        boxes: (n, 4).
        scores: (n,) that this is a person.
        keypoints: (n, 17, 2).
        joints: (n, 17) confidence, from ``joint_scores``.
    """

    boxes: Tensor
    scores: Tensor
    keypoints: Tensor
    joints: Tensor


class Rcnn(Protocol):
    """A keypoint R-CNN of some library.

    Attributes:
        backend: ``"detectron2"`` or ``"torchvision"``.
        name: Of the network, for people to read.
        net: The module, for its weights and its mode.
        stages: The trunk's parts from the first on, for freezing the early ones.
    """

    backend: str
    name: str
    net: nn.Module
    stages: Sequence[Sequence[nn.Module]]

    def find(self, pixels: Pixels, boxes: NDArray[np.float32] | None = None) -> RcnnResult:
        """Read a picture (H, W, 3) uint8 RGB; with boxes (n, 4) look for the joints in those alone."""
        ...

    def prepare(self, page: TrainingPage, random: np.random.Generator) -> Any:
        """Vary a picture (size, mirror image) and return it as ``losses`` takes it."""
        ...

    def losses(self, batch: Sequence[Any]) -> dict[str, Tensor]:
        """Return the parts of the loss; the network must be in training mode."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """Return plain values from which the library builds the same network again."""
        ...


def joint_scores(maps: Tensor) -> Tensor:
    """Confidence (n, K) of joints from their maps of logits (n, K, S, S): the chance that lies around the peak.

    The libraries give a logit and a chance per cell, which depend on the library and on the size of the map; this share
    means the same for both.
    """
    count, joints, side, _ = maps.shape
    chance = maps.flatten(2).softmax(2)
    peak = chance.argmax(2)
    chance = nn.functional.pad(chance.reshape(count, joints, side, side), [_REACH] * 4)
    window = 2 * _REACH + 1
    rows = (peak // side)[..., None] + torch.arange(window, device=maps.device)
    columns = (peak % side)[..., None] + torch.arange(window, device=maps.device)
    i = torch.arange(count, device=maps.device).reshape(-1, 1, 1, 1)
    j = torch.arange(joints, device=maps.device).reshape(-1, 1, 1)
    return chance[i, j, rows[..., :, None], columns[..., None, :]].sum((2, 3)).clamp(0, 1)


class RcnnEstimator:
    """Poses from a keypoint R-CNN; an instance may be shared by threads."""

    def __init__(self, rcnn: Rcnn, *, min_score: float = MIN_SCORE) -> None:
        """Wrap a network that has its weights.

        Args:
            rcnn: The network.
            min_score: People less sure than this are left out, unless nobody is surer; 0 keeps every detection.

        Raises:
            ValueError: ``min_score`` is outside 0..1.
        """
        if not 0 <= min_score <= 1:
            raise ValueError(f"min_score is {min_score:g}: it must lie in 0..1.")
        self._rcnn, self._min_score = rcnn, min_score

    @property
    def name(self) -> str:
        """Name of the network."""
        return self._rcnn.name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``."""
        work = Workpiece.of(image)
        if boxes is not None:
            given = work.boxes(boxes)
            return work.poses(self._poses(work.picture, given, "given")) if len(given) else []
        return work.poses(read_skeletons(work.picture.pixels) or self._people(work.picture))

    def _people(self, picture: Picture) -> list[Pose]:
        """Return the poses of the people found, surest first."""
        poses = sorted(self._poses(picture, None, "detector"), key=lambda pose: -pose.score)
        sure = [pose for pose in poses if pose.score >= self._min_score]
        if poses:
            return distinct(sure) or poses[:1]
        things = ink_boxes(picture.pixels)
        if len(things) == 0:
            raise ImageError(f"{picture.name}: nothing is drawn on it; choose a picture with a person.")
        return self._poses(picture, bounds(things)[None], "picture")

    def _poses(self, picture: Picture, boxes: NDArray[np.float32] | None, origin: Origin) -> list[Pose]:
        self._rcnn.net.eval()
        with torch.inference_mode():
            found = self._rcnn.find(picture.pixels, boxes)
        places, people, points, joints = (
            value.float().cpu().numpy() for value in (found.boxes, found.scores, found.keypoints, found.joints)
        )
        if boxes is not None:
            places, people = boxes, joints.mean(1)
        visible = np.full(NUM_KEYPOINTS, VISIBLE, np.uint8)
        return [
            Pose(points[i], joints[i], visible, box, float(np.clip(people[i], 0, 1)), origin)
            for i, box in enumerate(places)
            if box[0] < box[2] and box[1] < box[3]
        ]
