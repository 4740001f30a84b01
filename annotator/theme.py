"""How the app looks: fonts that every system has, legible colours, and all CSS outside the components.

>>> demo.launch(**looks())

Text has a contrast of at least 4.5 to 1, and the outline of a field one of 3 to 1, in the light and the dark theme
(WCAG 2.2, level AA).
"""

from pathlib import Path
from typing import Any, Final

import gradio as gr

_HERE: Final = Path(__file__).parent
_SANS: Final = ("system-ui", "-apple-system", "Segoe UI", "Helvetica Neue", "Arial", "Noto Sans", "sans-serif")
_MONO: Final = ("ui-monospace", "SFMono-Regular", "Consolas", "Liberation Mono", "monospace")
_BLUE: Final = gr.themes.Color(
    c50="#eff7fc", c100="#d9ecf7", c200="#b3d9ef", c300="#7cbee3", c400="#4aa8db", c500="#0f82c4",
    c600="#0072b2", c700="#005c91", c800="#00476f", c900="#003350", c950="#002236", name="left",
)  # fmt: skip
"""Tints and shades of the blue that marks the person's left."""


def looks() -> dict[str, Any]:
    """Return the arguments of ``launch`` that give the page its looks, and a script that sees to its answers."""
    theme = gr.themes.Soft(primary_hue=_BLUE, secondary_hue=_BLUE, font=_SANS, font_mono=_MONO).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        input_border_width="1px",
        input_border_color="*neutral_500",
        input_border_color_dark="*neutral_400",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        button_border_width="1px",
        button_secondary_border_color="*neutral_300",
        color_accent="*primary_600",
        block_label_text_color="*primary_800",
        block_label_background_fill_dark="*primary_800",
        block_title_text_color="*primary_800",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        button_secondary_background_fill_hover_dark="*neutral_600",
        checkbox_label_background_fill_selected="*primary_600",
        slider_color="*primary_600",
    )
    css, script, answers = ((_HERE / name).read_text("utf-8") for name in ("theme.css", "theme.js", "answers.js"))
    return {"theme": theme, "css": css, "js": script, "head": f"<script>{answers}</script>"}
