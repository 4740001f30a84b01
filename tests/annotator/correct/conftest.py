"""What the tests of the *Correct* tab share."""

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "drawing.png"
    Image.new("RGB", (300, 400), "white").save(path)
    return path
