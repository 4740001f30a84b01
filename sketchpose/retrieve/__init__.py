"""References in the same pose: descriptors of people, engines that find candidates, and the exact comparison."""

from sketchpose.retrieve.descriptor import DESCRIPTOR_VERSION, Descriptors, describe
from sketchpose.retrieve.engines.base import ENGINES, Engine, load_engine
from sketchpose.retrieve.parts import PARTS
from sketchpose.retrieve.people import Filter, People
from sketchpose.retrieve.query import Match, Options, SearchableGallery, search

__all__ = [
    "DESCRIPTOR_VERSION",
    "ENGINES",
    "PARTS",
    "Descriptors",
    "Engine",
    "Filter",
    "Match",
    "Options",
    "People",
    "SearchableGallery",
    "describe",
    "load_engine",
    "search",
]
