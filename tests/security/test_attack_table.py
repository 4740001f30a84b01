"""The table of attacks names tests that are there."""

import re

from attack import ROOT


def test_every_test_that_the_table_names_is_there() -> None:
    rows = [line for line in (ROOT / "annotator" / "SECURITY.md").read_text("utf-8").splitlines() if "`tests/" in line]
    assert rows
    for row in rows:
        for path, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row):
            assert (ROOT / path).is_file(), path
            assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), f"{path}::{name}"
