"""The body and its poses: left and right, the way hinges bend, contacts, diversity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchpose.skeleton import INDEX, SWAP
from sketchpose.synth.people.actor import sample_cast, stage, take_pose, take_study
from sketchpose.synth.people.body import BodyPose, from_planes, load_body, planes
from sketchpose.synth.people.contact import TARGETS, bend, close_contacts, reach_for, target_point
from sketchpose.synth.people.garments import BOTTOM, TOP
from sketchpose.synth.people.posing import LIMITS, build, complete, from_recipe, mirror, random_pose, sample_pose
from sketchpose.synth.people.proportions import STYLISED, sample_proportions
from sketchpose.synth.people.recipes import FAMILY_WEIGHT, RECIPES
from sketchpose.synth.people.rotation import X, part_way, quaternion, turn, twist
from sketchpose.synth.people.studies import CARRIED, STUDIES

BODY = load_body()
SHAPE = BODY.shape(0, 1, 0.3)
PLAIN = {p: (1.0, 1.0) for p in ("head",)}
REST = build("rest", complete({}), (25.0, 25.0))


def keypoints(pose: BodyPose) -> np.ndarray:
    return BODY.keypoints(BODY.skin(SHAPE.rest, BODY.articulate(SHAPE, pose, PLAIN)))


def test_left_is_the_persons_own() -> None:
    points = keypoints(REST)
    for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "eye", "ear"):
        assert points[INDEX["left_" + name], 0] > points[INDEX["right_" + name], 0] + 0.02
    assert points[INDEX["nose"], 1] < points[INDEX["left_ear"], 1]
    assert points[INDEX["nose"], 2] > points[INDEX["left_hip"], 2] > points[INDEX["left_ankle"], 2]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_mirrored_pose_swaps_left_and_right(seed: int) -> None:
    pose = random_pose(np.random.default_rng(seed))
    plain, flipped = keypoints(pose), keypoints(mirror(pose))
    expected = plain[list(SWAP)] * (-1, 1, 1)
    assert np.abs(flipped - expected).max() < 0.035  # the body itself is not perfectly symmetric
    twice = mirror(mirror(pose))
    assert all(np.allclose(twice.turns[p], pose.turns[p]) for p in pose.turns) and twice.curl == pose.curl


@pytest.mark.parametrize("side", ["l", "r"])
def test_elbows_fold_forwards_and_knees_backwards(side: str) -> None:
    bent = build("bent", complete({"farm": 90.0, "shin": 90.0}), (20.0, 20.0))
    at = BODY.joints(BODY.articulate(SHAPE, bent, PLAIN))
    assert at[side + "_wri"][1] < at[side + "_elb"][1] - 0.1
    assert at[side + "_ank"][1] > at[side + "_kne"][1] + 0.1


@pytest.mark.parametrize("side", ["l", "r"])
def test_fingers_curl_towards_the_palm(side: str) -> None:
    def tip(curl: float) -> np.ndarray:
        at = BODY.joints(BODY.articulate(SHAPE, build("hand", complete({}), (curl, curl)), PLAIN))
        return np.asarray(at[side + "_tip"] - at[side + "_wri"])

    inward = -1.0 if side == "l" else 1.0  # palms face the thighs in the zero pose
    straight, curled = tip(0.0), tip(70.0)
    assert (curled[0] - straight[0]) * inward > 0.015
    assert curled[2] > straight[2] + 0.01


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_hinge_solution_meets_its_target(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root, target, pole = rng.normal(0, 0.3, (3, 3))
    for forward in (True, False):
        upper, lower = bend(root, target, 0.3, 0.27, pole, forward)
        assert np.allclose(upper.T @ upper, np.eye(3), atol=1e-6) and np.isclose(np.linalg.det(upper), 1)
        end = root - upper[:, 2] * 0.3 - lower[:, 2] * 0.27
        reach = np.linalg.norm(target - root)
        if 0.15 < reach < 0.56:
            assert np.allclose(end, target, atol=1e-6)
        flexion = (upper.T @ lower)[:, 2]
        assert (flexion[1] > -1e-6) == forward or abs(flexion[1]) < 1e-6


@pytest.mark.parametrize("target", sorted(TARGETS))
@pytest.mark.parametrize("side", ["l", "r"])
def test_hands_reach_every_target(target: str, side: str) -> None:
    sitting = {"thigh": (95, 20, 0), "shin": 95, "chest": (25, 0, 0)}
    pose = build("sit", complete(sitting), (20.0, 20.0))
    skeleton = BODY.articulate(SHAPE, pose, PLAIN)
    point, pole = target_point(skeleton, BODY.joints(skeleton), side, target)
    before = float(np.linalg.norm(BODY.joints(skeleton)[side + "_wri"] - point))
    _, reached = reach_for(BODY, SHAPE, pose, PLAIN, side, point, pole)
    at = BODY.joints(reached)
    after = float(np.linalg.norm(at[side + "_wri"] - point))
    arm = sum(np.linalg.norm(at[side + a] - at[side + b]) for a, b in (("_sho", "_elb"), ("_elb", "_wri")))
    stretched = np.linalg.norm(at[side + "_wri"] - at[side + "_sho"]) > 0.97 * arm
    assert after < 0.05 or (stretched and after < before)


def test_contacts_are_closed_for_both_sides() -> None:
    pose = build("stand", complete({}), (20.0, 20.0))
    _, skeleton = close_contacts(BODY, SHAPE, pose, PLAIN, [("l", "hip"), ("r", "hip")])
    at = BODY.joints(skeleton)
    for s in "lr":
        assert np.linalg.norm(at[s + "_wri"] - at[s + "_hip"]) < 0.25
        assert abs(at[s + "_elb"][0]) > abs(at[s + "_wri"][0])  # elbows point outwards


def test_recipes_keep_to_anatomy() -> None:
    assert not set(RECIPES) & set(STUDIES)
    for name, recipe in (RECIPES | STUDIES).items():
        assert recipe.family in {*FAMILY_WEIGHT, CARRIED}
        assert all(t in TARGETS for _, t in recipe.contacts), name
        for part, values in complete(recipe.angles).items():
            limits = LIMITS.get(part.split("_")[-1])
            for value, limit in zip(values, limits or (), strict=False):
                assert limit[0] <= value <= limit[1], (name, part)
        rng = np.random.default_rng(0)
        pose = from_recipe(name, rng)
        assert all(np.allclose(m.T @ m, np.eye(3), atol=1e-6) for m in pose.turns.values())


def test_poses_are_at_least_as_diverse_as_the_prototypes() -> None:
    """Mean pairwise distance of poses centred and scaled to unit size; 40 archetypes alone measured 0.871."""
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(150):
        cast = sample_cast(BODY, rng, kind="real")
        pose, _ = take_pose(cast, rng)
        skeleton = BODY.articulate(cast.shape, pose, cast.proportions)
        at = BODY.joints(skeleton)
        points = np.stack([at[s + j] for j in ("sho", "elb", "wri", "hip", "kne", "ank") for s in ("l_", "r_")])
        points = points - points.mean(0)
        rows.append((points / np.linalg.norm(points)).ravel())
    poses = np.array(rows)
    distance = np.linalg.norm(poses[:, None] - poses[None], axis=-1)
    assert distance[np.triu_indices(len(poses), 1)].mean() > 0.87


def test_studies_are_asked_for_by_name_and_never_drawn_at_random() -> None:
    rng = np.random.default_rng(4)
    assert not {sample_pose(rng)[0].name for _ in range(300)} & set(STUDIES)
    cast = sample_cast(BODY, np.random.default_rng(0), kind="real")
    first, again = (take_study(cast, np.random.default_rng(6), "selfie") for _ in range(2))
    assert first.name == "selfie" and all((first.turns[part] == again.turns[part]).all() for part in first.turns)
    with pytest.raises(ValueError, match="no study 'levitate'"):
        take_study(cast, rng, "levitate")


def test_who_sits_cross_legged_has_each_ankle_before_the_other_hip() -> None:
    for seed in range(5):
        cast = sample_cast(BODY, np.random.default_rng(seed), kind="real", adult=True)
        pose = take_study(cast, np.random.default_rng(seed), "cross-legged arms out")
        at = BODY.joints(BODY.articulate(cast.shape, pose, cast.proportions))
        for side, sign in (("l", 1), ("r", -1)):
            knee, ankle, hip = (at[f"{side}_{joint}"] for joint in ("kne", "ank", "hip"))
            assert sign * (knee[0] - hip[0]) > 0 and sign * ankle[0] < 0 and ankle[1] < hip[1] - 0.1
            assert abs(ankle[2] - hip[2]) < 0.2


def test_families_all_occur() -> None:
    rng = np.random.default_rng(2)
    seen = {recipe.family for _, recipe, _ in (sample_pose(rng) for _ in range(400)) if recipe}
    assert seen == set(FAMILY_WEIGHT)


def test_children_always_wear_clothes() -> None:
    rng = np.random.default_rng(5)
    children = 0
    for _ in range(60):
        cast = sample_cast(BODY, rng)
        if not cast.grown:
            children += 1
            region = stage(cast, REST, rng, dressed=False).outfit.region
            assert (region == TOP).any() and (region == BOTTOM).any()
        assert sample_cast(BODY, rng, adult=True).grown
    assert children > 5


def test_every_kind_of_proportion_is_drawn() -> None:
    rng = np.random.default_rng(3)
    for kind in STYLISED:
        name, proportions = sample_proportions(rng, kind)
        assert name == kind and all(0.3 < length < 3 and 0.3 < thick < 3 for length, thick in proportions.values())


@given(st.floats(-170, 170), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_rotation_helpers_agree(degrees: float, seed: int) -> None:
    axis = np.random.default_rng(seed).normal(size=3)
    matrix = turn(axis, degrees)
    assert np.allclose(matrix @ axis, axis) and np.isclose(np.linalg.det(matrix), 1)
    assert np.allclose(part_way(matrix, 0.5) @ part_way(matrix, 0.5), matrix, atol=1e-6)
    assert np.isclose(np.linalg.norm(quaternion(matrix)), 1)
    assert np.isclose(twist(turn(X, degrees), X), degrees, atol=1e-4)


def test_shapes_are_packed_without_loss() -> None:
    shapes = np.random.default_rng(0).normal(size=(4, 21)).astype(np.float16)
    assert from_planes(planes(shapes)).tobytes() == shapes.tobytes()
