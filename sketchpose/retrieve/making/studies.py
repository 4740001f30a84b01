"""Add the poses that artists ask for by name to the gallery that ships, as files beside those of ``making.gallery``.

    python -m sketchpose.retrieve.making.studies
    python -m sketchpose.retrieve.making.studies --sheet studies.webp    # look at them from four sides instead

The other files of the gallery are left as they are.
"""

import argparse
import lzma
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sketchpose.encode import write_picture
from sketchpose.progress import progress_bar
from sketchpose.retrieve.gallery.gallery import SHIPPED, IndexRun, gallery_folder
from sketchpose.retrieve.gallery.indexing import THUMBNAIL
from sketchpose.retrieve.gallery.originals import render
from sketchpose.retrieve.making.gallery import mannequin, slug, view_tags, viewpoints
from sketchpose.sheet import contact_sheet
from sketchpose.synth.people.studies import CARRIED, STUDIES

RUN: Final = "studies"
_VIEWS: Final = 3
_SIDES: Final = (0.0, 50.0, -90.0, 180.0)
_FROM_BEHIND: Final = ("hand on head and hip", "hands joined overhead", "carry over the shoulder")
"""Shown from behind instead of from the other side."""
_PAIRS: Final = {
    "carry in arms": 1,
    "carry over the shoulder": 1,
    "underarm turn": 1,
    "lift by the waist": 3,
    "hold from behind": 0,
    "mercy": 1,
}
"""Of each of ``pairs.PAIR_STUDIES`` a seed of which the two fit each other."""
Job = tuple[dict[str, Any], str, str, list[str]]


def poses() -> Iterator[tuple[dict[str, Any], str, list[str]]]:
    """Yield what ``originals.render`` needs of every study but the camera, its name, and its first tags."""
    for number, (name, recipe) in enumerate(STUDIES.items()):
        if recipe.family != CARRIED:
            yield {"seed": number, "study": name}, name, ["mannequin", recipe.family, name]
    for name, seed in _PAIRS.items():
        yield {"seed": seed, "pair": name}, name, ["mannequin", "pair", name]


def jobs() -> Iterator[Job]:
    """Yield the arguments of ``mannequin`` for every picture."""
    for number, (posed, name, tags) in enumerate(poses()):
        views = list(islice(viewpoints(20_000 + number), _VIEWS + 1))
        del views[2 if name in _FROM_BEHIND else -1]
        for i, view in enumerate(views):
            recipe = posed | view | ({"distance": 4.0} if "pair" in posed else {})
            yield recipe, f"{slug(name)}-{i + 1}", f"study {name}", tags + view_tags(view)


def sheet(path: Path) -> None:
    """Write a contact sheet of all studies from four sides."""
    tiles, captions = [], []
    for posed, name, _ in poses():
        for side in _SIDES:
            tiles.append(render({**posed, "yaw": side, "distance": 3.0}, THUMBNAIL)[0].image)
            captions.append(name if side == 0 else f"{side:.0f}")
    write_picture(path, contact_sheet(tiles, captions, columns=2 * len(_SIDES)))


def main() -> int:
    """Make the files of the studies anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=gallery_folder(SHIPPED), help="default: the one in the package")
    parser.add_argument("--sheet", type=Path, help="write a contact sheet instead")
    given = parser.parse_args()
    if given.sheet:
        sheet(given.sheet)
        return 0
    for old in given.out.glob(f"{RUN}.*"):
        old.unlink()
    run, todo = IndexRun(given.out, RUN), list(jobs())
    with progress_bar("picture") as progress:
        for done, job in enumerate(todo, 1):
            run.add(*mannequin(job))
            progress(done, len(todo))
    log = given.out / f"{RUN}.jsonl"
    log.with_suffix(".jsonl.xz").write_bytes(lzma.compress(log.read_bytes(), preset=9))
    log.unlink()
    size = sum(path.stat().st_size for path in given.out.glob(f"{RUN}.*"))
    print(f"{len(todo)} pictures in {given.out}: {size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
