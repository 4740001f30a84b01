"""What one visitor can use up."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from attack import DRAWING, Served
from gradio.context import LocalContext

import app as product
from annotator.correct import tab
from annotator.correct.dataset_store import DatasetStore
from annotator.correct.session import AnnotationSession
from annotator.correct.tab import CorrectTab
from annotator.correct.weighing import Weighing
from annotator.editor.value import EditorValue
from annotator.quota import Quota
from annotator.references import folder as references_folder
from annotator.references import page as reference_page
from annotator.references.page import reference_package
from sketchpose.dataset import Dataset
from sketchpose.retrieve.gallery.gallery import SHIPPED, open_gallery


def visitor(**headers: str) -> Any:
    return SimpleNamespace(headers=headers, client=SimpleNamespace(host="8.8.8.8"))


def test_sheets_and_zips_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = next(entry for entry in open_gallery().entries if not entry.render)
    item = {"id": [SHIPPED, entry.path, 0]}
    for kind in ("zip", "sheet"):
        assert "the limit is 120" in reference_package({"kind": kind, "items": [item] * 121})["error"]
    monkeypatch.setattr(reference_page, "MAX_PACKAGE", 1000)
    assert "the limit of a zip" in reference_package({"kind": "zip", "items": [item] * 2})["error"]
    assert reference_page._PACKING.acquire(blocking=False), "it is free again after an error"
    reference_page._PACKING.release()


def test_saves_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tab, "SAVES", Quota(2, 3600, "Too much was saved"))
    session = AnnotationSession(DatasetStore(Dataset(tmp_path)))
    correct = CorrectTab(None, session, None, Weighing(session, None))  # type: ignore[arg-type]
    value = EditorValue.of_picture(DRAWING)
    event = gr.EventData(None, {"next": False})
    answers = [correct.save(value, False, event, None, visitor())["reply"] for _ in range(3)]
    assert [answer["kind"] for answer in answers][0] == "saved"
    assert answers[2]["kind"] == "refused" and "Too much was saved; go on in" in answers[2]["message"]
    monkeypatch.setattr(tab, "SAVED_BYTES", Quota(10, 3600, "Too many bytes"))
    monkeypatch.setattr(tab, "SAVES", Quota(9, 3600, ""))
    assert "Too many bytes" in correct.save(value, False, event, None, visitor())["reply"]["message"]


def test_folders_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(references_folder, "folder_of", lambda name: tmp_path / name)
    monkeypatch.setattr(references_folder, "FOLDERS", Quota(2, 3600, "Too many folders"))
    kept = LocalContext.request.set(visitor())
    try:
        first, _ = references_folder.new_gallery("a", "")
        references_folder.new_gallery("b", first)
        with pytest.raises(ValueError, match="Too many folders; go on in"):
            references_folder.new_gallery("c", "")
        monkeypatch.setattr(references_folder, "FOLDERS", Quota(9, 3600, ""))
        monkeypatch.setattr(references_folder, "_MAX_VISITS", 1)
        (tmp_path / first).mkdir()
        with pytest.raises(ValueError, match="which is|the limit"):
            references_folder.new_gallery("c", "")
        assert references_folder.new_gallery("more", first)[0] == first
    finally:
        LocalContext.request.reset(kept)


def test_the_queue_and_the_sessions_are_bounded(served: Served) -> None:
    assert served.blocks._queue.max_size == product.QUEUE
    assert served.blocks.state_holder.capacity == product.SESSIONS
    assert served.blocks.max_file_size == product.MAX_FILE
    served.blocks._queue.max_size = 0
    try:
        answer = served.visitor().post(
            "/gradio_api/queue/join", json={"data": [], "fn_index": 0, "session_hash": "full"}
        )
        assert answer.status_code == 503 and "full" in answer.text
    finally:
        served.blocks._queue.max_size = product.QUEUE


def test_an_upload_over_the_size_of_one_file_is_refused(served: Served) -> None:
    served.blocks.max_file_size, before = 1000, served.blocks.max_file_size
    try:
        with httpx.Client(base_url=served.url, timeout=300) as client:
            answer = client.post("/gradio_api/upload", files={"files": ("x.png", b"x" * 5000)})
        assert answer.status_code == 413
    finally:
        served.blocks.max_file_size = before
