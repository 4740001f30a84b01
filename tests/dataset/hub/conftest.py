"""What the tests of the Hub share."""

from collections.abc import Iterator

import pytest
from fake_hub import FakeHub, fake_hub


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with fake_hub() as running:
        yield running
