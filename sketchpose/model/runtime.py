"""A model folder in ONNX Runtime: numpy in, numpy out, no torch."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.model.folder import Card, ModelFolder

_MAPS: Final = ("heat", "center", "regress", "offset")


class Network:
    """A network ready to run on the CPU.

    Pictures are (N, S, S, 3) uint8 RGB with S the card's ``input_size``; N may change from call to call. Coordinates
    are (x, y) in pixels of that input.
    """

    def __init__(self, model: ModelFolder | str | Path, threads: int = 1):
        """Load a model.

        Args:
            model: An opened folder, or a name or path for ``ModelFolder.open``.
            threads: CPU threads per call, at least 1.

        Raises:
            ValueError: When the folder is unusable or ``threads`` is below 1.
        """
        import onnxruntime as ort

        if threads < 1:
            raise ValueError(f"threads is {threads}: give at least 1.")
        folder = model if isinstance(model, ModelFolder) else ModelFolder.open(model)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Spinning threads would burn a core between two drawings.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Both keep the memory of the largest call for good, once for every call that ran beside others.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        self.card: Card = folder.card
        self._session = ort.InferenceSession(folder.graph, options, providers=["CPUExecutionProvider"])

    def joints(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (N, 17, 3) x, y and score of one person per picture."""
        self._one_person(True)
        return self._run(images, ("keypoints",))[0]

    def maps(self, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Return what lies under ``joints``: raw maps at a quarter of the input size.

        Returns:
            ``heat`` (N, 17, S/4, S/4) and ``center`` (N, 1, S/4, S/4) as probabilities; ``regress`` and ``offset``
            (N, 34, S/4, S/4) as (y, x) per joint in cells.
        """
        return dict(zip(_MAPS, self._run(images, _MAPS), strict=True))

    def people(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return joints (N, P, 17, 3) and boxes (N, P, 5) as x0, y0, x1, y1, score, strongest centre first.

        All P slots are filled: it is the caller who drops low scores.
        """
        self._one_person(False)
        joints, boxes = self._run(images, ("keypoints", "boxes"))
        return joints, boxes

    def _one_person(self, wanted: bool) -> None:
        if (self.card.people == 1) != wanted:
            call = "joints" if self.card.people == 1 else "people"
            raise ValueError(f"{self.card.name} returns up to {self.card.people} people a picture: call {call}().")

    def _run(self, images: NDArray[np.uint8], names: tuple[str, ...]) -> list[NDArray[np.float32]]:
        side = self.card.input_size
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != (side, side, 3):
            raise ValueError(
                f"Pictures are {images.dtype} {images.shape}: {self.card.name} needs uint8 (N, {side}, {side}, 3)."
            )
        results: list[NDArray[np.float32]] = self._session.run(list(names), {"images": np.ascontiguousarray(images)})
        return results
