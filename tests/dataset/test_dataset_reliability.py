"""The promise of ``save`` under kill -9 and on a full disk: a small run of ``tests/benchmarks/bench_store.py``."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from bench_store import full_disk, hammer  # noqa: E402

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked and killed as on POSIX")


def test_no_acknowledged_revision_is_lost_when_writers_are_killed(tmp_path: Path) -> None:
    found = hammer(tmp_path, writers=4, count=150, lifetime=(0.05, 0.4))
    assert found["acknowledged"] >= 4 * 150 - found["kills"] and found["lost"] == 0 and found["damaged files"] == 0
    assert found["index equal after rebuild"] and found["in the store"] >= found["acknowledged"]
    assert found["kills"] > 0


def test_a_full_disk_says_so_and_harms_nothing(tmp_path: Path) -> None:
    found: dict[str, Any] = full_disk(tmp_path)
    assert "was not saved" in found["said"] and "Free some space" in found["said"]
    assert not found["harmed"] and found["saved later"]
