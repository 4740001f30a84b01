"""The endpoints of the API: what they answer, and that they read uploads only."""

import base64
import io
from pathlib import Path

import gradio as gr
import pytest
from gradio.data_classes import FileData, ImageData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from PIL import Image

from annotator.pose.endpoint import estimate_api
from annotator.references.endpoint import search_api
from annotator.uploads import DrawingInput

DRAWING = Path(__file__).parents[2] / "examples" / "drawings" / "peeps_stand_PolkaDots.png"


def uploaded(content: bytes) -> FileData:
    return FileData(path=save_bytes_to_cache(content, "drawing.png", get_upload_folder()))


def test_the_endpoint_answers_with_coco() -> None:
    document = estimate_api(uploaded(DRAWING.read_bytes()))
    assert document["images"][0]["file_name"] == "drawing.png"
    assert len(document["annotations"][0]["keypoints"]) == 51


def test_the_search_endpoint_answers_best_first() -> None:
    found = search_api(uploaded(DRAWING.read_bytes()), k=3)
    told = {"image", "score", "box", "keypoints", "mirrored", "tags", "thumbnail", "credit"}
    assert [set(one) for one in found] == [told] * 3
    picture = Image.open(io.BytesIO(base64.b64decode(found[0]["thumbnail"].removeprefix("data:image/webp;base64,"))))
    assert max(picture.size) == 256 and "Open Peeps" in found[0]["credit"]
    assert found[0]["image"] == "drawings/peeps_stand_PolkaDots.webp" and found[0]["score"] >= found[1]["score"]
    tagged = search_api(uploaded(DRAWING.read_bytes()), any_camera=True, parts=["upper body"], tags=["pair"])
    assert len(tagged) == 12 and all("pair" in one["tags"] for one in tagged)
    for wrong, message in (({"k": 0}, "ask for 1 to 100"), ({"gallery": "none"}, "no gallery 'none' that you may see")):
        with pytest.raises(gr.Error, match=message):
            search_api(uploaded(DRAWING.read_bytes()), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("image", [{"path": str(DRAWING)}, FileData(path=str(DRAWING)), {}, "x", None])
def test_the_endpoint_reads_uploads_only(image: object) -> None:
    with pytest.raises(gr.Error, match="not on the server, as after a restart"):
        estimate_api(image)  # type: ignore[arg-type]


def test_the_picture_of_the_pose_tab_is_an_upload() -> None:
    drawing = DrawingInput()
    assert drawing.preprocess(None) is None
    with pytest.raises(gr.Error, match="not on the server, as after a restart"):
        drawing.preprocess(ImageData(path=str(DRAWING)))


def test_the_endpoint_explains_a_bad_picture() -> None:
    with pytest.raises(gr.Error, match=r"drawing.png: not a picture that can be read"):
        estimate_api(uploaded(b"no picture"))
