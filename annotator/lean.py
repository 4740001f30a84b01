"""Memory that many threads share: by default each keeps a heap of its own, with all that it once needed."""

import ctypes
import sys
from typing import Final

_MALLOPT: Final = {-8: 2, -3: 32 << 20, -1: 128 << 20}
"""For glibc (malloc.h): M_ARENA_MAX heaps; what is larger than M_MMAP_THRESHOLD bytes lies outside them; a heap gives
back what is free at its end beyond M_TRIM_THRESHOLD. By default each of the many threads that take turns on the cores
keeps a heap of what it once needed: 870 MB where 16 of them estimate, instead of 480 at the same speed."""


def share_heaps() -> None:
    """Have all threads of this process share two heaps, where the C library can be told so."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            for parameter, value in _MALLOPT.items():
                mallopt(parameter, value)
