"""How much one visitor may do in a while, so that one of them cannot fill the disk or try every token."""

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Final

_MOST_VISITORS: Final = 10_000
"""So many are remembered; whoever has done nothing for longest is forgotten first."""


class QuotaError(ValueError):
    """A visitor has used up what is allowed, in one sentence that says until when."""


class Quota:
    """So much within so many seconds for each visitor; threads may share it."""

    def __init__(self, limit: float, seconds: float, words: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow an amount.

        Args:
            limit: Of whatever ``take`` counts.
            seconds: Within how long.
            words: What is too much, as the beginning of a sentence.
            clock: Seconds since whenever.
        """
        self._limit, self._seconds, self._words, self._clock = limit, seconds, words, clock
        self._taken: OrderedDict[str, deque[tuple[float, float]]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, amount: float = 1) -> None:
        """Count an amount for a visitor.

        Raises:
            QuotaError: That would be too much; nothing is counted.
        """
        now = self._clock()
        with self._lock:
            taken = self._recent(who, now)
            if sum(size for _, size in taken) + amount > self._limit:
                raise self._error(taken, now)
            taken.append((now, amount))

    def check(self, who: str) -> None:
        """Refuse a visitor who has used up everything.

        Raises:
            QuotaError: So it is.
        """
        now = self._clock()
        with self._lock:
            taken = self._recent(who, now)
            if sum(size for _, size in taken) >= self._limit:
                raise self._error(taken, now)

    def _recent(self, who: str, now: float) -> deque[tuple[float, float]]:
        taken = self._taken.setdefault(who, deque())
        self._taken.move_to_end(who)
        while len(self._taken) > _MOST_VISITORS:
            self._taken.popitem(last=False)
        while taken and taken[0][0] <= now - self._seconds:
            taken.popleft()
        return taken

    def _error(self, taken: deque[tuple[float, float]], now: float) -> QuotaError:
        wait = self._seconds - (now - taken[0][0]) if taken else self._seconds
        left = f"{wait / 60:.0f} minutes" if wait >= 90 else f"{max(1, round(wait))} seconds"
        return QuotaError(f"{self._words}; go on in {left}.")


SAVES: Final = Quota(600, 3600, "More than 600 drawings were saved in an hour")
"""An annotator who works fast saves one in ten seconds."""
SAVED_BYTES: Final = Quota(1 << 30, 3600, "More than 1 GB of pictures was saved in an hour")
FOLDERS: Final = Quota(20, 3600, "More than 20 folders were added in an hour")


def visitor(request: Any) -> str:
    """Return by what a visitor is told apart: the address, or what the proxy of this machine or network says of it.

    Of several forwarded addresses the last counts, which the nearest proxy has added: the others are anybody's word.
    """
    host = str(getattr(getattr(request, "client", None), "host", "") or "")
    forwarded = str((getattr(request, "headers", None) or {}).get("x-forwarded-for") or "").rpartition(",")[2].strip()
    try:
        near = ipaddress.ip_address(host).is_private
    except ValueError:
        near = True
    return forwarded if forwarded and near else host
