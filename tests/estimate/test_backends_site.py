"""The download of the optional estimators for their tests: what fails its hash is never unpacked."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.backends_site import REQUIREMENTS, check, hashes, prepare, unpack


def test_every_package_is_pinned_by_version_and_hash() -> None:
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    assert len(lines) > 10 and all(line.endswith("\\") for line in lines)
    assert "5d2e9e51e523ec72f6a31cca04b0a515492e9514b773a3d134cedc0677170b29" in hashes(REQUIREMENTS)


def _requirements(folder: Path, archives: list[Path]) -> Path:
    digests = [hashlib.sha256(archive.read_bytes()).hexdigest() for archive in archives]
    path = folder / "requirements.txt"
    path.write_text("\n".join(f"{a.name}==1 --hash=sha256:{d}" for a, d in zip(archives, digests, strict=True)))
    return path


def test_archives_are_checked_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, sdist = tmp_path / "one-1-py3-none-any.whl", tmp_path / "two-1.tar.gz"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("one/__init__.py", "here = 1")
    with tarfile.open(sdist, "w:gz") as file:
        for name in ("two-1/two/__init__.py", "two-1/tests/__init__.py", "two-1/setup.py"):
            info = tarfile.TarInfo(name)
            info.size = 1
            file.addfile(info, io.BytesIO(b"\n"))
    unpack(wheel, tmp_path / "site")
    unpack(sdist, tmp_path / "site")
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["one", "two"]

    requirements = _requirements(tmp_path, [wheel, sdist])

    def download(words: list[str], **_: object) -> object:
        folder = Path(words[words.index("-d") + 1])
        for archive in (wheel, sdist):
            (folder / archive.name).write_bytes(archive.read_bytes())
        assert "--require-hashes" in words
        return type("Done", (), {"returncode": 0})()

    monkeypatch.setattr("subprocess.run", download)
    site = prepare(requirements, tmp_path / "cache")
    assert sorted(path.name for path in site.iterdir()) == ["one", "two"]
    changed = site.parent / "archives" / wheel.name
    changed.write_bytes(changed.read_bytes() + b"x")
    with pytest.raises(SystemExit, match="one-1-py3-none-any.whl has the sha256"):
        prepare(requirements, tmp_path / "cache")
    with pytest.raises(SystemExit):
        check(changed, hashes(requirements))


def test_a_failed_download_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.run", lambda *_, **__: type("Done", (), {"returncode": 1})())
    with pytest.raises(SystemExit, match="could not be fetched, or failed their hash"):
        prepare(REQUIREMENTS, tmp_path)
