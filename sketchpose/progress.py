"""Progress of long work, reported and shown."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are in all."""

T = TypeVar("T")


def counted(items: Iterable[T], total: int, progress: Progress | None) -> Iterator[T]:
    """Yield items, and say after each how many are done.

    Args:
        items: What there is to do.
        total: How many they are.
        progress: Called after each; None says nothing.
    """
    for done, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(done, total)


@contextmanager
def progress_bar(unit: str, title: str | None = None) -> Iterator[Progress]:
    """Show a bar on a terminal while something is done; nothing where the output is a file.

    Args:
        unit: What is counted.
        title: Stands before the bar.
    """
    from tqdm import tqdm

    with tqdm(desc=title, unit=unit, disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
