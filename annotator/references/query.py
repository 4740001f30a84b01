"""What is looked for, large, with limbs that can be clicked, as one Gradio component.

The value of ``QueryView`` is the ``query`` of what ``search.answer`` returns; it goes to the page only. Its event:

    must     the limbs of the query that must match changed: ``limbs``, names of ``NAMED_LIMBS``
"""

from pathlib import Path
from typing import Any, Final

from gradio.data_classes import GradioRootModel

from annotator.bundle import script
from annotator.component import ScriptedComponent
from annotator.gradio_private import custom_event
from sketchpose.retrieve.parts import NAMED_LIMBS
from sketchpose.skeleton import EDGES, edge_side

HERE: Final = Path(__file__).parent


class QueryData(GradioRootModel):
    """The value on the wire."""

    root: dict[str, Any]


class QueryView(ScriptedComponent):
    """Shows the person whose pose is looked for; a click on a limb says that it must match."""

    data_model = QueryData
    must = custom_event("must")

    def __init__(self, **options: Any) -> None:
        """Make the component, empty.

        Args:
            options: What every ``gr.HTML`` takes, such as ``elem_id`` and ``visible``.
        """
        edges = [[a, b, edge_side(a, b)] for a, b in EDGES]
        super().__init__(
            files=HERE / "query", script=script(HERE / "js", "query.js", edges=edges, limbs=NAMED_LIMBS), **options
        )

    def preprocess(self, payload: QueryData | None) -> None:  # type: ignore[override]
        """Return nothing: the page sends events only."""

    def postprocess(self, value: dict[str, Any] | None) -> QueryData | None:  # type: ignore[override]
        """Return the value for the page; None empties it."""
        return None if value is None else QueryData(value)

    def api_info(self) -> dict[str, Any]:
        """Describe the value for API clients."""
        return {"type": "object"}

    def example_payload(self) -> Any:
        """Return a value that API documentation can show."""
        return None

    def example_value(self) -> Any:
        """Return an example of the value in Python."""
        return None
