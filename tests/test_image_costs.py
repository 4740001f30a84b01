"""What a small file can make a decoder do, and what the largest picture that is accepted costs each who reads it."""

import io
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from sketchpose.image_files import MAX_SCANS
from sketchpose.images import ImageError, read_image


def progressive(side: int, scans: int) -> bytes:
    """A progressive JPEG that goes over its pixels as often as asked, by repeating its last pass."""
    buffer = io.BytesIO()
    Image.new("L", (side, side), 255).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    passes = [found.start() for found in re.finditer(b"\xff\xda", data)]
    return data[:-2] + data[passes[-1] : -2] * (scans - len(passes)) + b"\xff\xd9"


def test_a_jpeg_of_thousands_of_passes_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data, decoded = progressive(1000, 16_000), []
    assert len(data) < 300_000
    whole = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: decoded.append(image.size) or whole(image))
    with pytest.raises(ImageError, match="stored in 16000 passes and the limit for its size is 100; open it and save"):
        read_image(data)
    assert decoded == []
    read_image(progressive(1000, MAX_SCANS))
    assert decoded, "what is decoded is seen here"


def test_the_passes_of_a_large_jpeg_are_bounded_by_its_size() -> None:
    assert read_image(progressive(1000, MAX_SCANS)).width == 1000
    with pytest.raises(ImageError, match="stored in 60 passes and the limit for its size is 27"):
        read_image(progressive(6000, 60))


def test_previews_and_what_follows_the_picture_count_as_no_passes() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "JPEG")
    data = buffer.getvalue()
    note = b"\xff\xda\x00\x02" * 500
    segment = b"\xff\xe5" + struct.pack(">H", len(note) + 2) + note
    assert read_image(data[:2] + segment + data[2:] + note).width == 64


def tiff(fields: list[tuple[int, int, int, int]], more: int = 0, after: int = 0) -> bytes:
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(fields))
    return head + b"".join(struct.pack("<HHII", *f) for f in sorted(fields)) + struct.pack("<I", after) + bytes(more)


_PLAIN = [
    (256, 3, 1, 32),
    (257, 3, 1, 32),
    (258, 3, 1, 8),
    (259, 3, 1, 1),
    (262, 3, 1, 1),
    (273, 4, 1, 0),
    (279, 4, 1, 1024),
]


def test_a_tiff_whose_directory_holds_more_than_its_file_is_refused() -> None:
    """Each of 60,000 fields may name the same megabyte, and all of them are read."""
    many = tiff([*_PLAIN, *((1000 + i, 7, 10**6, 8) for i in range(60_000))], 10**6)
    few = tiff([*_PLAIN, *((1000 + i, 7, 10**6, 8) for i in range(400))], 10**6)
    for data in (many, few):
        with pytest.raises(ImageError, match="its directory is damaged"):
            read_image(data)


def test_a_tiff_of_enormous_tiles_is_refused() -> None:
    tiled = [f for f in _PLAIN if f[0] not in (273, 279)]
    with pytest.raises(ImageError, match="tiles are wider or higher than 4096 pixels"):
        read_image(tiff([*tiled, (322, 4, 1, 60_000), (323, 4, 1, 60_000), (324, 4, 1, 8), (325, 4, 1, 100)], 100))


def test_a_tiff_whose_pages_go_in_a_circle_is_read() -> None:
    plain = [f if f[0] != 273 else (273, 4, 1, 8 + 2 + 12 * len(_PLAIN) + 4) for f in _PLAIN]
    assert read_image(tiff(plain, 1024, after=8)).pixels.shape == (32, 32, 3)


_PEAK = """
import os, resource, sys, tempfile
from pathlib import Path
os.environ["SKETCHPOSE_HOME"] = tempfile.mkdtemp()
import numpy as np
from sketchpose.images import read_image
path = Path(sys.argv[1])
{prepare}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work}
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""

_ESTIMATOR = """
from sketchpose.estimate import load_estimator
estimator = load_estimator()
small = np.full((400, 400, 3), 255, np.uint8); small[100:300, 190:210] = 0
poses = estimator.estimate(small)
"""
_PEOPLE = "pose = poses[0].moved((5000 / 400, 7900 / 400), 0)"
CONSUMERS = {
    "reading": ("", "read_image(path)", 500),
    "estimate": (_ESTIMATOR, "estimator.estimate(path)", 500),
    "index and thumbnail": (
        f"{_ESTIMATOR}\nfrom sketchpose.retrieve.gallery.indexing import index\n"
        "from sketchpose.retrieve.gallery.sources import Item",
        "r = index(tempfile.mkdtemp(), [Item(path)], path.parent, lambda: estimator, workers=1); assert r.added, r",
        500,
    ),
    "overlay": (
        f"{_ESTIMATOR}\n{_PEOPLE}\nfrom sketchpose.overlay import to_pixels",
        "to_pixels(read_image(path), [pose])",
        650,
    ),
    "dataset": ("from sketchpose.dataset import Dataset", "Dataset(tempfile.mkdtemp()).add_image(path)", 650),
    "editor": ("from annotator.editor.value import EditorValue", "EditorValue.of_picture(path)", 500),
}


@pytest.fixture(scope="module")
def largest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A drawing of 39.5 megapixels in two formats."""
    image = Image.new("RGB", (5000, 7900), "white")
    image.paste("black", (2000, 1000, 2600, 7000))
    folder = tmp_path_factory.mktemp("largest")
    paths = {kind: folder / f"large.{kind}" for kind in ("jpg", "png")}
    for path in paths.values():
        image.save(path)
    return paths


@pytest.mark.parametrize("kind", ["jpg", "png"])
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_the_largest_picture_takes_bounded_memory(consumer: str, kind: str, largest: dict[str, Path]) -> None:
    """Megabytes above what the process held before: at most about four times the pixels."""
    prepare, work, limit = CONSUMERS[consumer]
    code = _PEAK.format(prepare=prepare, work=work)
    done = subprocess.run([sys.executable, "-c", code, str(largest[kind])], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < limit
