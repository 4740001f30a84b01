"""Networks in and out of model folders (torch side), and the ONNX graph that shares their weights.

Weights are stored as float16. The graph keeps them so and casts each to float32; ONNX Runtime folds the casts when it
loads, so that nothing is converted while it runs.
"""

import json
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file

from sketchpose.model.decode import Decoded, outputs
from sketchpose.model.folder import GRAPH, WEIGHTS, Card, ModelFolder
from sketchpose.model.network import MoveNet, architecture

OPSET: Final = 18


def load_network(folder: ModelFolder) -> MoveNet:
    """Return the torch network of a folder, in evaluation mode, float32.

    Raises:
        ValueError: When the weights do not fit the architecture that the card names.
    """
    net = MoveNet(folder.card.architecture)
    try:
        net.load_state_dict({k: v.float() for k, v in load_file(folder.weights).items()})
    except RuntimeError as error:
        raise ValueError(f"{folder.weights} does not fit architecture {net.arch!r}: {error}") from None
    return net.eval()


def save_folder(net: MoveNet, path: Path, card: Card, base: Path | None = None) -> ModelFolder:
    """Write a model folder.

    Args:
        net: The network; its weights are rounded to float16.
        path: Folder to write; made if missing.
        card: What it is; architecture and sizes are checked against the network, digests are filled in.
        base: A model folder of the same architecture whose graph is copied; without it the graph is exported, which
            needs the packages onnx and onnxscript.

    Raises:
        ValueError: When the card and the network disagree, a weight is not finite or too large for float16, or the
            graph of ``base`` does not fit.
    """
    spec = architecture(net.arch)
    if (card.architecture, card.input_size, card.people) != (net.arch, spec.size, spec.people):
        raise ValueError(
            f"The card says {card.architecture}, {card.input_size} px, {card.people} people; the network is "
            f"{net.arch}, {spec.size} px, {spec.people} people: correct the card."
        )
    tensors = {name: t.detach().half().contiguous() for name, t in net.state_dict().items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{name} holds a value that float16 cannot: train with a lower rate.")
    path.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path / WEIGHTS)
    if base is None:
        _export(net, path / GRAPH)
    else:
        if _header(base / WEIGHTS) != _header(path / WEIGHTS):
            raise ValueError(f"{base} lays out its weights differently: save without base to export a new graph.")
        if base.resolve() != path.resolve():
            shutil.copyfile(base / GRAPH, path / GRAPH)
    card.write(path)
    return ModelFolder.open(path)


def _header(path: Path) -> tuple[int, bytes]:
    """Return the byte where tensor data starts in a safetensors file, and its JSON header.

    Format: 8 bytes little-endian header length, header, data; offsets count from the end of the header.
    """
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        return 8 + length, file.read(length)


def _export(net: MoveNet, path: Path) -> None:
    """Write the ONNX graph of a network whose weights lie beside ``path`` already."""
    try:
        import onnx
        import onnxscript  # noqa: F401
        from onnx import TensorProto, helper
    except ImportError:
        raise ValueError("Exporting a graph needs two packages: pip install onnx onnxscript.") from None
    model = Decoded(net).eval()
    sample = torch.zeros(2, net.size, net.size, 3, dtype=torch.uint8)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / GRAPH
        torch.onnx.export(
            model,
            (sample,),
            file,
            input_names=["images"],
            output_names=list(outputs(net)),
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )
        graph = onnx.load(file).graph
    start, header = _header(path.parent / WEIGHTS)
    layout = json.loads(header)
    del graph.value_info[:]
    kept, casts = [], []
    for tensor in graph.initializer:
        name = tensor.name.removeprefix("net.")
        if name not in layout:
            kept.append(tensor)
            continue
        begin, end = layout[name]["data_offsets"]
        half = TensorProto(name=f"{name}.half", data_type=TensorProto.FLOAT16, dims=tensor.dims)
        half.data_location = TensorProto.EXTERNAL
        for key, value in (("location", WEIGHTS), ("offset", start + begin), ("length", end - begin)):
            half.external_data.add(key=key, value=str(value))
        kept.append(half)
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    for node in nodes:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    lean = helper.make_graph(nodes, "movenet", graph.input, graph.output, kept)
    opset = helper.make_opsetid("", OPSET)
    proto = helper.make_model(lean, opset_imports=[opset], producer_name="sketchpose", ir_version=10)
    path.write_bytes(proto.SerializeToString())
