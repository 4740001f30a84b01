"""What every module of the generator shares: the array alias and the decorator that compiles a kernel."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numpy.typing import NDArray

Array = NDArray[Any]
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def compiled(function: _Kernel) -> _Kernel:
    """Compile a function with numba and keep the machine code on disk where some folder can be written.

    numba is imported with the first kernel: labels and cameras do without it.

    A kernel may call only kernels of its own file: numba does not notice that code in another file has changed.
    """
    import numba

    try:
        return cast(_Kernel, numba.njit(cache=True, fastmath=True, error_model="numpy")(function))
    except RuntimeError:  # neither the package folder nor the user's cache folder can be written
        return cast(_Kernel, numba.njit(fastmath=True, error_model="numpy")(function))
