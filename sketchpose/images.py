"""Untrusted bytes to RGB pixels: the only image decoder in the project.

PNG, JPEG, WebP, AVIF, TIFF, BMP and GIF are read. EXIF rotation is applied, transparency is composited on white paper
(on dark paper where the ink itself is white), 16-bit pictures are scaled (never clipped), and what the file promises
is checked before a single pixel is decoded (see ``image_files``).
"""

import io
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sketchpose.encode import Pixels, encode
from sketchpose.image_files import (
    MAX_FILE_MB,
    ImageError,
    Ready,
    check_scans,
    foreign_kind,
    is_ours,
    orientation,
    ready,
)

__all__ = ["ImageError", "ImageSource", "Picture", "Pixels", "as_kept", "find_images", "image_size", "read_image"]

FORMATS: Final = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF")
SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif"})
MAX_MEGAPIXELS: Final = 40.0
MIN_SIDE: Final = 16
MAX_ASPECT: Final = 50
"""Longer side over shorter side; a long comic strip has 30."""
WORK_SIDE: Final = 2048
"""Pixels on the longer side, at least, that are left where a picture is reduced: people fill a good part of it."""

ImageSource = str | os.PathLike[str] | bytes | Image.Image | NDArray[np.generic]

_WANTED: Final = "PNG, JPEG, WebP, AVIF, TIFF, BMP or GIF"
_SELDOM_SHOWN: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM", b"GIF8")
_BAND: Final = 4_000_000
"""Pixels converted at a time, so that no second picture of full size lies in memory."""
_ANIMATED: Final = "It is animated: only the first frame is used."
_PAGES: Final = "It has several pages: only the first is used."
_DARK: Final = "Its ink is white and it has no paper: dark paper was put under it."
_PAPER: Final = (255, 255, 255)
_DARK_PAPER: Final = (0, 0, 0)
_SEEN: Final = 48
"""Ink is seen on paper when its channels differ from it by this much together, out of 3 x 255."""
_CLEAR: Final = 32
"""Pixels under this opacity, out of 255, are no ink."""
_MIN_CLEAR: Final = 0.2
_MIN_SEEN: Final = 0.002
"""A picture of which at least the first share is clear, and of whose ink less than the second would be seen on white
paper, is put on dark paper."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        name: File name, or a word for what it came from.
        notes: What the reader should know, e.g. that only the first frame of an animation was used.
        full: Width and height of the picture where ``pixels`` are fewer; None where they are all.
    """

    pixels: Pixels
    name: str = "picture"
    notes: tuple[str, ...] = ()
    full: tuple[int, int] | None = None

    @property
    def width(self) -> int:
        """Width in pixels, of the whole picture."""
        return int(self.pixels.shape[1]) if self.full is None else self.full[0]

    @property
    def height(self) -> int:
        """Height in pixels, of the whole picture."""
        return int(self.pixels.shape[0]) if self.full is None else self.full[1]

    def reduced(self, side: int = WORK_SIDE) -> "Picture":
        """Return the picture with at least ``side`` and less than twice as many pixels on its longer side.

        One that has fewer than twice as many stays as it is. Coordinates remain those of the whole picture.
        """
        factor = max(self.pixels.shape[:2]) // side
        if factor < 2:
            return self
        height, width = (max(1, round(n / factor)) for n in self.pixels.shape[:2])
        pixels = np.asarray(cv2.resize(self.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return replace(self, pixels=pixels, full=(self.width, self.height))


def read_image(
    source: ImageSource | Picture, *, max_megapixels: float = MAX_MEGAPIXELS, work_side: int | None = None
) -> Picture:
    """Decode a picture from a path, bytes, a PIL image or an array.

    Args:
        source: Path, encoded bytes, PIL image, or a (H, W), (H, W, 3) or (H, W, 4) uint8 or uint16 array in RGB order.
        max_megapixels: Largest picture accepted, in millions of pixels.
        work_side: Reduce a picture that has twice as many pixels or more on its longer side (see ``Picture.reduced``),
            a JPEG while it is decoded, which takes a third of the time; None keeps every pixel.

    Returns:
        The picture in RGB, upright.

    Raises:
        ImageError: No such file, not a picture in one of the formats, cut off, too large, too small or too narrow.
    """
    if isinstance(source, Picture):
        picture = source
    elif isinstance(source, np.ndarray):
        picture = Picture(_from_array(source, max_megapixels))
    elif isinstance(source, Image.Image):
        picture = _from_pil(source, "picture", max_megapixels, work_side)
    elif isinstance(source, bytes):
        picture = _decode(source, "picture", max_megapixels, work_side)
    elif isinstance(source, (str, os.PathLike)):
        picture = _decode(_file(Path(source)), Path(source).name, max_megapixels, work_side)
    else:
        raise TypeError(f"A picture is a path, bytes, a PIL image or an array, not {type(source).__name__}.")
    return picture if work_side is None else picture.reduced(work_side)


def image_size(source: str | os.PathLike[str]) -> tuple[int, int]:
    """Return width and height of a picture file as it stands upright, without decoding its pixels.

    Raises:
        ImageError: Not a picture that can be read.
    """
    path = Path(source)
    image, file = _open(_file(path), path.name)
    with image:
        turn = _turn(image) if file.turn is None else file.turn
        return (image.height, image.width) if turn >= 5 else image.size


def as_kept(data: bytes, name: str = "picture") -> bytes:
    """Return a picture's file as the editor and the dataset keep it: unchanged, or as a PNG of its pixels.

    A PNG is made of TIFF, BMP and GIF, which browsers and other tools show in part or not at all, and of white ink
    without paper, which they show on white.

    Args:
        data: The file.
        name: Its name, for the errors.

    Raises:
        ImageError: Not a picture that can be read.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return data
    picture = _decode(data, name, MAX_MEGAPIXELS, None)
    if _DARK not in picture.notes and not data.startswith(_SELDOM_SHOWN):
        return data
    return encode(picture.pixels)


def find_images(folder: str | os.PathLike[str]) -> list[Path]:
    """All picture files below a folder by their suffix, sorted.

    Raises:
        ImageError: The folder holds none.
    """
    paths = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not paths:
        wanted = ", ".join(sorted(SUFFIXES))
        raise ImageError(f"{folder}: the folder holds no pictures; put files ending in {wanted} there.")
    return paths


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
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(
            f"{name}: of {width} x {height} one side is more than {MAX_ASPECT} times the other; cut it into parts."
        )


def _file(path: Path) -> bytes:
    if not path.is_file():
        raise ImageError(f"{path.name}: there is no such file; check the path.")
    try:
        size = path.stat().st_size
        if size > MAX_FILE_MB * 1e6:
            raise ImageError(
                f"{path.name}: the file has {size / 1e6:.0f} MB and the limit is {MAX_FILE_MB}; save a smaller copy."
            )
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path.name}: the file cannot be opened ({error.strerror}); check its rights.") from error


def _open(data: bytes, name: str) -> tuple[Image.Image, Ready]:
    """Read the head of a file, whose pixels may then be decoded."""
    if not data:
        raise ImageError(f"{name}: the file is empty (0 bytes); save or copy it again.")
    foreign = foreign_kind(data)
    if foreign is not None:
        raise ImageError(f"{name}: this is {foreign[0]}, which is not read; {foreign[1]}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = ready(data)
            image = Image.open(io.BytesIO(file.data), formats=FORMATS)
            if image.format == "JPEG":
                check_scans(file.data, image.width * image.height / 1e6)
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{name}: the picture is far over the limit of {MAX_MEGAPIXELS:g} megapixels; save a smaller copy."
        ) from error
    except UnidentifiedImageError as error:
        if is_ours(data):
            raise _damaged(name) from error
        raise ImageError(f"{name}: not a picture that can be read; use {_WANTED}.") from error
    except Exception as error:  # decoders raise nearly anything on damaged files
        raise _damaged(name) from error
    return image, file


def _decode(data: bytes, name: str, max_megapixels: float, work_side: int | None) -> Picture:
    image, file = _open(data, name)
    with image:
        picture = _from_pil(image, name, max_megapixels, work_side, file.turn)
    return replace(picture, notes=(_ANIMATED, *picture.notes)) if file.animated else picture


def _from_pil(
    image: Image.Image, name: str, max_megapixels: float, work_side: int | None, turn: int | None = None
) -> Picture:
    width, height = image.size
    _check_size(width, height, name, max_megapixels)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A phone's MPO holds the same photograph in other sizes; that is no animation.
            several = image.format != "MPO" and bool(getattr(image, "is_animated", False))
            fewer = work_side is not None and _decode_fewer(image, work_side)
            image.load()
            if turn is None:
                turn = _turn(image)
            pixels, dark = _to_rgb(image)
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    except Exception as error:  # as above
        raise _damaged(name) from error
    notes = ((_PAGES if image.format == "TIFF" else _ANIMATED,) if several else ()) + ((_DARK,) if dark else ())
    full = ((height, width) if turn >= 5 else (width, height)) if fewer else None
    return Picture(_upright(pixels, turn), name, notes, full)


def _damaged(name: str) -> ImageError:
    return ImageError(f"{name}: the file is cut off or damaged; save or copy it again.")


def _decode_fewer(image: Image.Image, side: int) -> bool:
    """Have a JPEG decoded to half, a quarter or an eighth where that leaves ``side`` pixels on its longer side."""
    factor = next((f for f in (8, 4, 2) if max(image.size) >= f * side), 1)
    if factor == 1 or image.format != "JPEG":
        return False
    return image.draft(image.mode, (max(1, image.width // factor), max(1, image.height // factor))) is not None


def _turn(image: Image.Image) -> int:
    """Return the EXIF orientation that a decoder found; that of a TIFF it has undone already."""
    if image.format == "TIFF":
        return 1
    exif, xmp = image.info.get("exif"), image.info.get("xmp", image.info.get("XML:com.adobe.xmp"))
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    return orientation(exif if isinstance(exif, bytes) else b"", xmp if isinstance(xmp, bytes) else b"")


def _upright(pixels: Pixels, turn: int) -> Pixels:
    """Undo an EXIF orientation (Exif 2.32, section 4.6.4)."""
    if turn >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _to_rgb(image: Image.Image) -> tuple[Pixels, bool]:
    """Return the pixels of a decoded picture (H, W, 3) and whether dark paper was put under it."""
    if image.mode == "F":
        raise ImageError("floating-point pictures have no agreed range; convert to 8 or 16 bits first.")
    if not image.has_transparency_data or image.mode.startswith("I"):
        return _in_bands(image, _opaque), False
    clear = ink = seen = 0

    def on_white(band: Image.Image) -> Pixels:
        nonlocal clear, ink, seen
        pixels = _on_paper(band, _PAPER)
        opaque = np.asarray(band.convert("RGBA").getchannel("A")) >= _CLEAR
        clear += opaque.size - int(opaque.sum())
        ink += int(opaque.sum())
        seen += int((opaque & (pixels.sum(2, dtype=np.uint16) < 3 * 255 - _SEEN)).sum())
        return pixels

    pixels = _in_bands(image, on_white)
    if ink and clear >= _MIN_CLEAR * (clear + ink) and seen < _MIN_SEEN * ink:
        return _in_bands(image, lambda band: _on_paper(band, _DARK_PAPER)), True
    return pixels, False


def _in_bands(image: Image.Image, convert: Callable[[Image.Image], Pixels]) -> Pixels:
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        pixels[top : top + rows] = convert(image.crop((0, top, width, min(top + rows, height))))
    return pixels


def _opaque(band: Image.Image) -> Pixels:
    if not band.mode.startswith("I"):
        return np.asarray(band.convert("RGB"))
    values = np.asarray(band)
    if values.min() < 0 or values.max() > 65535:
        raise ImageError("32-bit pictures have no agreed range; convert to 8 or 16 bits first.")
    return np.repeat(_eight_bits(values)[..., None], 3, 2)


def _on_paper(band: Image.Image, paper: tuple[int, int, int]) -> Pixels:
    layer = band.convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", layer.size, paper), layer).convert("RGB"))


def _eight_bits(values: NDArray[np.generic]) -> Pixels:
    return np.rint(values.astype(np.float32) / 257).astype(np.uint8)


def _from_array(array: NDArray[np.generic], max_megapixels: float) -> Pixels:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ImageError(f"An array of shape {array.shape} is not a picture; use (H, W), (H, W, 3) or (H, W, 4).")
    if array.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"An array of {array.dtype} has no agreed range; use uint8 or uint16.")
    _check_size(array.shape[1], array.shape[0], "array", max_megapixels)
    if array.dtype == np.uint16:
        array = _eight_bits(array)
    return _to_rgb(Image.fromarray(np.ascontiguousarray(array)))[0]
