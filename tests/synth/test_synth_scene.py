"""What every generated scene promises: the same bytes for a seed, and labels that fit the ink."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from sketchpose.skeleton import BODY
from sketchpose.synth import Scene, generate
from sketchpose.synth.layout import sample_page
from sketchpose.synth.people.drawn_poses import load_drawn_poses
from sketchpose.synth.styles.table import STYLES

SEEDS = range(36)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [generate(seed, 192) for seed in SEEDS]


@pytest.fixture(scope="module")
def by_style() -> dict[str, list[Scene]]:
    return {name: [generate(seed, 160, name) for seed in range(100, 104)] for name in STYLES}


def digest(scene: Scene) -> str:
    arrays = [scene.image] + [a for p in scene.persons for a in (p.keypoints, p.visibility, p.box, p.joints3d)]
    return json.dumps([scene.style, *(hash(a.tobytes()) for a in arrays)])


def test_same_seed_gives_the_same_bytes(scenes: list[Scene]) -> None:
    for seed in (0, 7, 19):
        again = generate(seed, 192)
        assert np.array_equal(again.image, scenes[seed].image)
        assert again.style == scenes[seed].style
        for a, b in zip(again.persons, scenes[seed].persons, strict=True):
            assert np.array_equal(a.keypoints, b.keypoints) and np.array_equal(a.box, b.box)


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib; from sketchpose.synth import generate;"
        "print(hashlib.sha256(b''.join(generate(s, 128).image.tobytes() for s in (3, 4))).hexdigest())"
    )
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    runs = {
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
        for env in (environment, {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"})
    }
    assert len(runs) == 1


def test_seeds_differ(scenes: list[Scene]) -> None:
    assert len({s.image.tobytes() for s in scenes}) == len(scenes)


def test_shapes_types_and_ranges(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.image.shape == (192, 192, 3) and scene.image.dtype == np.uint8
        assert scene.persons
        json.dumps(scene.meta)
        for person in scene.persons:
            assert person.keypoints.shape == (17, 2) and person.keypoints.dtype == np.float32
            assert person.visibility.dtype == np.uint8 and set(person.visibility.tolist()) <= {0, 1, 2}
            assert person.joints3d.shape == (17, 3) and np.isfinite(person.joints3d).all()
            x0, y0, x1, y1 = person.box
            assert 0 <= x0 < x1 <= 192 and 0 <= y0 < y1 <= 192
            labelled = person.visibility > 0
            assert (person.keypoints[~labelled] == 0).all()
            assert (person.keypoints >= 0).all() and (person.keypoints < 192).all()


def test_single_figures_show_at_least_six_body_joints(scenes: list[Scene]) -> None:
    for scene in scenes:
        if scene.meta["layout"] == "single":
            (person,) = scene.persons
            assert (person.visibility[list(BODY)] > 0).sum() >= 6


def test_joints_lie_in_the_ink_box(by_style: dict[str, list[Scene]]) -> None:
    for name, scenes in by_style.items():
        outside = total = 0
        for scene in scenes:
            for person in scene.persons:
                seen = person.visibility == 2
                margin = 0.04 * float(np.ptp(person.box.reshape(2, 2), axis=0).max()) + 2
                low, high = person.box[:2] - margin, person.box[2:] + margin
                outside += int(((person.keypoints < low) | (person.keypoints > high)).any(1)[seen].sum())
                total += int(seen.sum())
        assert outside <= 0.02 * total, name


def test_joints_lie_near_ink(by_style: dict[str, list[Scene]]) -> None:
    """A visible joint is inside the drawn figure: close to the convex hull of what was inked, and so near some ink."""
    for name, scenes in by_style.items():
        distances = []
        for scene in scenes:
            grey = cv2.cvtColor(scene.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
            detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 12)) > 10
            away = cv2.distanceTransform((~detail).astype(np.uint8), cv2.DIST_L2, 3)
            for person in scene.persons:
                span = float(np.ptp(person.box.reshape(2, 2), axis=0).max())
                points = person.keypoints[person.visibility == 2]
                distances += list(away[points[:, 1].astype(int), points[:, 0].astype(int)] / span)
        assert np.mean(np.array(distances) < 0.12) > 0.97, name


def test_ink_stands_out(by_style: dict[str, list[Scene]]) -> None:
    for name, scenes in by_style.items():
        for scene in scenes:
            for person in scene.persons:
                x0, y0, x1, y1 = person.box.astype(int)
                window = scene.image[y0:y1, x0:x1].astype(float).mean(2)
                spread = np.quantile(window, 0.995) - np.quantile(window, 0.005)
                assert spread > 25, (name, scene.meta["seed"])


def test_styles_are_all_drawn(by_style: dict[str, list[Scene]]) -> None:
    assert set(by_style) == set(STYLES)
    assert all(s.style == name for name, scenes in by_style.items() for s in scenes)


def test_every_style_has_a_share_in_free_choice() -> None:
    rng = np.random.default_rng(0)
    from sketchpose.synth.styles.table import sample_style

    assert {sample_style(rng) for _ in range(1500)} == set(STYLES)


def test_see_through_styles_hide_no_body_joint(by_style: dict[str, list[Scene]]) -> None:
    for name in ("stick", "gesture", "construction"):
        for scene in by_style[name]:
            for person in scene.persons:
                assert not (person.visibility[list(BODY)] == 1).any()


def test_opaque_styles_hide_some(by_style: dict[str, list[Scene]]) -> None:
    hidden = sum(int((p.visibility[list(BODY)] == 1).sum()) for s in by_style["clean"] for p in s.persons)
    assert hidden > 0


def test_the_camera_explains_the_labels(scenes: list[Scene]) -> None:
    """Without the artist's error, which stays a few percent of the figure, the record projects onto the labels."""
    errors = []
    for scene in scenes:
        if scene.style in ("stick", "doodle"):
            continue
        for person in scene.persons:
            labelled = person.visibility > 0
            span = float(np.ptp(person.keypoints[labelled], axis=0).max())
            gap = person.camera.project(person.joints3d.astype(float)) - person.keypoints
            errors.append(float(np.linalg.norm(gap[labelled], axis=1).mean()) / span)
    assert np.median(errors) < 0.05 and max(errors) < 0.25
    shifted = replace(person.camera, offset=person.camera.offset + 50)
    assert np.linalg.norm(shifted.project(person.joints3d) - person.keypoints, axis=1).mean() > 20


def test_size_scales_labels() -> None:
    small, large = generate(5, 128, "clean"), generate(5, 256, "clean")
    for a, b in zip(small.persons, large.persons, strict=True):
        assert np.allclose(a.keypoints * 2, b.keypoints, atol=2.5)


def test_a_share_of_the_figures_stands_as_artists_drew_them() -> None:
    poses = [
        sample_page(np.random.default_rng(seed), STYLES["doodle"], 256, single=True, drawn_poses=0.5)
        .placed[0]
        .figure.actor.pose.name
        for seed in range(60)
    ]
    drawn = [name for name in poses if name in load_drawn_poses()]
    assert 15 <= len(drawn) <= 45 and len(set(drawn)) > 10  # binomial(60, 0.5) leaves this once in 30,000 at most
    assert digest(generate(3, 128, drawn_poses=0.0)) == digest(generate(3, 128))
    with pytest.raises(ValueError, match="drawn_poses is 1.5; give a share from 0 to 1"):
        generate(3, 128, drawn_poses=1.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-1,), "seed"), ((0, 8), "size"), ((0, 256, "oil"), "choose one of")],
)
def test_bad_arguments_are_named(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        generate(*arguments)  # type: ignore[arg-type]
