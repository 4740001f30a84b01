"""Settings and pictures shared by the tests."""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import settings

from sketchpose.images import Pixels

settings.register_profile("sketchpose", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("sketchpose")

if os.environ.get("SKETCHPOSE_PLAIN_KERNELS"):
    import onnxruntime

    # onnxruntime takes its kernels by the processor and can be built, but not asked, to take the generic ones. The
    # nearest that can be asked for: no blocked layout of the maps, and with it other convolutions, sums and roundings.
    whole = onnxruntime.SessionOptions

    def plain() -> onnxruntime.SessionOptions:
        options = whole()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        return options

    onnxruntime.SessionOptions = plain


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What somebody has saved, promoted or set on this machine reaches no test, and no test reaches it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("SPACE_", "SKETCHPOSE_", "HF_TOKEN"))]:
            if name not in ("SKETCHPOSE_PLAIN_KERNELS", "SKETCHPOSE_BACKENDS"):
                patch.delenv(name)
        patch.setenv("SKETCHPOSE_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        yield


@pytest.fixture
def noise() -> Pixels:
    return np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)
