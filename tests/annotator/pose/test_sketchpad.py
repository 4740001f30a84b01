import pytest

from annotator.pose.sketchpad import Sketchpad, SketchpadData


def test_the_sketchpads_value() -> None:
    pad = Sketchpad()
    assert pad.preprocess(None) is None and pad.preprocess(SketchpadData()) is None
    assert pad.preprocess(pad.postprocess(b"png")) == b"png"
    for wrong in ("data:image/png;base64,!!!", "data:text/html,<b>", "x"):
        with pytest.raises(Exception, match="did not arrive whole"):
            pad.preprocess(SketchpadData(image=wrong))
