"""Reference renders and poses from BVH files."""

from pathlib import Path

import numpy as np
import pytest

from sketchpose.skeleton import BODY, INDEX
from sketchpose.synth.people.actor import sample_cast, stage
from sketchpose.synth.people.body import PARTS, BodyPose, load_body
from sketchpose.synth.people.bvh import read_bvh, to_bvh
from sketchpose.synth.people.posing import build, complete, random_pose
from sketchpose.synth.people.rotation import frame
from sketchpose.synth.render import Viewpoint, render_pair, render_reference, render_still

HUMAN = """HIERARCHY
ROOT Hips
{
  OFFSET 0 90 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine
  {
    OFFSET 0 20 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT Neck
    {
      OFFSET 0 30 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT Head { OFFSET 0 10 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 18 0 } }
    }
    JOINT mixamorig:LeftArm
    {
      OFFSET 18 26 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftForeArm
      {
        OFFSET 28 0 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        JOINT LeftHand { OFFSET 25 0 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 10 0 0 } }
      }
    }
    JOINT RightArm
    {
      OFFSET -18 26 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT RightForeArm
      {
        OFFSET -28 0 0
        CHANNELS 3 Zrotation Xrotation Yrotation
        JOINT RightHand { OFFSET -25 0 0 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET -10 0 0 } }
      }
    }
  }
  JOINT LeftUpLeg
  {
    OFFSET 10 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 0 -42 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT LeftFoot { OFFSET 0 -42 0 CHANNELS 3 Zrotation Xrotation Yrotation
        JOINT LeftToeBase { OFFSET 0 -5 14 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 0 5 } } }
    }
  }
  JOINT RightUpLeg
  {
    OFFSET -10 0 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT RightLeg
    {
      OFFSET 0 -42 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      JOINT RightFoot { OFFSET 0 -42 0 CHANNELS 3 Zrotation Xrotation Yrotation
        JOINT RightToeBase { OFFSET 0 -5 14 CHANNELS 3 Zrotation Xrotation Yrotation End Site { OFFSET 0 0 5 } } }
    }
  }
}
MOTION
"""
ORDER = (
    *("Hips", "Spine", "Neck", "Head", "LeftArm", "LeftForeArm", "LeftHand", "RightArm", "RightForeArm", "RightHand"),
    *("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToeBase", "RightUpLeg", "RightLeg", "RightFoot", "RightToeBase"),
)


def bvh(tmp_path: Path, *frames: dict[str, tuple[float, float, float]]) -> Path:
    lines = []
    for turned in frames:
        numbers = ["0 90 0"] + [" ".join(map(str, turned.get(name, (0, 0, 0)))) for name in ORDER]
        lines.append(" ".join(numbers))
    path = tmp_path / "walk.bvh"
    path.write_text(f"{HUMAN}Frames: {len(frames)}\nFrame Time: 0.033\n" + "\n".join(lines) + "\n")
    return path


def joints(pose: object) -> dict[str, np.ndarray]:
    body = load_body()
    shape = body.shape(0, 1, 0.3)
    return body.joints(body.articulate(shape, pose, {}))  # type: ignore[arg-type]


def test_labels_are_exact_projections() -> None:
    for seed in range(4):
        r = render_reference(seed, Viewpoint(yaw=seed * 80.0, pitch=10.0 * seed), 128)
        assert r.image.shape == (128, 128, 3) and r.image.dtype == np.uint8
        assert (r.visibility > 0).all()
        assert np.abs(r.camera.project(r.joints3d.astype(float)) - r.keypoints).max() < 0.02
        low, high = r.box[:2] - 2, r.box[2:] + 2
        assert ((r.keypoints[list(BODY)] > low) & (r.keypoints[list(BODY)] < high)).all()


def test_the_figure_stands_out_where_its_joints_are() -> None:
    r = render_reference(2, size=160)
    at = r.keypoints[r.visibility == 2].astype(int)
    corner = r.image[:8, :8].reshape(-1, 3).mean(0)
    assert np.abs(r.image[at[:, 1], at[:, 0]].astype(float) - corner).max(1).mean() > 25


def test_renders_are_repeatable_and_views_differ() -> None:
    first, again = render_reference(7, size=96), render_reference(7, size=96)
    assert np.array_equal(first.image, again.image)
    front, back = (render_reference(7, Viewpoint(yaw=y), 96) for y in (0, 180))
    left, right = INDEX["left_shoulder"], INDEX["right_shoulder"]
    standing = build("stand", complete({}), (20.0, 20.0))
    front, back = (render_reference(standing, Viewpoint(yaw=y), 96) for y in (0, 180))
    assert front.keypoints[left, 0] > front.keypoints[right, 0] and back.keypoints[left, 0] < back.keypoints[right, 0]
    assert (front.visibility[0], back.visibility[0]) == (2, 1)
    assert np.allclose(front.joints3d, back.joints3d)


def test_a_still_is_the_figure_alone_with_its_depth_and_its_light() -> None:
    rng = np.random.default_rng(0)
    cast = sample_cast(load_body(), rng, kind="real", adult=True)
    actor = stage(cast, build("stand", complete({}), (20.0, 20.0)), rng, dressed=False, hair="short", meshes=False)
    still, lit = (render_still(actor, Viewpoint(yaw=20.0).rotation, 128, lamp=lamp) for lamp in (0.0, 120.0))
    alpha, inside = still.image[..., 3], np.isfinite(still.depth)
    assert alpha[:6].max() == 0 and alpha[64].max() == 255
    assert (alpha[inside] > 0).mean() > 0.95 and (alpha[~inside] < 255).mean() > 0.95
    assert np.array_equal(still.depth, lit.depth) and np.array_equal(alpha, lit.image[..., 3])
    body = alpha == 255
    assert np.abs(still.image[body].astype(int) - lit.image[body]).mean() > 5
    x, y = np.floor(still.reference.keypoints[INDEX["left_wrist"]]).astype(int)
    assert alpha[y, x] == 255


def test_a_pair_shares_one_picture_and_hides_each_other() -> None:
    front, behind = render_pair("back to back", 3, Viewpoint(yaw=0.0), 160)
    assert front.image is behind.image and front.pose != ""
    for r in (front, behind):
        assert np.abs(r.camera.project(r.joints3d.astype(float)) - r.keypoints)[r.visibility > 0].max() < 0.02
    hidden = [int((r.visibility[list(BODY)] == 1).sum()) for r in (front, behind)]
    assert hidden[1] > hidden[0] + 3, "the one in front covers the one behind"
    with pytest.raises(ValueError, match="no pair 'juggle'"):
        render_pair("juggle", 3)


@pytest.mark.parametrize("bad", [{"distance": 0.2}, {"fill": 1.5}])
def test_bad_viewpoints_are_named(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Viewpoint(**bad)


@pytest.mark.parametrize("along", [*np.eye(3), *-np.eye(3), np.array([1.0, 2.0, 3.0])])
def test_a_frame_stands_though_its_two_directions_are_parallel(along: np.ndarray) -> None:
    made = frame(along, 2 * along)
    assert np.allclose(made.T @ made, np.eye(3)) and np.isclose(np.linalg.det(made), 1)
    assert made[:, 2] @ along == pytest.approx(np.linalg.norm(along))


def test_a_bvh_file_becomes_poses(tmp_path: Path) -> None:
    bent = {"LeftForeArm": (0.0, 0.0, -90.0), "RightLeg": (0.0, 90.0, 0.0), "LeftArm": (-90.0, 0.0, 0.0)}
    rest, bow, bent_pose = read_bvh(bvh(tmp_path, {}, {"Hips": (0.0, 80.0, 0.0)}, bent))
    at = joints(rest)
    assert at["l_wri"][0] > at["l_elb"][0] + 0.15 > at["l_sho"][0] + 0.3  # the file rests in a T
    assert abs(at["l_wri"][2] - at["l_sho"][2]) < 0.12
    assert at["l_toe"][1] < at["l_ank"][1] and at["skull"][2] > at["neck"][2]
    assert np.allclose(rest.turns["l_foot"], np.eye(3), atol=0.15)
    at = joints(bow)
    assert at["skull"][1] < at["l_hip"][1] - 0.4  # leans forward, which is -y
    at = joints(bent_pose)
    assert at["r_ank"][1] > at["r_kne"][1] + 0.2  # the knee folds backwards
    assert at["l_elb"][2] < at["l_sho"][2] - 0.15  # the left arm hangs down
    reference = render_reference(bent_pose, size=64)
    assert reference.pose == "walk 2"


def test_what_is_written_as_bvh_is_read_as_the_same_limbs(tmp_path: Path) -> None:
    body, rng = load_body(), np.random.default_rng(4)
    shape, proportions = body.shape(0, 1, 0.3), dict.fromkeys(PARTS, (1.1, 0.9))
    for pose in (BodyPose("attention", {}), *(random_pose(rng) for _ in range(8))):
        path = tmp_path / "pose.bvh"
        path.write_text(to_bvh(body, shape, pose, proportions))
        (read,) = read_bvh(path)
        ours, theirs = (body.articulate(shape, one, proportions).frames for one in (pose, read))
        for part in PARTS:
            together = float(np.clip(ours[part][:, 2] @ theirs[part][:, 2], -1, 1))
            if part[2:] in ("uarm", "farm", "thigh", "shin"):
                assert np.allclose(ours[part], theirs[part], atol=1e-3), part
            elif part[2:] != "hand" and part != "pelvis":  # the file has no wrist, and one line for the trunk
                assert np.rad2deg(np.arccos(together)) < 12, part


def test_every_second_frame(tmp_path: Path) -> None:
    assert [p.name for p in read_bvh(bvh(tmp_path, {}, {}, {}), step=2)] == ["walk 0", "walk 2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("nonsense", "HIERARCHY"), (HUMAN, "ends too early|not a BVH"), ("HIERARCHY\nROOT x {", "not a BVH")],
)
def test_broken_files_are_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.bvh"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(read_bvh(path))


def test_a_missing_joint_is_named(tmp_path: Path) -> None:
    path = bvh(tmp_path, {})
    path.write_text(path.read_text().replace("LeftForeArm", "Tentacle"))
    with pytest.raises(ValueError, match="l_elb"):
        list(read_bvh(path))
