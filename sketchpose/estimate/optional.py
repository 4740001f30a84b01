"""The packages that only some estimators need: whether they are here, and the commands that install them."""

import importlib
import importlib.util
from typing import Final

COMMIT: Final = "02b5c4e295e990042a714712c21dc79b731e8833"
"""Of Detectron2's repository; builds unpatched with torch 2.13 and setuptools below 81."""
_TORCH: Final = "torch==2.13.0 torchvision==0.28.0"
_CPU_WHEELS: Final = "https://download.pytorch.org/whl/cpu"
_DETECTRON2: Final = f"git+https://github.com/facebookresearch/detectron2.git@{COMMIT}"

INSTALL: Final = {
    "torchvision": f"""\
  CPU:   pip install {_TORCH} --index-url {_CPU_WHEELS}
  CUDA:  pip install {_TORCH}""",
    "detectron2": f"""\
  CPU:   pip install {_TORCH} --index-url {_CPU_WHEELS}
         pip install 'setuptools<81' wheel ninja
         FORCE_CUDA=0 pip install --no-build-isolation '{_DETECTRON2}'
  CUDA:  pip install {_TORCH}
         pip install 'setuptools<81' wheel ninja
         FORCE_CUDA=1 pip install --no-build-isolation '{_DETECTRON2}'
  It is compiled where it is installed: a C++ compiler is needed, for CUDA also the CUDA toolkit of that torch.""",
    "timm": "  pip install --no-deps timm",
}
"""How to install each package, as printed."""


class NotInstalledError(ValueError):
    """A package that the chosen estimator needs is missing; the message holds the commands that install it."""


def installed(package: str) -> bool:
    """Whether a package of ``INSTALL`` is here; it is not imported, so it may still be broken."""
    return importlib.util.find_spec(package) is not None


def require(package: str) -> None:
    """Import a package of ``INSTALL``.

    Raises:
        NotInstalledError: It is missing or cannot be imported.
    """
    try:
        importlib.import_module(package)
    except (ImportError, RuntimeError, OSError) as error:
        # torchvision raises RuntimeError or OSError when its compiled part does not fit the torch that is here.
        missing = isinstance(error, ModuleNotFoundError) and error.name == package
        state = "is not installed" if missing else f"is installed but cannot be imported ({error})"
        raise NotInstalledError(f"{package} {state}. Install it with:\n{INSTALL[package]}") from None
