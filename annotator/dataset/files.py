"""Import and export of the dataset: annotations of other tools, exports to download, and the Hub."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr

from annotator.correct.provenance import CONSENT_LABELS, LICENCES
from annotator.events import PRIVATE, Updates
from annotator.messages import refusal
from annotator.owner import require_owner
from annotator.uploads import CheckedUploadButton
from sketchpose.dataset import Dataset
from sketchpose.dataset.exporters.coco import export_coco
from sketchpose.dataset.exporters.huggingface import export_imagefolder
from sketchpose.dataset.hub.repository import Remote, pull, push
from sketchpose.dataset.hub.state import status_line
from sketchpose.dataset.importers import FORMATS, import_files
from sketchpose.dataset.records import STATUSES
from sketchpose.files import inside
from sketchpose.formats import SUFFIXES as POSE_SUFFIXES
from sketchpose.images import SUFFIXES
from sketchpose.text import amount, markdown

_SHOWN: Final = 20
_PROGRESS: Final = gr.Progress()


def import_report(
    dataset: Dataset, paths: Sequence[Path], format: str, about: Mapping[str, str], progress: Any = None
) -> str:
    """Import annotations and return the report as Markdown.

    Args:
        dataset: The dataset.
        paths: One zip, or annotation files with their pictures.
        format: One of ``FORMATS``.
        about: Further arguments of ``import_files``.
        progress: Called with drawings done and in all.

    Raises:
        ValueError: The files are in no known format, or what is said of the drawings is not allowed.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = paths[0]
        if len(paths) > 1:
            place = Path(folder)
            for path in paths:
                shutil.copyfile(path, inside(place, path.name))
        report = import_files(dataset, place, format, skip_bad=True, progress=progress, **about)
    lines = [f"New in the dataset: **{amount(report.drawings, 'drawing')} with {amount(report.people, 'person')}**."]
    if report.known:
        lines.append(f"- Already here with the same annotations: {amount(report.known, 'drawing')}")
    lines += [f"- Dropped: {markdown(what)} ({count})" for what, count in report.dropped.items()]
    remarks = (("Left out", report.skipped), ("Changed", report.changed), ("Skipped", report.passed))
    for word, sentences in remarks:
        lines += [f"- {word}: {markdown(sentence)}" for sentence in sentences[:_SHOWN]]
        if len(sentences) > _SHOWN:
            lines.append(f"- {word}: and {len(sentences) - _SHOWN} more")
    return "\n".join(lines)


def export_file(
    dataset: Dataset, folder: Path, kind: str, status: list[str], publish: bool, progress: Any = None
) -> Path:
    """Write an export as a zip and return its path.

    Args:
        dataset: The dataset.
        folder: Where the zip is written.
        kind: ``coco`` or ``imagefolder``.
        status: Drawings of these statuses are exported.
        publish: Leave out what may not be passed on.
        progress: Called with drawings done and in all.

    Raises:
        ValueError: No drawing matches.
    """
    write = export_coco if kind == "coco" else export_imagefolder
    target = folder / ("sketchpose-coco.zip" if kind == "coco" else "sketchpose-imagefolder.zip")
    write(dataset, target, status=tuple(status), publish=publish, progress=progress)
    return target


@dataclass(frozen=True)
class DatasetFiles:
    """The components of the section, and what its events do with them.

    Attributes:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        format: One of ``FORMATS``.
        about: What is said of the imported drawings, by argument of ``import_files``.
        upload: Takes the files to import.
        report: The report of the import.
        exported: Drawings of these statuses are exported.
        publish: Whether only what may be passed on is exported.
        prepare: The button of each kind of export.
        download: The finished export.
        hub: What is known of the Hub.
        push: Pushes now.
        pull: Pulls now.
    """

    dataset: Dataset
    token: gr.Textbox
    format: gr.Dropdown
    about: dict[str, gr.components.Component]
    upload: gr.UploadButton
    report: gr.Markdown
    exported: gr.Dropdown
    publish: gr.Checkbox
    prepare: dict[str, gr.Button]
    download: gr.DownloadButton
    hub: gr.Markdown
    push: gr.Button
    pull: gr.Button

    def import_upload(
        self, given: dict[gr.components.Component, Any], request: gr.Request, progress: gr.Progress = _PROGRESS
    ) -> Updates:
        """Import the uploaded files, with what the form says of them, and report on it."""
        require_owner(request, given[self.token])
        if not given[self.upload]:
            return {self.report: ""}
        # A box that nobody has touched sends nothing.
        about = {field: given[component] or "" for field, component in self.about.items()}
        about["author"] = about["author"] or "import"
        files = [Path(path) for path in given[self.upload]]
        try:
            report = import_report(self.dataset, files, given[self.format], about, _steps(progress))
        except (ValueError, OSError) as error:
            raise refusal(error, "This file cannot be imported", paths=True) from error
        return {self.report: report}

    def export(
        self,
        kind: str,
        statuses: list[str],
        publish: bool,
        secret: str,
        request: gr.Request,
        progress: gr.Progress = _PROGRESS,
    ) -> Updates:
        """Write an export and offer it for download."""
        require_owner(request, secret)
        try:
            with tempfile.TemporaryDirectory(prefix="sketchpose-export-") as folder:
                path = export_file(self.dataset, Path(folder), kind, statuses, publish, _steps(progress))
                label = f"Download {path.name}, {path.stat().st_size / 1e6:.1f} MB"
                offered = self.download.move_resource_to_block_cache(path)
        except (ValueError, OSError) as error:
            raise refusal(error, paths=True) from error
        return {self.download: gr.update(value=offered, label=label, interactive=True)}

    def move(self, act: str, secret: str, request: gr.Request, progress: gr.Progress = _PROGRESS) -> Updates:
        """Push to the Hub, or pull from it."""
        require_owner(request, secret)
        run = push if act == "push" else pull
        try:
            done = run(self.dataset, Remote.from_environment(), _steps(progress))
        except (ValueError, OSError) as error:
            raise refusal(error, "The Hub", paths=True) from error
        return {self.hub: " ".join([hub_summary(self.dataset), *map(markdown, done.problems)])}

    def open(self) -> Updates:
        """Say what is known of the Hub."""
        return {self.hub: hub_summary(self.dataset)}


def build_files(dataset: Dataset, token: gr.Textbox, name: gr.Textbox, select: Callable[..., Any]) -> None:
    """Lay out the section inside the current ``gr.Tab``.

    Args:
        dataset: The dataset.
        token: Where the owner's token is typed in.
        name: Where the owner's name is typed in.
        select: Registers what happens when the section is opened.
    """
    _wire(lay_out_files(dataset, token, name), select)


def lay_out_files(dataset: Dataset, token: gr.Textbox, name: gr.Textbox) -> DatasetFiles:
    """Lay out the section without its events; the arguments are those of ``build_files``."""
    gr.Markdown(
        "### Import\nA zip, or annotation files and their pictures together, from another tool or exported here."
    )
    with gr.Row():
        format = gr.Dropdown(list(FORMATS), value=FORMATS[0], label="Format", min_width=140, elem_id="import-format")
        source = gr.Textbox(label="Source", info="Where the file does not say.", min_width=140, elem_id="import-source")
        artist = gr.Textbox(label="Artist", info="Where the file does not say.", min_width=140, elem_id="import-artist")
        licence = gr.Dropdown(list(LICENCES), value="", label="Licence", allow_custom_value=True, min_width=140)
        consent = gr.Dropdown(
            [(label, name) for name, label in CONSENT_LABELS.items()], value="unknown",
            label="May they be used for training?", min_width=140, elem_id="import-consent",
        )  # fmt: skip
        status = gr.Dropdown(["submitted", "accepted", "draft"], value="submitted", label="As", min_width=120)
    upload = CheckedUploadButton(
        "Import", file_count="multiple", file_types=[".zip", *sorted(POSE_SUFFIXES), *sorted(SUFFIXES)],
        variant="primary", elem_id="import-file",
    )  # fmt: skip
    about: dict[str, gr.components.Component] = {
        "source": source, "artist": artist, "licence": licence, "consent": consent, "status": status, "author": name,
    }  # fmt: skip
    report = gr.Markdown(elem_id="import-report")
    gr.Markdown("### Export")
    with gr.Row():
        exported = gr.Dropdown(list(STATUSES), value=["accepted"], multiselect=True, label="Status", min_width=160)
        publish = gr.Checkbox(False, label="Only what may be passed on (licence and consent known)", min_width=200)
    with gr.Row():
        prepare = {
            "coco": gr.Button("Prepare COCO", elem_id="export-coco-zip"),
            "imagefolder": gr.Button("Prepare Hugging Face dataset", elem_id="export-imagefolder"),
        }
        download = gr.DownloadButton("Download", interactive=False, variant="primary", elem_id="export-download")
    gr.Markdown("### Hugging Face Hub")
    hub = gr.Markdown(elem_id="hub-status")
    with gr.Row():
        to_hub = gr.Button("Push now", elem_id="hub-push")
        from_hub = gr.Button("Pull now", elem_id="hub-pull")
    return DatasetFiles(
        dataset, token, format, about, upload, report, exported, publish, prepare, download, hub, to_hub, from_hub
    )


def _wire(parts: DatasetFiles, select: Callable[..., Any]) -> None:
    select(parts.open, [], parts.hub, "files_open")
    form: set[Any] = {parts.upload, parts.token, parts.format, *parts.about.values()}
    parts.upload.upload(parts.import_upload, form, parts.report, api_name="dataset_import", **PRIVATE)
    for kind, button in parts.prepare.items():
        inputs = [gr.State(kind), parts.exported, parts.publish, parts.token]
        button.click(parts.export, inputs, parts.download, api_name=f"dataset_export_{kind}", **PRIVATE)
    for act, button in (("push", parts.push), ("pull", parts.pull)):
        button.click(parts.move, [gr.State(act), parts.token], parts.hub, api_name=f"dataset_{act}", **PRIVATE)


def hub_summary(dataset: Dataset) -> str:
    """Return the state of the copy on the Hub, in a sentence or two."""
    remote = Remote.from_environment()
    return status_line(dataset, remote.repo, bool(remote.token))


def _steps(progress: gr.Progress) -> Callable[[int, int], None]:
    def step(done: int, total: int) -> None:
        progress((done, total))

    return step
