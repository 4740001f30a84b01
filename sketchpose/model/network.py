"""MoveNet as a plain, trainable torch module: MobileNetV2, feature pyramid, CenterNet heads.

Written from the published graphs (Votel and Li, "Next-Generation Pose Detection with MoveNet", TensorFlow blog 2021),
whose batch norms are already folded into the convolutions. Two details of TensorFlow must be kept for the weights to
mean the same: a stride-2 convolution with SAME padding on an even side pads right and bottom only, and every pair of
coordinates is (y, x).

All head maps lie at a quarter of the input size; one of their cells is ``STRIDE`` input pixels wide.
"""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sketchpose.skeleton import NUM_KEYPOINTS

STRIDE: Final = 4
PUBLISHED_GATE: Final = 1.7998046875
"""Cells added to the distance from the regressed joint before dividing: see ``decode.single``."""


@dataclass(frozen=True)
class Architecture:
    """What distinguishes the three published networks.

    Attributes:
        width: Channel multiplier of the MobileNetV2 trunk.
        size: Side of the square input in pixels.
        people: How many people one picture may yield; 1 means top-down, on a crop around one person.
    """

    width: float
    size: int
    people: int


ARCHITECTURES: Final[dict[str, Architecture]] = {
    "thunder": Architecture(1.75, 256, 1),
    "lightning": Architecture(1.0, 192, 1),
    "multipose": Architecture(1.5, 256, 6),
}

# MobileNetV2 (Sandler et al. 2018, table 2): expansion, channels, repeats, stride.
_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
_TAPS = (2, 5, 9)  # blocks that feed the pyramid, at strides 4, 8 and 16
_TOP = 1280
_PYRAMID = (64, 64, 32, 24)
_HEAD_WIDTH = 96
_HEADS = {"center": 1, "heat": NUM_KEYPOINTS, "regress": 2 * NUM_KEYPOINTS, "offset": 2 * NUM_KEYPOINTS}
_BOX_HEADS = {"box_scale": 2, "box_offset": 2}


def architecture(name: str) -> Architecture:
    """Return an architecture by name, or say which names exist."""
    if name not in ARCHITECTURES:
        raise ValueError(f"Unknown architecture {name!r}: choose one of {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def _channels(value: float) -> int:
    """Round to a multiple of 8, never down by more than a tenth, as MobileNetV2 does."""
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded


class Conv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding and an optional activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        *,
        groups: int = 1,
        act: nn.Module | None = None,
        bias: bool = True,
    ):
        pad = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, pad, groups=groups, bias=bias)
        self.act = act
        self.pads_after = stride == 2 and kernel == 3

    def forward(self, input: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, D, H / stride, W / stride); sides must be even where the stride is 2."""
        if self.pads_after and self.groups > 1 and self.training and torch.is_grad_enabled():
            # On CPU the gradient of the strided one takes three times that of the full one, of which half is dropped.
            full = F.conv2d(input, self.weight, self.bias, 1, 1, 1, self.groups)
            x = full[:, :, 1::2, 1::2].contiguous(memory_format=torch.channels_last)
        else:
            x = super().forward(F.pad(input, (0, 1, 0, 1)) if self.pads_after else input)
        return x if self.act is None else self.act(x)


class Block(nn.Module):
    """Inverted residual: expand 1x1, depthwise 3x3, project 1x1."""

    def __init__(self, inputs: int, outputs: int, stride: int, expand: int):
        super().__init__()
        mid = inputs * expand
        self.expand = Conv(inputs, mid, act=nn.ReLU6()) if expand > 1 else nn.Identity()
        self.depthwise = Conv(mid, mid, 3, stride, groups=mid, act=nn.ReLU6())
        self.project = Conv(mid, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, D, H / stride, W / stride)."""
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


class Separable(nn.Module):
    """Depthwise 3x3 without bias, then 1x1 with ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.depthwise = Conv(inputs, inputs, 3, groups=inputs, bias=False)
        self.pointwise = Conv(inputs, outputs, act=nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, D, H, W)."""
        y: Tensor = self.pointwise(self.depthwise(x))
        return y


class Head(nn.Module):
    """One map predictor: separable convolution, then 1x1 without activation."""

    def __init__(self, outputs: int):
        super().__init__()
        self.hidden = Separable(_PYRAMID[-1], _HEAD_WIDTH)
        self.out = Conv(_HEAD_WIDTH, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map pyramid features (N, 24, H, W) to (N, outputs, H, W)."""
        y: Tensor = self.out(self.hidden(x))
        return y


def top_down(x: Tensor, taps: list[Tensor], lateral: nn.ModuleList, smooth: nn.ModuleList) -> Tensor:
    """Return the finest map of a feature pyramid.

    Args:
        x: (N, C, H / 32, W / 32), the coarsest features.
        taps: The finer ones, each of twice the size of the one after it.
        lateral: What narrows the coarsest features and then each tap, the coarsest tap first.
        smooth: What follows each sum.
    """
    first, *others = lateral
    x = first(x)
    for narrow, blend, tap in zip(others, smooth, reversed(taps), strict=True):
        up = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = blend(up + narrow(tap))
    return x


class MoveNet(nn.Module):
    """The network without its decoder.

    ``gate`` and ``center_prior`` are buffers, so a model folder carries its own decoding and every network of one
    architecture shares one ONNX graph.
    """

    gate: Tensor
    center_prior: Tensor

    def __init__(self, arch: str = "thunder"):
        super().__init__()
        spec = architecture(arch)
        self.arch, self.size, self.people = arch, spec.size, spec.people
        channels = _channels(32 * spec.width)
        self.stem = Conv(3, channels, 3, 2, act=nn.ReLU6())
        blocks: list[Block] = []
        widths: list[int] = []
        for expand, base, repeats, stride in _STAGES:
            outputs = _channels(base * spec.width)
            for i in range(repeats):
                blocks.append(Block(channels, outputs, stride if i == 0 else 1, expand))
                channels = outputs
                widths.append(outputs)
        self.blocks = nn.ModuleList(blocks)
        self.top = Conv(channels, _TOP, act=nn.ReLU6())
        taps = (_TOP, *(widths[i] for i in reversed(_TAPS)))
        self.lateral = nn.ModuleList(Conv(a, b) for a, b in zip(taps, _PYRAMID, strict=True))
        self.smooth = nn.ModuleList(Separable(a, b) for a, b in zip(_PYRAMID[1:], (32, 24, 24), strict=True))
        heads = {**_HEADS, **_BOX_HEADS} if self.people > 1 else _HEADS
        self.heads = nn.ModuleDict({name: Head(n) for name, n in heads.items()})
        if self.people == 1:
            cells = self.size // STRIDE
            self.register_buffer("gate", torch.tensor([PUBLISHED_GATE]))
            self.register_buffer("center_prior", torch.ones(1, 1, cells, cells))

    def features(self, x: Tensor) -> Tensor:
        """Map scaled pixels (N, 3, H, W) to pyramid features (N, 24, H / 4, W / 4)."""
        x = self.stem(x)
        taps = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in _TAPS:
                taps.append(x)
        return top_down(self.top(x), taps, self.lateral, self.smooth)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return the raw head maps.

        Args:
            images: (N, 3, H, W) float RGB in 0..255, H and W multiples of 32.

        Returns:
            Maps (N, C, H / 4, W / 4): ``center`` and ``heat`` as logits; ``regress`` (y, x per joint, in cells from
            the centre cell), ``offset`` (y, x per joint, in cells from the joint's own cell); for several people also
            ``box_scale`` (height, width in cells) and ``box_offset`` (y, x in cells from the centre cell).
        """
        # The published graph's float16 constant, not 2 / 255 exactly.
        x = self.features(images * 0.007843017578125 - 1.0)
        return {name: head(x) for name, head in self.heads.items()}
