"""Who is let in to administer."""

import time
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from annotator.owner import guarded, is_owner, require_owner

LOCAL = {"host": "localhost:7860"}


def request(headers: dict[str, str], client: str = "127.0.0.1", login: str = "", age: float = 60) -> Any:
    info = {"userinfo": {"preferred_username": login}, "expires_at": time.time() + age}
    session = {"oauth_info": info} if login else {}
    inner = SimpleNamespace(scope={"session": session})
    return SimpleNamespace(headers=headers, client=SimpleNamespace(host=client), request=inner)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SKETCHPOSE_OWNER_TOKEN", "SPACE_ID", "SPACE_AUTHOR_NAME", "SKETCHPOSE_OWNERS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("headers", "client", "allowed"),
    [
        (LOCAL, "127.0.0.1", True),
        ({"host": "127.0.0.1:7861"}, "127.0.0.1", True),
        ({"host": "[::1]:7861"}, "::1", True),
        ({"host": "abc.gradio.live"}, "127.0.0.1", False),
        ({"host": "192.168.0.5:7860"}, "192.168.0.9", False),
        ({"host": "localhost"}, "192.168.0.9", False),
        ({**LOCAL, "x-forwarded-for": "8.8.8.8"}, "127.0.0.1", False),
        ({"host": "localhost.evil.example"}, "127.0.0.1", False),
        ({}, "127.0.0.1", False),
    ],
)
def test_without_a_token_only_who_sits_at_the_machine(headers: dict[str, str], client: str, allowed: bool) -> None:
    assert is_owner(request(headers, client)) is allowed


def test_with_a_token_only_who_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKETCHPOSE_OWNER_TOKEN", "sesame ü")
    assert is_owner(request({"host": "x.example"}, "8.8.8.8"), "sesame ü")
    for wrong in ("", None, "sesame", "SESAME ü"):
        assert not is_owner(request(LOCAL), wrong)


def test_on_a_space_its_account_or_those_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "ada/sketchpose")
    monkeypatch.setenv("SPACE_AUTHOR_NAME", "ada")
    monkeypatch.setenv("SKETCHPOSE_OWNERS", "bob, chen")
    assert not is_owner(request(LOCAL))
    assert [is_owner(request(LOCAL, login=name)) for name in ("ada", "bob", "chen", "eve", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert not is_owner(request(LOCAL, login="ada", age=-1))
    monkeypatch.delenv("SPACE_AUTHOR_NAME")
    monkeypatch.delenv("SKETCHPOSE_OWNERS")
    assert not is_owner(request(LOCAL, login="ada"))


def test_a_guarded_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    def act(value: int) -> int:
        if value < 0:
            raise ValueError("below zero")
        return value + 1

    away = request({"host": "x.example"})
    assert guarded(act)("", request(LOCAL), 1) == 2
    with pytest.raises(gr.Error, match="http://localhost"):
        guarded(act)("", away, 1)
    assert guarded(act, quietly=True)("", away, 1) == gr.skip()
    with pytest.raises(gr.Error, match="below zero"):
        guarded(act)("", request(LOCAL), -1)
    monkeypatch.setenv("SKETCHPOSE_OWNER_TOKEN", "x")
    with pytest.raises(gr.Error, match="owner's token first"):
        require_owner(request(LOCAL), "")
    monkeypatch.delenv("SKETCHPOSE_OWNER_TOKEN")
    monkeypatch.setenv("SPACE_ID", "a/b")
    with pytest.raises(gr.Error, match="among the Space's secrets"):
        require_owner(request(LOCAL), "")
