"""What the References tab does behind the page, and what it refuses."""

import base64
import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from PIL import Image

from annotator import bundle
from annotator.references import page as reference_page
from annotator.references import search as reference_search
from annotator.references.choices import SAME
from annotator.references.folder import keep_pictures, new_gallery
from annotator.references.page import reference_original, reference_package
from annotator.references.search import (
    SHEET,
    ReferenceQuery,
    SearchChoices,
    answer,
    folder_of,
    like,
    look_up,
    names,
    shelf,
    tags_of,
)
from annotator.references.tab import ReferencesTab, build_references_tab
from sketchpose.estimate import Estimator
from sketchpose.formats import OPENPOSE_SOURCES
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import SHIPPED, Gallery, IndexRun, open_gallery
from sketchpose.retrieve.gallery.tags import ACTION, OWN, POSE, SOURCE, VIEW, grouped, made_tags
from sketchpose.retrieve.parts import NAMED_LIMBS
from sketchpose.skeleton import INDEX, SWAP

DRAWINGS = Path(__file__).parents[3] / "examples" / "drawings"
CHOSEN = (SHIPPED, SAME, True, [], False, [], [], [], [], [], "Any number", True, (), None)
CROSSED = "drawings/peeps_sit_CrossedLegs.webp"


def crossed() -> ReferenceQuery:
    entry = next(entry for entry in open_gallery().entries if entry.path == CROSSED)
    return ReferenceQuery(entry.poses, "crossed", entry.width, entry.height)


@pytest.fixture
def tab() -> ReferencesTab:
    def read() -> Estimator:
        raise AssertionError("a pose that is known was estimated anew")

    with gr.Blocks(), gr.Tab() as place:
        return build_references_tab(read, place, DRAWINGS / "stick_sm_002.png", gr.Button())


def test_an_answer_is_what_the_page_shows() -> None:
    found = answer(crossed(), SearchChoices(SHIPPED))
    first = found["results"][0]
    assert len(found["results"]) == 12 and first["id"] == [SHIPPED, CROSSED, 0] and found["more"]
    assert set(first["agreement"]) <= {1.0, None}, "each limb agrees with itself"
    np.testing.assert_allclose(np.array(first["skeleton"])[:, :2], np.array(first["points"])[:, :2], atol=0.2)
    assert first["thumb"].startswith("data:image/webp;base64,") and "Pablo Stanley" in first["credit"]
    assert max(Image.open(io.BytesIO(base64.b64decode(first["thumb"].split(",")[1]))).size) <= 512


def test_choices_narrow_the_search() -> None:
    pairs = answer(crossed(), SearchChoices(SHIPPED, tags=("pair",)))["results"]
    assert pairs and all("pair" in one["tags"] for one in pairs)
    assert not any(one["mirrored"] for one in answer(crossed(), SearchChoices(SHIPPED, mirror=False))["results"])
    twice = answer(crossed(), SearchChoices(SHIPPED, tags=("pair",), single=False))["results"]
    assert len({tuple(one["id"][:2]) for one in pairs}) == len(pairs)
    assert {one["id"][2] for one in twice} == {0, 1}
    nothing = answer(crossed(), SearchChoices(SHIPPED, tags=("pair",), people=1))
    assert not nothing["results"] and "fewer tags" in nothing["message"]
    wrist = Pose.annotated(crossed().poses[0].keypoints, np.eye(17, dtype=int)[9] * 2)
    few = answer(ReferenceQuery((wrist,), "wrist", 9, 9), SearchChoices(SHIPPED))
    assert not few["results"] and "at least" in few["message"], "said to the visitor, no traceback"


def test_a_limb_that_must_match_does_and_there_are_more_than_twelve() -> None:
    forearm = SearchChoices(SHIPPED, must=("left forearm", "right thigh"))
    found = answer(crossed(), forearm, 24)
    assert found["query"]["must"] == ["left forearm", "right thigh"] and len(found["results"]) == 24
    asked = np.array(found["query"]["points"])[:, :2]
    for one in found["results"]:
        points = np.array(one["points"])[:, :2] * ([-1, 1] if one["mirrored"] else [1, 1])
        for limb in ("left_elbow", "left_wrist"), ("right_hip", "right_knee"):
            start, end = (INDEX[name] for name in limb)
            a, b = asked[end] - asked[start], (points[list(SWAP)] if one["mirrored"] else points)[[start, end]]
            b = b[1] - b[0]
            assert a @ b >= 0.7 * np.linalg.norm(a) * np.linalg.norm(b), one["name"]
    groups = {e.path: e.group or e.path for e in open_gallery().entries}
    assert len({groups[one["id"][1]] for one in found["results"]}) == 24, "one view of a pose"
    upside = Pose.annotated(-crossed().poses[0].keypoints, np.full(17, 2))
    none = answer(ReferenceQuery((upside,), "x", 9, 9), SearchChoices(SHIPPED, must=tuple(NAMED_LIMBS)))
    assert not none["results"] and "click one of them" in none["message"]


def test_from_any_camera_a_pose_is_shown_once_with_its_own_skeleton() -> None:
    entry = next(e for e in open_gallery().entries if e.group)
    query = ReferenceQuery(entry.poses[:1], "x", entry.width, entry.height)
    found = answer(query, SearchChoices(SHIPPED, any_camera=True))["results"]
    groups = {e.path: e.group or e.path for e in open_gallery().entries}
    assert len({groups[one["id"][1]] for one in found}) == 12
    for one in found:
        shown = np.array(one["skeleton"])
        assert np.array_equal(shown[shown[:, 2] > 0][:, :2], np.array(one["points"])[shown[:, 2] > 0][:, :2])


def test_more_like_one_leaves_it_out() -> None:
    query = like([SHIPPED, CROSSED, 0])
    assert all(one["id"][1] != CROSSED for one in answer(query, SearchChoices(SHIPPED))["results"])


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (["../../etc", "passwd", 0], "that you may see"),
        ([SHIPPED, "/etc/passwd", 0], "holds no picture"),
        ([SHIPPED, CROSSED, 5], "has 1 people"),
        ([SHIPPED, CROSSED, -1], "has 1 people"),
        ([SHIPPED, CROSSED], "not a reference"),
        ("x", "not a reference"),
        (None, "not a reference"),
    ],
)
def test_the_page_reaches_nothing_but_pictures_of_galleries(reference: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        look_up(reference)
    assert message in reference_original(reference)["error"]
    assert message in reference_package({"kind": "zip", "items": [{"id": reference}]})["error"]


def test_a_made_up_request_is_refused() -> None:
    item = {"id": [SHIPPED, CROSSED, 0]}
    wrong = {**item, "skeleton": [[1e999, 0, 1]] * 17, "agreement": [1] * 19}
    for request in (None, {}, {"kind": "sheet"}, {"kind": "sheet", "items": [7]}):
        assert "no selection" in reference_package(request)["error"]
    assert "not the skeleton" in reference_package({"kind": "sheet", "items": [wrong], "overlay": True})["error"]
    assert "nothing to put" in reference_package({"kind": "sheet", "items": []})["error"]


def test_the_rendered_original_shows_its_keypoints() -> None:
    entry = next(entry for entry in open_gallery().entries if entry.render)
    made = reference_original([SHIPPED, entry.path, 0])
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(made["src"].split(",")[1]))).convert("L"), float)
    assert picture.shape == (entry.height, entry.width)
    pose = entry.poses[0]
    seen = pose.keypoints[pose.visibility == 2].astype(int)
    assert np.abs(picture[seen[:, 1], seen[:, 0]] - picture[:20, :20].mean()).mean() > 25


def test_uploads_stay_in_the_gallery_and_only_pictures_among_uploads_are_kept(tmp_path: Path) -> None:
    upload = save_bytes_to_cache((DRAWINGS / "stick_sm_002.png").read_bytes(), "a.png", get_upload_folder())
    script = save_bytes_to_cache(b"<script>", "b.png", get_upload_folder())
    names_ = ["deep/er/b.png", "notes.txt", "//tmp/outside/x.png", f"/{tmp_path}/abs.png", "../../up.png", "C:\\x.png"]
    files = [{"name": name, "path": upload} for name in names_] + [{"name": "fake.png", "path": script}]
    refused = keep_pictures(files, tmp_path / "g")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == ["g/deep/er/b.png"]
    assert set(refused) == {*names_[2:], "fake.png"} and "not a picture" in refused["fake.png"]
    with pytest.raises(gr.Error, match="not on the server, as after a restart"):
        keep_pictures([{"name": "x.png", "path": str(DRAWINGS / "stick_sm_002.png")}], tmp_path / "g")
    for none in ([{"name": "x.txt", "path": upload}], [{"name": "../x.png", "path": upload}]):
        with pytest.raises(ValueError, match="no pictures"):
            keep_pictures(none, tmp_path / "h")


def test_a_visitors_folder_is_a_gallery_of_the_visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path))
    name, folder = new_gallery("My Poses", "")
    assert name.startswith("visit-") and len(name) > 30 and not folder.is_relative_to(tmp_path)
    assert new_gallery("more", name) == (name, folder) and folder_of(name) == folder
    IndexRun(tmp_path / "galleries" / "private")
    assert names() == [SHIPPED] and names(name) == [SHIPPED, name]
    with pytest.raises(ValueError, match="no gallery 'private' that you may see"):
        shelf("private")
    with pytest.raises(ValueError, match="kept for a visit only"):
        shelf(name)
    monkeypatch.setattr(reference_search, "owner_asks", lambda: True)
    name, folder = new_gallery("My / Poses!", "")
    assert (name, folder) == ("My Poses", tmp_path / "galleries" / "My Poses")
    assert new_gallery(SHIPPED, "")[0] == f"my {SHIPPED}"
    assert names() == [SHIPPED, "private"] and shelf("private").gallery.name == "private"


def test_an_event_that_cannot_be_answered_leaves_the_page(tab: ReferencesTab) -> None:
    page = tab.page
    event = SimpleNamespace(id=[SHIPPED, "gone", 0], count=12, name="x", files=[])
    chosen = CHOSEN
    reply = tab.search_like(None, event, *chosen)[page]  # type: ignore[arg-type]
    assert "holds no picture 'gone'" in reply["reply"]["message"]
    with pytest.raises(gr.Error, match="holds no picture"):
        tab.picked(event)  # type: ignore[arg-type]
    with pytest.raises(gr.Error, match="no pose to look for"):
        tab.search_editor(None, *chosen)
    (step,) = tab.add_folder("", event)  # type: ignore[arg-type]
    assert "it holds no pictures" in step[page]["reply"]["message"]


def test_the_script_holds_every_module_and_openpose_knows_its_joints() -> None:
    entries = ("main.js", "query.js")
    modules = {name for entry in entries for name in bundle.modules(reference_page.HERE / "js", entry)}
    assert sorted(modules) == sorted(path.name for path in (reference_page.HERE / "js").glob("*.js"))
    for entry in entries:
        assert "import " not in bundle.script(reference_page.HERE / "js", entry).replace("important", "")
    for path in map(
        reference_page.HERE.joinpath, ("page.html", "page.css", "query.html", "query.css")
    ):  # gradio runs them through Handlebars and as template literals
        assert not re.search(r"\$\{|\{\{|`|\\", path.read_text()), path.name
    assert len(OPENPOSE_SOURCES) == 18 and OPENPOSE_SOURCES[1] == (5, 6)


def test_the_tags_of_the_built_in_gallery_stand_in_groups_and_a_users_own_apart(tmp_path: Path) -> None:
    tags = tags_of(SHIPPED)
    assert tags[VIEW] == [
        "front",
        "three-quarter",
        "side",
        "back three-quarter",
        "back",
        "from above",
        "from below",
        "close",
    ]
    assert {"sitting", "lying", "pair", "dance"} <= set(tags[POSE]) and {"archer", "handshake", "bike"} <= set(
        tags[ACTION]
    )
    assert set(tags[SOURCE]) >= {"mannequin", "as drawn", "drawing", "peeps"} and tags[OWN] == []
    assert {tag for group in tags.values() for tag in group} <= {t for e in open_gallery().entries for t in e.tags}
    run = IndexRun(tmp_path / "own")
    for name in ("holiday/a.png", "masters/busch/b.png"):
        words = ("sitting", "front", "aunt") if "a.png" in name else ("drawing", "pen", "by busch", "facing left")
        run.add(GalleryEntry(name, 9, 9, crossed().poses, words))
    gallery = Gallery(tmp_path / "own")
    own = grouped(gallery.tag_counts(), made_tags([*open_gallery().entries, *gallery.entries]))
    assert own == {
        VIEW: ["front", "facing left"], POSE: ["sitting"], ACTION: [], SOURCE: ["by busch", "drawing", "pen"],
        OWN: ["aunt"],
    }  # fmt: skip


def asking(found: dict[str, Any], count: int = 12, at: int = 0) -> Any:
    return SimpleNamespace(id=found["results"][at]["id"], count=count)


def test_from_similar_to_similar_and_all_the_way_back(tab: ReferencesTab) -> None:
    two = replace(crossed(), poses=crossed().poses * 2)
    first = tab.search(two, *CHOSEN, person=1)
    limbs = tab.search_must(two, SimpleNamespace(limbs=["left thigh"]), *CHOSEN[:-1], "Person 2")  # type: ignore[arg-type]
    assert first[tab.asked]["back"] == "" and limbs[tab.asked]["must"] == ["left thigh"]
    wider = tab.search_further(two, SimpleNamespace(count=12), *CHOSEN[:-2], ("left thigh",), "Person 2")[tab.page]  # type: ignore[arg-type]
    chosen = (*CHOSEN[:-2], ("left thigh",), "Person 2")
    one = tab.search_like(two, asking(wider, 24, 20), *chosen)
    assert one[tab.asked]["back"] == "Back to my drawing" and one[tab.choices.must] == ()
    another = tab.search_like(one[tab.query], asking(one[tab.page]), *CHOSEN)
    assert another[tab.asked]["back"] == "Back one step"
    back = tab.search_back(another[tab.query], *CHOSEN)
    assert back[tab.page]["results"] == one[tab.page]["results"] and back[tab.drawing_query] == one[tab.query]
    assert list(back[tab.page]["at"]) == one[tab.page]["results"][0]["id"]
    home = tab.search_back(back[tab.query], *CHOSEN)
    assert home[tab.query] is two and home[tab.page]["results"] == wider["results"], "24 of them, with the limb"
    assert home[tab.choices.must] == ("left thigh",) and home[tab.choices.person].value == "Person 2"
    assert home[tab.asked]["back"] == "" and list(home[tab.page]["at"]) == wider["results"][20]["id"]
    assert set(tab.search_back(two, *CHOSEN)) == {tab.page}, "nothing lies before the drawing"


def test_back_from_the_likes_of_a_skeletons_results_is_the_skeleton(tab: ReferencesTab) -> None:
    sheet = ReferenceQuery(crossed().poses, SHEET, 768, 768)
    found = tab.search(sheet, *CHOSEN)
    similar = tab.search_like(sheet, asking(found[tab.page]), *CHOSEN)
    assert similar[tab.asked]["back"] == "Back to the skeleton"
    back = tab.search_back(similar[tab.query], *CHOSEN)
    assert back[tab.places].selected == "skeleton" and back[tab.query] is sheet and tab.drawing not in back


def test_a_long_way_from_one_to_the_similar_stays_short_in_memory(tab: ReferencesTab) -> None:
    now = tab.search(crossed(), *CHOSEN)
    for _ in range(25):
        now = tab.search_like(now[tab.query], asking(now[tab.page]), *CHOSEN)
    assert len(now[tab.query].trail) == 20
