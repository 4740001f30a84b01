"""Questions asked once: who annotates, and where the drawings come from. The browser keeps the answers."""

from collections.abc import Mapping
from typing import Any, Final

import gradio as gr

from annotator.correct.dataset_store import About
from annotator.events import QUIET
from annotator.gradio_private import current_page
from sketchpose.dataset.records import CONSENTS

CONSENT_LABELS: Final = {
    "unknown": "I do not know yet",
    "own": "I drew them and agree",
    "given": "The artist agreed",
    "licence": "Their licence allows it",
    "refused": "They may not be used",
}
LICENCES: Final = ("", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "public domain", "all rights reserved")
STATUS_LABELS: Final = {"submitted": "Submit for review", "draft": "Keep as a draft"}
_FIELDS: Final = ("author", "source", "artist", "licence", "consent", "status")
_FRESH: Final = {"author": "", "source": "", "artist": "", "licence": "", "consent": "unknown", "status": "submitted"}
_MAX_LENGTH: Final = 200

assert set(CONSENT_LABELS) == set(CONSENTS)


def about_panel() -> gr.BrowserState:
    """Lay the questions out inside the current ``gr.Blocks``, and return what keeps the answers."""
    # The default secret, new at every start, would make the answers unreadable after a restart.
    kept = gr.BrowserState(_FRESH, storage_key="sketchpose-about", secret="sketchpose-about")
    with gr.Accordion("About you and these drawings", open=False, elem_id="about"):
        gr.Markdown("Asked once, kept in this browser, and saved with every drawing from now on.")
        with gr.Row():
            author = gr.Textbox(label="Your name", max_length=_MAX_LENGTH, min_width=160, elem_id="about-author")
            artist = gr.Textbox(label="Artist", max_length=_MAX_LENGTH, min_width=160, elem_id="about-artist")
            source = gr.Textbox(
                label="Source",
                info="Collection or website. Drawings from one source are used either for training or for the test.",
                max_length=_MAX_LENGTH,
                min_width=160,
                elem_id="about-source",
            )
        with gr.Row():
            licence = gr.Dropdown(
                list(LICENCES),
                value="",
                label="Licence",
                allow_custom_value=True,
                min_width=160,
                elem_id="about-licence",
            )
            consent = gr.Dropdown(
                [(label, name) for name, label in CONSENT_LABELS.items()],
                value="unknown",
                label="May they be used for training?",
                min_width=160,
                elem_id="about-consent",
            )
            status = gr.Radio(
                [(label, name) for name, label in STATUS_LABELS.items()],
                value="submitted",
                label="Saving means",
                min_width=160,
                elem_id="about-status",
            )
    fields: list[Any] = [author, source, artist, licence, consent, status]
    # Filled in only when the page opens: an answer that is kept later must not overwrite what is being typed.
    current_page().load(_show, kept, fields, api_name="about_show", **QUIET)
    typed = [field.input for field in fields]
    gr.on(typed, _keep, fields, kept, trigger_mode="always_last", api_name="about_keep", **QUIET)
    return kept


def about_of(kept: Mapping[str, Any] | None, request: gr.Request | None = None) -> About:
    """Return the answers as they are saved; the author is whoever is logged in, if anybody is.

    Args:
        kept: What the browser sent, which may be anything.
        request: The request that saves.
    """
    answers = {name: str((kept or {}).get(name) or "")[:_MAX_LENGTH].strip() for name in _FIELDS}
    if answers["consent"] not in CONSENTS:
        answers["consent"] = "unknown"
    if answers["status"] not in STATUS_LABELS:
        answers["status"] = "draft"
    user = getattr(request, "username", None)
    return About(**answers | ({"author": str(user)} if user else {}))


def _show(kept: Mapping[str, Any] | None) -> list[str]:
    known = kept if isinstance(kept, Mapping) else {}
    return [str(known.get(name) or _FRESH[name]) for name in _FIELDS]


def _keep(*values: str | None) -> dict[str, str]:
    return {name: value or "" for name, value in zip(_FIELDS, values, strict=True)}
