"""Whose body a mannequin has: plain data, so that a page can offer it without loading the body."""

from dataclasses import dataclass
from typing import Final

AS_DRAWN: Final = "as drawn"


@dataclass(frozen=True)
class BodyType:
    """Whose body it is.

    Attributes:
        phenotype: Anny's gender (1 is female), age, muscle, weight, height and proportions, each in 0..1.
        stylised: Which row of ``proportions.STYLISED`` stretches it.
        hair: A key of ``garments.HAIR_WEIGHTS``.
        grown: Whether it is an adult's; a child wears clothes.
    """

    phenotype: tuple[float, float, float, float, float, float]
    stylised: str = "real"
    hair: str = "short"
    grown: bool = True


TYPES: Final[dict[str, BodyType]] = {
    "female": BodyType((1.0, 0.67, 0.5, 0.4, 0.5, 0.7), hair="bun"),
    "male": BodyType((0.0, 0.67, 0.6, 0.4, 0.6, 0.7)),
    "child": BodyType((0.5, 0.3, 0.4, 0.4, 0.5, 0.5), grown=False),
    "heroic": BodyType((0.0, 0.67, 0.95, 0.4, 0.7, 0.9), "hero"),
    "lanky": BodyType((0.2, 0.67, 0.3, 0.15, 0.7, 0.5), "lanky", "spiky"),
}
"""Bodies to choose from beside the one that has the proportions of the drawing."""


def body_type(name: str) -> BodyType:
    """Return a type of ``TYPES``.

    Raises:
        ValueError: There is none of this name.
    """
    if name not in TYPES:
        raise ValueError(f"There is no body {name!r}; choose one of {', '.join((AS_DRAWN, *TYPES))}.")
    return TYPES[name]
