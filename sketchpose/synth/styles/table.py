"""The table of drawing styles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sketchpose.synth.ink.pen import Pen
from sketchpose.synth.styles import construction as style_forms
from sketchpose.synth.styles import doodle as style_doodle
from sketchpose.synth.styles import line as style_line
from sketchpose.synth.styles import solid as style_solid
from sketchpose.synth.view.figure import Figure

_ANY = ("white", "white", "white", "white", "scan", "scan", "cream", "cream", "kraft", "grey", "dark", "lined", "grid")
_PRINT = ("white", "white", "white", "scan", "cream")


@dataclass(frozen=True)
class Style:
    """One way of drawing.

    Attributes:
        draw: Draws a figure with a pen.
        weight: How often it is drawn, relative to the others.
        see_through: Whether all limbs show through each other, so that no joint is hidden.
        paints: Whether it draws its own shapes rather than the body's, later figures over earlier ones.
        dressed: Chance of clothes.
        top: Chance that clothes include a shirt.
        loose: Whether skirts, coats, long hair and hats may hang from the figure.
        papers: Kinds of paper it is drawn on.
        muscular: Chance of a muscular body.
        coloured: Whether the background may be a colour.
        printed: Whether it is usually black on white and never photographed: clip art, print.
        bald: Chance of no hair where it is more than usual.
        flat_view: Chance that the camera keeps far off and level, as in diagrams.
        facing: Chance that the figure is seen from its front. Where no face tells front from back, a viewer takes a
            figure to face him, and so do annotators.
        big_head: Chance of a head much larger than life.
        families: Of poses that half of its figures take.
    """

    draw: Callable[[Figure, Pen], None]
    weight: float
    see_through: bool = False
    paints: bool = False
    dressed: float = 0.5
    top: float = 0.86
    loose: bool = True
    papers: tuple[str, ...] = _ANY
    muscular: float = 0.1
    coloured: bool = False
    printed: bool = False
    bald: float = 0.0
    flat_view: float = 0.15
    facing: float = 0.0
    big_head: float = 0.0
    families: tuple[str, ...] = ()


STYLES: Final[dict[str, Style]] = {
    "clean": Style(style_line.clean, 0.1),
    "exercise": Style(
        style_line.exercise,
        0.1,
        dressed=0.85,
        top=0.25,
        loose=False,
        papers=_PRINT,
        muscular=0.9,
        printed=True,
        bald=0.8,
        flat_view=0.3,
        families=("sport", "sport", "floor", "lying", "sitting"),
    ),
    "pencil": Style(style_line.pencil, 0.11),
    "construction": Style(style_forms.construction, 0.07, see_through=True, dressed=0.3, facing=0.3),
    "gesture": Style(style_forms.gesture, 0.07, see_through=True, dressed=0.2, facing=0.3),
    "stick": Style(
        style_forms.stick,
        0.13,
        see_through=True,
        dressed=0.0,
        loose=False,
        flat_view=0.5,
        facing=0.75,
        big_head=0.4,
    ),
    "mannequin": Style(style_forms.mannequin, 0.06, paints=True, dressed=0.0, loose=False),
    "hatched": Style(style_line.hatched, 0.05),
    "engraving": Style(style_line.engraving, 0.05, dressed=0.6, papers=("white", "cream", "scan", "kraft")),
    "chalk": Style(style_line.chalk, 0.05, dressed=0.15, papers=("kraft", "grey", "cream", "dark", "white", "scan")),
    "manga": Style(style_line.manga, 0.05, dressed=0.95, papers=_PRINT),
    "brush": Style(style_line.brush, 0.04),
    "flat": Style(style_solid.flat, 0.07, dressed=0.95, papers=_PRINT, coloured=True, flat_view=0.3),
    "ink": Style(
        style_solid.ink,
        0.11,
        dressed=1.0,
        papers=_PRINT,
        printed=True,
        flat_view=0.5,
        families=("standing", "sitting", "floor"),
    ),
    "doodle": Style(
        style_doodle.doodle,
        0.15,
        paints=True,
        dressed=0.0,
        loose=False,
        papers=_PRINT,
        coloured=True,
        printed=True,
        flat_view=0.7,
        facing=0.65,
        families=("moving", "standing", "dance", "combat"),
    ),
    "silhouette": Style(style_solid.silhouette, 0.04, papers=_PRINT, coloured=True, facing=0.3),
}


def sample_style(rng: np.random.Generator) -> str:
    """Return a style name by weight."""
    names = list(STYLES)
    weights = np.array([STYLES[n].weight for n in names])
    return str(rng.choice(names, p=weights / weights.sum()))
