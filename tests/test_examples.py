import json
import subprocess
import sys
from pathlib import Path

import pytest

from sketchpose.images import find_images, read_image

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_example_scripts_run_as_their_docstring_says(script: Path, tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    assert "wrote" in result.stdout


def test_there_are_a_dozen_credited_drawings() -> None:
    drawings = find_images(EXAMPLES / "drawings")
    credits = (EXAMPLES / "drawings" / "LICENSES.md").read_text()
    assert len(drawings) >= 12
    for path in drawings:
        assert min(read_image(path).pixels.shape[:2]) > 200
        assert f"`{path.name.split('_')[0]}_" in credits


def test_the_committed_weights_leave_room_in_a_50_mib_checkout() -> None:
    root = EXAMPLES.parent
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False).stdout.split()
    if not listed:
        pytest.skip("not a git checkout")
    assert sum((root / name).stat().st_size for name in listed if (root / name).exists()) < 50 * 2**20


def test_model_cards_name_source_and_licence() -> None:
    for card in (EXAMPLES.parent / "sketchpose" / "model" / "weights").glob("*/card.json"):
        record = json.loads(card.read_text())
        assert record["source"] and record["licence"] and record["description"], card
