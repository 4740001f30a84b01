"""The JSON record that a weight file of the optional networks carries in its metadata; reading it needs no torch."""

import json
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open

KEY: Final = "sketchpose"
_FIELDS: Final = {"backend", "name", "network"}


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of a safetensors file, or an empty one where it has none.

    Raises:
        ValueError: There is no such file, it is not safetensors, or its record is broken.
    """
    if not path.is_file():
        raise ValueError(f"There are no weights {path}: give a .safetensors file.")
    try:
        with safe_open(path, "np") as file:
            text = (file.metadata() or {}).get(KEY)
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path} is not a safetensors file ({error}): copy it again.") from None
    if text is None:
        return {}
    try:
        record = json.loads(text)
    except json.JSONDecodeError:
        record = None
    if not isinstance(record, dict) or not set(record) >= _FIELDS:
        raise ValueError(f"{path} has a record that cannot be read: write it again with sketchpose train.")
    return record
