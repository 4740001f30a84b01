"""Buttons that lead on from a page on which there is nothing yet."""

from functools import partial

import gradio as gr

from annotator.correct.tab import GO_TO_EDITOR
from annotator.events import QUIET


def lay_out_ways(tabs: gr.Tabs, sections: gr.Tabs | None, elem_id: str) -> gr.Row:
    """Lay out, hidden, a row of buttons that lead to where drawings come from.

    Args:
        tabs: The app's tabs; one button leads to *Correct*.
        sections: Those of the *Dataset* tab; another leads to the import. None: no such button.
        elem_id: Id of the row in the page.

    Returns:
        The row, which takes further buttons.
    """
    row = gr.Row(visible=False, elem_id=elem_id)
    with row:
        correct = gr.Button("Correct a drawing", variant="primary", min_width=140)
        go = partial(gr.Tabs, selected="correct")
        correct.click(go, None, tabs, api_name=f"{elem_id}_correct", **QUIET).then(None, js=GO_TO_EDITOR)
        if sections is not None:
            files = gr.Button("Import files", min_width=140)
            go = partial(gr.Tabs, selected="import")
            files.click(go, None, sections, api_name=f"{elem_id}_import", **QUIET)
    return row
