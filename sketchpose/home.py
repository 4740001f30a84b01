"""The one folder under which everything a user makes is kept."""

import os
import sys
from pathlib import Path


def home_folder() -> Path:
    """Return the folder under which everything is kept.

    ``SKETCHPOSE_HOME`` where it is set, ``/data`` on a Hugging Face Space with storage, else the platform's user data
    folder.
    """
    if home := os.environ.get("SKETCHPOSE_HOME"):
        return Path(home)
    if os.environ.get("SPACE_ID") and os.access("/data", os.W_OK):
        return Path("/data")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "sketchpose"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "sketchpose"
