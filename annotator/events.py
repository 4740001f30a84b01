"""What the events of all tabs have in common."""

from typing import Any, Final

Updates = dict[Any, Any]
"""Updates by component, as a handler returns them; components that are not named stay as they are."""
PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private"}
"""For an event that only the page triggers: it is no endpoint of the API."""
QUIET: Final[dict[str, Any]] = {**PRIVATE, "show_progress": "hidden"}
"""The same, for a quick answer: no progress is shown over its outputs."""
LATEST: Final[dict[str, Any]] = {**PRIVATE, "trigger_mode": "always_last"}
"""For input that changes while an answer is on its way: only the latest is answered after that."""
