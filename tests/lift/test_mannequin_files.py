"""The mannequin and its files: bodies, sides, and files that open again."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchpose.cli import main
from sketchpose.formats import Notes, read_poses
from sketchpose.lift.body_types import AS_DRAWN, TYPES
from sketchpose.lift.files import depth_map, make_files, to_glb
from sketchpose.lift.lifting import LiftedBody
from sketchpose.lift.mannequin import SIDES, THIS_CAMERA, Side, eye_at, mannequin, stills
from sketchpose.skeleton import INDEX
from sketchpose.synth.people.actor import Actor
from sketchpose.synth.people.body import PARTS
from sketchpose.synth.people.bvh import read_bvh
from sketchpose.synth.people.posing import build, complete
from sketchpose.synth.people.rotation import Z, turn
from sketchpose.synth.render import Viewpoint
from sketchpose.synth.scene import Projection

DRAWING = Path(__file__).parents[2] / "examples" / "drawings" / "peeps_stand_PointingFingerWB.png"


def waving(turned: float = 0.0) -> LiftedBody:
    angles = complete({"l_uarm": (40, 80, 0), "l_farm": 60})
    pose = build("wave", angles, (25.0, 25.0))
    pose.turns["pelvis"] = turn(Z, turned) @ pose.turns["pelvis"]
    camera = Projection(Viewpoint(yaw=20).rotation, np.zeros(3), 4.0, 100.0, np.zeros(2))
    return LiftedBody(pose, dict.fromkeys(PARTS, (1.0, 1.0)), np.zeros((17, 3)), camera, 1.0, 0.0)


@pytest.fixture(scope="module")
def actor() -> Actor:
    return mannequin(waving())


def height(actor: Actor) -> float:
    return float(np.ptp(actor.vertices[:, 2]))


def test_every_body_takes_the_pose_and_differs() -> None:
    bodies = {name: mannequin(waving(), name) for name in (AS_DRAWN, *TYPES)}
    for body in bodies.values():
        assert np.allclose(body.skeleton.frames["l_farm"], bodies[AS_DRAWN].skeleton.frames["l_farm"])
    assert height(bodies["child"]) < height(bodies["female"]) < height(bodies["heroic"])
    with pytest.raises(ValueError, match="There is no body 'giant'; choose one of as drawn, female"):
        mannequin(waving(), "giant")


@pytest.mark.parametrize("turned", [0.0, 70.0, -140.0])
def test_the_front_is_the_front_however_it_stands(turned: float) -> None:
    body = mannequin(waving(turned))
    front, side, back = (body.keypoints @ eye_at(body, Side(yaw)).T for yaw in (0, 90, 180))
    left, right = INDEX["left_hip"], INDEX["right_hip"]
    assert front[left, 0] - front[right, 0] > 0.1 and back[left, 0] - back[right, 0] < -0.1
    assert abs(side[left, 0] - side[right, 0]) < 0.05
    nose, ears = INDEX["nose"], [INDEX["left_ear"], INDEX["right_ear"]]
    assert front[nose, 2] < front[ears, 2].mean() and side[nose, 0] > side[ears, 0].mean()


def test_all_sides_are_drawn(actor: Actor) -> None:
    views = stills(waving(), actor, size=64)
    assert list(views) == [THIS_CAMERA, *SIDES]
    pictures = [view.reference.image for view in views.values()]
    assert all((one != other).any() for i, one in enumerate(pictures) for other in pictures[:i])


def test_the_glb_opens_again_as_one_closed_body(actor: Actor) -> None:
    import trimesh

    scene = trimesh.load(io.BytesIO(to_glb(actor)), file_type="glb")
    (mesh,) = scene.geometry.values()
    assert mesh.is_watertight and len(mesh.faces) == actor.closed
    low, high = mesh.bounds
    assert low[1] == pytest.approx(0, abs=1e-6) and high[1] == pytest.approx(height(actor), abs=0.01)
    ahead = mesh.vertices[mesh.vertices[:, 2].argmax()]
    assert ahead[0] > 0.2 and 1 < ahead[1] < 1.7, "the left hand is ahead, which is along z in glTF"
    _, counts = np.unique(mesh.visual.vertex_colors, axis=0, return_counts=True)
    whole = np.sort(counts)[-3:].sum() / counts.sum()
    assert 0.85 < whole < 1, "skin, hair and suit, and a few tones where skin turns into suit"


def test_the_files_are_what_they_say(actor: Actor, tmp_path: Path) -> None:
    still = stills(waving(), actor, (THIS_CAMERA,), 128)[THIS_CAMERA]
    files = {name: make() for name, make in make_files(actor, still, lambda: {"here": still}).items()}
    assert Image.open(io.BytesIO(files["figure.png"])).getextrema()[3] == (0, 255)
    (document,) = read_poses(files["openpose.json"], "openpose.json", Notes())[0]
    assert np.abs(document.poses[0].keypoints - still.reference.keypoints).max() < 0.01
    assert json.loads(files["openpose.json"])["canvas_width"] == 128
    assert Image.open(io.BytesIO(files["openpose.png"])).size == (128, 128)
    (tmp_path / "pose.bvh").write_bytes(files["pose.bvh"])
    (read,) = read_bvh(tmp_path / "pose.bvh")
    frames = actor.cast.body.articulate(actor.cast.shape, read, actor.cast.proportions).frames
    for part in ("l_uarm", "l_farm", "r_thigh", "r_shin"):
        assert np.allclose(frames[part], actor.skeleton.frames[part], atol=1e-3)
    depth = depth_map(still)
    assert depth[0, 0].max() == 0 and depth.max() == 255 and depth[np.isfinite(still.depth)].min() >= 60


def test_the_command_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lift", str(DRAWING), "--out", str(tmp_path / "out"), "--body", "female", "--size", "64"]) == 0
    names = {path.name.removeprefix(f"{DRAWING.stem}_") for path in (tmp_path / "out").iterdir()}
    assert names == {
        "sheet.png",
        "figure.png",
        "mannequin.glb",
        "pose.bvh",
        "openpose.json",
        "openpose.png",
        "depth.png",
    }
    assert "reading 1 of" in capsys.readouterr().out
    assert main(["lift", str(DRAWING), "--out", str(tmp_path / "out"), "--person", "9"]) == 2
    assert "The drawing has no person 9: give --person a number from 1 to 1" in capsys.readouterr().err
