"""The weights of the small networks that run in NumPy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_SCALE: Final = ".scale"
_STEPS: Final = 127


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a safetensors file by name, as float32; those that ``packed`` made are unpacked.

    Raises:
        ValueError: The file is missing or damaged.
    """
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
        return {n: _unpacked(n, array, arrays) for n, array in arrays.items() if not n.endswith(_SCALE)}
    except Exception as error:  # safetensors raises its own and OS errors
        raise ValueError(f"{path} cannot be read as weights: {error}") from error


def packed(tensors: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    """Return matrices as int8 with a scale for each row, a quarter of their size, and everything else as float16."""
    out: dict[str, NDArray[Any]] = {}
    for name, array in tensors.items():
        if array.ndim == 2:
            scale = np.maximum(np.abs(array).max(1), 1e-6).astype(np.float32) / _STEPS
            out |= {name: np.round(array / scale[:, None]).astype(np.int8), f"{name}{_SCALE}": scale}
        else:
            out[name] = array.astype(np.float16)
    return out


def _unpacked(name: str, array: NDArray[Any], arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    if array.dtype == np.int8:
        array = array * arrays[f"{name}{_SCALE}"][:, None]
    return array.astype(np.float32)
