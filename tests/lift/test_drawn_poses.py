"""Poses that artists draw: what is lifted from labelled drawings comes back as it was, and looks as they do."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchpose.formats.coco import to_coco
from sketchpose.formats.common import PosedImage
from sketchpose.lift.making import drawn_poses as making
from sketchpose.pose import Pose
from sketchpose.skeleton import BODY
from sketchpose.synth.people import drawn_poses
from sketchpose.synth.people.likeness import apart, limbs
from sketchpose.synth.render import Viewpoint, render_reference


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Pose]]:
    """Two mannequins as a labelled drawing, and one whose legs nobody has labelled."""
    folder, poses = tmp_path_factory.mktemp("drawings"), []
    for seed in (3, 5):
        made = render_reference(seed, Viewpoint(20.0), 256)
        poses.append(Pose.annotated(made.keypoints, np.full(17, 2)))
    poses.append(Pose.annotated(poses[0].keypoints, np.array([2] * 11 + [0] * 6)))
    Image.new("RGB", (256, 256), "white").save(folder / "page.png")
    (folder / "poses.json").write_text(json.dumps(to_coco([PosedImage("page.png", 256, 256, tuple(poses))])))
    return folder / "poses.json", poses


def test_whoever_shows_all_limbs_is_lifted_and_written(labelled: tuple[Path, list[Pose]], tmp_path: Path) -> None:
    path, poses = labelled
    found = list(making.lifted(path))
    names = [name for name, *_ in found]
    assert names == [f"{path.parent.name}/page-1", f"{path.parent.name}/page-2"]
    drawn = [making.drawn_pose(body) for *_, body in found]
    making.write(drawn, tmp_path / "poses.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawn_poses, "FILE", tmp_path / "poses.npz")
        read = drawn_poses.load_drawn_poses.__wrapped__()
    assert list(read) == names
    for one, again, pose in zip(drawn, read.values(), poses, strict=False):
        for part, turn in one.pose.turns.items():
            np.testing.assert_allclose(again.pose.turns.get(part, np.eye(3)), turn, atol=0.01)
        view = Viewpoint(0.0, again.pitch, again.roll, again.distance)
        seen = render_reference(again.pose, view, 256).keypoints[list(BODY)]
        meant = pose.keypoints[list(BODY)]
        fitted = (seen - seen.mean(0)) / np.linalg.norm(seen - seen.mean(0))
        wanted = (meant - meant.mean(0)) / np.linalg.norm(meant - meant.mean(0))
        assert np.linalg.norm(fitted - wanted, axis=1).mean() < 0.05, "in shares of the figure's spread"


def test_a_pose_is_like_itself_and_its_mirror_image() -> None:
    rng = np.random.default_rng(0)
    pose = rng.normal(size=(10, 3))
    pose /= np.linalg.norm(pose, axis=1, keepdims=True)
    mirrored = pose.reshape(5, 2, 3)[:, ::-1].reshape(10, 3) * (-1, 1, 1)
    np.testing.assert_allclose(apart(np.array([pose, mirrored, -pose]), pose)[:2], 0, atol=1e-12)
    assert apart(np.array([-pose]), pose)[0] > 0.5


def test_limbs_are_directions() -> None:
    joints = {f"{s}_{b}": np.array([x, y, z]) for s, x in (("l", 1.0), ("r", -1.0))
              for b, y, z in (("sho", 0, 5.0), ("elb", 0, 4.0), ("wri", 2, 4.0), ("hip", 0, 3.0), ("kne", 0, 1.0),
                              ("ank", 0, 0.0))}  # fmt: skip
    np.testing.assert_allclose(limbs(joints)[:4], [[0, 0, -1], [0, 0, -1], [0, 1, 0], [0, 1, 0]])
