"""The dataset that grows: annotated drawings as immutable revisions, reviewed, split, exported and imported.

>>> from sketchpose.dataset import Dataset, Person, Revision
>>> dataset = Dataset()                                   # below the home folder
>>> image = dataset.add_image("drawing.png")
>>> saved = dataset.save(Revision.make(image, [Person.of_pose("p1", pose)], author="Ada"))
"""

from sketchpose.dataset.fields import RecordError
from sketchpose.dataset.person import ImageFacts, Person
from sketchpose.dataset.query import Entry, Query
from sketchpose.dataset.records import Revision
from sketchpose.dataset.store import Dataset

__all__ = ["Dataset", "Entry", "ImageFacts", "Person", "Query", "RecordError", "Revision"]
