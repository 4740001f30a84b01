"""A short run of ``fuzz_images``, in a process of its own so that its memory is its own."""

import subprocess
import sys
from pathlib import Path


def test_damaged_pictures_are_read_or_refused_in_bounded_memory() -> None:
    script = Path(__file__).with_name("fuzz_images.py")
    command = [sys.executable, str(script), "--count", "400", "--max-seconds", "inf"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
