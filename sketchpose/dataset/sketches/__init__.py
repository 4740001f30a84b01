"""The open dataset of sketches: people in real drawings by many hands, with joints set by hand.

The annotations lie in ``sketches.json.xz`` (CC0); the drawings stay where they are published, and ``fetch`` brings them
from there into a dataset.
"""

from sketchpose.dataset.sketches.fetch import FetchReport, fetch_sketches
from sketchpose.dataset.sketches.manifest import Sketch, read_sketches

__all__ = ["FetchReport", "Sketch", "fetch_sketches", "read_sketches"]
