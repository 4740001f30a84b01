"""What a picture's bytes say before they are decoded: what kind they are, and what decoding them would cost.

A few kilobytes can promise hours of work or gigabytes of memory, so each format's own way to do so is bounded here, by
reading its outer structure alone. What a decoder would stumble over and nobody needs (colour profiles, texts, side
chunks with wrong checksums) is left out.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_FILE_MB: Final = 200
"""More than 40 megapixels with 4 channels and no compression."""
MAX_SCANS: Final = 100
"""Passes over a progressive JPEG, as in libtiff; encoders write 6 to 25."""
MAX_SCAN_MEGAPIXELS: Final = 1000.0
"""Passes times megapixels: each costs about a millisecond a megapixel, so this is about a second."""
_MAX_TIFF_FIELDS: Final = 512
_MAX_TILE: Final = 4096
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MARKER: Final = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")
"""A marker that begins a segment, or the end."""
_SOS, _EOI, _COMMENT = 0xDA, 0xD9, 0xFE
_TIFF_STARTS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TIFF_HEADER: Final = re.compile(rb"II\*\0|MM\0\*")
_MAX_NOTES: Final = 16
_ORIENTATION: Final = 0x0112
_XMP_ORIENTATION: Final = re.compile(rb"tiff:Orientation(?:=\"|>)([1-8])")
_CUT: Final = "the file is cut off or damaged; save or copy it again."
_SMALL_TEXT: Final = 65536
_LARGEST_TEXT: Final = 2**20

_OURS: Final = re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|RIFF.{4}WEBP|.{4}ftyp|II[*+]\0|MM\0[*+]|GIF8", re.S)
_EXPORT: Final = "export the drawing as PNG in the program it was made with"
_KINDS: Final = (
    (re.compile(rb"8BPS"), "a Photoshop document (PSD)", _EXPORT),
    (re.compile(rb"gimp xcf"), "a GIMP document (XCF)", _EXPORT),
    (re.compile(rb"CSFCHUNK"), "a Clip Studio document", _EXPORT),
    (re.compile(rb"SAI-CANVAS"), "a PaintTool SAI document", _EXPORT),
    (re.compile(rb"PK\x03\x04.{26}mimetypeapplication/x-krita", re.S), "a Krita document", _EXPORT),
    (re.compile(rb"PK\x03\x04.{26}mimetypeimage/openraster", re.S), "an OpenRaster document", _EXPORT),
    (re.compile(rb"PK\x03\x04"), "a zip archive or a document of a drawing program", "unpack it, or export as PNG"),
    (re.compile(rb"%PDF"), "a PDF", "save the page as PNG"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "a PostScript file", "save it as PNG"),
    (
        re.compile(rb".{4}ftyp(?:hei[cxms]|hev[cxms]|m[is]f1(?!.{0,60}avi[fs]))", re.S),
        "a HEIC photo",
        "save or send it as JPEG",
    ),
    (re.compile(rb".{4}ftyp(?!avi[fs]|m[is]f1)", re.S), "a video", "save one frame of it as PNG"),
    (re.compile(rb"\x1aE\xdf\xa3|RIFF.{4}AVI ", re.S), "a video", "save one frame of it as PNG"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "a JPEG XL picture", "save it as PNG or JPEG"),
    (re.compile(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  "), "a JPEG 2000 picture", "save it as PNG or JPEG"),
    (re.compile(rb"II\*\0.{4}CR", re.S), "a camera's raw photo", "save it as JPEG"),
    (re.compile(rb"FUJIFILMCCD-RAW|IIRO|IIU\0"), "a camera's raw photo", "save it as JPEG"),
    (re.compile(rb"\0\0\x01\0"), "an icon (ICO)", "save it as PNG"),
    (re.compile(rb"\s*(?:<\?xml.{0,2000}?)?<svg", re.S | re.I), "an SVG drawing", _EXPORT),
    (re.compile(rb"\s*<(?:!doctype html|html)", re.I), "a web page", "save the picture on it instead"),
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer", "fetch the picture itself with `git lfs pull`"),
)


class ImageError(ValueError):
    """A picture that cannot be used, in one sentence a person can act on."""


def is_ours(data: bytes) -> bool:
    """Whether a file begins as one of the formats that are read, whatever follows."""
    return _OURS.match(data) is not None


def foreign_kind(data: bytes) -> tuple[str, str] | None:
    """Return what a file that is no picture of ours is, and what to do; None where it is not known."""
    return next(((kind, remedy) for start, kind, remedy in _KINDS if start.match(data[:4096])), None)


@dataclass(frozen=True)
class Ready:
    """A file as a decoder may have it.

    Attributes:
        data: The file without what was left out.
        turn: EXIF orientation, 1 to 8, of formats from which it was left out; None where the decoder tells it.
        animated: Whether frames were left out.
    """

    data: bytes
    turn: int | None = None
    animated: bool = False


def ready(data: bytes) -> Ready:
    """Leave out of a file what a decoder would stumble over, and check the rest.

    Args:
        data: The whole file.

    Raises:
        ImageError: It would cost too much, or what cannot be left out is damaged. The sentence lacks the name.
    """
    if data.startswith(_PNG):
        return _ready_png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _ready_jpeg(data)
    if data.startswith(_TIFF_STARTS):
        _check_tiff(data)
    if data[4:8] == b"ftyp":
        _check_notes(data)
    return Ready(data)


def orientation(exif: bytes, xmp: bytes = b"") -> int:
    """Return the orientation, 1 to 8, that a picture's notes give; 1 where they give none.

    No other value is looked at, so none can be wrong (Exif 2.32, section 4.6.4; XMP part 1, ``tiff:Orientation``).
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = "<" if exif[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        for i in range(min(count, _MAX_TIFF_FIELDS)):
            tag, kind = struct.unpack_from(order + "HH", exif, at + 2 + 12 * i)
            if tag == _ORIENTATION and kind in (3, 4):
                (value,) = struct.unpack_from(order + " HI"[kind - 2], exif, at + 10 + 12 * i)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    match = _XMP_ORIENTATION.search(xmp)
    return int(match[1]) if match else 1


def check_scans(data: bytes, megapixels: float) -> None:
    """Refuse a JPEG stored in too many passes.

    Raises:
        ImageError: More passes than any encoder writes. The sentence lacks the name.
    """
    scans = sum(kind == _SOS for kind, _, _ in _segments(data))
    limit = min(MAX_SCANS, int(MAX_SCAN_MEGAPIXELS / max(megapixels, 1e-6)))
    if scans > limit:
        raise ImageError(
            f"the JPEG is stored in {scans} passes and the limit for its size is {limit}; open it and save it again."
        )


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment of a JPEG as its decoder meets them, up to its end.

    Previews lie inside of segments and are passed over with them.
    """
    at = 2
    while (match := _MARKER.search(data, at)) is not None:
        at, kind = match.end(), match[1][0]
        if kind == _EOI:
            return
        start, at = at - 2, at + max(2, int.from_bytes(data[at : at + 2], "big"))
        yield kind, start, at


def _ready_jpeg(data: bytes) -> Ready:
    """Leave out notes, profiles and previews; only those of JFIF and Adobe matter to the pixels."""
    kept, exif, xmp = [data[:2]], b"", b""
    for kind, start, end in _segments(data):
        if kind == _SOS:
            return Ready(b"".join([*kept, data[start:]]), orientation(exif, xmp))
        if 0xE0 <= kind <= 0xEF or kind == _COMMENT:
            body = data[start + 4 : end]
            exif = body if not exif and body.startswith(b"Exif\0\0") else exif
            xmp = body if not xmp and body.startswith(b"http://ns.adobe.com/xap/1.0/\0") else xmp
        if kind in (0xE0, 0xEE) or not (0xE0 <= kind <= 0xEF or kind == _COMMENT):
            kept.append(data[start:end])
    raise ImageError(_CUT)


def _ready_png(data: bytes) -> Ready:
    """Leave out all that is not critical to the pixels, whole or damaged."""
    at, kind, kept, exif, xmp, animated = len(_PNG), b"", [_PNG], b"", b"", False
    while kind != b"IEND" and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        start, end = at + 8, at + 12 + length
        at, body = end, memoryview(data)[start : start + length]
        critical = not kind[0] & 0x20
        if end > len(data):
            if critical:
                raise ImageError(_CUT)
            break
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(data[end - 4 : end], "big"):
            if critical:
                raise ImageError(
                    f"the file is damaged (checksum of its {kind.decode('latin-1')!r} part); save it again."
                )
        elif critical or kind == b"tRNS":
            kept.append(data[start - 8 : end])
        elif kind == b"acTL":
            animated = int.from_bytes(body[:4], "big") > 1
        elif kind == b"eXIf":
            exif = bytes(body)
        elif kind == b"iTXt" and bytes(body[:18]) == b"XML:com.adobe.xmp\0" and length < _SMALL_TEXT:
            xmp = bytes(body)
        elif kind in (b"tEXt", b"zTXt") and bytes(body[:22]) == b"Raw profile type exif\0" and length < _SMALL_TEXT:
            exif = exif or _raw_profile(bytes(body[22:]))
    return Ready(b"".join(kept), orientation(exif, xmp), animated)


def _raw_profile(text: bytes) -> bytes:
    """Return the EXIF data that ImageMagick writes as text: a name, a length, then hexadecimal digits."""
    try:
        if text[:1] == b"\0":
            text = zlib.decompressobj().decompress(text[1:], _LARGEST_TEXT)
        return bytes.fromhex("".join(text.decode("ascii").split()[2:]))
    except (zlib.error, ValueError):
        return b""


def _check_notes(data: bytes) -> None:
    """Refuse an AVIF whose notes promise more than they hold: its decoder reads them without a limit."""
    at, tried = 0, 0
    while (match := _TIFF_HEADER.search(data, at)) is not None:
        at, tried = match.end(), tried + 1
        if tried > _MAX_NOTES:
            raise ImageError("it holds too many notes; save it again without them.")
        if int.from_bytes(data[at : at + 4], "little" if data[at - 4] == 0x49 else "big") < len(data):
            _check_tiff(data[at - 4 :], strict=False)


_TIFF_SIZES: Final = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value by its type, where it is not one."""
_TILE_SIDES: Final = (322, 323)


def _check_tiff(data: bytes, *, strict: bool = True) -> None:
    """Refuse a TIFF whose first directory promises more than the file can hold.

    Args:
        data: The file, or what looks like one.
        strict: Refuse one that ends within its directory.
    """
    order = "<" if data[:1] == b"I" else ">"
    big = 43 in data[2:4]
    count_word, entry, inline = ("Q", "HHQQ", 8) if big else ("H", "HHII", 4)
    head, step = struct.calcsize("=" + count_word), struct.calcsize("=" + entry)
    damaged = ImageError("its directory is damaged; open it and save it again.")
    held = 0
    try:
        (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
        (count,) = struct.unpack_from(order + count_word, data, at)
        if count > _MAX_TIFF_FIELDS:
            raise damaged
        for place in range(at + head, at + head + count * step, step):
            tag, kind, values, value = struct.unpack_from(order + entry, data, place)
            size = values * _TIFF_SIZES.get(kind, 1)
            held += size if size > inline else 0
            if tag in _TILE_SIDES and (value if order == "<" or kind != 3 else value >> (8 * inline - 16)) > _MAX_TILE:
                raise ImageError(f"its tiles are wider or higher than {_MAX_TILE} pixels; save it in strips.")
    except (struct.error, OverflowError) as error:
        if strict:
            raise damaged from error
    if held > len(data):
        raise damaged
