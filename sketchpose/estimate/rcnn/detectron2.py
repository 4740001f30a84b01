"""Detectron2's keypoint R-CNN by any keypoint config of its model zoo: the system this project grew from."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sketchpose.estimate.optional import require
from sketchpose.estimate.rcnn.detectron2_config import DEFAULT, read_config
from sketchpose.estimate.rcnn.network import MIN_SCORE, RcnnEstimator, RcnnResult, TrainingPage, joint_scores
from sketchpose.estimate.rcnn.weights import fill, read_weights
from sketchpose.images import Pixels
from sketchpose.model.trunk import STRIDES, Trunk
from sketchpose.skeleton import KEYPOINTS, NUM_KEYPOINTS, SWAP

ZOO: Final = "zoo"
"""Weights published for a config of the zoo."""
OWN_BACKBONE: Final = "build_sketchpose_fpn_backbone"
"""``MODEL.BACKBONE.NAME`` of our own trunk with Detectron2's feature pyramid."""
FLIP_MAP: Final = tuple((KEYPOINTS[i], KEYPOINTS[j]) for i, j in enumerate(SWAP) if i < j)
"""Pairs of joints that change places in a mirror image, as Detectron2's metadata has them."""


class Detectron2Rcnn:
    """Detectron2's network behind ``rcnn.Rcnn``; made with random weights."""

    backend = "detectron2"

    def __init__(self, config: str = DEFAULT, overrides: Mapping[str, Any] | None = None) -> None:
        """Build the network.

        Args:
            config: Name in the model zoo, path of a ``.yaml``, or the text of one that ``settings`` returned.
            overrides: Values by dotted key, such as ``{"MODEL.RESNETS.DEPTH": 18}``.

        Raises:
            ValueError: Detectron2 is not installed, there is no such config, or it is not for our 17 joints.
        """
        require("detectron2")
        from detectron2.data import transforms
        from detectron2.data.detection_utils import build_augmentation, create_keypoint_hflip_indices
        from detectron2.modeling import build_model

        self.cfg = read_config(config, overrides or {})
        _register_backbone()
        self.name = f"Detectron2 {Path(config).stem}" if "\n" not in config else "Detectron2 keypoint R-CNN"
        self.net: Any = build_model(self.cfg)
        trunk: Any = self.net.backbone.bottom_up
        self.stages: Sequence[Sequence[nn.Module]] = (
            trunk.trunk.stages if hasattr(trunk, "trunk") else [[trunk.stem], *([stage] for stage in trunk.stages)]
        )
        self._resize = transforms.AugmentationList(build_augmentation(self.cfg, False))
        self._vary = transforms.AugmentationList(build_augmentation(self.cfg, True))
        self._flip = create_keypoint_hflip_indices(register("sketchpose_coco17"))

    def settings(self) -> dict[str, Any]:
        """Return the whole config as YAML text."""
        return {"config": self.cfg.dump()}

    def find(self, pixels: Pixels, boxes: NDArray[np.float32] | None = None) -> RcnnResult:
        """Read a picture; see ``rcnn.Rcnn.find``."""
        from detectron2.data.transforms import AugInput
        from detectron2.structures import Boxes, Instances

        page = AugInput(self._channels(pixels))
        moved = self._resize(page)
        height, width = pixels.shape[:2]
        inputs = {"image": _tensor(page.image), "height": height, "width": width}
        given = None
        if boxes is not None:
            given = Instances(page.image.shape[:2])
            given.pred_boxes = Boxes(torch.from_numpy(moved.apply_box(boxes).astype(np.float32)))
            given.pred_classes = torch.zeros(len(boxes), dtype=torch.int64)
            given.scores = torch.ones(len(boxes))
            given = [given]
        (result,) = self.net.inference([inputs], given)
        found = result["instances"]
        if len(found) == 0:
            empty = torch.zeros(0, NUM_KEYPOINTS, 2)
            return RcnnResult(torch.zeros(0, 4), torch.zeros(0), empty, empty[..., 0])
        maps = found.pred_keypoint_heatmaps
        return RcnnResult(found.pred_boxes.tensor, found.scores, found.pred_keypoints[..., :2], joint_scores(maps))

    def prepare(self, page: TrainingPage, random: np.random.Generator) -> dict[str, Any]:
        """Vary a picture as the config says, with Detectron2's own transforms; see ``rcnn.Rcnn.prepare``."""
        from detectron2.data import detection_utils
        from detectron2.data.transforms import AugInput
        from detectron2.structures import BoxMode

        # Detectron2's transforms draw from numpy's global state: seeding it makes a picture repeatable.
        np.random.seed(int(random.integers(2**32)))
        varied = AugInput(self._channels(page.pixels))
        moved = self._vary(varied)
        shape = varied.image.shape[:2]
        people = [
            {
                "bbox": box.astype(float),
                "bbox_mode": BoxMode.XYXY_ABS,
                "category_id": 0,
                "keypoints": np.concatenate([points, seen[:, None]], 1).astype(float).ravel().tolist(),
            }
            for box, points, seen in zip(page.boxes, page.keypoints, page.visibility, strict=True)
        ]
        people = [
            detection_utils.transform_instance_annotations(person, moved, shape, keypoint_hflip_indices=self._flip)
            for person in people
        ]
        instances = detection_utils.annotations_to_instances(people, shape)
        return {"image": _tensor(varied.image), "instances": detection_utils.filter_empty_instances(instances)}

    def losses(self, batch: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Return the parts of the loss of some pictures; see ``rcnn.Rcnn.losses``."""
        from detectron2.utils.events import EventStorage

        with EventStorage():  # the network counts into one and fails without
            losses: dict[str, Tensor] = self.net(list(batch))
        return losses

    def _channels(self, pixels: Pixels) -> Pixels:
        return pixels[:, :, ::-1] if self.cfg.INPUT.FORMAT == "BGR" else pixels


def _tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))


def register(name: str, records: Callable[[], list[dict[str, Any]]] = list) -> str:
    """Put a set of people into Detectron2's catalogue, with names and mirror pairs of the joints; once per name.

    Args:
        name: For ``DATASETS.TRAIN`` and the like.
        records: Returns the pictures in Detectron2's own format.
    """
    from detectron2.data import DatasetCatalog, MetadataCatalog

    if name not in DatasetCatalog:
        DatasetCatalog.register(name, records)
        MetadataCatalog.get(name).set(
            thing_classes=["person"], keypoint_names=list(KEYPOINTS), keypoint_flip_map=list(FLIP_MAP)
        )
    return name


def _register_backbone() -> None:
    """Make our own trunk known to Detectron2's configs."""
    from detectron2.layers import ShapeSpec
    from detectron2.modeling import BACKBONE_REGISTRY, FPN, Backbone
    from detectron2.modeling.backbone.fpn import LastLevelMaxPool

    if OWN_BACKBONE in BACKBONE_REGISTRY:
        return

    class OwnTrunk(Backbone):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.trunk = Trunk()

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {f"res{i}": value for i, value in enumerate(self.trunk(x), 2)}

        def output_shape(self) -> dict[str, Any]:
            maps = zip(self.trunk.channels, STRIDES, strict=True)
            return {f"res{i}": ShapeSpec(channels=width, stride=stride) for i, (width, stride) in enumerate(maps, 2)}

    def build_sketchpose_fpn_backbone(cfg: Any, input_shape: Any) -> Any:
        names = cfg.MODEL.FPN.IN_FEATURES
        return FPN(OwnTrunk(), names, cfg.MODEL.FPN.OUT_CHANNELS, cfg.MODEL.FPN.NORM, LastLevelMaxPool())

    BACKBONE_REGISTRY.register(build_sketchpose_fpn_backbone)


def build(settings: Mapping[str, Any], init: str = "", trunk: str = "") -> Detectron2Rcnn:
    """Build a network to train.

    Args:
        settings: ``config`` and ``overrides``; see ``Detectron2Rcnn``.
        init: Weights: a file of the whole network, ``zoo`` for those published for the config, or ``config`` for its
            ``MODEL.WEIGHTS`` (ImageNet backbones); empty leaves all random.
        trunk: A model folder of ours whose trunk is taken, where the config names ``OWN_BACKBONE``.

    Raises:
        ValueError: A setting, weight file or model cannot be used.
    """
    if unknown := sorted(set(settings) - {"config", "overrides"}):
        raise ValueError(f"A detectron2 network has no field {unknown[0]!r}: give config and overrides.")
    rcnn = Detectron2Rcnn(settings.get("config", DEFAULT), settings.get("overrides"))
    if trunk:
        body = rcnn.net.backbone.bottom_up
        if not hasattr(body, "trunk"):
            raise ValueError(f"trunk is {trunk!r}: it needs the override MODEL.BACKBONE.NAME = {OWN_BACKBONE!r}.")
        body.trunk.load(trunk)
    if init == ZOO:
        _fill_from_zoo(rcnn, settings.get("config", DEFAULT))
    elif init == "config":
        _fill_matching(rcnn, rcnn.cfg.MODEL.WEIGHTS)
    elif init:
        tensors, _ = read_weights(Path(init), "detectron2")
        fill(rcnn.net, tensors, init)
    return rcnn


def _fill_from_zoo(rcnn: Detectron2Rcnn, config: str) -> None:
    from detectron2 import model_zoo

    try:
        address = model_zoo.get_checkpoint_url(config)
    except RuntimeError:
        raise ValueError(f"No trained weights are published for {config}: give weights=FILE.") from None
    tensors, _ = read_weights(_fetch(address))
    fill(rcnn.net, tensors, address)


def _fill_matching(rcnn: Detectron2Rcnn, address: str) -> None:
    """Fill the trunk from weights of a classifier, whose tensors Detectron2 matches by their names."""
    from detectron2.checkpoint.c2_model_loading import align_and_update_state_dicts

    tensors, _ = read_weights(_fetch(address))
    tensors = {key: value for key, value in tensors.items() if not key.endswith("_momentum")}
    mine = rcnn.net.state_dict()
    matched = align_and_update_state_dicts(mine, tensors, c2_conversion=True)
    fitting = {key: value for key, value in matched.items() if key in mine and mine[key].shape == value.shape}
    trunk = [key for key in mine if key.startswith("backbone.bottom_up.")]
    if missing := [key for key in trunk if key not in fitting]:
        raise ValueError(
            f"{address} holds another trunk: {len(missing)} of {len(trunk)} tensors are missing, such as {missing[0]}."
        )
    rcnn.net.load_state_dict({**mine, **fitting})


def _fetch(address: str) -> Path:
    """Return the local copy of weights, fetched once by Detectron2's own file manager."""
    from detectron2.utils.file_io import PathManager

    try:
        return Path(PathManager.get_local_path(address))
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"{address} could not be fetched ({error}): fetch it where there is a network and give weights=FILE."
        ) from None


def estimator(
    config: str | None = None,
    weights: str | Path | None = None,
    *,
    min_score: float = MIN_SCORE,
    threads: int | None = None,
) -> RcnnEstimator:
    """Open a trained network.

    Args:
        config: Name in the model zoo or path; None takes what the weight file says, or ``DEFAULT``.
        weights: A file written by ``sketchpose train``, a state dict as safetensors, ``.pth`` or the zoo's ``.pkl``;
            None fetches those published for the config.
        min_score: See ``RcnnEstimator``.
        threads: CPU threads; None leaves torch's own.

    Raises:
        ValueError: Detectron2 is not installed, there is no such config, or the weights do not fit.
    """
    require("detectron2")
    if threads is not None:
        torch.set_num_threads(threads)
    if weights is None:
        return RcnnEstimator(build({"config": config or DEFAULT}, ZOO), min_score=min_score)
    given = Detectron2Rcnn(config) if config else None
    tensors, record = read_weights(Path(weights), "detectron2")
    rcnn = given or Detectron2Rcnn(record["network"]["config"] if record else DEFAULT)
    fill(rcnn.net, tensors, str(weights))
    if record:
        rcnn.name = str(record["name"])
    return RcnnEstimator(rcnn, min_score=min_score)
