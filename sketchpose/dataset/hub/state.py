"""What is known about the last push, and the status line made from it.

HOME/hub.json     when the last push succeeded, and why the last one failed
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from sketchpose.dataset.store import Dataset
from sketchpose.files import write_atomic
from sketchpose.home import home_folder


@dataclass(frozen=True)
class PushState:
    """What is known about pushing, for the status line.

    Attributes:
        repo: Where it was pushed to.
        success: When the last successful push began, seconds since 1970; 0 for never.
        error: Why the last push failed; empty when it succeeded.
        failed: When it failed.
        withheld: How many drawings the last successful push held back.
        public: Whether it found that everybody can read the repository.
        squash: Whether the repository's history still holds what was removed from it.
    """

    repo: str = ""
    success: float = 0.0
    error: str = ""
    failed: float = 0.0
    withheld: int = 0
    public: bool = False
    squash: bool = False

    @classmethod
    def read(cls) -> Self:
        """Read the state; a missing or damaged file gives an empty one."""
        try:
            return cls(**json.loads(_state_file().read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self) -> None:
        """Keep the state."""
        write_atomic(_state_file(), json.dumps(asdict(self)).encode())


def pending(dataset: Dataset, repo: str) -> int:
    """Return how many revisions have been saved since the last push to a repository succeeded."""
    state = PushState.read()
    since = state.success if state.repo == repo else 0.0
    return sum(changed >= since * 1e9 for _, changed in dataset.layout.revision_stamps().values())


def stale(dataset: Dataset, repo: str) -> bool:
    """Return whether anything was saved or erased since the last push to a repository succeeded."""
    state = PushState.read()
    since = state.success if state.repo == repo else 0.0
    erased = (path.stat().st_mtime_ns for path in dataset.layout.erased.glob("*.json"))
    return pending(dataset, repo) > 0 or any(changed >= since * 1e9 for changed in erased)


def status_line(dataset: Dataset, repo: str, has_token: bool) -> str:
    """Return the status in a sentence or two.

    Args:
        dataset: What is pushed.
        repo: Where it is pushed to; empty when none is set.
        has_token: Whether there is anything to log in with.
    """
    state, left = PushState.read(), pending(dataset, repo)
    if not repo:
        return "Saved locally. No Hub repository is set (SKETCHPOSE_HUB_REPO=owner/name)."
    some = "Everything is pushed" if not left else f"{left} revisions are saved locally, not yet pushed"
    if not has_token:
        return f"{some} to {repo}: there is no Hub token (HF_TOKEN)."
    parts = [f"{some} to {repo}."]
    if state.repo == repo and state.success:
        parts.append(f"Last success {_ago(state.success)}.")
    if state.repo == repo and state.withheld:
        why = "not accepted, or without licence and consent, and everybody can read it" if state.public else "refused"
        parts.append(f"{state.withheld} drawings stay here: {why}.")
    if state.repo == repo and state.error:
        parts.append(f"Last error {_ago(state.failed)}: {state.error}")
    return " ".join(parts)


def _state_file() -> Path:
    return home_folder() / "hub.json"


def _ago(moment: float) -> str:
    minutes = max(0.0, time.time() - moment) / 60
    if minutes < 1:
        return "less than a minute ago"
    return f"{minutes:.0f} min ago" if minutes < 120 else f"{minutes / 60:.0f} h ago"
