"""Who is next."""

import threading
from typing import Any

from annotator.turns import Turns, TurnTaker


def queued(turns: Turns, count: int) -> None:
    """Wait until so many threads wait."""
    while len(turns._waiting) < count:
        threading.Event().wait(0.001)


def test_as_many_work_at_a_time_as_there_are_places() -> None:
    turns, barrier = Turns(3), threading.Barrier(3)
    most, now, lock = [0], [0], threading.Lock()

    def work() -> None:
        with turns.take():
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            barrier.wait(60)  # passes only when three are inside together
            with lock:
                now[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == [3] and turns._free == 3 and not turns._waiting


def test_small_pictures_go_first_and_large_ones_go_in_the_end() -> None:
    now, done = [0.0], []
    turns = Turns(1, lambda: now[0])

    def work(name: str, size: int) -> None:
        with turns.take(b"x" * size):
            done.append(name)

    threads = []
    with turns.take():
        for moment, name, size in (
            (0, "huge", 5_000_000),
            (1, "small", 100),
            (3, "middle", 2_500_000),
            (9, "late", 100),
        ):
            now[0] = moment
            threads.append(threading.Thread(target=work, args=(name, size)))
            threads[-1].start()
            queued(turns, len(threads))
    for thread in threads:
        thread.join(60)
    assert done == ["small", "huge", "middle", "late"]


def test_a_turn_is_given_back_after_an_error_and_not_taken_twice() -> None:
    class Failing:
        name = "failing"

        def estimate(self, image: Any, boxes: Any = None) -> Any:
            raise ValueError("no")

    turns = Turns(1)
    for _ in range(3):
        try:
            with turns.take():
                TurnTaker(Failing(), turns).estimate(b"")
        except ValueError:
            pass
    assert turns._free == 1
