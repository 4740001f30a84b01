"""Damaged pictures of every format: each is read or refused in one sentence, in bounded time and memory.

    python tests/fuzz/fuzz_images.py --count 20000 --seed 1

The same seed makes the same files. A file that breaks a rule is written to the folder of ``--keep``.
"""

import argparse
import io
import re
import resource
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sketchpose.images import ImageError, as_kept, read_image
from sketchpose.skeleton_picture import read_skeletons

MAX_SECONDS = 2.0
"""Of the processor, for one file; none of the seeds has more than a quarter of a megapixel."""
MAX_PEAK_MB = 1000
"""Reading the largest picture that is accepted: 40 megapixels as the decoder's four channels and as ours."""
_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)


def seeds() -> list[tuple[str, bytes]]:
    """Return small whole files of every format and variant that is read."""
    rng = np.random.default_rng(0)
    pixels = np.full((120, 90, 3), 255, np.uint8)
    pixels[20:100, 30:60] = rng.integers(0, 255, (80, 30, 3))
    rgb = Image.fromarray(pixels)
    clear = rgb.copy()
    clear.putalpha(Image.fromarray(pixels[..., 0]))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "phone"
    ramp = Image.fromarray(np.tile(np.linspace(0, 65535, 90).astype(np.uint16), (60, 1)))
    frames: dict[str, Any] = {"save_all": True, "append_images": [rgb.rotate(180)]}
    made: list[tuple[str, str, Image.Image, dict[str, Any]]] = [
        ("png", "PNG", rgb, {}),
        ("png alpha", "PNG", clear, {"exif": exif}),
        ("png palette", "PNG", rgb.quantize(16), {"transparency": 1}),
        ("png 16 bit", "PNG", ramp, {}),
        ("apng", "PNG", rgb, frames),
        ("jpeg", "JPEG", rgb, {"exif": exif, "quality": 90}),
        ("jpeg progressive", "JPEG", rgb, {"progressive": True, "icc_profile": rng.bytes(300)}),
        ("jpeg cmyk", "JPEG", rgb.convert("CMYK"), {}),
        ("jpeg grey", "JPEG", rgb.convert("L"), {"restart_marker_rows": 1}),
        ("mpo", "MPO", rgb, frames),
        ("webp", "WEBP", rgb, {"exif": exif}),
        ("webp lossless", "WEBP", clear, {"lossless": True}),
        ("webp animated", "WEBP", rgb, frames),
        ("avif", "AVIF", rgb, {"speed": 10, "exif": exif}),
        ("avif alpha", "AVIF", clear, {"speed": 10}),
        ("avif animated", "AVIF", rgb, frames | {"speed": 10}),
        *((f"tiff {c}", "TIFF", rgb, {"compression": c}) for c in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg")),
        ("tiff packbits", "TIFF", rgb.convert("L"), {"compression": "packbits"}),
        ("tiff fax", "TIFF", rgb.convert("1"), {"compression": "group4"}),
        ("tiff alpha", "TIFF", clear, {"compression": "tiff_lzw", "exif": exif}),
        ("tiff pages", "TIFF", rgb, frames),
        ("bmp", "BMP", rgb, {}),
        ("bmp palette", "BMP", rgb.quantize(16), {}),
        ("gif", "GIF", rgb, {}),
        ("gif animated", "GIF", rgb, frames | {"duration": 50, "transparency": 0}),
    ]
    out = []
    for name, kind, image, options in made:
        buffer = io.BytesIO()
        # An encoder leaves its settings on the pictures it was given.
        more = {"append_images": [i.copy() for i in options["append_images"]]} if "append_images" in options else {}
        image.copy().save(buffer, kind, **options | more)
        out.append((name, buffer.getvalue()))
    return out


def _bytes(data: bytearray, rng: np.random.Generator) -> None:
    for at in rng.integers(0, len(data), int(rng.integers(1, 12))).tolist():
        data[at] = int(rng.integers(256)) if rng.random() < 0.5 else int(rng.choice(_INTERESTING))


def _head(data: bytearray, rng: np.random.Generator) -> None:
    for at in rng.integers(0, min(len(data), 200), int(rng.integers(1, 6))).tolist():
        data[at] = int(rng.integers(256))


def _number(data: bytearray, rng: np.random.Generator) -> None:
    word = str(rng.choice(["<H", ">H", "<I", ">I"]))
    at = int(rng.integers(0, max(1, min(len(data), 400) - 4)))
    top = 2 ** (8 * struct.calcsize(word))
    value = int(rng.choice([0, 1, top - 1, top // 2, 65535 % top, int(rng.integers(top))]))
    struct.pack_into(word, data, at, value)


def _cut(data: bytearray, rng: np.random.Generator) -> None:
    del data[int(rng.integers(1, len(data))) :]


def _repeat(data: bytearray, rng: np.random.Generator) -> None:
    start, end = sorted(rng.integers(0, len(data), 2).tolist())
    data[end:end] = data[start:end] * int(rng.integers(1, 20))


def _drop(data: bytearray, rng: np.random.Generator) -> None:
    start = int(rng.integers(0, len(data)))
    del data[start : start + int(rng.integers(1, 64))]


def _insert(data: bytearray, rng: np.random.Generator) -> None:
    at = int(rng.integers(0, len(data)))
    data[at:at] = rng.bytes(int(rng.integers(1, 64)))


MUTATIONS: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (
    _bytes, _head, _number, _number, _cut, _repeat, _drop, _insert,
)  # fmt: skip


def _png_sums(data: bytearray) -> None:
    """Put the checksums of a PNG right, so that the change reaches the decoder."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            return
        struct.pack_into(">I", data, end - 4, zlib.crc32(data[at + 4 : end - 4]))
        at = end


def mutant(number: int, seed: int, files: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return the kind and the bytes of a damaged file by its number."""
    rng = np.random.default_rng((seed, number))
    name, whole = files[number % len(files)]
    data = bytearray(whole)
    for _ in range(int(rng.integers(1, 4))):
        if data:
            MUTATIONS[int(rng.integers(len(MUTATIONS)))](data, rng)
    if rng.random() < 0.1:
        other = files[int(rng.integers(len(files)))][1]
        data += other[int(rng.integers(len(other))) :]
    if "png" in name and rng.random() < 0.7:
        _png_sums(data)
    return name, bytes(data)


@dataclass
class Outcome:
    """What a run found: counts, the slowest file, and a line for each rule that was broken."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    broken: list[str] = field(default_factory=list)


def run(
    count: int, seed: int = 1, keep: Path | None = None, first: int = 0, max_seconds: float = MAX_SECONDS
) -> Outcome:
    """Read damaged files ``first`` to ``first + count``."""
    files, outcome = seeds(), Outcome()
    for number in range(first, first + count):
        name, data = mutant(number, seed, files)
        wrong, start = "", time.process_time()
        try:
            if number % 3 == 0:
                as_kept(data)
            picture = read_image(data, work_side=2048 if number % 2 else None)
            read_skeletons(picture.pixels)
            outcome.counts["read"] += 1
            if picture.pixels.ndim != 3 or picture.pixels.shape[2] != 3 or picture.pixels.dtype != np.uint8:
                wrong = f"gave pixels of {picture.pixels.shape} {picture.pixels.dtype}"
        except ImageError as error:
            outcome.counts["refused"] += 1
            if not str(error).startswith("picture: ") or "\n" in str(error):
                wrong = f"was refused with {str(error)!r}"
        except Exception as error:  # what must not happen is what is looked for
            wrong = f"raised {type(error).__name__}: {error}"
        seconds = time.process_time() - start
        outcome.slowest = max(outcome.slowest, (seconds, f"{name} {number}"))
        if seconds > max_seconds:
            wrong = wrong or f"took {seconds:.1f} s"
        if wrong:
            outcome.broken.append(f"{name} {number}: {wrong}")
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{name.replace(' ', '_')}_{number}").write_bytes(data)
    peak = peak_megabytes()
    outcome.counts["peak MB"] = peak
    if peak > MAX_PEAK_MB:
        outcome.broken.append(f"the process held {peak} MB")
    return outcome


def peak_megabytes() -> int:
    """Return the most memory that this program held; rusage counts the process that it was forked from as well."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) // 1024  # type: ignore[index]


def main() -> int:
    """Run as the command line says; the exit code is 1 where a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-seconds", type=float, default=MAX_SECONDS, help="inf: on a machine that is not idle")
    parser.add_argument("--keep", type=Path, help="folder for the files that broke a rule")
    arguments = parser.parse_args()
    outcome = run(arguments.count, arguments.seed, arguments.keep, max_seconds=arguments.max_seconds)
    print(dict(outcome.counts), "slowest: {:.2f} s {}".format(*outcome.slowest))
    print(*outcome.broken, sep="\n")
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
