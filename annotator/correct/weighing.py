"""The drawings of a queue: each is there once, is estimated once, and is weighed by what its correction is worth."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from annotator.correct.session import AnnotationSession
from annotator.editor.value import drawing_key
from sketchpose.assist.worth import drawing_worth
from sketchpose.estimate import Estimator
from sketchpose.pose import Pose

_KEPT: Final = 512
"""Drawings whose poses are kept, a few kB each, so that what was weighed opens without being estimated again."""


class Weighing:
    """What is known of drawings before they are opened; threads may share it."""

    def __init__(self, session: AnnotationSession, estimator: Callable[[], Estimator] | None) -> None:
        """Begin with nothing known.

        Args:
            session: Knows what is saved.
            estimator: Returns the estimator; None: only what is saved is weighed.
        """
        self._session, self._estimator = session, estimator
        self._poses: OrderedDict[tuple[str, str], list[Pose]] = OrderedDict()
        self._lock = Lock()

    def estimate(self, path: str | Path) -> tuple[list[Pose], str]:
        """Return the poses of a drawing and the name of the model that found them; without an estimator none and "".

        Raises:
            ValueError: The picture cannot be used.
        """
        if self._estimator is None:
            return [], ""
        estimator = self._estimator()
        return self._kept(str(path), estimator.name, lambda: estimator.estimate(path)), estimator.name

    def worth(self, path: str | Path, before: Sequence[str], guess: bool) -> float | None:
        """Return what correcting a drawing is worth (``sketchpose.assist.worth``); None where nothing is known of it.

        Args:
            path: Its file, as ``estimate`` takes it.
            before: Drawings that were opened or weighed before.
            guess: Whether to estimate it if it is not saved.

        Raises:
            ValueError: The picture cannot be used.
        """
        saved = self._session.poses(path)
        if saved is None and (not guess or self._estimator is None):
            return None
        poses = self._kept(str(path), "", lambda: saved) if saved is not None else self.estimate(path)[0]
        return drawing_worth(poses, [*self._session.known(but=drawing_key(path)), *self._seen(before)])

    def _kept(self, path: str, model: str, make: Callable[[], list[Pose]]) -> list[Pose]:
        with self._lock:
            if (path, model) in self._poses and model:  # what is saved may have changed
                self._poses.move_to_end((path, model))
                return self._poses[path, model]
        poses = make()
        with self._lock:
            self._poses[path, model] = poses
            while len(self._poses) > _KEPT:
                self._poses.popitem(last=False)
        return poses

    def _seen(self, paths: Iterable[str]) -> list[Pose]:
        wanted = set(paths)
        with self._lock:
            return [pose for (path, _), poses in self._poses.items() if path in wanted for pose in poses]


def each_once(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files, those that hold a picture that one before them holds left out."""
    first: dict[str, str] = {}
    for path in paths:
        first.setdefault(drawing_key(path), path)
    return tuple(first.values())
