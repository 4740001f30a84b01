from pathlib import Path

import gradio as gr
import pytest
from gradio.components.upload_button import ListFiles
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from annotator.uploads import CheckedUploadButton, uploaded


def test_uploads_pass_and_other_files_do_not(tmp_path: Path) -> None:
    mine = save_bytes_to_cache(b"{}", "poses.json", get_upload_folder())
    assert uploaded(mine) == Path(mine).resolve()
    (tmp_path / "secret.png").write_bytes(b"secret")
    sneaky = Path(mine).parent / ".." / ".." / ".." / ".." / str(tmp_path / "secret.png").lstrip("/")
    for path in (tmp_path / "secret.png", sneaky, "/etc/hostname", "", None):
        with pytest.raises(gr.Error, match="not on the server, as after a restart"):
            uploaded(path)


def test_the_upload_button_checks_every_file() -> None:
    mine = FileData(path=save_bytes_to_cache(b"{}", "poses.json", get_upload_folder()))
    theirs = FileData(path="/etc/hostname")
    one, many = CheckedUploadButton(), CheckedUploadButton(file_count="multiple")
    assert one.preprocess(None) is None
    assert str(one.preprocess(mine)) == mine.path
    assert len(many.preprocess(ListFiles(root=[mine, mine]))) == 2
    with pytest.raises(gr.Error):
        one.preprocess(theirs)
    with pytest.raises(gr.Error):
        many.preprocess(ListFiles(root=[mine, theirs]))
