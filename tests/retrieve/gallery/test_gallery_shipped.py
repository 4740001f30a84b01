"""The gallery that ships: what it holds, how large it is, and that its script makes it again."""

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchpose.retrieve.gallery.gallery import Gallery, gallery_folder, open_gallery
from sketchpose.retrieve.gallery.originals import RENDER_SIDE, original
from sketchpose.retrieve.making.gallery import choose, mannequin, view_tags, viewpoints
from sketchpose.retrieve.making.studies import jobs
from sketchpose.synth.people.drawn_poses import load_drawn_poses
from sketchpose.synth.people.pairs import PAIR_STUDIES
from sketchpose.synth.people.recipes import RECIPES
from sketchpose.synth.people.studies import CARRIED, STUDIES


@pytest.fixture(scope="module")
def shipped() -> Gallery:
    return open_gallery()


def test_it_holds_many_poses_from_several_sides_in_six_megabytes(shipped: Gallery) -> None:
    views = Counter(entry.group for entry in shipped.entries if entry.render and "pair" not in entry.render)
    of_drawings = {group: count for group, count in views.items() if group.startswith("drawn ")}
    assert len(views) >= 800 and set(of_drawings) == {f"drawn {name}" for name in load_drawn_poses()}
    assert min(of_drawings.values()) >= 2 and min(views[group] for group in views if group not in of_drawings) >= 3
    assert {name for name in RECIPES if not any(name in entry.tags for entry in shipped.entries)} == set()
    pairs = [entry for entry in shipped.entries if "pair" in entry.render]
    assert len(pairs) >= 50 and all(len(entry.poses) == 2 for entry in pairs)
    drawings = [entry for entry in shipped.entries if not entry.render]
    assert len(drawings) >= 41 and all("CC0" in e.credit or "public domain" in e.credit for e in drawings)
    files = [path for path in shipped.folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 6e6
    assert "CC0" in Path(shipped.folder / "LICENSES.md").read_text() and not shipped.problems


def test_every_entry_can_be_shown(shipped: Gallery) -> None:
    for number, entry in enumerate(shipped.entries):
        thumbnail = Image.open(io.BytesIO(shipped.thumbnail(number)))
        assert abs(thumbnail.width / thumbnail.height - entry.width / entry.height) < 0.01
        for pose in entry.poses:
            inside = pose.keypoints[pose.labelled]
            assert inside.min() >= -60 and (inside.max(0) <= (entry.width + 60, entry.height + 60)).all()
    drawing = next(entry for entry in shipped.entries if not entry.render)
    assert original(shipped, drawing).width == drawing.width


def test_the_script_makes_the_same_again(shipped: Gallery) -> None:
    for wanted in ("pair", "drawn", "study", "yaw"):
        number = next(i for i, entry in enumerate(shipped.entries) if wanted in entry.render)
        entry = shipped.entries[number]
        made, thumbnail = mannequin((entry.render, Path(entry.path).stem, entry.group, list(entry.tags)))
        assert (made.path, made.tags, made.group, made.width) == (entry.path, entry.tags, entry.group, RENDER_SIDE)
        for one, other in zip(made.poses, entry.poses, strict=True):
            np.testing.assert_allclose(one.keypoints, other.keypoints, atol=1)
        small, stored = (
            np.asarray(Image.open(io.BytesIO(data)).convert("L"), float)
            for data in (thumbnail, shipped.thumbnail(number))
        )
        assert np.abs(small - stored).mean() < 2


def test_cameras_are_repeatable_and_named() -> None:
    views = list(viewpoints(3))
    assert views == list(viewpoints(3)) and len(views) == 4
    assert [view_tags({"yaw": yaw, "pitch": 0, "distance": 4})[0] for yaw in (10, -50, 90, 170)] == [
        "front",
        "three-quarter",
        "side",
        "back",
    ]
    assert view_tags({"yaw": 0, "pitch": 40, "distance": 0.9}) == ["front", "from above", "close"]
    assert next(viewpoints(3, close=True))["distance"] <= 1.1
    with pytest.raises(ValueError, match="each is to be shown"):
        choose(5)


def test_every_study_is_shown_as_its_script_says(shipped: Gallery) -> None:
    entries = {entry.path: entry for entry in shipped.entries}
    shown = set()
    for recipe, name, group, tags in jobs():
        entry = entries[f"mannequins/{name}.webp"]
        assert (entry.render, entry.group, list(entry.tags)) == (recipe, group, list(dict.fromkeys(tags)))
        assert len(entry.poses) == (2 if "pair" in recipe else 1)
        shown.add(recipe.get("study") or recipe["pair"])
    assert shown == {name for name, study in STUDIES.items() if study.family != CARRIED} | set(PAIR_STUDIES)


def test_the_folder_is_the_packages_own() -> None:
    assert gallery_folder("reference").parent.name == "retrieve"
