"""The real app, served beside the tests, with a private gallery in its home."""

from collections.abc import Iterator

import pytest
from attack import DRAWING, POSE, PRIVATE, Served
from gradio import networking

import app as product
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import IndexRun, gallery_folder


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    original = tmp_path_factory.mktemp("private pictures") / "secret.png"
    original.write_bytes(DRAWING.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKETCHPOSE_HOME", str(home))
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("uploads")))
        for name in ("SPACE_ID", "SKETCHPOSE_OWNER_TOKEN", "SKETCHPOSE_QDRANT"):
            patch.delenv(name, raising=False)
        IndexRun(gallery_folder(PRIVATE)).add(GalleryEntry(str(original), 200, 200, (POSE,)))
        # On a busy machine the first answer takes longer than gradio waits before it calls itself unreachable.
        patch.setattr(networking, "url_ok", lambda url: True)
        blocks = product.build()
        url, _ = product.launch(blocks, quiet=True, server_name="127.0.0.1")
        yield Served(blocks, url.rstrip("/"), home, original)
        blocks.close()
