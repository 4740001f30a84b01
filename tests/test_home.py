import os
import sys
from pathlib import Path

import pytest

from sketchpose.home import home_folder


def test_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SKETCHPOSE_HOME", str(tmp_path / "here"))
    assert home_folder() == tmp_path / "here"
    monkeypatch.delenv("SKETCHPOSE_HOME")
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert home_folder().name == "sketchpose" and home_folder().is_absolute()
    if os.name == "posix":
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
        assert home_folder() == tmp_path / "xdg" / "sketchpose"
