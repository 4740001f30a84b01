"""The logs of a gallery: lines of JSON that are only ever added to, each run of a program to files of its own."""

import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from sketchpose.retrieve.gallery.entry import Json

_LOGS: Final = "*.jsonl*"


class Place(NamedTuple):
    """Where a line lies.

    Attributes:
        log: Name of the file.
        offset: In bytes, of what a compressed log holds.
        length: In bytes, without the line's end.
    """

    log: str
    offset: int
    length: int


class Logs:
    """The logs of a folder as they are when this is made; what is added later is not seen.

    Attributes:
        folder: The gallery's.
        sizes: Name of each log and its size in bytes, in order of name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sizes = {path.name: path.stat().st_size for path in sorted(folder.glob(_LOGS))}
        self._unpacked: dict[str, bytes] = {}

    @property
    def compressed(self) -> bool:
        """Whether one of them is: it no longer grows."""
        return any(name.endswith(".xz") for name in self.sizes)

    def lines(self, since: Mapping[str, int] | None = None) -> Iterator[tuple[Place, Json]]:
        """Yield the lines that tell of a picture, log by log in order of name.

        A line that was cut off when its process was killed is left out: the picture counts as not yet read.

        Args:
            since: Bytes at the beginning of a log that are left out, by its name.
        """
        for name, size in self.sizes.items():
            offset = (since or {}).get(name, 0)
            for text in self._texts(name, offset, size):
                place, offset = Place(name, offset, len(text)), offset + len(text) + 1
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if isinstance(line, dict) and isinstance(line.get("path"), str):
                    yield place, line

    def read(self, place: Place) -> Json:
        """Return the line of a place.

        Raises:
            OSError: The log has gone.
        """
        if place.log.endswith(".xz"):
            text = self._all(place.log)[place.offset : place.offset + place.length]
        else:
            with (self.folder / place.log).open("rb") as log:
                log.seek(place.offset)
                text = log.read(place.length)
        line: Json = json.loads(text)
        return line

    def _texts(self, name: str, offset: int, size: int) -> Iterator[bytes]:
        if name.endswith(".xz"):
            yield from self._all(name)[offset:].split(b"\n")
            return
        with (self.folder / name).open("rb") as log:
            log.seek(offset)
            while offset < size and (text := log.readline(size - offset)):
                offset += len(text)
                yield text.removesuffix(b"\n")

    def _all(self, name: str) -> bytes:
        if name not in self._unpacked:
            self._unpacked[name] = lzma.decompress((self.folder / name).read_bytes())
        return self._unpacked[name]
