"""Fetch torchvision and Detectron2 for the tests, check every hash, unpack outside the project, print the folder.

    python tests/support/backends_site.py [REQUIREMENTS]

Files come through pip and its index; nothing is installed: wheels are unzipped, of an sdist the packages are taken as
they lie there. Exit code 1 when a file fails its hash.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "backends" / "requirements.txt"


def hashes(requirements: Path) -> set[str]:
    """Return every sha256 that a requirements file allows."""
    return set(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements.read_text("utf-8")))


def check(archive: Path, allowed: set[str]) -> None:
    """Raise SystemExit when a file is none of those that are allowed."""
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest not in allowed:
        raise SystemExit(f"{archive.name} has the sha256 {digest}, which requirements.txt does not list.")


def unpack(archive: Path, site: Path) -> None:
    """Put the packages of a wheel or an sdist of plain Python into a folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(site)
        return
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(archive) as sdist:
        sdist.extractall(scratch, filter="data")
        (root,) = Path(scratch).iterdir()
        for package in (root / "src" if (root / "src").is_dir() else root).iterdir():
            if (package / "__init__.py").is_file() and package.name not in ("tests", "tools"):
                shutil.copytree(package, site / package.name, dirs_exist_ok=True)


def prepare(requirements: Path, cache: Path) -> Path:
    """Return the folder for the path, fetched and unpacked once; archives are checked every time."""
    allowed = hashes(requirements)
    folder = cache / f"backends-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}-{sys.version_info.minor}"
    site, archives = folder / "site", folder / "archives"
    if not archives.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder))
        words = [
            "download",
            "-q",
            "--disable-pip-version-check",
            "--require-hashes",
            "--no-deps",
            "--no-build-isolation",
        ]
        pip = [sys.executable, "-m", "pip", *words, "-d", str(fresh), "-r", str(requirements)]
        if subprocess.run(pip, stdout=sys.stderr).returncode:
            raise SystemExit("The packages of the optional estimators could not be fetched, or failed their hash.")
        fresh.rename(archives)
    for archive in sorted(archives.iterdir()):
        check(archive, allowed)
    if not site.is_dir():
        fresh = Path(tempfile.mkdtemp(dir=folder))
        for archive in sorted(archives.iterdir()):
            unpack(archive, fresh)
        fresh.rename(site)
    return site


if __name__ == "__main__":
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sketchpose"
    print(prepare(Path(sys.argv[1]) if len(sys.argv) > 1 else REQUIREMENTS, home))
