"""Make the gallery that ships with the package: mannequins in many poses from several sides, and open drawings.

    python -m sketchpose.retrieve.making.gallery --drawings FOLDER_WITH_COCO_ANNOTATIONS

Poses are those of labelled drawings, lifted into space, and more from the generator's recipes and random angles; near
repetitions are left out. The same arguments make the same poses; the
thumbnails' bytes may differ with the version of the WebP encoder. Only small pictures are stored: what is shown in full
size is rendered again (see ``originals``). Poses that artists ask for by name lie beside it, see ``studies``.
"""

import argparse
import itertools
import lzma
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from sketchpose.encode import encode
from sketchpose.images import read_image
from sketchpose.options import MOST_WORKERS, cores, whole
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import SHIPPED, IndexRun, gallery_folder
from sketchpose.retrieve.gallery.indexing import THUMBNAIL, thumbnail
from sketchpose.retrieve.gallery.originals import RENDER_SIDE, render
from sketchpose.retrieve.gallery.sources import read_source
from sketchpose.synth.people.drawn_poses import DrawnPose, load_drawn_poses

_QUALITY: Final = 60
_NEAR: Final = 0.03
"""Poses whose bones differ less than this on average (squared lengths of unit vectors; about 10 degrees) repeat."""
_PAIRS: Final = (
    *("embrace", "handshake", "hand in hand", "arm around", "waltz", "punch", "kick", "duel", "piggyback"),
    *("proposal", "back to back", "sit together", "high five", "help up", "tug", "whisper", "dance apart"),
)
"""Pairs that read well without clothes and props."""
_CREDITS: Final = {
    "peeps": "Pablo Stanley, Open Peeps, CC0 1.0",
    "stick_blueman": "Yutaka Kachi, Open Clip Art Library, public domain",
    "stick_sm": "Nicu Buculei, Open Clip Art Library, public domain",
    "stick_stickyman": "Giuseppe Mascolo, Open Clip Art Library, public domain",
}
_LICENCES: Final = """# Licences of the pictures in this gallery

- `mannequins/`: rendered by SketchPose from the Anny body model (data: CC0), dedicated to the public domain
  (CC0 1.0). Only thumbnails are stored; full size is rendered when asked for. The poses tagged "as drawn" were lifted
  from this project's own annotations of open drawings (CC0); nothing of the drawings themselves is in them.
- `drawings/peeps_*`: Open Peeps by Pablo Stanley (https://www.openpeeps.com/), CC0 1.0.
- `drawings/stick_*`: Open Clip Art Library, public domain dedication, by Yutaka Kachi (`stick_blueman_*`), Nicu
  Buculei (`stick_sm_*`) and Giuseppe Mascolo (`stick_stickyman_*`).

Made by `python -m sketchpose.retrieve.making.gallery`.
"""
_VIEWS: Final = ((22, "front"), (68, "three-quarter"), (112, "side"), (158, "back three-quarter"), (181, "back"))


def choose(count: int) -> list[tuple[int, str, str]]:
    """Return the seeds of poses that differ, each with its recipe's name and family; every recipe is among them.

    Raises:
        ValueError: There are more recipes than ``count``.
    """
    from sketchpose.synth.people.actor import sample_cast, take_pose
    from sketchpose.synth.people.body import load_body
    from sketchpose.synth.people.likeness import Limbs, apart, limbs
    from sketchpose.synth.people.recipes import RECIPES

    if count < len(RECIPES):
        raise ValueError(f"--poses is {count}; there are {len(RECIPES)} recipes, and each is to be shown.")
    body, missing = load_body(), set(RECIPES)
    chosen: list[tuple[int, str, str]] = []
    shapes: list[Limbs] = []
    seed = -1
    while len(chosen) < count:
        seed += 1
        cast = sample_cast(body, np.random.default_rng(seed), kind="real", adult=True)
        pose, recipe = take_pose(cast, np.random.default_rng(seed))
        first = pose.name.split(" + ")[0]
        if len(chosen) + len(missing) == count and first not in missing:
            continue
        shape = limbs(body.joints(body.articulate(cast.shape, pose, cast.proportions)))
        if shapes and first not in missing and apart(np.array(shapes), shape).min() < _NEAR:
            continue
        missing.discard(first)
        shapes.append(shape)
        chosen.append((seed, pose.name, recipe.family if recipe else "random"))
    return chosen


def viewpoints(seed: int, close: bool = False) -> Iterator[dict[str, float]]:
    """Yield cameras as drawings have them: front, three quarters, the other side, back; one may look up or down.

    Args:
        seed: Of everything random.
        close: Whether the first one comes near, for strong foreshortening.
    """
    rng = np.random.default_rng([seed, 1])
    side = float(rng.choice((-1, 1)))
    yaws = (rng.normal(0, 20), side * rng.uniform(30, 70), -side * rng.uniform(70, 115), rng.uniform(130, 230))
    tilted = int(rng.integers(0, 6))
    for i, yaw in enumerate(yaws):
        pitch = float(rng.normal(6, 5))
        if i == tilted:
            pitch = float(rng.choice((rng.uniform(-28, -12), rng.uniform(25, 55))))
        near = close and i == 0
        distance = float(rng.uniform(0.75, 1.1)) if near else float(rng.choice((1.8, 3.0, 4.0)))
        yield {
            "yaw": round(_turned(yaw), 1), "pitch": round(pitch, 1), "distance": round(distance, 2), "fill": 0.84
        }  # fmt: skip


def drawn_viewpoints(seed: int, drawn: DrawnPose) -> Iterator[dict[str, float]]:
    """Yield the eye of a drawing, one from beside it and, for every other one, one from the other side or behind."""
    rng = np.random.default_rng([seed, 2])
    side = float(rng.choice((-1, 1)))
    yield {"yaw": 0.0, "pitch": drawn.pitch, "roll": drawn.roll, "distance": drawn.distance, "fill": 0.84}
    yaws = (side * rng.uniform(35, 75), -side * rng.uniform(35, 75) if seed % 4 else rng.uniform(150, 210))
    for yaw in yaws[: 1 + seed % 2]:
        yield {"yaw": round(_turned(yaw), 1), "pitch": round(float(rng.normal(6, 5)), 1), "distance": 3.0, "fill": 0.84}


def _turned(degrees: float) -> float:
    """Return an angle from -180 to 180."""
    return (float(degrees) + 180) % 360 - 180


def view_tags(view: dict[str, float]) -> list[str]:
    """Name the side from which a camera looks, and its height where that matters."""
    side = next(name for limit, name in _VIEWS if abs(view["yaw"]) < limit)
    height = ["from above"] if view["pitch"] > 22 else ["from below"] if view["pitch"] < -10 else []
    return [side, *height, *(["close"] if view["distance"] < 1.2 else [])]


def mannequin(job: tuple[dict[str, Any], str, str, list[str]]) -> tuple[GalleryEntry, bytes]:
    """Render one picture from its recipe, name, group and tags; return its entry and thumbnail."""
    recipe, name, group, tags = job
    people = render(recipe, THUMBNAIL)
    scale = RENDER_SIDE / THUMBNAIL
    ones = np.ones(17, np.float32)
    poses = tuple(
        Pose(np.round(r.keypoints * scale), ones, r.visibility, np.round(r.box * scale), 1.0, "annotation")
        for r in people
    )
    distinct_tags = tuple(dict.fromkeys(tags))
    entry = GalleryEntry(
        f"mannequins/{name}.webp", RENDER_SIDE, RENDER_SIDE, poses, distinct_tags, group=group, render=recipe
    )
    return entry, encode(people[0].image, "WEBP", quality=_QUALITY, method=6)


def slug(text: str) -> str:
    """Return a text as a part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _jobs(poses: int, pairs: int) -> Iterator[tuple[dict[str, Any], str, str, list[str]]]:
    """Yield the arguments of ``mannequin`` for every picture."""
    for seed, name, family in choose(poses):
        tags = ["mannequin", family, *name.split(" + ")]
        for i, view in enumerate(viewpoints(seed, family == "foreshortened")):
            if i == 3 and seed % 2 == 0:
                continue  # every other pose does without its view from behind: six megabytes are enough
            recipe = {"seed": seed, **view}
            yield recipe, f"{slug(name)}-{seed:04d}-{i + 1}", f"solo {seed}", tags + view_tags(view)
    for number, (name, drawn) in enumerate(load_drawn_poses().items()):
        for i, view in enumerate(drawn_viewpoints(number, drawn)):
            from_drawing: dict[str, Any] = {"drawn": name, "seed": number, **view}
            tags = ["mannequin", "as drawn", *view_tags({**view, "yaw": _turned(view["yaw"] - drawn.front)})]
            yield from_drawing, f"{slug(name)}-{i + 1}", f"drawn {name}", tags
    for i in range(pairs):
        name = _PAIRS[i % len(_PAIRS)]
        for j, view in enumerate(itertools.islice(viewpoints(10_000 + i), 3)):
            posed: dict[str, Any] = {"seed": i, "pair": name, **view, "distance": 4.0}
            yield posed, f"{slug(name)}-{i:04d}-{j + 1}", f"pair {i}", ["mannequin", "pair", name, *view_tags(view)]


def _drawings(source: Path, folder: Path) -> Iterator[tuple[GalleryEntry, bytes]]:
    """Keep the drawings of a COCO document as WebP files in the gallery."""
    for item in read_source(source / "annotations.json" if source.is_dir() else source):
        picture = read_image(item.path)
        name = f"drawings/{item.path.stem}.webp"
        (folder / "drawings").mkdir(exist_ok=True)
        Image.fromarray(picture.pixels).save(folder / name, "WEBP", quality=80, method=6)
        credit = next(credit_line for start, credit_line in _CREDITS.items() if item.path.stem.startswith(start))
        poses = item.people(picture.width, picture.height)[0] or ()
        tags = tuple(dict.fromkeys(("drawing", *item.tags)))
        yield GalleryEntry(name, picture.width, picture.height, poses, tags, credit=credit), thumbnail(picture, poses)


def main() -> int:
    """Make the gallery anew."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drawings", type=Path, required=True, help="folder of annotations.json and its pictures")
    parser.add_argument("--out", type=Path, default=gallery_folder(SHIPPED), help="default: the one in the package")
    parser.add_argument("--poses", type=whole(1, 100_000), default=400, help="from recipes")
    parser.add_argument("--pairs", type=whole(0, 100_000), default=27)
    parser.add_argument("--workers", type=whole(1, MOST_WORKERS), default=cores())
    given = parser.parse_args()
    for old in given.out.glob(f"{SHIPPED}.*"):
        old.unlink()
    shutil.rmtree(given.out / "drawings", ignore_errors=True)
    run = IndexRun(given.out, SHIPPED)
    for entry, small in _drawings(given.drawings, given.out):
        run.add(entry, small)
    jobs = list(_jobs(given.poses, given.pairs))
    with ProcessPoolExecutor(given.workers) as pool:
        for entry, small in tqdm(pool.map(mannequin, jobs, chunksize=8), total=len(jobs), unit="picture"):
            run.add(entry, small)
    log = given.out / f"{SHIPPED}.jsonl"
    log.with_suffix(".jsonl.xz").write_bytes(lzma.compress(log.read_bytes(), preset=9))
    log.unlink()
    (given.out / "LICENSES.md").write_text(_LICENCES)
    size = sum(path.stat().st_size for path in given.out.rglob("*") if path.is_file())
    print(f"{given.out}: {size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
