"""The dataset in and out: annotations of other tools, exports to download, and the Hub."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import gradio as gr

from annotator.correct.provenance import CONSENT_WORDS, LICENCES
from annotator.messages import refusal
from annotator.owner import require_owner
from annotator.uploads import CheckedUploadButton
from sketchpose.dataset import Dataset
from sketchpose.dataset.exporters.coco import export_coco
from sketchpose.dataset.exporters.huggingface import export_imagefolder
from sketchpose.dataset.hub.repository import Remote, pull, push
from sketchpose.dataset.hub.state import words as hub_words
from sketchpose.dataset.importers import FORMATS, import_files
from sketchpose.dataset.records import STATUSES
from sketchpose.files import inside
from sketchpose.formats import SUFFIXES as POSE_SUFFIXES
from sketchpose.images import SUFFIXES
from sketchpose.text import markdown

_SHOWN: Final = 20
_PROGRESS: Final = gr.Progress()


def import_words(
    dataset: Dataset, paths: Sequence[Path], format: str, about: Mapping[str, str], progress: Any = None
) -> str:
    """Import annotations and say what came of it, as Markdown.

    Args:
        dataset: The dataset.
        paths: One zip, or annotation files with their pictures.
        format: One of ``FORMATS``.
        about: Further arguments of ``import_files``.
        progress: Called with drawings done and in all.

    Raises:
        ValueError: The files cannot be used.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = paths[0]
        if len(paths) > 1:
            place = Path(folder)
            for path in paths:
                shutil.copyfile(path, inside(place, path.name))
        report = import_files(dataset, place, format, skip_bad=True, progress=progress, **about)
    lines = [f"**{report.drawings} drawings with {report.people} people** are new in the dataset."]
    if report.known:
        lines.append(f"- {report.known} drawings were here already, annotated just so")
    lines += [f"- Dropped: {markdown(what)} ({count})" for what, count in report.dropped.items()]
    said = (("Left out", report.skipped), ("Changed", report.changed), ("Passed over", report.passed))
    for word, sentences in said:
        lines += [f"- {word}: {markdown(sentence)}" for sentence in sentences[:_SHOWN]]
        if len(sentences) > _SHOWN:
            lines.append(f"- {word}: and {len(sentences) - _SHOWN} more")
    return "\n".join(lines)


def export_file(dataset: Dataset, kind: str, status: list[str], publish: bool, progress: Any = None) -> Path:
    """Write an export as a zip into a folder for downloads; returns its path.

    Raises:
        ValueError: There is nothing to export.
    """
    folder = Path(tempfile.mkdtemp(prefix="sketchpose-export-"))
    write = export_coco if kind == "coco" else export_imagefolder
    target = folder / ("sketchpose-coco.zip" if kind == "coco" else "sketchpose-imagefolder.zip")
    write(dataset, target, status=tuple(status), publish=publish, progress=progress)
    return target


def build_files(dataset: Dataset, token: gr.Textbox, name: gr.Textbox, select: Callable[..., Any]) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        name: Where the owner's name is typed in.
        select: Registers what happens when the section is opened.
    """
    gr.Markdown(
        "### Import\nA zip, or annotation files and their pictures together, from another tool or exported here."
    )
    with gr.Row():
        format = gr.Dropdown(list(FORMATS), value=FORMATS[0], label="Format", min_width=140, elem_id="import-format")
        source = gr.Textbox(label="Source", info="Where the file does not say.", min_width=140, elem_id="import-source")
        artist = gr.Textbox(label="Artist", info="Where the file does not say.", min_width=140, elem_id="import-artist")
        licence = gr.Dropdown(list(LICENCES), value="", label="Licence", allow_custom_value=True, min_width=140)
        consent = gr.Dropdown(
            [(words, name) for name, words in CONSENT_WORDS.items()],
            value="unknown",
            label="May they be used for training?",
            min_width=140,
            elem_id="import-consent",
        )
        status = gr.Dropdown(["submitted", "accepted", "draft"], value="submitted", label="As", min_width=120)
    upload = CheckedUploadButton(
        "Import",
        file_count="multiple",
        file_types=[".zip", *sorted(POSE_SUFFIXES), *sorted(SUFFIXES)],
        variant="primary",
        elem_id="import-file",
    )
    report = gr.Markdown(elem_id="import-report")
    gr.Markdown("### Export")
    with gr.Row():
        wanted = gr.Dropdown(list(STATUSES), value=["accepted"], multiselect=True, label="Status", min_width=160)
        publish = gr.Checkbox(False, label="Only what may be passed on (licence and consent known)", min_width=200)
    with gr.Row():
        coco = gr.Button("Prepare COCO", elem_id="export-coco-zip")
        folder = gr.Button("Prepare Hugging Face dataset", elem_id="export-imagefolder")
        file = gr.DownloadButton("Download", interactive=False, variant="primary", elem_id="export-download")
    gr.Markdown("### Hugging Face Hub")
    hub = gr.Markdown(elem_id="hub-status")
    with gr.Row():
        up = gr.Button("Push now", elem_id="hub-push")
        down = gr.Button("Pull now", elem_id="hub-pull")

    def imported(
        paths: list[str] | None,
        secret: str,
        format: str,
        source: str,
        artist: str,
        licence: str,
        consent: str,
        status: str,
        who: str,
        request: gr.Request,
        progress: gr.Progress = _PROGRESS,
    ) -> str:
        require_owner(request, secret)
        if not paths:
            return ""
        # A box that nobody has touched sends nothing.
        said = {"source": source or "", "artist": artist or "", "licence": licence or ""}
        said |= {"consent": consent, "status": status, "author": who or "import"}
        try:
            return import_words(dataset, [Path(path) for path in paths], format, said, _steps(progress))
        except (ValueError, OSError) as error:
            raise refusal(error, "This file cannot be imported", paths=True) from error

    def exported(
        kind: str,
        statuses: list[str],
        only: bool,
        secret: str,
        request: gr.Request,
        progress: gr.Progress = _PROGRESS,
    ) -> Any:
        require_owner(request, secret)
        try:
            path = export_file(dataset, kind, statuses, only, _steps(progress))
        except (ValueError, OSError) as error:
            raise refusal(error, paths=True) from error
        size = path.stat().st_size / 1e6
        return gr.update(value=str(path), label=f"Download {path.name}, {size:.1f} MB", interactive=True)

    def moved(act: str, secret: str, request: gr.Request, progress: gr.Progress = _PROGRESS) -> str:
        require_owner(request, secret)
        run = push if act == "push" else pull
        try:
            done = run(dataset, Remote.from_environment(), _steps(progress))
        except (ValueError, OSError) as error:
            raise refusal(error, "The Hub", paths=True) from error
        return " ".join([hub_line(dataset), *map(markdown, done.problems)])

    fields: list[Any] = [format, source, artist, licence, consent, status]
    hidden: dict[str, Any] = {"api_visibility": "private"}
    select(lambda: hub_line(dataset), [], hub, "files_open")
    upload.upload(imported, [upload, token, *fields, name], report, api_name="dataset_import", **hidden)
    for kind, button in (("coco", coco), ("imagefolder", folder)):
        button.click(
            exported, [gr.State(kind), wanted, publish, token], file, api_name=f"dataset_export_{kind}", **hidden
        )
    for act, button in (("push", up), ("pull", down)):
        button.click(moved, [gr.State(act), token], hub, api_name=f"dataset_{act}", **hidden)


def hub_line(dataset: Dataset) -> str:
    """Return what is known of pushing, in a sentence or two."""
    remote = Remote.from_environment()
    return hub_words(dataset, remote.repo, bool(remote.token))


def _steps(progress: gr.Progress) -> Callable[[int, int], None]:
    def step(done: int, total: int) -> None:
        progress((done, total))

    return step
