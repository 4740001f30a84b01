"""The weights of the small networks that run in NumPy."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a safetensors file by name, as float32.

    Raises:
        ValueError: The file is missing or damaged.
    """
    from safetensors.numpy import load_file

    try:
        return {name: array.astype(np.float32) for name, array in load_file(path).items()}
    except Exception as error:  # safetensors raises its own and OS errors
        raise ValueError(f"{path} cannot be read as weights: {error}") from error
