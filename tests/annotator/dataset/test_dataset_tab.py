"""The Dataset tab without a browser: what it shows, and what its buttons do."""

import base64
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import build_correct_tab
from annotator.dataset import files
from annotator.dataset import training_view as training_words
from annotator.dataset.drawing_view import find_drawings, find_entry, history_text, known_sources, version_choices
from annotator.dataset.drawings import DrawingList, lay_out
from annotator.dataset.files import export_file, import_report
from annotator.dataset.grid import items_of, small_picture
from annotator.dataset.review import ReviewState, agreement_summary, judge, next_in_review
from annotator.dataset.statistics import plots_html, public_html
from annotator.dataset.tab import build_dataset_tab
from annotator.dataset.training import make_plan
from annotator.dataset.training_view import (
    changed_html,
    cost_summary,
    first_steps,
    last_steps,
    progress_html,
    result_rows,
    verdict_numbers,
    verdict_text,
)
from annotator.editor.presets import PRESETS
from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.dataset.proposal import freeze
from sketchpose.pose import Pose
from sketchpose.train.jobs.job import Job
from sketchpose.train.jobs.plan import Plan, note_speed

POSE = Pose.annotated(np.array(PRESETS["Running"], np.float32) * 300 + [150, 20], np.full(17, 2))
Add = Callable[..., Revision]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def dataset(home: Path) -> Dataset:
    return Dataset()


@pytest.fixture
def add(dataset: Dataset, tmp_path: Path) -> Add:
    """Add a drawing, told apart by its shade."""

    def add(name: str, shade: int, **said: Any) -> Revision:
        path = tmp_path / f"{name}.png"
        Image.new("RGB", (300, 400), (255, 255, shade)).save(path)
        people = [Person.of_pose("p1", POSE)]
        return dataset.save(Revision.make(dataset.add_image(path), people, **{"time": 1000.0 + shade, **said}))

    return add


def test_the_whole_tab_builds_and_offers_no_public_endpoint(dataset: Dataset) -> None:
    store = DatasetStore(dataset)
    with gr.Blocks() as demo, gr.Tabs() as tabs:
        with gr.Tab("Correct"):
            correct = build_correct_tab(None, AnnotationSession(store))
        with gr.Tab("Dataset") as tab:
            build_dataset_tab(tab, store, correct, tabs)
    assert demo.get_api_info()["named_endpoints"] == {}


def test_reviewing_one_after_another(dataset: Dataset, add: Add) -> None:
    first, second = add("a", 1, status="submitted", author="Ada"), add("b", 2, status="submitted", note="<i>*look*")
    add("c", 3, status="accepted")
    turn, svg, about = next_in_review(dataset, ReviewState())
    assert turn.id == first.id and svg.startswith("<svg") and "**a.png**, 2 waiting; by Ada" in about
    turn, _, about = next_in_review(dataset, ReviewState("", (first.id,)))
    assert turn == ReviewState(second.id, (first.id,)) and "&#60;i&#62;&#42;look&#42;" in about
    assert judge(dataset, turn, "accept", "", "Rita") == "Accepted b.png."
    turn, _, _ = next_in_review(dataset, turn)
    assert turn.id == first.id
    assert judge(dataset, turn, "reject", "left is right", "Rita") == "Rejected a.png."
    assert next_in_review(dataset, turn)[0] == ReviewState() and "Nothing waits" in next_in_review(dataset, turn)[2]
    states = {e.name: (e.status, e.author, e.note) for e in dataset.entries()}
    assert states["a.png"] == ("rejected", "Rita", "left is right") and states["b.png"][0] == "accepted"


def test_accepting_one_of_two_versions_settles_it(dataset: Dataset, add: Add) -> None:
    mine = add("a", 1, status="submitted", author="Mine")
    moved = replace(POSE, keypoints=POSE.keypoints + 5)
    dataset.save(
        Revision.make(mine.image, [Person.of_pose("p1", moved)], author="Yours", status="submitted", time=2000.0)
    )
    assert [words.split(",")[0] for words, _ in version_choices(dataset, dataset.entries()[0])] == ["Mine", "Yours"]
    turn, _, about = next_in_review(dataset, ReviewState())
    assert "there are other versions by Yours &#40;submitted&#41;" in about and "**OKS 0." in agreement_summary(dataset)
    judge(dataset, turn, "accept", "", "Rita")
    assert dataset.conflicts() == [] and next_in_review(dataset, ReviewState())[0] == ReviewState()
    (entry,) = dataset.entries()
    assert np.array_equal(dataset.read(entry.id).persons[0].pose.keypoints, POSE.keypoints)


def test_finding_drawings_page_by_page(dataset: Dataset, add: Add) -> None:
    for i in range(52):
        add(f"d{i:02}", i, status="draft" if i % 2 else "accepted", source=f"s{i % 3}", author="Ada")
    assert known_sources(dataset) == ["s0", "s1", "s2"]
    first = find_drawings(dataset, "", (), (), "By name", 0)
    assert (
        len(first) == 49 and first[0].name == "d00.png" and len(find_drawings(dataset, "", (), (), "By name", 1)) == 4
    )
    assert [e.name for e in find_drawings(dataset, "D1", ("draft",), ("s1",), "Oldest first", 0)] == [
        "d13.png",
        "d19.png",
    ]
    item = items_of(first)["items"][7]
    assert item["name"] == "d07.png" and item["word"] == "✎ draft" and item["about"] == "1 person, s1"
    chosen = find_entry(dataset, item["id"])
    assert chosen is not None and "draft  by Ada" in history_text(dataset, chosen)
    assert find_entry(dataset, "0" * 32) is None


def test_a_small_picture_shows_the_drawing_with_its_skeleton(dataset: Dataset, add: Add) -> None:
    data = base64.b64decode(small_picture(dataset, add("a", 1).id).partition(",")[2])
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert max(pixels.shape) == 192 and (pixels[..., 2] - pixels[..., 0] > 60).sum() > 50, "no blue limb"
    assert small_picture(dataset, "0" * 32) == ""


@pytest.fixture
def drawings(dataset: Dataset) -> DrawingList:
    store = DatasetStore(dataset)
    with gr.Blocks(), gr.Tabs() as tabs, gr.Tab():
        return lay_out(store, build_correct_tab(None, AnnotationSession(store)), tabs, tabs)


def test_leaving_the_field_with_the_same_words_keeps_the_drawing_that_was_chosen(
    drawings: DrawingList, add: Add
) -> None:
    add("a", 1)
    filters: tuple[Any, ...] = ("a", [], [], "By name")
    listed = drawings.find((), *filters)
    assert listed[drawings.place] == "1 to 1" and listed[drawings.chosen] == ""
    assert list(drawings.find(listed[drawings.found_by], *filters)) == [drawings.page]
    assert drawings.find(listed[drawings.found_by], "b", *filters[1:])[drawings.place] == "No drawing matches."


def test_the_list_follows_what_is_saved_once_nothing_more_comes(
    dataset: Dataset, drawings: DrawingList, add: Add
) -> None:
    first = add("a", 1)
    listed = drawings.list_first("", [], [], "By name")
    state, found_by = listed[drawings.stamps], listed[drawings.found_by]
    assert list(drawings.watch(state, found_by)) == [drawings.due]
    for name, shade in (("b", 2), ("c", 3)):
        add(name, shade)
        state = drawings.watch(state, found_by)[drawings.stamps]  # more may come
    assert drawings.watch(state, found_by)[drawings.due] == dataset.stamp()
    fresh = drawings.refresh(0, first.id, found_by)
    assert fresh[drawings.place] == "1 to 3" and drawings.chosen not in fresh
    assert fresh[drawings.grid]["chosen"] == first.id
    assert list(drawings.watch(fresh[drawings.stamps], found_by)) == [drawings.due]
    dataset.save(first.child(author="Bo"))
    assert drawings.refresh(0, first.id, found_by)[drawings.chosen] == ""


def test_the_public_numbers_name_nobody(dataset: Dataset, add: Add) -> None:
    add("a", 1, status="accepted", author="Ada", source="sketchbook")
    html = public_html(dataset)
    assert "1 drawing, 1 person" in html and "accepted: 1" in html
    assert not any(name in html for name in ("Ada", "sketchbook", "a.png"))
    add("b", 2)
    assert "2 drawings" in public_html(dataset)


def test_the_unreviewed_of_a_page_are_opened_as_drawings_to_go_through(drawings: DrawingList, add: Add) -> None:
    for shade, status in enumerate(("draft", "submitted", "accepted"), 1):
        add(status, shade, status=status)
    listed = drawings.list_first("", [], [], "By name")
    value = drawings.open_unreviewed(listed[drawings.shown])[drawings.correct.editor]
    assert (value.name, len(value.persons), value.queue.at, value.queue.done) == ("draft.png", 1, 0, ())
    assert [Path(path).name for path in value.queue.paths] == ["draft.png", "submitted.png"]
    listed = drawings.list_first("", ["accepted"], [], "By name")
    assert listed[drawings.edit_all]["visible"] is False
    with pytest.raises(ValueError, match="is reviewed; show others"):
        drawings.open_unreviewed(listed[drawings.shown])


def test_exports_come_back_as_imports(dataset: Dataset, add: Add, tmp_path: Path) -> None:
    add("a", 1, status="accepted", licence="CC0-1.0", consent="own", source="s")
    add("b", 2, status="accepted")
    path = export_file(dataset, tmp_path, "coco", ["accepted"], False)
    other = Dataset(tmp_path / "other")
    words = import_report(other, [path], "auto", {"author": "Ada"})
    assert words.startswith("New in the dataset: **2 drawings with 2 people**.") and len(other.entries()) == 2
    assert "Already here with the same annotations: 2 drawings" in import_report(other, [path], "auto", {})
    with zipfile.ZipFile(export_file(dataset, tmp_path, "imagefolder", ["accepted"], True)) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 1
    with pytest.raises(ValueError, match="No drawing to export"):
        export_file(dataset, tmp_path, "coco", ["rejected"], False)


def test_an_export_leaves_only_the_file_that_is_offered(
    dataset: Dataset, add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("a", 1, status="accepted")
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(files, "require_owner", lambda *_: None)
    with gr.Blocks(), gr.Tab():
        section = files.lay_out_files(dataset, gr.Textbox(), gr.Textbox())
    update = section.export("coco", ["accepted"], False, "", None)[section.download]
    assert zipfile.is_zipfile(update["value"]) and update["value"] in section.download.temp_files, "cleaned in time"
    assert list((tmp_path / "temp").iterdir()) == []


def test_annotations_and_pictures_uploaded_together(dataset: Dataset, tmp_path: Path) -> None:
    Image.new("RGB", (300, 400), "white").save(tmp_path / "x.png")
    keypoints = np.c_[POSE.keypoints, np.full(17, 2)].astype(float).ravel().tolist()
    person = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": keypoints, "bbox": [1, 1, 200, 300]}
    image = {"id": 1, "file_name": "x.png", "width": 300, "height": 400}
    (tmp_path / "ours.json").write_text(json.dumps({"images": [image], "annotations": [person], "categories": []}))
    words = import_report(dataset, [tmp_path / "ours.json", tmp_path / "x.png"], "auto", {"source": "here"})
    assert words.startswith("New in the dataset: **1 drawing with 1 person**"), words
    assert dataset.entries()[0].source == "here"


def test_statistics_show_every_plot(dataset: Dataset, add: Add) -> None:
    assert "The dataset is empty" in plots_html(dataset)
    for i in range(4):
        add(f"d{i}", i, source="<b>x</b>", author="Ada", time=86400.0 * (i + 1))
    html = plots_html(dataset)
    assert html.count("<svg") == 11 and "4 drawings, 4 people" in html and "<b>x" not in html


def test_the_steps_of_the_training_come_one_after_another(dataset: Dataset, add: Add) -> None:
    for i in range(6):
        add(f"d{i}", i, source="train", status="accepted")
    add("d6", 6, source="test", status="submitted")
    enough, first, second = first_steps(dataset)
    assert not enough and "6 of the 7 accepted drawings that are needed; 1 wait" in first and "step-waits" in second
    add("d7", 7, source="test", status="accepted")
    enough, first, second = first_steps(dataset)
    assert enough and "step-done" in first and 'aria-current="step"' in second
    assert [step.split('"')[1] for step in last_steps(False, None)] == ["step step-waits"] * 2
    with pytest.raises(ValueError, match="Set a test aside first"):
        training_words.begin(dataset, Plan("x", "", ""))
    freeze(dataset, assign={"train": "train", "test": "test"}, min_test=0)
    _, _, second = first_steps(dataset)
    assert "1 drawing set aside for the test, 6 to learn from" in second and "once 6 are set aside" in second
    assert [step.split('"')[1] for step in last_steps(True, None)] == ["step step-now", "step step-waits"]


def test_an_empty_split_cannot_be_trained_on(dataset: Dataset, add: Add) -> None:
    add("a", 1, source="one", status="accepted")
    freeze(dataset, min_test=0)
    with pytest.raises(ValueError, match="no accepted drawing"):
        training_words.begin(dataset, Plan("x", "", ""))


def test_time_and_cost_are_said_before_the_start() -> None:
    plan = Plan("x", "", "", samples=4096, price=0.6)
    assert "not known yet" in cost_summary(plan)
    note_speed(plan, 6.5)
    assert cost_summary(plan) == (
        "About **11 min** at 6.5 crops a second, as measured on this machine; at 0.6 an hour that costs **0.11**."
    )
    assert "About **16 s**" in cost_summary(replace(plan, samples=104, price=0.0))


def test_progress_and_result_of_a_job(tmp_path: Path) -> None:
    assert progress_html(None) == "" and result_rows(None) == [] and verdict_text(None) == verdict_numbers(None) == ""
    (tmp_path / "run").mkdir()
    (tmp_path / "plan.json").write_text(json.dumps(vars(Plan("x", "", "", samples=100))))
    entries = [{"step": i, "samples": 20 * i, "seconds": i, "loss": 9 - i, "crops_per_second": 20} for i in (1, 2, 3)]
    (tmp_path / "run" / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries) + '{"cut')
    job = Job(tmp_path)
    assert 'value="0.600"' in progress_html(job) and "60 of 100 crops" in progress_html(job)
    assert progress_html(job).count("<svg") == 1 and changed_html(job, {}) == ""
    row = {"source": "s", "drawings": 3, "old_oks": 0.5, "new_oks": 0.75, "change": 0.25, "old_ap": None, "new_ap": 0.1}
    Image.new("RGB", (20, 10)).save(tmp_path / "changed-1.png")
    result = {
        "accepted": False,
        "reasons": ["too few"],
        "measured": {"rows": [row], "summary": "The sum.", "low": -0.1, "high": 0.2},
        "changed": [{"file": "changed-1.png", "name": "a.png", "old_oks": 0.5, "new_oks": 0.75}],
    }
    (tmp_path / "result.json").write_text(json.dumps(result))
    assert result_rows(job) == [["s", "3", "0.500", "0.750", "+0.250", "-", "0.100"]]
    assert "**Too few to tell.** The 3 test drawings" in verdict_text(
        job
    ) and "The model in use stays." in verdict_text(job)
    assert verdict_numbers(job) == "The sum.\n\n- too few"
    for low, high, accepted, words in (
        (-0.1, 0.2, False, "No clear difference"),
        (-0.2, -0.1, False, "Worse"),
        (0.1, 0.2, False, "cannot be used"),
        (0.1, 0.2, True, "**Better.** The new model reads the 9 test drawings more exactly"),
    ):
        measured = result["measured"] | {"rows": [row | {"drawings": 9}], "low": low, "high": high}
        (tmp_path / "result.json").write_text(json.dumps(result | {"measured": measured, "accepted": accepted}))
        assert words in verdict_text(job)
    assert "<figcaption>a.png: OKS 0.50 → 0.75</figcaption>" in changed_html(job, {})
    assert "<figcaption>&lt;Her&gt; sketch: OKS 0.50 → 0.75</figcaption>" in changed_html(job, {"a": "<Her> sketch"})
    result["changed"][0]["name"] = f"{'0' * 64}.png"
    (tmp_path / "result.json").write_text(json.dumps(result))
    assert (
        "a drawing that was erased: OKS" in changed_html(job, {})
        and "000" not in changed_html(job, {}).split("figcap")[1]
    )


def test_a_space_in_the_name_of_a_model_is_no_obstacle() -> None:
    assert make_plan("  my new model ", "", 4096, 0.5, 256, 0).name == "my-new-model"
    with pytest.raises(ValueError, match="The name '../x' cannot be used"):
        make_plan("../x", "", 4096, 0.5, 256, 0)
