"""An annotation session: drawings are opened, corrected in the editor, checked, and saved as revisions.

>>> session = AnnotationSession(DatasetStore())
>>> value = session.open("drawing.png", poses)      # for the editor
>>> record = session.save(edited)                   # what came out of it
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from annotator.correct.dataset_store import About, DatasetStore, SavedRevision
from annotator.editor.value import EditorValue, drawing_key
from sketchpose.images import WORK_SIDE, Pixels, read_image
from sketchpose.pose import Pose


class AnnotationSession:
    """Opens and saves drawings; all state is in the store, so a restarted server carries on where it stopped."""

    def __init__(self, store: DatasetStore, clock: Callable[[], float] = time.time) -> None:
        """Work on a store.

        Args:
            store: Where revisions are kept.
            clock: Seconds since 1970.
        """
        self._store = store
        self._clock = clock

    def open(
        self, path: str | Path, poses: Sequence[Pose] | None = None, *, name: str = "", model: str = ""
    ) -> EditorValue:
        """Open a drawing, which is read but never changed.

        Args:
            path: The picture file.
            poses: What an estimator found. None continues with the saved revision, if there is one.
            name: Name to show; default: the file's.
            model: Name of the model that found them.

        Raises:
            ImageError: The file is not a picture that can be read.
        """
        saved = self._store.latest(drawing_key(path))
        revision = saved.revision if saved else 0
        value = EditorValue.of_picture(path, poses or (), name=name, revision=revision)
        if saved is None:
            return replace(value, model_name=model)
        value = replace(value, base=saved.value.base)
        if poses is not None:
            return replace(value, model_name=model)
        return replace(value, persons=saved.value.persons, model_name=saved.value.model_name)

    def has(self, path: str | Path) -> bool:
        """Whether a revision of this drawing is saved."""
        return self._store.latest(drawing_key(path)) is not None

    def poses(self, path: str | Path) -> list[Pose] | None:
        """Return the people of a drawing as they are saved; None if it is not."""
        saved = self._store.latest(drawing_key(path))
        return None if saved is None else [pose for pose in saved.value.poses if pose.labelled.any()]

    def known(self, but: str) -> list[Pose]:
        """Return the people of accepted drawings, but for the one of a key."""
        return self._store.accepted(but)

    def sheet(self, paths: Sequence[str | Path]) -> Pixels | None:
        """Return a contact sheet of the saved people of some picture files; None without anybody."""
        return self._store.sheet([drawing_key(path) for path in paths])

    def save(self, value: EditorValue, about: About | None = None) -> SavedRevision:
        """Check the work and keep it as the next revision.

        Args:
            value: What came out of the editor.
            about: Who did it, and what is known of the drawing.

        Raises:
            StaleRevisionError: The revision that it began from has been erased.
            ValueError: The picture is missing, or it is not the one that was corrected.
        """
        if value.image is None or not value.image.is_file():
            raise ValueError("The picture of this drawing is missing; open the drawing again and save.")
        picture = read_image(value.image, work_side=WORK_SIDE)
        if (picture.width, picture.height) != (value.width, value.height):
            raise ValueError(
                f"The poses were made on a picture of {value.width} x {value.height} pixels and {value.name or 'this'} "
                f"has {picture.width} x {picture.height}; open the drawing again."
            )
        if drawing_key(value.image) != value.drawing:
            raise ValueError(f"{value.name or 'The picture'} has changed since it was opened; open the drawing again.")
        return self._store.save(value, self._clock(), about)
