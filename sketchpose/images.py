"""Untrusted bytes to RGB pixels: the only image decoder in the project.

PNG, JPEG, WebP and AVIF are read. EXIF rotation is applied, transparency is composited on white paper, 16-bit pictures
are scaled (never clipped), and the size in the header is checked before a single pixel is decoded.
"""

import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP", "AVIF")
SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif"})
MAX_MEGAPIXELS: Final = 40.0
MIN_SIDE: Final = 16
_ORIENTATION: Final = 0x0112

Pixels = NDArray[np.uint8]
ImageSource = str | os.PathLike[str] | bytes | Image.Image | NDArray[np.generic]


class ImageError(ValueError):
    """A picture that cannot be used, in one sentence a person can act on."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        name: File name, or a word for what it came from.
        notes: What the reader should know, e.g. that only the first frame of an animation was used.
    """

    pixels: Pixels
    name: str = "picture"
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])


def read_image(source: ImageSource | Picture, *, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """Decode a picture from a path, bytes, a PIL image or an array.

    Args:
        source: Path, encoded bytes, PIL image, or a (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16 array in RGB order.
        max_megapixels: Largest picture accepted, in millions of pixels.

    Returns:
        The picture in RGB, upright.

    Raises:
        ImageError: No such file, not a picture in one of the four formats, cut off, too large or too small.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        picture = Picture(_from_array(source, max_megapixels))
    elif isinstance(source, Image.Image):
        picture = _from_pil(source, "picture", max_megapixels)
    elif isinstance(source, bytes):
        picture = _decode(io.BytesIO(source), "picture", len(source), max_megapixels)
    elif isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if not path.is_file():
            raise ImageError(f"{path.name}: there is no such file; check the path.")
        picture = _decode(path, path.name, path.stat().st_size, max_megapixels)
    else:
        raise TypeError(f"A picture is a path, bytes, a PIL image or an array, not {type(source).__name__}.")
    return picture


def image_size(source: str | os.PathLike[str]) -> tuple[int, int]:
    """Return width and height of a picture file as it stands upright, without decoding its pixels.

    Raises:
        ImageError: Not a picture that can be read.
    """
    path = Path(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                width, height = image.size
                turned = image.getexif().get(_ORIENTATION) in (5, 6, 7, 8)
    except Exception as error:  # Decoders of damaged headers raise anything.
        raise ImageError(f"{path.name}: not a picture that can be read; use PNG, JPEG, WebP or AVIF.") from error
    return (height, width) if turned else (width, height)


def find_images(folder: str | os.PathLike[str]) -> list[Path]:
    """All picture files below a folder by their suffix, sorted.

    Raises:
        ImageError: The folder holds none.
    """
    found = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        wanted = ", ".join(sorted(SUFFIXES))
        raise ImageError(f"{folder}: the folder holds no pictures; put files ending in {wanted} there.")
    return found


def _check_size(width: int, height: int, name: str, max_megapixels: float) -> None:
    if width * height > max_megapixels * 1e6:
        raise ImageError(
            f"{name}: {width} x {height} is {width * height / 1e6:.0f} megapixels and the limit is "
            f"{max_megapixels:g}; save a smaller copy."
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{name}: {width} x {height} is too small to show a person; each side needs {MIN_SIDE} pixels."
        )


def _decode(file: Path | io.BytesIO, name: str, size: int, max_megapixels: float) -> Picture:
    if size == 0:
        raise ImageError(f"{name}: the file is empty (0 bytes); save or copy it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{name}: the picture is far over the limit of {max_megapixels:g} megapixels; save a smaller copy."
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ImageError(f"{name}: not a picture that can be read; use PNG, JPEG, WebP or AVIF.") from error
    with image:
        return _from_pil(image, name, max_megapixels)


def _from_pil(image: Image.Image, name: str, max_megapixels: float) -> Picture:
    _check_size(*image.size, name, max_megapixels)
    notes = ("It is animated: only the first frame is used.",) if getattr(image, "n_frames", 1) > 1 else ()
    try:
        image.load()
        upright = ImageOps.exif_transpose(image)
        pixels = _to_rgb(upright)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError(f"{name}: the file is cut off or damaged; save or copy it again.") from error
    return Picture(pixels, name, notes)


def _to_rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):
        return _from_array(np.clip(np.asarray(image), 0, 65535).astype(np.uint16), np.inf)
    if image.mode == "F":
        raise ImageError("Floating-point pictures have no agreed range; convert to 8 or 16 bits first.")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(paper, layer)
    return np.ascontiguousarray(image.convert("RGB"))


def _from_array(array: NDArray[np.generic], max_megapixels: float) -> Pixels:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ImageError(f"An array of shape {array.shape} is not a picture; use (H, W), (H, W, 3) or (H, W, 4).")
    if array.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"An array of {array.dtype} has no agreed range; use uint8 or uint16.")
    _check_size(array.shape[1], array.shape[0], "array", max_megapixels)
    if array.dtype == np.uint16:
        array = np.rint(array.astype(np.float32) / 257).astype(np.uint8)
    return _to_rgb(Image.fromarray(np.ascontiguousarray(array)))
