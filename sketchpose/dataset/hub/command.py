"""``sketchpose dataset push`` and ``pull``: the dataset to and from a repository of the Hugging Face Hub."""

import argparse
from typing import Any

from sketchpose.progress import progress_bar


def add_parser(commands: Any) -> None:
    """Add the subcommands to those of ``sketchpose dataset``."""
    for name, act, task in (
        ("push", run_push, "add what is new here to a dataset repository"),
        ("pull", run_pull, "fetch what is new in a dataset repository"),
    ):
        parser = commands.add_parser(name, help=task, description=f"{task.capitalize()} on the Hugging Face Hub.")
        parser.add_argument("repo", nargs="?", default="", help="owner/name (default: SKETCHPOSE_HUB_REPO)")
        if name == "push":
            parser.add_argument(
                "--public", action="store_true", help="publicly: only accepted drawings with licence and consent"
            )
        parser.set_defaults(run=act)


def run_push(arguments: argparse.Namespace) -> int:
    """Push and return the exit code: 1 when something has to be settled by hand."""
    from dataclasses import replace

    from sketchpose.dataset.hub.repository import Remote, push
    from sketchpose.dataset.store import Dataset

    remote = Remote.from_environment(arguments.repo)
    if arguments.public:
        remote = replace(remote, private=False)
    with progress_bar("file") as progress:
        done = push(Dataset(arguments.folder), remote, progress)
    print(f"{done.files} files are new in {remote.repo}" + (f", {done.removed} were erased." if done.removed else "."))
    if done.withheld:
        why = "not accepted, or without licence and consent" if done.public else "refused"
        print(f"{done.withheld} drawings stay here: {why}.")
    for problem in done.problems:
        print(problem)
    return 1 if done.problems else 0


def run_pull(arguments: argparse.Namespace) -> int:
    """Pull and return the exit code: 1 when a file was left out."""
    from sketchpose.dataset.hub.repository import Remote, pull
    from sketchpose.dataset.store import Dataset

    remote = Remote.from_environment(arguments.repo)
    with progress_bar("file") as progress:
        report = pull(Dataset(arguments.folder), remote, progress)
    print(
        f"{report.revisions} revisions and {report.images} pictures are new here, {report.erased} revisions were "
        f"erased, {report.conflicts} drawings have several versions."
    )
    for problem in report.problems:
        print(problem)
    return 1 if report.problems else 0
