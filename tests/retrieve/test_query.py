from dataclasses import replace

import numpy as np
import pytest
from crowd import crowd, pose

from sketchpose.pose import Pose
from sketchpose.retrieve import Filter, Options, SearchableGallery, describe, search
from sketchpose.retrieve.engines.base import Space
from sketchpose.retrieve.parts import MIRRORED_EDGE, NAMED_LIMBS


def test_the_same_person_comes_first_with_full_score() -> None:
    people = crowd(60)
    found = search(pose(people, 17).moved(0.4, (90, -20)), SearchableGallery(people), Options(k=5))
    assert found[0].row == 17 and found[0].image == 5 and not found[0].mirrored
    assert found[0].score == pytest.approx(100, abs=0.01)
    np.testing.assert_allclose(found[0].agreement, 1, atol=1e-3)
    np.testing.assert_allclose(found[0].overlay, people.keypoints[17], atol=0.1)
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)


def test_a_mirror_image_is_found_only_when_asked_for() -> None:
    people = crowd(60)
    query = pose(people, 8).mirror(640)
    store = SearchableGallery(people)
    found = search(query, store)[0]
    assert found.row == 8 and found.mirrored and found.score == pytest.approx(100, abs=0.01)
    np.testing.assert_allclose(found.overlay, people.keypoints[8], atol=0.1)
    assert search(query, store, Options(mirror=False))[0].score < 90


def test_one_result_per_picture_unless_told() -> None:
    people = crowd(12)
    store = SearchableGallery(people)
    assert len(search(pose(people, 0), store)) == 4
    assert len(search(pose(people, 0), store, Options(one_per_image=False))) == 12


def test_filters() -> None:
    people = crowd(59)
    store = SearchableGallery(people)
    found = search(pose(people, 0), store, Options(where=Filter(tags=("odd", "all"))))
    assert found and all(m.image % 2 for m in found)
    assert [m.image for m in search(pose(people, 0), store, Options(where=Filter(people=2)))] == [19]
    assert 0 not in [m.image for m in search(pose(people, 0), store, Options(where=Filter(without=(0,))))]
    assert search(pose(people, 0), store, Options(where=Filter(tags=("unheard of",)))) == []


def test_only_the_chosen_parts_count() -> None:
    people = crowd(60)
    changed = people.keypoints[30].copy()
    changed[11:] = changed[11:][::-1] * 1.5
    query = Pose.annotated(changed, np.full(17, 2))
    found = search(query, SearchableGallery(people), Options(parts=("left arm", "head")))[0]
    assert found.row == 30 and found.score == pytest.approx(100, abs=0.01)
    assert np.isnan(found.agreement[0]) and not found.compared[16]


@pytest.mark.parametrize("camera", ["same", "any"])
def test_limbs_that_must_match_are_a_gate_in_the_mirror_too(camera: Space) -> None:
    people = crowd(120)
    for query in (pose(people, 8), pose(people, 8).mirror(640)):
        store = SearchableGallery(people)
        free = search(query, store, Options(k=120, camera=camera, one_per_image=False))
        gated = search(query, store, Options(k=120, camera=camera, one_per_image=False, must=("left forearm", "hips")))
        assert gated[0].row == free[0].row == 8 and 0 < len(gated) < len(free)
        for found in gated:
            limb = MIRRORED_EDGE[NAMED_LIMBS["left forearm"]] if found.mirrored else NAMED_LIMBS["left forearm"]
            assert found.agreement[limb] >= (0.44 if camera == "any" else 0)


def test_a_limb_that_the_query_lacks_cannot_be_a_gate() -> None:
    people = crowd(3)
    visibility = np.full(17, 2)
    visibility[9] = 0
    armless = Pose.annotated(people.keypoints[0], visibility)
    with pytest.raises(ValueError, match="left forearm must match, but the query lacks it"):
        search(armless, SearchableGallery(people), Options(must=("left forearm",)))


def test_too_few_joints_are_refused() -> None:
    people = crowd(3)
    with pytest.raises(ValueError, match="choose more parts"):
        search(pose(people, 0), SearchableGallery(people), Options(parts=("nose", "left_wrist")))


@pytest.mark.parametrize(
    "wrong",
    [{"k": 0}, {"camera": "other"}, {"min_score": 2}, {"parts": ("tail",)}, {"must": ("tail",)}, {"candidates": 0}],
)
def test_options_say_what_is_wrong(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Options(**wrong)  # type: ignore[arg-type]


def test_descriptors_of_other_people_or_another_version_are_refused() -> None:
    people = crowd(4)
    described = describe(people.keypoints, people.scores)
    with pytest.raises(ValueError, match="4 descriptors for 6 people"):
        SearchableGallery(crowd(6), described)
    with pytest.raises(ValueError, match="another version"):
        SearchableGallery(people, replace(described, any=described.same))
