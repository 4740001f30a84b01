"""The default estimator: find the people, cut a square around each, estimate, and look again where the joints lie."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.crop import PADDING, Crop
from sketchpose.estimate.base import check_boxes
from sketchpose.estimate.detect import PersonDetector, ink_box
from sketchpose.images import ImageError, ImageSource, Picture, read_image
from sketchpose.model import Network
from sketchpose.pose import VISIBLE, Origin, Pose, joints_box
from sketchpose.skeleton import NUM_KEYPOINTS

DEFAULT_MODEL: Final = "movenet-thunder"
_SURE: Final = 0.2
"""Joints at least this sure decide where to look again."""
_MIN_SURE: Final = 4
_SECOND_PADDING: Final = 1.4
"""Joints lie inside the outline, so a square around joints is padded more than one around a person."""


class SketchEstimator:
    """Top-down pose estimation of drawn people on a CPU, through ONNX Runtime.

    An instance may be shared by threads.
    """

    def __init__(
        self, model: str = DEFAULT_MODEL, detector: str = "movenet-multipose", *, threads: int = 1, refine: bool = True
    ) -> None:
        """Load the keypoint network and the person detector.

        Args:
            model: Name or path of a model folder for one person.
            detector: Name or path of a model folder for several people.
            threads: CPU threads per call.
            refine: Estimate a second time in a square around the joints of the first.

        Raises:
            ValueError: A model cannot be used.
        """
        self._network = Network(model, threads)
        self._detector = PersonDetector(detector, threads)
        self._refine = refine

    @property
    def name(self) -> str:
        """Name of the keypoint model."""
        return self._network.card.name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``."""
        picture = read_image(image)
        if boxes is not None:
            given = check_boxes(boxes, picture.width, picture.height)
            return self._poses(picture, given, "given")
        found = self._detector.detect(picture)
        if len(found):
            poses = self._poses(picture, found[:, :4], "detector")
            return sorted(poses, key=lambda pose: -pose.score)
        ink = ink_box(picture.pixels)
        if ink is None:
            raise ImageError(f"{picture.name}: nothing is drawn on it; choose a picture with a person.")
        return self._poses(picture, ink[None], "picture")

    def _poses(self, picture: Picture, boxes: NDArray[np.float32], origin: Origin) -> list[Pose]:
        if len(boxes) == 0:
            return []
        points, scores = self._joints(picture, boxes, PADDING)
        if self._refine:
            again = np.flatnonzero((scores >= _SURE).sum(1) >= _MIN_SURE)
            if len(again):
                tight = np.array([joints_box(points[i][scores[i] >= _SURE], margin=0) for i in again])
                second_points, second_scores = self._joints(picture, tight, _SECOND_PADDING)
                better = second_scores.mean(1) > scores[again].mean(1)
                points[again[better]], scores[again[better]] = second_points[better], second_scores[better]
        visible = np.full(NUM_KEYPOINTS, VISIBLE, np.uint8)
        return [
            Pose(points[i], scores[i], visible, box, float(scores[i].mean()), origin) for i, box in enumerate(boxes)
        ]

    def _joints(
        self, picture: Picture, boxes: NDArray[np.float32], padding: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return (n, 17, 2) picture pixels and (n, 17) scores of one person per box."""
        crops = [Crop.around(box, self._network.card.input_size, padding) for box in boxes]
        found = self._network.joints(np.stack([crop.cut(picture.pixels) for crop in crops]))
        points = np.stack([crop.to_picture(found[i, :, :2]) for i, crop in enumerate(crops)])
        return points.astype(np.float32), np.clip(found[..., 2], 0, 1)
