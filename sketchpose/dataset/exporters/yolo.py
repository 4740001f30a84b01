"""The dataset as YOLO-pose, ready to train on with Ultralytics.

    TARGET/data.yaml                 kpt_shape, flip_idx, names of the joints
    TARGET/images/SPLIT/             pictures; SPLIT is train, val or test, and train alone before the splits are frozen
    TARGET/labels/SPLIT/             one text file per picture (``sketchpose.formats.yolo``)

Joints outside the picture are left out, since YOLO has no place for them; so are groups, boxes without a joint, and who
annotated what.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from sketchpose.dataset.archive import open_writer
from sketchpose.dataset.exporters.coco import Exported, exportable, file_name
from sketchpose.dataset.splits import SPLITS, read_splits
from sketchpose.dataset.store import Dataset
from sketchpose.formats import PosedImage, to_yolo, yolo_data
from sketchpose.progress import Progress, counted


def export_yolo(
    dataset: Dataset,
    target: Path,
    *,
    status: Sequence[str] = ("accepted",),
    split: str | None = None,
    publish: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write the dataset as YOLO-pose labels with its pictures; arguments and errors are those of ``export_coco``."""
    entries = exportable(dataset, split, status, publish)
    splits = read_splits(dataset)
    people = 0
    sides: Counter[str] = Counter()
    with open_writer(target) as writer:
        for entry in counted(entries, len(entries), progress):
            revision = dataset.read(entry.id)
            side = splits.split_of(revision) if splits else "train"
            poses = tuple(p.pose for p in revision.persons if p.pose.labelled.any() and not p.crowd)
            name = file_name(revision)
            image = PosedImage(name, revision.image.width, revision.image.height, poses)
            writer.copy(f"images/{side}/{name}", dataset.image_path(revision.image))
            writer.add(f"labels/{side}/{PurePosixPath(name).stem}.txt", to_yolo(image).encode())
            sides[side] += 1
            people += len(poses)
        writer.add("data.yaml", yolo_data([name for name in SPLITS if sides[name]]).encode())
    return Exported(target, dict(sides), people)
