"""The page goes packed to whoever can unpack it; streams and everything else go as they are."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from annotator.packed_page import PackedPage

WORDS = "sketch " * 1000


@pytest.fixture
def client() -> httpx.Client:
    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse(WORDS)

    routes = [Route("/", answer), Route("/other", answer)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(PackedPage)]))


@pytest.mark.parametrize(
    ("path", "accepted", "packed"),
    [("/", "gzip, br", True), ("/", "identity", False), ("/other", "gzip, br", False)],
)
def test_only_the_page_is_packed_and_only_for_whoever_can_unpack_it(
    client: httpx.Client, path: str, accepted: str, packed: bool
) -> None:
    answer = client.get(path, headers={"accept-encoding": accepted})
    assert answer.text == WORDS
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert (int(answer.headers["content-length"]) < len(WORDS) / 10) is packed
