"""The editor's script: its own tests in Node, and the joining of its modules."""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from annotator import bundle
from annotator.editor.presets import PARENTS, PRESETS, body_table
from sketchpose.skeleton import KEYPOINTS

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "tests" / "js"


def node(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    path = shutil.which("node")
    assert path, "the editor's tests need Node 20 or later: apt-get install nodejs"
    return subprocess.run([path, *arguments], input=text, capture_output=True, text=True, timeout=600, cwd=ROOT)


def test_node_tests_pass() -> None:
    files = sorted(str(path) for path in TESTS.glob("*.test.js"))
    done = node("--test", *files)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    counted = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert counted and int(counted[1]) >= 45, "fewer tests ran than there are"


def test_node_tests_use_the_table_python_sends() -> None:
    assert json.loads((TESTS / "body.json").read_text()) == body_table(), "write body_table() to tests/js/body.json"


def test_the_joined_script_holds_every_module_once_and_parses() -> None:
    names = bundle.modules()
    assert sorted(names) == sorted(path.name for path in bundle.FOLDER.glob("*.js"))
    assert names[-1] == bundle.ENTRY
    script = bundle.script()
    wrapped = f"new Function('element', 'trigger', 'props', 'server', 'upload', 'watch', {json.dumps(script)})"
    done = node("-", text=wrapped)
    assert done.returncode == 0, done.stderr


def test_the_joined_script_is_the_tested_code() -> None:
    script = bundle.script()
    for name in bundle.modules():
        lines = [line for line in (bundle.FOLDER / name).read_text().splitlines() if not line.startswith("import ")]
        kept = "\n".join(line.removeprefix("export ") for line in lines)
        assert kept.strip() in script, name


def test_no_two_modules_declare_the_same_name() -> None:
    declared = re.findall(r"^(?:async )?(?:const|let|function|class) (\w+)", bundle.script(), re.MULTILINE)
    assert [name for name, times in Counter(declared).items() if times > 1] == []


def test_an_import_over_two_lines_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.js").write_text("import { a,\n  b } from '/other.js';\n")
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"main\.js.*one line"):
        bundle.script()


def test_templates_execute_nothing() -> None:
    # gradio runs html and css through Handlebars and as a JavaScript template literal.
    for path in bundle.FOLDER.parent.glob("editor.*"):
        if path.suffix in {".html", ".css"}:
            assert not re.search(r"\$\{|\{\{|`|\\", path.read_text()), path.name


def test_no_module_writes_markup() -> None:
    for path in bundle.FOLDER.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.read_text()), (
            path.name
        )
        assert len(path.read_text().splitlines()) < 300, path.name


def test_tables_cover_every_joint() -> None:
    assert set(PARENTS) == set(KEYPOINTS)
    assert all(len(points) == len(KEYPOINTS) for points in PRESETS.values())
    assert {"T-pose", "Sitting", "Running"} <= set(PRESETS)
