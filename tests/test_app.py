import socket
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest
from gradio.data_classes import FileData, ImageData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

import app
from annotator.pose.sketchpad import Sketchpad, SketchpadData

ROOT = Path(__file__).parents[1]
DRAWING = ROOT / "examples" / "drawings" / "peeps_stand_PolkaDots.png"


def test_the_public_endpoints_are_these_and_no_others() -> None:
    info = app.build().get_api_info()
    assert info is not None
    assert set(info["named_endpoints"]) == {"/estimate", "/search"}
    assert info["unnamed_endpoints"] == {}


def uploaded(content: bytes) -> FileData:
    return FileData(path=save_bytes_to_cache(content, "drawing.png", get_upload_folder()))


def test_the_endpoint_answers_with_coco() -> None:
    document = app.estimate_api(uploaded(DRAWING.read_bytes()))
    assert document["images"][0]["file_name"] == "drawing.png"
    assert len(document["annotations"][0]["keypoints"]) == 51


def test_the_search_endpoint_answers_best_first() -> None:
    found = app.search_api(uploaded(DRAWING.read_bytes()), k=3)
    assert [set(one) for one in found] == [{"image", "score", "box", "keypoints", "mirrored", "tags"}] * 3
    assert found[0]["image"] == "drawings/peeps_stand_PolkaDots.webp" and found[0]["score"] >= found[1]["score"]
    tagged = app.search_api(uploaded(DRAWING.read_bytes()), any_camera=True, parts=["upper body"], tags=["pair"])
    assert len(tagged) == 12 and all("pair" in one["tags"] for one in tagged)
    for wrong, message in (({"k": 0}, "ask for 1 to 100"), ({"gallery": "none"}, "no gallery 'none' that you may see")):
        with pytest.raises(gr.Error, match=message):
            app.search_api(uploaded(DRAWING.read_bytes()), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("image", [{"path": str(DRAWING)}, FileData(path=str(DRAWING)), {}, "x", None])
def test_the_endpoint_reads_uploads_only(image: object) -> None:
    with pytest.raises(gr.Error, match="must be uploaded to this app first"):
        app.estimate_api(image)  # type: ignore[arg-type]


def test_the_picture_of_the_pose_tab_is_an_upload() -> None:
    drawing = app.DrawingInput()
    assert drawing.preprocess(None) is None
    with pytest.raises(gr.Error, match="must be uploaded to this app first"):
        drawing.preprocess(ImageData(path=str(DRAWING)))


def test_the_endpoint_explains_a_bad_picture() -> None:
    with pytest.raises(gr.Error, match=r"drawing.png: not a picture that can be read"):
        app.estimate_api(uploaded(b"no picture"))


def test_sharing_without_a_network_says_so_and_serves_locally(tmp_path: Path) -> None:
    """The link's server is an address of this machine at which nobody listens."""
    code = (
        "import sys; sys.argv = ['app.py', '--share']; import gradio.networking as n; "
        "n.GRADIO_API_SERVER = 'http://127.0.0.1:9'; import app, gradio as gr; "
        "gr.Blocks.block_thread = lambda self, **k: None; app.main()"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    assert "There is no public link, for want of a network: the app is served on this machine at" in result.stdout


def test_the_sketchpads_value() -> None:
    pad = Sketchpad()
    assert pad.preprocess(None) is None and pad.preprocess(SketchpadData()) is None
    assert pad.preprocess(pad.postprocess(b"png")) == b"png"
    for wrong in ("data:image/png;base64,!!!", "data:text/html,<b>", "x"):
        with pytest.raises(Exception, match="did not arrive whole"):
            pad.preprocess(SketchpadData(image=wrong))


def test_a_taken_port_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["app.py", "--port", str(port)])
        with pytest.raises(SystemExit, match=f"^Port {port} is taken by another program: choose another with --port N"):
            app.main()
    monkeypatch.setattr(sys, "argv", ["app.py", "--port", "70000"])
    with pytest.raises(SystemExit):
        app.main()
    assert "--port: 70000 is out of range: give a whole number from 1 to 65535." in capsys.readouterr().err
