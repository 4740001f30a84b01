import socket
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest

import app
from sketchpose.options import setting

ROOT = Path(__file__).parents[1]


def test_the_public_endpoints_are_these_and_no_others() -> None:
    info = app.build().get_api_info()
    assert info is not None
    assert set(info["named_endpoints"]) == {"/estimate", "/search"}
    assert info["unnamed_endpoints"] == {}


def test_no_update_is_laid_out_on_the_page() -> None:
    empty = [block for block in app.build().blocks.values() if isinstance(block, gr.Tabs) and not block.children]
    assert empty == [], "a gr.Tabs made outside a handler becomes part of the page, which then does not load"


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


def test_a_variable_that_makes_no_sense_is_said_in_a_sentence_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py"])
    for name, value, allowed in (
        ("SKETCHPOSE_PRICE_PER_HOUR", "two", "'two' is not a number: give one of at least 0."),
        ("SKETCHPOSE_PRICE_PER_HOUR", "-1", "-1 is out of range: give a number of at least 0."),
        ("SKETCHPOSE_HUB_PUBLIC", "never", "'never' is neither yes nor no: give 1 or 0."),
        (
            "SKETCHPOSE_QDRANT",
            "localhost:6333",
            "'localhost:6333' is not the address of a server: give one such as http",
        ),
        ("HF_ENDPOINT", "http://host:port", "'http://host:port' is not the address"),
        ("WORLD_SIZE", "many", "'many' is not a whole number: give one of at least 1."),
    ):
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
            patch.setenv(name, value)
            app.main()
        assert str(ended.value).startswith(f"The environment variable {name} cannot be used: {allowed}")


def test_variables_of_the_environment_are_read_as_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, meant in (
        ("SKETCHPOSE_PRICE_PER_HOUR", " 1.5 ", 1.5),
        ("SKETCHPOSE_PRICE_PER_HOUR", "", 0.0),
        ("SKETCHPOSE_HUB_PUBLIC", "false", False),
        ("SKETCHPOSE_HUB_PUBLIC", "Yes", True),
        ("SKETCHPOSE_QDRANT", "http://localhost:6333", "http://localhost:6333"),
    ):
        monkeypatch.setenv(name, value)
        assert setting(name) == meant
