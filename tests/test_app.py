import socket
import subprocess
import sys
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parents[1]


def test_the_public_endpoints_are_these_and_no_others() -> None:
    info = app.build().get_api_info()
    assert info is not None
    assert set(info["named_endpoints"]) == {"/estimate", "/search"}
    assert info["unnamed_endpoints"] == {}


def test_sharing_without_a_network_says_so_and_serves_locally(tmp_path: Path) -> None:
    """The link's server is an address of this machine at which nobody listens."""
    code = (
        "import sys; sys.argv = ['app.py', '--share']; import gradio.networking as n; "
        "n.GRADIO_API_SERVER = 'http://127.0.0.1:9'; import app, gradio as gr; "
        "gr.Blocks.block_thread = lambda self, **k: None; app.main()"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    assert "There is no public link, for want of a network: the app is served on this machine at" in result.stdout


def test_a_taken_port_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["app.py", "--port", str(port)])
        with pytest.raises(SystemExit, match=f"^Port {port} is taken by another program: choose another with --port N"):
            app.main()
    monkeypatch.setattr(sys, "argv", ["app.py", "--port", "70000"])
    with pytest.raises(SystemExit):
        app.main()
    assert "--port: 70000 is out of range: give a whole number from 1 to 65535." in capsys.readouterr().err
