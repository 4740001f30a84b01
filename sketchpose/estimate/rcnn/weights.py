"""Weights of the optional networks, in and out: safetensors of our own, and foreign files read without running them.

Detectron2 and torchvision publish pickles, which can run any code when they are opened. A ``.pth`` is read by torch
with ``weights_only``, a ``.pkl`` by an unpickler that knows numpy arrays and nothing else. What ``sketchpose
train`` writes is one safetensors file: tensors, and a JSON record in its metadata that says how to build the network.
"""

import collections
import json
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sketchpose.estimate.record import KEY, read_record

SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".pkl")
_NO_WEIGHTS: Final = ("num_batches_tracked", "pixel_mean", "pixel_std")
"""Ends of names that some versions of the libraries store beside the weights."""
_ARRAYS: Final = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): lambda text, encoding: text.encode(encoding),
    **{
        (f"{core}.{module}", name): getattr(getattr(np._core, module), name)  # type: ignore[attr-defined]
        for core in ("numpy.core", "numpy._core")
        for module, name in (("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numeric", "_frombuffer"))
    },
}
"""All that a pickle of arrays may name."""


class _ArrayUnpickler(pickle.Unpickler):
    """Rebuilds dictionaries, lists, numbers and numpy arrays; refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ARRAYS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is not an array") from None


def read_pickle(file: IO[bytes]) -> Any:
    """Read a pickle of numpy arrays, such as Detectron2's zoo publishes.

    Raises:
        pickle.UnpicklingError: It holds anything else.
    """
    return _ArrayUnpickler(file, encoding="latin1").load()


def read_weights(path: Path, backend: str | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors by name, and our own record of the network where there is one.

    Args:
        path: A safetensors file, a ``.pth`` of torch, or a ``.pkl`` of numpy arrays.
        backend: Refuse a file of ours that belongs to another one.

    Returns:
        The tensors, and the record: empty for a foreign file; else ``backend``, ``name``, ``network`` and ``training``.

    Raises:
        ValueError: There is no such file, it cannot be read safely, or it belongs to another backend.
    """
    if not path.is_file():
        raise ValueError(f"There are no weights {path}: give a {', '.join(SUFFIXES)} file.")
    if path.suffix == ".safetensors":
        tensors, record = _read_safetensors(path)
        if record and backend not in (None, record["backend"]):
            raise ValueError(f'{path} holds a {record["backend"]} network: load_estimator("{record["backend"]}", ...).')
        return tensors, record
    try:
        if path.suffix == ".pkl":
            with path.open("rb") as file:
                content = read_pickle(file)
        elif path.suffix in SUFFIXES:
            content = torch.load(path, map_location="cpu", weights_only=True)
        else:
            raise ValueError(f"{path} is not a weight file that can be read: give a {', '.join(SUFFIXES)} file.")
    except (pickle.UnpicklingError, EOFError, RuntimeError, TypeError, AttributeError, KeyError, IndexError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"{path} cannot be read as plain tensors ({reason}). It may run code and is refused: where you trust it, "
            f"load it with torch and store its tensors with safetensors.torch.save_file."
        ) from None
    return _tensors(content, path), {}


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    record = read_record(path)
    with safe_open(path, "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, record  # noqa: SIM118


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    """Find the tensors in what Detectron2, Caffe2 or a plain ``torch.save`` stored."""
    for key in ("model", "model_state", "state_dict", "blobs"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping):
        raise ValueError(f"{path} holds a {type(content).__name__} instead of tensors by name.")
    arrays = {str(key): value for key, value in content.items() if isinstance(value, (Tensor, np.ndarray))}
    if not arrays:
        raise ValueError(f"{path} holds no tensors: it is not a weight file.")
    return {key: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for key, v in arrays.items()}


def write_weights(path: Path, net: nn.Module, record: Mapping[str, Any]) -> None:
    """Write a network in one step.

    Args:
        path: A ``.safetensors`` file.
        net: The network.
        record: See ``read_weights``.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    fresh = path.with_name(path.name + ".new")
    save_file(tensors, fresh, metadata={KEY: json.dumps(record)})
    os.replace(fresh, path)


def fill(net: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Load tensors into a network that needs exactly these.

    Raises:
        ValueError: One is missing, has another shape, or has no place: the weights are of another architecture.
    """
    mine = net.state_dict()
    missing = sorted(key for key in set(mine) - set(tensors) if not key.endswith(_NO_WEIGHTS))
    strange = sorted(
        key for key in set(tensors) - set(mine) if not key.endswith(_NO_WEIGHTS) and "cell_anchors" not in key
    )
    shapes = sorted(key for key in set(mine) & set(tensors) if mine[key].shape != tensors[key].shape)
    for keys, what in ((shapes, "of another shape"), (missing, "missing"), (strange, "unknown to the network")):
        if keys:
            first = keys[0]
            sizes = f" {tuple(tensors[first].shape)} instead of {tuple(mine[first].shape)}" if keys is shapes else ""
            raise ValueError(
                f"{name} holds weights of another architecture: {len(keys)} of {len(mine)} tensors are {what}, such as "
                f"{first}{sizes}. Choose the config or backbone that they were trained with."
            )
    net.load_state_dict({key: tensors.get(key, mine[key]) for key in mine})
