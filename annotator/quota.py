"""How much one visitor may do within a time, so that nobody can fill the disk or try every token."""

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Final

_MAX_VISITORS: Final = 10_000
"""Visitors that are remembered; whoever has done nothing for longest is forgotten first."""


class QuotaError(ValueError):
    """A visitor has used up what is allowed; the sentence says for how long."""


class Quota:
    """An amount that each visitor may use within a number of seconds; threads may share it."""

    def __init__(self, limit: float, seconds: float, excess: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow an amount.

        Args:
            limit: Of whatever ``take`` counts.
            seconds: Length of the window of time.
            excess: What was too much, as the beginning of a sentence.
            clock: Seconds from any start.
        """
        self._limit, self._seconds, self._excess, self._clock = limit, seconds, excess, clock
        self._taken: OrderedDict[str, deque[tuple[float, float]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, visitor: str, amount: float = 1) -> None:
        """Count an amount for a visitor.

        Raises:
            QuotaError: The amount would exceed the limit; nothing is counted.
        """
        now = self._clock()
        with self._lock:
            taken = self._recent(visitor, now)
            if sum(size for _, size in taken) + amount > self._limit:
                raise self._error(taken, now)
            taken.append((now, amount))

    def check(self, visitor: str) -> None:
        """Refuse a visitor who has used up everything.

        Raises:
            QuotaError: The visitor has reached the limit.
        """
        now = self._clock()
        with self._lock:
            taken = self._recent(visitor, now)
            if sum(size for _, size in taken) >= self._limit:
                raise self._error(taken, now)

    def _recent(self, visitor: str, now: float) -> deque[tuple[float, float]]:
        taken = self._taken.setdefault(visitor, deque())
        self._taken.move_to_end(visitor)
        while len(self._taken) > _MAX_VISITORS:
            self._taken.popitem(last=False)
        while taken and taken[0][0] <= now - self._seconds:
            taken.popleft()
        return taken

    def _error(self, taken: deque[tuple[float, float]], now: float) -> QuotaError:
        wait = self._seconds - (now - taken[0][0]) if taken else self._seconds
        remaining = f"{wait / 60:.0f} minutes" if wait >= 90 else f"{max(1, round(wait))} seconds"
        return QuotaError(f"{self._excess}; go on in {remaining}.")


SAVES: Final = Quota(600, 3600, "More than 600 drawings were saved in an hour")
"""A fast annotator saves one in ten seconds."""
SAVED_BYTES: Final = Quota(1 << 30, 3600, "More than 1 GB of pictures was saved in an hour")
FOLDERS: Final = Quota(20, 3600, "More than 20 folders were added in an hour")


def visitor(request: Any) -> str:
    """Return what tells a visitor from others: the address, or what a proxy of this machine or network says it is.

    Of several forwarded addresses the last counts, which the nearest proxy has added; the others could be made up.
    """
    host = str(getattr(getattr(request, "client", None), "host", "") or "")
    forwarded = str((getattr(request, "headers", None) or {}).get("x-forwarded-for") or "").rpartition(",")[2].strip()
    try:
        near = ipaddress.ip_address(host).is_private
    except ValueError:
        near = True
    return forwarded if forwarded and near else host
