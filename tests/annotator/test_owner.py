"""Who is let in to administer."""

import time
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext

from annotator import owner
from annotator.owner import COOKIE, HEADER, PASS, guarded, is_owner, owner_asks, owner_token, require_owner
from annotator.quota import Quota, QuotaError, visitor

LOCAL = {"host": "localhost:7860"}
COOKIES = {"cookie": f"a=b; {COOKIE}={PASS}"}


def request(headers: dict[str, str], client: str = "127.0.0.1", login: str = "", age: float = 60) -> Any:
    info = {"userinfo": {"preferred_username": login}, "expires_at": time.time() + age}
    session = {"oauth_info": info} if login else {}
    inner = SimpleNamespace(scope={"session": session})
    return SimpleNamespace(headers=headers, client=SimpleNamespace(host=client), request=inner)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SKETCHPOSE_OWNER_TOKEN", "SPACE_ID", "SPACE_AUTHOR_NAME", "SKETCHPOSE_OWNERS"):
        monkeypatch.delenv(name, raising=False)
    for name, limit in (("_GUESSES", 10), ("_EVERYBODYS_GUESSES", 200)):
        monkeypatch.setattr(owner, name, Quota(limit, 60, "Too many wrong tokens"))
    owner._LAST_WRONG.clear()


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        (LOCAL, "127.0.0.1"),
        ({"host": "127.0.0.1:7860"}, "127.0.0.1"),  # what a proxy with its defaults says of everybody
        ({"host": "[::1]:7861"}, "::1"),
        ({"host": "abc.gradio.live"}, "127.0.0.1"),
        ({"host": "192.168.0.5:7860"}, "192.168.0.9"),
        ({**LOCAL, "x-forwarded-for": "127.0.0.1"}, "127.0.0.1"),
        ({**LOCAL, "cookie": f"{COOKIE}=x; {COOKIE}x={PASS}"}, "127.0.0.1"),
        ({**LOCAL, "cookie": f"{COOKIE}="}, "127.0.0.1"),
        ({**LOCAL, HEADER: "wrong"}, "127.0.0.1"),
        ({}, "127.0.0.1"),
    ],
)
def test_where_somebody_comes_from_proves_nothing(headers: dict[str, str], client: str) -> None:
    assert not is_owner(request(headers, client)) and not is_owner(None)
    assert is_owner(request(headers, client), owner_token())


def test_the_cookie_of_the_link_and_the_header_let_in_from_anywhere() -> None:
    assert is_owner(request({"host": "x.example", **COOKIES}, "8.8.8.8"))
    assert is_owner(request({"host": "x.example", HEADER: owner_token()}, "8.8.8.8"))


def test_a_token_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = owner_token()
    assert len(before) >= 32
    monkeypatch.setenv("SKETCHPOSE_OWNER_TOKEN", "sesame ü")
    assert is_owner(request({"host": "x.example"}, "8.8.8.8"), "sesame ü")
    for wrong in ("", None, "sesame", "SESAME ü", before, "\ud800"):
        assert not is_owner(request(LOCAL), wrong)


def test_the_event_that_is_handled_says_who_asks() -> None:
    assert not owner_asks(), "nobody asks outside an event"
    kept = LocalContext.request.set(request({**LOCAL, **COOKIES}))
    try:
        assert owner_asks()
    finally:
        LocalContext.request.reset(kept)


def test_guesses_are_slowed_for_who_makes_them() -> None:
    here, there = request(LOCAL, "8.8.8.8"), request(LOCAL, "9.9.9.9")
    for _ in range(50):
        assert not is_owner(here, "the same wrong token, sent with every event")
    for number in range(9):
        assert not is_owner(here, f"guess {number}")
    assert not is_owner(here, owner_token()), "the right one can no longer be told from a wrong one"
    with pytest.raises(gr.Error, match="Too many wrong tokens; go on in"):
        require_owner(here, owner_token())
    assert is_owner(there, owner_token()) and is_owner(request({**LOCAL, **COOKIES}, "8.8.8.8"))


def test_guesses_from_many_addresses_are_slowed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "_EVERYBODYS_GUESSES", Quota(20, 60, "Too many wrong tokens"))
    for number in range(20):
        assert not is_owner(request(LOCAL, f"8.8.8.{number}"), f"guess {number}")
    assert not is_owner(request(LOCAL, "9.9.9.9"), owner_token())


def test_a_quota_frees_itself() -> None:
    now = [0.0]
    quota = Quota(3, 100, "Too much", lambda: now[0])
    quota.take("a", 2)
    with pytest.raises(QuotaError, match="Too much; go on in 2 minutes."):
        quota.take("a", 2)
    quota.take("a")
    quota.take("b", 3)
    with pytest.raises(QuotaError):
        quota.check("a")
    now[0] = 101
    quota.check("a")
    quota.take("a", 3)


@pytest.mark.parametrize(
    ("client", "forwarded", "who"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "1.1.1.1", "8.8.8.8"),  # no proxy stands there: the header is the visitor's own word
        ("127.0.0.1", "1.1.1.1, 2.2.2.2", "2.2.2.2"),
        ("10.0.0.7", "2.2.2.2", "2.2.2.2"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "", ""),
    ],
)
def test_visitors_are_told_apart_by_what_the_nearest_proxy_says(client: str, forwarded: str, who: str) -> None:
    assert visitor(request({"x-forwarded-for": forwarded} if forwarded else {}, client)) == who


def test_on_a_space_its_account_or_those_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_AUTHOR_NAME", "ada")
    assert not is_owner(request(LOCAL, login="ada")), "a login counts on a Space only"
    monkeypatch.setenv("SPACE_ID", "ada/sketchpose")
    monkeypatch.setenv("SKETCHPOSE_OWNERS", "bob, chen")
    assert not is_owner(request(LOCAL))
    allowed = [is_owner(request(LOCAL, login=name)) for name in ("ada", "bob", "chen", "eve", "")]
    assert allowed == [True, True, True, False, False]
    assert not is_owner(request(LOCAL, login="ada", age=-1))
    monkeypatch.delenv("SPACE_AUTHOR_NAME")
    monkeypatch.delenv("SKETCHPOSE_OWNERS")
    assert not is_owner(request(LOCAL, login="ada"))


def test_a_guarded_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    def act(value: int) -> int:
        if value < 0:
            raise ValueError("below <zero>")
        return value + 1

    own, away = request({**LOCAL, **COOKIES}), request(LOCAL)
    assert guarded(act)("", own, 1) == 2 and guarded(act)(owner_token(), away, 1) == 2
    with pytest.raises(gr.Error, match="owner's link"):
        guarded(act)("", away, 1)
    assert guarded(act, quietly=True)("", away, 1) == gr.skip()
    with pytest.raises(gr.Error, match="below &lt;zero&gt;"):
        guarded(act)("", own, -1)
    monkeypatch.setenv("SPACE_ID", "a/b")
    with pytest.raises(gr.Error, match="its owner can log in"):
        require_owner(away, "")
