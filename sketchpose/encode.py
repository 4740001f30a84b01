"""Pixels to the bytes of a picture file."""

import base64
import io
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sketchpose.files import write_atomic

Pixels = NDArray[np.uint8]

_OPTIONS: Final[dict[str, dict[str, Any]]] = {"JPEG": {"quality": 88}, "WEBP": {"quality": 88, "method": 0}}
_KINDS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def encode(pixels: Pixels, kind: str = "PNG", max_side: int | None = None, **options: Any) -> bytes:
    """Return pixels (H, W, 3) uint8 RGB as a picture file.

    Args:
        pixels: The picture.
        kind: PNG, JPEG or WEBP.
        max_side: Reduce it to this many pixels on its longer side; None keeps every pixel.
        options: Pillow's, in place of the usual ones.
    """
    image = Image.fromarray(pixels)
    if max_side is not None:
        image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, kind, **(_OPTIONS.get(kind, {}) | options))
    return buffer.getvalue()


def data_url(pixels: Pixels, kind: str = "PNG", max_side: int | None = None, **options: Any) -> str:
    """Return what ``encode`` returns as an address that a page can show."""
    encoded = base64.b64encode(encode(pixels, kind, max_side, **options)).decode()
    return f"data:image/{kind.lower()};base64,{encoded}"


def write_picture(path: Path, pixels: Pixels) -> None:
    """Write pixels (H, W, 3) uint8 RGB as the kind of file that the path's suffix names.

    Raises:
        ValueError: The suffix names no kind that can be written.
        OSError: The file cannot be written.
    """
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise ValueError(
            f"{path.name}: cannot write {path.suffix or 'a file without suffix'}; use {', '.join(_KINDS)}."
        )
    write_atomic(path, encode(pixels, kind))
