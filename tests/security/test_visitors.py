"""What a visitor can and cannot do: of a Space, of a share link, behind a proxy; and the owner."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from attack import DRAWING, PRIVATE, Served, call, upload
from gradio.utils import get_upload_folder
from starlette.exceptions import HTTPException
from starlette.requests import Request

from annotator import gate, owner
from annotator.gate import FIELD, FOREIGN
from annotator.owner import COOKIE, HEADER, owner_token
from annotator.quota import Quota
from sketchpose.retrieve.gallery.gallery import SHIPPED

# How requests look when they come to a Space, through a public link, a proxy with its defaults, and a careful one.
WAYS: list[dict[str, str]] = [
    {"host": "ada-sketch.hf.space", "x-forwarded-for": "8.8.8.8", "x-forwarded-proto": "https"},
    {"host": "abc123.gradio.live", "x-forwarded-for": "8.8.8.8"},
    {"host": "127.0.0.1:7860"},
    {"host": "sketch.example", "x-forwarded-host": "sketch.example", "x-forwarded-for": "127.0.0.1"},
    {},
]


@pytest.fixture(params=range(len(WAYS)), ids=["Space", "share link", "default proxy", "proxy", "same machine"])
def visitor(served: Served, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> httpx.Client:
    if request.param == 0:
        monkeypatch.setenv("SPACE_ID", "ada/sketch")
        monkeypatch.setenv("SPACE_AUTHOR_NAME", "ada")
    return served.visitor(**WAYS[request.param])


def search(client: httpx.Client, gallery: str) -> tuple[str, Any]:
    return call(client, "search", upload(client, DRAWING.read_bytes()), gallery, 1, False, True, None, None)


def test_a_visitor_gets_no_private_gallery(served: Served, visitor: httpx.Client) -> None:
    kind, error = search(visitor, PRIVATE)
    assert kind == "error" and "no gallery 'mine' that you may see" in error["error"]
    kind, found = search(visitor, SHIPPED)
    assert kind == "complete" and not found[0][0]["image"].startswith("/")
    page = next(b for b in served.blocks.blocks.values() if type(b).__name__ == "ReferencePage")
    reference = [PRIVATE, str(served.original), 0]
    for name, data in (
        ("reference_original", reference),
        ("reference_package", {"kind": "zip", "items": [{"id": reference}]}),
        ("reference_package", {"kind": "sheet", "items": [{"id": reference}]}),
    ):
        body = {"data": data, "component_id": page._id, "fn_name": name, "session_hash": "x"}
        answer = visitor.post("/gradio_api/component_server", json=body)
        assert "that you may see" in answer.json()["error"], answer.text
    config = visitor.get("/config").text
    assert PRIVATE not in [
        choice for c in visitor.get("/config").json()["components"] for choice in c["props"].get("choices") or ()
    ]
    assert str(served.home) not in config and str(served.original) not in config


def test_a_visitor_administers_nothing(visitor: httpx.Client) -> None:
    for endpoint, inputs in (
        ("list_find", ["", "", [], [], "Newest first"]),
        ("dataset_push", ["", ""]),
        ("training_rollback", ["wrong"]),
    ):
        kind, error = call(visitor, endpoint, *inputs)
        assert kind == "error" and "owner&#x27;s link" in error["error"].replace("'", "&#x27;"), error


def test_the_owners_link_becomes_a_cookie_that_scripts_cannot_read(served: Served) -> None:
    client = served.visitor()
    answer = client.get(f"/?x=1&{FIELD}={owner_token()}")
    assert answer.status_code == 303 and answer.headers["location"] == "?x=1"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(COOKIE) and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert owner_token() not in cookie and answer.headers["referrer-policy"] == "no-referrer"
    secure = served.visitor(**{"x-forwarded-proto": "https"}).get(f"/?{FIELD}={owner_token()}")
    assert "Secure" in secure.headers["set-cookie"]


def test_a_visitor_has_no_video_worked_on(visitor: httpx.Client) -> None:
    answer = visitor.post("/gradio_api/process_recording", files={"video": ("x.mp4", b"x")})
    assert answer.status_code == 403 and "owner" in answer.json()["detail"]


def test_the_owner_reaches_everything(served: Served) -> None:
    for client in (served.owner(), served.visitor(**{HEADER: owner_token()})):
        kind, found = search(client, PRIVATE)
        assert kind == "complete" and found[0][0]["image"] == str(served.original)
        assert call(client, "list_find", "", "", [], [], "Newest first")[0] == "complete"


def test_a_wrong_link_lets_nobody_in_and_guesses_are_counted(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "_GUESSES", Quota(5, 60, "Too many wrong tokens"))
    owner._LAST_WRONG.clear()
    client = served.visitor(**{"x-forwarded-for": "7.7.7.7"})
    for number in range(5):
        answer = client.get(f"/?{FIELD}=guess{number}")
        assert answer.status_code == 403 and "set-cookie" not in answer.headers
    answer = client.get(f"/?{FIELD}={owner_token()}")
    assert answer.status_code == 429 and "Too many wrong tokens; go on in" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1.evil.example"},
    ],
    ids=str,
)
def test_a_page_of_another_site_cannot_act_here(served: Served, headers: dict[str, str]) -> None:
    client = served.owner()
    for path, options in (
        ("upload", {"files": {"files": ("x.png", b"x")}}),
        ("call/estimate", {"json": {"data": []}}),
        ("queue/join", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
        ("component_server", {"data": {"fn_name": "x"}}),
    ):
        own = {**headers, **options.pop("headers", {})}
        answer = client.post(f"/gradio_api/{path}", headers=own, **options)
        assert answer.status_code == 403 and answer.json()["detail"] == FOREIGN, path


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://HOST"},
        {"origin": "http://HOST", "sec-fetch-site": "same-origin"},
        {"origin": "https://sketch.example", "sec-fetch-site": "same-origin"},  # a proxy that rewrites Host
        {"origin": "http://sketch.example", "x-forwarded-host": "sketch.example"},
        {},
    ],
    ids=str,
)
def test_the_apps_own_page_and_programs_may_act(served: Served, headers: dict[str, str]) -> None:
    host = served.url.removeprefix("http://")
    own = {name: value.replace("HOST", host) for name, value in headers.items()}
    answer = served.visitor(**own).post("/gradio_api/upload", files={"files": ("x.png", b"x")})
    assert answer.status_code == 200, answer.text


def test_bodies_are_bounded_whatever_their_headers_say(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served.visitor()
    block = b"x" * (1 << 20)
    answer = client.post("/gradio_api/call/estimate", content=b"[" + block * 9)
    assert answer.status_code == 413 and "8 MB" in answer.json()["detail"]

    def endless() -> object:
        for _ in range(12):
            yield block

    answer = client.post("/gradio_api/queue/join", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    monkeypatch.setattr(gate, "MAX_BODY", 1 << 20)
    monkeypatch.setattr(gate, "MAX_UPLOAD", 2 << 20)
    answer = client.post("/gradio_api/upload", files={"files": ("x.png", block * 3)})
    assert answer.status_code == 413
    monkeypatch.setattr(gate, "_UPLOADED", Quota(5 << 20, 3600, "Too much was uploaded"))
    assert client.post("/gradio_api/upload", files={"files": ("x.png", block)}).status_code == 200
    monkeypatch.setattr(gate, "MAX_UPLOAD", 8 << 20)
    answer = client.post("/gradio_api/upload", files={"files": ("x.png", block * 5)})
    assert answer.status_code == 429 and "Too much was uploaded" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'filename="x.png"\r\n\r\n' + b"x" * (3 << 20) + b"\r\n--B--\r\n", 413),
        (b'filename="x.png"\r\n\r\nit has no end', 200),
        (b'filename=".."\r\n\r\nx\r\n--B--\r\n', 400),
        (b'name="elsewhere"; filename="x.png"\r\n\r\nx\r\n--B--\r\n', 200),
        (b'filename="x.png"\r\n\r\nx\r\n--B\r\nno header\r\n', 413),
    ],
    ids=["too large", "without an end", "with a bad name", "for nothing", "not well formed"],
)
def test_nothing_of_a_refused_upload_stays_on_the_disk(
    served: Served, monkeypatch: pytest.MonkeyPatch, content: bytes, status: int
) -> None:
    monkeypatch.setattr(gate, "MAX_BODY", 1 << 20)
    monkeypatch.setattr(gate, "MAX_UPLOAD", 2 << 20)

    def body() -> object:  # without a length, so that it is taken in until it is too much
        yield b'--B\r\ncontent-disposition: form-data; name="files"; ' + content

    headers = {"content-type": "multipart/form-data; boundary=B"}
    before = uploads()
    answer = served.visitor().post("/gradio_api/upload", content=body(), headers=headers)
    assert answer.status_code == status, answer.text
    until(lambda: uploads() == before)


def test_nothing_of_an_upload_that_breaks_off_stays_on_the_disk(served: Served) -> None:
    before = uploads()
    host, port = served.url.removeprefix("http://").split(":")
    part = b'--B\r\ncontent-disposition: form-data; name="files"; filename="x.png"\r\n\r\n' + b"x" * 100_000
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 5000000\r\n"
        "Content-Type: multipart/form-data; boundary=B\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + part)
        until(lambda: uploads() != before)
    until(lambda: uploads() == before)


def uploads() -> set[Path]:
    return {path for path in Path(get_upload_folder()).rglob("*") if path.is_file()}


def until(reached: Callable[[], bool]) -> None:
    """Wait for a state that must come."""
    limit = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_few_large_uploads_arrive_at_a_time_and_small_ones_always() -> None:
    one = gate.Gate(lambda *_: None)  # type: ignore[arg-type, return-value]
    one._uploads = threading.BoundedSemaphore(1)

    def request(length: int) -> Request:
        headers = [(b"content-type", b"multipart/form-data"), (b"content-length", str(length).encode())]
        return Request({"type": "http", "method": "POST", "path": "/", "headers": headers, "client": ("6.6.6.6", 1)})

    with one._room(request(gate.MAX_BODY + 1)) as limit, one._room(request(100)) as small:
        assert (limit, small) == (gate.MAX_UPLOAD, gate.MAX_BODY)
        with pytest.raises(HTTPException) as error, one._room(request(gate.MAX_BODY + 1)):
            pass
    assert error.value.status_code == 503
    with one._room(request(gate.MAX_BODY + 1)):
        pass


def test_nothing_of_the_machine_can_be_fetched(served: Served, visitor: httpx.Client) -> None:
    for path in (served.original, served.home / "galleries" / PRIVATE / "gallery.json", Path("/etc/passwd")):
        assert visitor.get(f"/gradio_api/file={path}").status_code in (403, 404)
        forged = {"path": str(path), "meta": {"_type": "gradio.FileData"}}
        kind, error = call(visitor, "estimate", forged)
        assert kind == "error" and str(path) not in str(error or ""), error
