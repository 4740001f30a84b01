"""The trunk of our own network alone, as a backbone for other detectors: it has read drawings already."""

from typing import Any, Final

from torch import Tensor, nn

from sketchpose.model.checkpoint import load_network
from sketchpose.model.folder import ModelFolder
from sketchpose.model.network import MoveNet, top_down

STRIDES: Final = (4, 8, 16, 32)
_ENDS: Final = (3, 6, 13, 17)
"""Number of MobileNetV2 blocks up to the last one at each stride."""
_TAPS: Final = (3, 6, 10)
"""Number of blocks up to each one that feeds the network's own pyramid."""


class Trunk(nn.Module):
    """All of a network of ``sketchpose.model.network`` but its heads, with the features at four strides.

    The finest map is that of the network's own pyramid, which holds what its heads read the joints from.

    Attributes:
        channels: Of each of the four maps.
        stages: The parts in order, for freezing the early ones; the pyramid is the last.
    """

    def __init__(self, arch: str = "thunder") -> None:
        super().__init__()
        net = MoveNet(arch)
        starts = (0, *_ENDS[:-1])
        blocks: list[Any] = [net.blocks[end - 1] for end in _ENDS]
        self.stem = net.stem
        self.blocks = nn.ModuleList(list(net.blocks)[: _ENDS[-1]])
        self.top, self.lateral, self.smooth = net.top, net.lateral, net.smooth
        finest: Any = net.smooth[-1]
        self.channels = [
            int(finest.pointwise.out_channels),
            *(int(block.project.out_channels) for block in blocks[1:]),
        ]
        self.stages: list[list[nn.Module]] = [
            [*([self.stem] if start == 0 else []), *list(self.blocks)[start:end]]
            for start, end in zip(starts, _ENDS, strict=True)
        ]
        self.stages.append([self.top, self.lateral, self.smooth])

    def load(self, model: str) -> None:
        """Take the weights of a model folder, by name or path.

        Raises:
            ValueError: There is no such model, or it is of another architecture.
        """
        folder = ModelFolder.open(model)
        weights = load_network(folder).state_dict()
        mine = self.state_dict()
        if any(key not in weights or weights[key].shape != value.shape for key, value in mine.items()):
            raise ValueError(
                f"{folder.path} is a {folder.card.architecture} network, whose trunk is of another shape: choose one "
                f"that fits the backbone."
            )
        self.load_state_dict({key: weights[key] for key in mine})

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map pixels (N, 3, H, W) in -1..1, sides multiples of 32, to the maps at ``STRIDES``, the finest first."""
        x = self.stem(x)
        maps, taps = [], []
        for i, block in enumerate(self.blocks, 1):
            x = block(x)
            if i in _ENDS:
                maps.append(x)
            if i in _TAPS:
                taps.append(x)
        return [top_down(self.top(x), taps, self.lateral, self.smooth), *maps[1:]]
