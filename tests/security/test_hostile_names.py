"""Names that strangers chose, at every entry where one becomes a path; the table of names is in ``test_files``."""

import json
from pathlib import Path

import pytest
from PIL import Image

from sketchpose.dataset.archive import FolderWriter
from sketchpose.evaluate.truth import read_truth
from sketchpose.formats import FormatError
from sketchpose.retrieve.gallery.gallery import gallery_folder
from sketchpose.retrieve.gallery.sources import read_source

OUT = ["//etc/x.png", "/etc/x.png", "../x.png", "a/../../x.png", "C:\\x.png", "\\\\server\\x.png", "x\0.png"]


def document(folder: Path, name: str) -> Path:
    """A COCO document beside a folder of pictures, and a picture outside both that it must not reach."""
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 40)).save(folder.parent / "x.png")
    (folder / "images").mkdir()
    person = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": [9, 9, 2] * 17, "bbox": [1, 1, 9, 9]}
    image = {"id": 1, "file_name": name, "width": 40, "height": 40}
    (folder / "set.json").write_text(json.dumps({"images": [image], "annotations": [person], "categories": []}))
    return folder / "set.json"


@pytest.mark.parametrize("name", OUT)
def test_a_document_reaches_only_pictures_beside_it(tmp_path: Path, name: str) -> None:
    place = document(tmp_path / "a" / "b", name)
    (item,) = read_source(place)
    assert item.path.is_relative_to(place.parent) and not item.path.exists() and "is missing" in item.error
    with pytest.raises(FormatError, match="is missing"):
        read_truth(place)


@pytest.mark.parametrize("name", OUT)
def test_an_export_and_a_gallery_stay_where_they_are_made(tmp_path: Path, name: str) -> None:
    writer = FolderWriter(tmp_path / "export")
    with pytest.raises(ValueError, match="not a name within a folder"):
        writer.add(name, b"")
    with pytest.raises(ValueError, match="not a name within a folder"):
        writer.copy(name, Path(__file__))
    with pytest.raises(ValueError, match="cannot be called"):
        gallery_folder(name)
