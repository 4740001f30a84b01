"""Reader of TensorFlow.js graph models: a ``model.json`` with the nodes and the layout of the ``.bin`` files beside it.

The manifest lists, per group of files, the tensors in the order of their bytes, without gaps. A tensor may be stored
as float16, or as uint8 or uint16 with ``value * scale + min``.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Node = dict[str, Any]


def read(path: Path) -> tuple[list[Node], dict[str, NDArray[Any]]]:
    """Read a graph model.

    Args:
        path: The ``.json`` file; its ``.bin`` files must lie beside it.

    Returns:
        The nodes as in the file, and the constants by name; quantised ones as float32.

    Raises:
        ValueError: When the binary file is longer or shorter than the manifest says.
    """
    model = json.loads(path.read_text("utf-8"))
    constants: dict[str, NDArray[Any]] = {}
    for group in model["weightsManifest"]:
        blob = b"".join((path.parent / part).read_bytes() for part in group["paths"])
        end = 0
        for entry in group["weights"]:
            array, end = _tensor(blob, end, entry, path)
            constants[entry["name"]] = array
        if end != len(blob):
            raise ValueError(
                f"{path}: weights hold {len(blob)} bytes, manifest says {end}: download the package again."
            )
    return model["modelTopology"]["node"], constants


def _tensor(blob: bytes, start: int, entry: dict[str, Any], path: Path) -> tuple[NDArray[Any], int]:
    """Return one tensor of the manifest and the offset of the next."""
    quantised = entry.get("quantization")
    dtype = np.dtype(quantised["dtype"] if quantised else entry["dtype"]).newbyteorder("<")
    count = int(np.prod(entry["shape"], dtype=np.int64))
    end = start + count * dtype.itemsize
    if end > len(blob):
        raise ValueError(f"{path}: {entry['name']} ends at byte {end} of {len(blob)}: download the package again.")
    raw = np.frombuffer(blob, dtype, count, start).reshape(entry["shape"])
    if quantised is None:
        return raw.copy(), end
    values = raw.astype(np.float32)
    if "scale" in quantised:
        values = values * np.float32(quantised["scale"]) + np.float32(quantised["min"])
    return values, end
