"""Settings and pictures shared by the tests."""

import numpy as np
import pytest
from hypothesis import settings

from sketchpose.images import Pixels

settings.register_profile("sketchpose", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("sketchpose")


@pytest.fixture
def noise() -> Pixels:
    return np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)
