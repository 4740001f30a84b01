"""Damage files of poses and zips in many ways: whatever comes, only the ValueError family may be raised.

    python tests/fuzz/fuzz_files.py --documents 60000 --zips 10000 --seed 0

Documents are the importers' fixtures and the small cases, changed at random places (odd values, missing and doubled
parts) or at random bytes; zips are the cases, changed at random bytes, and zips made with odd members. Prints what was
read, what was refused, and the peak of memory.
"""

import argparse
import copy
import io
import json
import random
import resource
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sketchpose.dataset.archive import open_files
from sketchpose.formats import FORMATS, SUFFIXES, Notes, read_poses
from sketchpose.pictures import Pictures

TESTS = Path(__file__).parents[1]
PICTURES = Pictures(["a/1.png", "b/1.png", "images/train/figure.png", "p.png", "texture.png"])
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 0.5, 1e300, -1e-300, 1e16, 10**15, 10**16, 10**400, float("nan"), float("inf")),
    *("", "x", "\ud800", "\0", "../../x.png", "//x", "C:\\x.png", "https://[", "1" * 5000, "é", "%zz", "?", "1e400"),
    *([], {}, [[]], [None] * 51, [0] * 51, [1e15] * 51, {"a": None}, {"": {}}, [[1, 2], [3, 4]]),
)
XML = b"""<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>
<image id="0" name="p.png" width="241" height="420"><skeleton label="person">
<points label="nose" outside="0" occluded="0" points="112.40,79.30"></points>
<points label="left_eye" outside="0" occluded="1" points="117.50,66.50"></points></skeleton></image></annotations>"""
YAML = b"""height: 420
width: 241
skeleton:
- loc: [112, 79]
  name: left_elbow
  parent: null
- {loc: [1, 2], name: x}
"""


def seeds() -> list[tuple[str, bytes]]:
    """All documents to start from, by name."""
    found = [(path.name, path.read_bytes()) for path in sorted((TESTS / "dataset" / "fixtures").rglob("*.json"))]
    found += [(path.name, path.read_bytes()) for path in sorted((TESTS / "formats" / "cases").glob("*.json"))]
    for path in sorted((TESTS / "formats" / "cases").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if Path(name).suffix in SUFFIXES]
            found += [(name, archive.read(name)) for name in names]
    return [*found, ("annotations.xml", XML), ("char/char_cfg.yaml", YAML)]


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document."""
    yield way
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*way, step))


def changed(document: Any, rng: random.Random) -> bytes:
    """The document with one to three odd values, missing or doubled parts."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        ways = list(places(document))
        way = rng.choice(ways[1:] or ways)
        if not way:
            document = rng.choice(ODD)
            continue
        inner = document
        for step in way[:-1]:
            inner = inner[step]
        what = rng.random()
        if what < 0.7:
            inner[way[-1]] = copy.deepcopy(rng.choice(ODD))
        elif what < 0.85:
            del inner[way[-1]]
        elif isinstance(inner, list):
            inner.append(copy.deepcopy(inner[way[-1]]))
        else:
            inner[rng.choice(("id", "keypoints", "bbox", "extra"))] = copy.deepcopy(inner[way[-1]])
    return json.dumps(document).encode()


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The bytes with some flipped, cut, doubled or put in."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(out) + 1)
        what = rng.random()
        if what < 0.6 and at < len(out):
            out[at] = rng.randrange(256)
        elif what < 0.7:
            del out[at : at + rng.randint(1, 40)]
        elif what < 0.9:
            out[at:at] = rng.choice(
                (b"[" * 3000, b"<!DOCTYPE x>", b"&x;", b"&a *a", b"\xff\xfe", b"1" * 30, b"NaN", b"\0")
            )
        else:
            del out[at:]
    return bytes(out)


def read_document(name: str, data: bytes, rng: random.Random) -> None:
    """Do with a document what the five readers do."""
    kind = "auto" if rng.random() < 0.7 else rng.choice(FORMATS)
    images, _ = read_poses(data, name, Notes(skip_bad=rng.random() < 0.5), format=kind)
    for image in images:
        try:
            PICTURES.find(image.picture, image.where, name)
        finally:
            image.onto(*rng.choice(((241, 420), (420, 241), (120, 160), (1, 1))))


def odd_zip(rng: random.Random) -> bytes:
    """A zip with members as tools and attackers make them."""
    buffer = io.BytesIO()
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(rng.randint(0, 4)):
            info = zipfile.ZipInfo(rng.choice(("a.json", "../b.json", "c/é.png", "d\\e.json", "", "f/", str(number))))
            info.compress_type = rng.choice(methods)
            info.external_attr = rng.choice((0, 0o120777 << 16, 0o644 << 16))
            if info.filename not in archive.namelist():
                archive.writestr(info, rng.choice((b"", b"{}", b"x" * 1000, b"\0" * (3 << 20))))
    return buffer.getvalue()


def read_zip(path: Path) -> None:
    """Read every member."""
    with open_files(path) as files:
        for name in files.names():
            files.read(name)


def run(documents: int, zips: int, seed: int, say: Callable[[str], object] = lambda words: None) -> Counter[str]:
    """Read that many damaged documents and zips.

    Returns:
        How many were read and how many refused.

    Raises:
        AssertionError: Anything but a ValueError was raised; the file's number makes it again.
    """
    starts, outcomes = seeds(), Counter[str]()
    parsed = {
        data: json.loads(data)
        for name, data in starts
        if name.endswith(".json") and b"NaN" not in data and b"//" not in data
    }
    whole = [path.read_bytes() for path in sorted((TESTS / "formats" / "cases").glob("*.zip"))]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(documents + zips):
            rng = random.Random(f"{seed}/{number}")
            try:
                if number < documents:
                    what = "document"
                    name, data = rng.choice(starts)
                    structured = data in parsed and rng.random() < 0.8
                    data = changed(parsed[data], rng) if structured else damaged(data, rng)
                    read_document(name, data, rng)
                else:
                    what = "zip"
                    path = Path(folder) / "f.zip"
                    data = odd_zip(rng) if rng.random() < 0.3 else rng.choice(whole)
                    path.write_bytes(damaged(data, rng) if rng.random() < 0.9 else data)
                    read_zip(path)
                outcomes[f"{what} read"] += 1
            except ValueError:
                outcomes[f"{what} refused"] += 1
            except BaseException as error:
                raise AssertionError(f"seed {seed}, number {number} of {documents}, {what}: {error!r}") from error
            if number % 5000 == 4999:
                say(f"{number + 1}: {dict(outcomes)}")
    return outcomes


def main() -> None:
    """Run as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60_000)
    parser.add_argument("--zips", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = run(arguments.documents, arguments.zips, arguments.seed, print)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"outcomes": outcomes, "peak_mb": after // 1024, "before_mb": before // 1024}), file=sys.stdout)


if __name__ == "__main__":
    main()
