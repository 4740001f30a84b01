"""Backbones with a feature pyramid (Lin et al. 2017) for torchvision's keypoint R-CNN, by name."""

import difflib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import torch
from torch import Tensor, nn

from sketchpose.estimate.optional import require
from sketchpose.model.network import ARCHITECTURES
from sketchpose.model.trunk import Trunk

OWN: Final = "movenet-"
"""Backbones whose names begin so are trunks of ``sketchpose.model.network``, such as ``movenet-thunder``."""
TIMM: Final = "timm:"
NORMS: Final = ("frozen", "batch", "group")
_PROBE: Final = 128


class BackboneShape(Protocol):
    """What a backbone is built from; see ``torchvision.NetworkConfig``."""

    @property
    def backbone(self) -> str:
        """Its name."""
        ...

    @property
    def norm(self) -> str:
        """Normalisation of a ResNet, one of ``NORMS``."""
        ...

    @property
    def eps(self) -> float:
        """Of the frozen batch norms."""
        ...

    @property
    def pyramid(self) -> int:
        """Channels of the pyramid."""
        ...


class Pyramid(nn.Module):
    """A trunk and a feature pyramid; ``body`` and ``fpn`` are the names that published weights use.

    Attributes:
        out_channels: Of every map of the pyramid.
        channels: Of the trunk's maps.
        stages: The trunk's parts from the first on.
    """

    def __init__(
        self, body: nn.Module, channels: Sequence[int], out: int, stages: Sequence[Sequence[nn.Module]]
    ) -> None:
        from torchvision.ops import FeaturePyramidNetwork
        from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

        super().__init__()
        self.body, self.out_channels, self.channels = body, out, list(channels)
        self.fpn = FeaturePyramidNetwork(list(channels), out, LastLevelMaxPool())
        self.stages = stages

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Map pictures (N, 3, H, W) to maps (N, out_channels, h, w) by level, and one more at half the last."""
        maps = self.body(x)
        named = maps if isinstance(maps, Mapping) else {str(i): value for i, value in enumerate(maps)}
        pyramid: dict[str, Tensor] = self.fpn(OrderedDict(named))
        return pyramid


def build_backbone(config: BackboneShape) -> Pyramid:
    """Build a backbone by name, with random weights.

    Raises:
        ValueError: There is none of this name, near ones are given; or it yields no maps for a pyramid; or it needs
            timm, which is not installed.
    """
    name = config.backbone
    if name.startswith(OWN):
        trunk = Trunk(name.removeprefix(OWN))
        return Pyramid(trunk, trunk.channels, config.pyramid, trunk.stages)
    if name.startswith(TIMM):
        return _from_timm(name.removeprefix(TIMM), config)
    import torchvision

    known = torchvision.models.list_models(module=torchvision.models)
    if name not in known:
        near = difflib.get_close_matches(name, [*known, *(OWN + arch for arch in ARCHITECTURES)], 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see torchvision.models.list_models()."
        raise ValueError(f"torchvision has no backbone {name!r}; {hint}")
    if "resn" in name:  # resnet, resnext and wide_resnet, whose layers have the same names
        return _from_resnet(name, config)
    return _from_features(name, torchvision.models.get_model(name, weights=None), config)


def _from_resnet(name: str, config: BackboneShape) -> Pyramid:
    import torchvision
    from torchvision.models._utils import IntermediateLayerGetter
    from torchvision.ops import FrozenBatchNorm2d

    norms: dict[str, Callable[[int], nn.Module]] = {
        "frozen": lambda width: FrozenBatchNorm2d(width, eps=config.eps),
        "batch": nn.BatchNorm2d,
        "group": lambda width: nn.GroupNorm(32, width),
    }
    net = torchvision.models.get_model(name, weights=None, norm_layer=norms[config.norm])
    layers = [net.layer1, net.layer2, net.layer3, net.layer4]
    channels = [net.inplanes // 2 ** (3 - i) for i in range(4)]
    body = IntermediateLayerGetter(net, {f"layer{i + 1}": str(i) for i in range(4)})
    return Pyramid(body, channels, config.pyramid, [[net.conv1, net.bn1], *([layer] for layer in layers)])


def _from_features(name: str, net: nn.Module, config: BackboneShape) -> Pyramid:
    """Take the last map at each stride of a network that is one row of layers."""
    from torchvision.models._utils import IntermediateLayerGetter

    features = getattr(net, "features", None)
    if not isinstance(features, nn.Sequential):
        raise ValueError(f"{name} has no row of layers to take maps from: choose a ResNet, or {TIMM}{name}.")
    last: dict[int, tuple[int, int]] = {}
    x = torch.zeros(1, 3, _PROBE, _PROBE)
    features.eval()
    with torch.no_grad():
        for i, layer in enumerate(features):
            x = layer(x)
            if x.ndim != 4 or x.shape[2] != x.shape[3]:
                raise ValueError(f"{name} does not give maps of channels, rows and columns: choose another backbone.")
            last[_PROBE // x.shape[2]] = (i, x.shape[1])
    taps = [last[stride] for stride in (4, 8, 16, 32) if stride in last]
    if not taps:
        raise ValueError(f"{name} has no map at stride 4, 8, 16 or 32: choose another backbone.")
    starts = [0, *(i + 1 for i, _ in taps[:-1])]
    stages = [list(features)[start : end + 1] for start, (end, _) in zip(starts, taps, strict=True)]
    body = IntermediateLayerGetter(features, {str(i): str(k) for k, (i, _) in enumerate(taps)})
    return Pyramid(body, [width for _, width in taps], config.pyramid, stages)


def _from_timm(name: str, config: BackboneShape) -> Pyramid:
    require("timm")
    import timm

    if name not in timm.list_models():
        near = difflib.get_close_matches(name, timm.list_models(), 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see timm.list_models()."
        raise ValueError(f"timm has no backbone {name!r}; {hint}")
    body = timm.create_model(name, pretrained=False, features_only=True)
    kept = [i for i, stride in enumerate(body.feature_info.reduction()) if stride >= 4]
    body = timm.create_model(name, pretrained=False, features_only=True, out_indices=kept)
    return Pyramid(body, body.feature_info.channels(), config.pyramid, [[body]])
