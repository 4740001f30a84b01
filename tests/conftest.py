"""Settings and pictures shared by the tests."""

import os

import numpy as np
import onnxruntime
import pytest
from hypothesis import settings

from sketchpose.images import Pixels

settings.register_profile("sketchpose", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("sketchpose")

if os.environ.get("SKETCHPOSE_PLAIN_KERNELS"):
    # onnxruntime takes its kernels by the processor and can be built, but not asked, to take the generic ones. The
    # nearest that can be asked for: no blocked layout of the maps, and with it other convolutions, sums and roundings.
    whole = onnxruntime.SessionOptions

    def plain() -> onnxruntime.SessionOptions:
        options = whole()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        return options

    onnxruntime.SessionOptions = plain


@pytest.fixture
def noise() -> Pixels:
    return np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)
