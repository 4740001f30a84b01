"""The commands of the Makefile that touch the machine, with a stand-in for everything that they could harm."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="needs make, which runs everything else here")


def tools(folder: Path, *present: str, user: int, container: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Ask for what the tests need where only these programs are; returns the answer and what apt-get was told."""
    stubs = {name: "exit 0" for name in present}
    stubs |= {"id": f"echo {user}", "apt-get": f'echo "$*" >>"{folder / "asked"}"'}
    (folder / "asked").touch()
    (folder / "bin").mkdir()
    for name, words in stubs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{words}\n")
        (folder / "bin" / name).chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "CONTAINER"))}
    done = subprocess.run(
        [str(MAKE), "-s", "tools", f"CONTAINER={container}"],
        cwd=ROOT,
        env={**clean, "PATH": str(folder / "bin"), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done, (folder / "asked").read_text()


@pytest.mark.parametrize(("user", "container"), [(0, ""), (1000, ""), (1000, "yes")])
def test_nothing_is_installed_by_surprise(tmp_path: Path, user: int, container: str) -> None:
    done, asked = tools(tmp_path, user=user, container=container)
    assert done.returncode != 0 and asked == ""
    assert "The tests need chromium nodejs: as root, run make system" in done.stderr


def test_in_a_container_what_is_lacking_is_installed_and_said_in_one_line(tmp_path: Path) -> None:
    done, asked = tools(tmp_path, "node", user=0, container="yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "In this container, make system installs what the tests need: chromium\n"
    assert asked.splitlines() == ["update -qq", "install -y -qq chromium"]


@pytest.mark.parametrize("browser", ["chromium", "chromium-browser", "google-chrome"])
def test_where_all_is_there_nothing_is_said(tmp_path: Path, browser: str) -> None:
    done, asked = tools(tmp_path, browser, "node", user=0, container="yes")
    assert (done.returncode, done.stdout, asked) == (0, "", "")


@pytest.mark.parametrize("cpu", ["", "1"])
def test_torch_without_cuda_comes_first_where_it_is_wanted(tmp_path: Path, cpu: str) -> None:
    command = [str(MAKE), "-n", "run", f"CPU={cpu}", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    installs = [line.partition(" pip install ")[2].split()[-1] for line in done.stdout.splitlines() if " pip " in line]
    assert installs == ["pre-requirements.txt"] * bool(cpu) + ["."]
