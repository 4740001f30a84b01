"""A model folder: ``card.json``, ``weights.safetensors`` (float16) and ``model.onnx`` (graph only).

The graph has no weights of its own: its initialisers are external data that point into ``weights.safetensors``, so
every weight is stored once, and the ONNX file depends on nothing but the architecture. Reading a folder needs neither
torch nor ONNX.
"""

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from sketchpose.skeleton import NUM_KEYPOINTS

CARD: Final = "card.json"
WEIGHTS: Final = "weights.safetensors"
GRAPH: Final = "model.onnx"
FORMAT: Final = 1
SHIPPED: Final = Path(__file__).parent / "weights"
"""Folder of the model folders that come with the package."""


@dataclass(frozen=True)
class Card:
    """What a model is and where it comes from.

    Attributes:
        name: The folder's name, such as ``movenet-thunder``.
        architecture: Key of ``sketchpose.model.network.ARCHITECTURES``.
        input_size: Side of the square input in pixels.
        people: How many people one picture may yield; 1 for a network that reads one crop.
        source: Where the weights come from.
        licence: Terms of the weights, in words.
        description: What the model is for, one or two sentences.
        keypoints: Number of joints; always 17.
        reads_heads: Whether it has learnt views of heads alone, so that a closer look at the face pays.
        training: Data, schedule and samples seen, as the trainer writes them.
        scores: Measured results by data set, as ``sketchpose evaluate`` writes them.
        sha256: Hex digest of each other file of the folder.
        format: Version of this layout.
    """

    name: str
    architecture: str
    input_size: int
    people: int
    source: str
    licence: str
    description: str
    keypoints: int = NUM_KEYPOINTS
    reads_heads: bool = False
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write ``card.json`` with the digests of the files that lie in ``folder`` now."""
        digests = {name: digest(folder / name) for name in (WEIGHTS, GRAPH)}
        card = dataclasses.replace(self, sha256=digests)
        (folder / CARD).write_text(json.dumps(dataclasses.asdict(card), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read and check ``card.json``, by hand: importing pydantic would make a single estimate 0.2 s slower.

        Raises:
            ValueError: It is missing, is not JSON, lacks a field or has one too many, is of another layout version, or
                is for another number of joints.
        """
        path = folder / CARD
        try:
            card = cls(**json.loads(path.read_bytes()))
        except FileNotFoundError:
            raise ValueError(f"{folder} is not a model folder: it has no {CARD}. Shipped are {_names()}.") from None
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} is no card that this version reads ({error}): convert the model again.") from None
        if card.format != FORMAT:
            raise ValueError(f"{path} has format {card.format!r}, this version reads {FORMAT}: convert it again.")
        if card.keypoints != NUM_KEYPOINTS:
            raise ValueError(f"{path} is for {card.keypoints} joints, SketchPose needs {NUM_KEYPOINTS}: use another.")
        return card


@dataclass(frozen=True)
class ModelFolder:
    """A checked model folder on disk."""

    path: Path
    card: Card

    @classmethod
    def open(cls, name: str | Path, architecture: str | None = None) -> Self:
        """Open a shipped model by name, or any model folder by path.

        Args:
            name: Such as ``"movenet-thunder"``, or a folder.
            architecture: Refuse a model of any other architecture.

        Raises:
            ValueError: When there is no such model, its card is unusable, a file is missing or was changed after the
                card was written, or the architecture differs.
        """
        path = Path(name)
        if not path.is_dir():
            path = SHIPPED / str(name)
        if not path.is_dir():
            raise ValueError(f"No model {str(name)!r}: neither a folder nor one of {_names()}.")
        card = Card.read(path)
        if architecture is not None and card.architecture != architecture:
            raise ValueError(f"{path} is a {card.architecture} network, here a {architecture} network is needed.")
        for file in (WEIGHTS, GRAPH):
            if not (path / file).is_file():
                raise ValueError(f"{path} has no {file}: copy the whole folder again.")
            if digest(path / file) != card.sha256.get(file):
                raise ValueError(f"{path / file} does not match the sha256 in {CARD}: copy the whole folder again.")
        return cls(path, card)

    @property
    def weights(self) -> Path:
        """The safetensors file."""
        return self.path / WEIGHTS

    @property
    def graph(self) -> Path:
        """The ONNX file."""
        return self.path / GRAPH


def list_models() -> list[str]:
    """Name the models that come with the package, sorted."""
    return sorted(card.parent.name for card in SHIPPED.glob(f"*/{CARD}"))


def digest(path: Path) -> str:
    """Return the hex sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names() -> str:
    return ", ".join(list_models()) or "(none shipped)"
