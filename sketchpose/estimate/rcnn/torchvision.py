"""torchvision's keypoint R-CNN with any of its backbones, those of timm, or the trunk of our own network."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sketchpose.estimate.optional import require
from sketchpose.estimate.rcnn.backbones import NORMS, OWN, build_backbone
from sketchpose.estimate.rcnn.network import MIN_SCORE, RcnnEstimator, RcnnResult, TrainingPage, joint_scores
from sketchpose.estimate.rcnn.weights import fill, read_weights
from sketchpose.images import Pixels
from sketchpose.model.trunk import Trunk
from sketchpose.skeleton import NUM_KEYPOINTS, SWAP

ZOO: Final = ("COCO_V1", "COCO_LEGACY")
"""Published weights of the whole network; they exist for resnet50 only."""
IMAGENET: Final = "imagenet:"


@dataclass(frozen=True)
class NetworkConfig:
    """The network as data; the defaults are those of ``keypointrcnn_resnet50_fpn``.

    Attributes:
        backbone: ``resnet50`` and its kin, any torchvision model with ``features`` (``mobilenet_v3_large``, ...),
            ``timm:NAME``, or ``movenet-thunder``.
        norm: Of a ResNet: ``frozen`` for published weights, ``batch`` or ``group`` from scratch.
        sides: Shorter sides in pixels that pictures are scaled to in training; the last one is used afterwards.
        longest: Largest longer side in pixels.
        pyramid: Channels of the feature pyramid.
        keypoint_layers: Channels of the keypoint head's convolutions.
        box_features: Width of the box head.
        proposals: Kept per picture while training.
        proposals_after: Kept per picture afterwards.
        box_batch: Proposals per picture that the box head learns from.
        anchors: Side in pixels of the smallest anchor; it doubles from level to level.
        eps: Of the frozen batch norms; 0 for COCO_V1, whose weights were trained so.
        keypoints: Always 17.
    """

    backbone: str = "resnet50"
    norm: str = "frozen"
    sides: tuple[int, ...] = (640, 672, 704, 736, 768, 800)
    longest: int = 1333
    pyramid: int = 256
    keypoint_layers: tuple[int, ...] = (512,) * 8
    box_features: int = 1024
    proposals: int = 2000
    proposals_after: int = 1000
    box_batch: int = 512
    anchors: int = 32
    eps: float = 1e-5
    keypoints: int = NUM_KEYPOINTS

    def __post_init__(self) -> None:
        """Check what the library would take and then misread.

        Raises:
            ValueError: The network is for another number of joints, its norm is unknown, or it has no size.
        """
        if self.keypoints != NUM_KEYPOINTS:
            raise ValueError(f"This network is for {self.keypoints} joints, SketchPose needs {NUM_KEYPOINTS}.")
        if self.norm not in NORMS:
            raise ValueError(f"norm is {self.norm!r}: choose one of {', '.join(NORMS)}.")
        if not self.sides or not self.keypoint_layers or min(*self.sides, *self.keypoint_layers) < 1:
            raise ValueError("sides and keypoint_layers need at least one number above 0 each.")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "NetworkConfig":
        """Make one from plain values.

        Raises:
            ValueError: A field does not exist, or has an impossible value.
        """
        names = [f.name for f in dataclasses.fields(cls)]
        if unknown := sorted(set(settings) - set(names)):
            raise ValueError(f"A torchvision network has no field {unknown[0]!r}: choose from {', '.join(names)}.")
        lists = {key: tuple(value) for key, value in settings.items() if isinstance(value, list)}
        return cls(**{**settings, **lists})


class TorchvisionRcnn:
    """torchvision's network behind ``rcnn.Rcnn``; made with random weights."""

    backend = "torchvision"

    def __init__(self, config: NetworkConfig) -> None:
        """Build the network.

        Raises:
            ValueError: Torchvision is not installed, or it has no such backbone.
        """
        require("torchvision")
        from torchvision.models.detection import KeypointRCNN
        from torchvision.models.detection.anchor_utils import AnchorGenerator
        from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
        from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads, KeypointRCNNPredictor
        from torchvision.ops import MultiScaleRoIAlign

        self.config = config
        self.name = f"torchvision keypoint R-CNN {config.backbone}"
        backbone = build_backbone(config)
        levels = [str(i) for i in range(len(backbone.channels))]
        sizes = tuple((config.anchors * 2**i,) for i in range(len(levels) + 1))
        own = config.backbone.startswith(OWN)
        wide = 7 * 7 * config.pyramid
        self.net = KeypointRCNN(
            backbone,
            min_size=config.sides,
            max_size=config.longest,
            image_mean=[0.5] * 3 if own else None,
            image_std=[0.5] * 3 if own else None,
            rpn_anchor_generator=AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes)),
            rpn_post_nms_top_n_train=config.proposals,
            rpn_pre_nms_top_n_train=config.proposals,
            rpn_post_nms_top_n_test=config.proposals_after,
            rpn_pre_nms_top_n_test=config.proposals_after,
            box_roi_pool=MultiScaleRoIAlign(levels, 7, 2),
            box_head=TwoMLPHead(wide, config.box_features),
            box_predictor=FastRCNNPredictor(config.box_features, 2),
            box_batch_size_per_image=config.box_batch,
            keypoint_roi_pool=MultiScaleRoIAlign(levels, 14, 2),
            keypoint_head=KeypointRCNNHeads(config.pyramid, config.keypoint_layers),
            keypoint_predictor=KeypointRCNNPredictor(config.keypoint_layers[-1], NUM_KEYPOINTS),
        )
        self.stages: Sequence[Sequence[nn.Module]] = backbone.stages
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net.to(self._device)

    def settings(self) -> dict[str, Any]:
        """Return the configuration as plain values."""
        return dataclasses.asdict(self.config)

    def find(self, pixels: Pixels, boxes: NDArray[np.float32] | None = None) -> RcnnResult:
        """Read a picture; see ``rcnn.Rcnn.find``."""
        from torchvision.models.detection.roi_heads import heatmaps_to_keypoints

        net, image = self.net, self._tensor(pixels)
        images, _ = net.transform([image])
        features = net.backbone(images.tensors)
        size = images.image_sizes[0]
        ratio = torch.tensor([size[1] / image.shape[2], size[0] / image.shape[1]] * 2, device=self._device)
        heads = net.roi_heads
        if boxes is None:
            proposals, _ = net.rpn(images, features)
            # The heads' own keypoint branch is left out: it gives logits that cannot be compared between pictures.
            pooled = heads.box_head(heads.box_roi_pool(features, proposals, images.image_sizes))
            found = heads.postprocess_detections(*heads.box_predictor(pooled), proposals, images.image_sizes)
            places, scores = found[0][0], found[1][0]
        else:
            places = torch.from_numpy(boxes).to(self._device) * ratio
            scores = torch.ones(len(boxes), device=self._device)
        if len(places) == 0:
            return RcnnResult(places, scores, places.new_zeros(0, NUM_KEYPOINTS, 2), places.new_zeros(0, NUM_KEYPOINTS))
        maps = heads.keypoint_predictor(
            heads.keypoint_head(heads.keypoint_roi_pool(features, [places], images.image_sizes))
        )
        points, _ = heatmaps_to_keypoints(maps, places)
        return RcnnResult(places / ratio, scores, points[..., :2] / ratio[:2], joint_scores(maps))

    def prepare(self, page: TrainingPage, random: np.random.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Perhaps mirror a picture; the library scales it later. See ``rcnn.Rcnn.prepare``."""
        height, width = page.pixels.shape[:2]
        pixels, points, boxes, visibility = page.pixels, page.keypoints, page.boxes, page.visibility
        if random.random() < 0.5:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
            points = (points * [-1, 1] + [width, 0])[:, SWAP]
            visibility = visibility[:, SWAP]
            boxes = np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)
        boxes = np.clip(boxes, 0, [width, height, width, height])
        inside = ((points >= 0) & (points < [width, height])).all(2)
        keypoints = np.concatenate([points, (visibility * inside)[..., None]], 2)
        whole = (boxes[:, 2:] > boxes[:, :2]).all(1)
        target = {
            "boxes": torch.from_numpy(boxes[whole].astype(np.float32)),
            "labels": torch.ones(int(whole.sum()), dtype=torch.int64),
            "keypoints": torch.from_numpy(keypoints[whole].astype(np.float32)),
        }
        return torch.from_numpy(np.array(pixels)).permute(2, 0, 1), target

    def losses(self, batch: Sequence[tuple[Tensor, dict[str, Tensor]]]) -> dict[str, Tensor]:
        """Return the parts of the loss of some pictures; see ``rcnn.Rcnn.losses``."""
        images = [image.to(self._device).float() / 255 for image, _ in batch]
        targets = [{key: value.to(self._device) for key, value in target.items()} for _, target in batch]
        losses: dict[str, Tensor] = self.net(images, targets)
        return losses

    def _tensor(self, pixels: Pixels) -> Tensor:
        return torch.from_numpy(np.array(pixels)).to(self._device).permute(2, 0, 1).float() / 255


def build(settings: Mapping[str, Any], init: str = "", trunk: str = "") -> TorchvisionRcnn:
    """Build a network to train.

    Args:
        settings: Fields of ``NetworkConfig``.
        init: Weights of the whole network: a file, or one of ``ZOO``; ``imagenet:IMAGENET1K_V2`` fills the backbone
            only; empty leaves all random.
        trunk: A model folder of ours whose trunk is taken, for a ``movenet-`` backbone.

    Raises:
        ValueError: A setting, weight file or model cannot be used.
    """
    config = NetworkConfig.of(settings)
    if init == "COCO_V1":
        config = dataclasses.replace(config, eps=0.0)
    rcnn = TorchvisionRcnn(config)
    if trunk:
        body = rcnn.net.backbone.body
        if not isinstance(body, Trunk):
            raise ValueError(f"trunk is {trunk!r}, but {config.backbone} is not one of our trunks: use {OWN}thunder.")
        body.load(trunk)
    if init.startswith(IMAGENET):
        _fill_backbone(rcnn, init.removeprefix(IMAGENET))
    elif init:
        load(rcnn, init)
    return rcnn


def load(rcnn: TorchvisionRcnn, weights: str | Path) -> None:
    """Fill a network from a file or, by a name of ``ZOO``, with published weights (fetched once)."""
    if str(weights) not in ZOO:
        tensors, _ = read_weights(Path(weights))
        fill(rcnn.net, tensors, str(weights))
        return
    if rcnn.config.backbone != "resnet50":
        raise ValueError(f"{weights} exists for resnet50 only: give weights=FILE for {rcnn.config.backbone}.")
    from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights

    fill(rcnn.net, _fetch(KeypointRCNN_ResNet50_FPN_Weights[str(weights)]), str(weights))


def _fill_backbone(rcnn: TorchvisionRcnn, weights: str) -> None:
    import torchvision

    name = rcnn.config.backbone
    try:
        chosen = torchvision.models.get_model_weights(name)[weights]
    except (KeyError, ValueError):
        raise ValueError(f"torchvision has no weights {weights!r} for {name}.") from None
    body = rcnn.net.backbone.body
    tensors = {key.removeprefix("features."): value for key, value in _fetch(chosen).items()}
    fill(body, {key: tensors[key] for key in body.state_dict() if key in tensors}, weights)


def _fetch(weights: Any) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = weights.get_state_dict(progress=True, check_hash=True, weights_only=True)
    except OSError as error:
        raise ValueError(
            f"{weights} could not be fetched ({error}): fetch {weights.url} elsewhere and give weights=FILE."
        ) from None
    return tensors


def estimator(
    backbone: str | None = None,
    weights: str | Path | None = None,
    *,
    min_score: float = MIN_SCORE,
    threads: int | None = None,
) -> RcnnEstimator:
    """Open a trained network.

    Args:
        backbone: See ``NetworkConfig``; None takes what the weight file says, or resnet50.
        weights: A file written by ``sketchpose train``, a state dict as safetensors or ``.pth``, or a name of ``ZOO``;
            None takes ``COCO_V1`` for resnet50.
        min_score: See ``RcnnEstimator``.
        threads: CPU threads; None leaves torch's own.

    Raises:
        ValueError: Torchvision is not installed, there is no such backbone, or the weights do not fit.
    """
    require("torchvision")
    if threads is not None:
        torch.set_num_threads(threads)
    if weights is None:
        if backbone not in (None, "resnet50"):
            raise ValueError(f"No trained weights are published for {backbone}: train it and give weights=FILE.")
        weights = ZOO[0]
    if str(weights) in ZOO:
        return RcnnEstimator(build({"backbone": backbone or "resnet50"}, str(weights)), min_score=min_score)
    tensors, record = read_weights(Path(weights), "torchvision")
    config = NetworkConfig.of(record["network"]) if record else NetworkConfig(backbone or "resnet50")
    if backbone not in (None, config.backbone):
        raise ValueError(f"{weights} is for the backbone {config.backbone}, not {backbone}: leave backbone out.")
    rcnn = TorchvisionRcnn(config)
    fill(rcnn.net, tensors, str(weights))
    if record:
        rcnn.name = str(record["name"])
    return RcnnEstimator(rcnn, min_score=min_score)
