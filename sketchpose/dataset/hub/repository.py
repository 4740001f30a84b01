"""The dataset on the Hugging Face Hub: push what is new here, pull what is new there.

A dataset repository holds the same files as the dataset's folder (see ``layout``). All but ``splits.json`` are written
once under a name of their own, so pushing adds names that are not there yet: a push that is cut off, repeated, or runs
on two servers at once does no harm. The first push creates the repository, private unless told otherwise.
``sharing`` says what may go to one that everybody can read; the Hub is asked each time which kind it is.

What was erased on request here, or may no longer be there, is removed there together with the repository's history.
"""

import os
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sketchpose.dataset.fields import RecordError
from sketchpose.dataset.hub.sharing import Shared, shared
from sketchpose.dataset.hub.state import PushState
from sketchpose.dataset.merge import Merged, merge
from sketchpose.dataset.records import Revision
from sketchpose.dataset.splits import Splits
from sketchpose.dataset.store import Dataset
from sketchpose.options import setting
from sketchpose.progress import Progress, counted

if TYPE_CHECKING:
    from huggingface_hub import HfApi

NAMES: Final = re.compile(
    r"splits\.json|revisions/(?P<r>[0-9a-f]{2})/(?P=r)[0-9a-f]{30}\.json"
    r"|images/(?P<i>[0-9a-f]{2})/(?P=i)[0-9a-f]{62}\.(png|jpg|webp|avif)|erased/[a-z]+-[0-9a-f]{64}-[0-9]+\.json"
)
"""The files that travel; whatever else lies in a repository is left where it is."""
SPLITS: Final = "splits.json"
_A_COMMIT: Final = 200
_DOWNLOADS: Final = 4


class HubError(ValueError):
    """The Hub could not be reached or refused; everything is still saved locally."""


@dataclass(frozen=True)
class Remote:
    """A dataset repository.

    Attributes:
        repo: Its id, such as ``ada/sketches``; empty when none is set.
        private: Whether a repository that has to be created is private; if not, it counts as public in any case.
        token: The Hub's access token; empty when there is none.
        endpoint: Address of the Hub; empty for the usual one.
    """

    repo: str = ""
    private: bool = True
    token: str = ""
    endpoint: str = ""

    @classmethod
    def from_environment(cls, repo: str = "") -> Self:
        """Read ``SKETCHPOSE_HUB_REPO``, ``SKETCHPOSE_HUB_PUBLIC``, ``HF_ENDPOINT``, and the Hub's token."""
        from huggingface_hub import get_token

        return cls(
            repo or os.environ.get("SKETCHPOSE_HUB_REPO", ""),
            not setting("SKETCHPOSE_HUB_PUBLIC"),
            get_token() or "",
            setting("HF_ENDPOINT"),
        )

    def api(self) -> "HfApi":
        """Return the client.

        Raises:
            HubError: No repository is named, or there is no token.
        """
        from huggingface_hub import HfApi

        if not self.repo:
            raise HubError(
                "No Hub repository is named: set SKETCHPOSE_HUB_REPO to owner/name, or give it to the command."
            )
        if not re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", self.repo):
            raise HubError(f"{self.repo[:200]!r} is not a dataset repository: set SKETCHPOSE_HUB_REPO to owner/name.")
        if not self.token:
            raise HubError("There is no Hub token: set HF_TOKEN, or run `hf auth login`.")
        return HfApi(endpoint=self.endpoint or None, token=self.token)


@dataclass(frozen=True)
class Pushed:
    """What a push did.

    Attributes:
        files: How many files are new there.
        removed: How many were removed because they were erased here, or may not be there.
        withheld: How many drawings stay here, see ``sharing``.
        public: Whether everybody can read the repository.
        problems: A sentence for each disagreement that somebody has to settle.
    """

    files: int
    removed: int
    withheld: int
    public: bool
    problems: tuple[str, ...]


def push(dataset: Dataset, remote: Remote, progress: Progress | None = None) -> Pushed:
    """Add to the repository what it lacks and may have, and remove what it may not have; the outcome is recorded.

    Args:
        dataset: The dataset.
        remote: Where to push.
        progress: Called with files done and in all.

    Raises:
        HubError: No token or repository, the Hub cannot be reached, or it refuses.
    """
    began = time.time()
    if PushState.read().repo != remote.repo:
        PushState(remote.repo).write()
    try:
        report = _push(dataset, remote, progress)
    except HubError as error:
        replace(PushState.read(), error=str(error), failed=time.time()).write()
        raise
    PushState(remote.repo, began, withheld=report.withheld, public=report.public).write()
    return report


def pull(dataset: Dataset, remote: Remote, progress: Progress | None = None) -> Merged:
    """Take over what the repository has and this dataset lacks; damaged files are left out and named.

    Arguments and errors are those of ``push``.
    """
    api = remote.api()
    with reported(remote), tempfile.TemporaryDirectory() as folder:
        there = _list(api, remote)
        wanted = sorted((there - _local(dataset)) | (there & {SPLITS}))
        _download(api, remote, wanted, Path(folder), progress)
        (Path(folder) / "revisions").mkdir(exist_ok=True)
        return merge(dataset, Path(folder))


def _push(dataset: Dataset, remote: Remote, progress: Progress | None) -> Pushed:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    api = remote.api()
    with reported(remote), tempfile.TemporaryDirectory() as folder:
        api.create_repo(remote.repo, repo_type="dataset", private=remote.private, exist_ok=True)
        # The repository may have been created by hand, or opened to everybody since.
        public = not remote.private or api.repo_info(remote.repo, repo_type="dataset").private is not True
        allowed = shared(dataset, public)
        there, here = _list(api, remote), _local(dataset)
        splits, problems = _splits(api, remote, dataset, SPLITS in there, allowed, Path(folder))
        gone = _erased(api, remote, dataset, there - here - {SPLITS}, Path(folder))
        gone += sorted((there & here) - allowed.keep - {SPLITS})
        if gone or splits.shorter:
            # Kept until it is done: a push that is cut off must not forget what the history still holds.
            replace(PushState.read(), squash=True).write()
        if gone:
            deletions = [CommitOperationDelete(name) for name in gone]
            api.create_commit(remote.repo, deletions, commit_message="Erase on request", repo_type="dataset")
        # A revision must not arrive before its picture.
        fresh: list[tuple[str, Path | bytes]] = [
            (name, dataset.folder / name)
            for name in sorted((allowed.add & here) - there, key=lambda name: (name.startswith("revisions/"), name))
        ]
        fresh += [(SPLITS, splits.content)] if splits.content else []
        for start in range(0, len(fresh), _A_COMMIT):
            some = fresh[start : start + _A_COMMIT]
            operations = [CommitOperationAdd(name, content) for name, content in some]
            api.create_commit(remote.repo, operations, commit_message=f"Add {len(some)} files", repo_type="dataset")
            if progress:
                progress(start + len(some), len(fresh))
        if PushState.read().squash:
            api.super_squash_history(remote.repo, repo_type="dataset")
    return Pushed(len(fresh), len(gone), len(allowed.hidden), public, tuple(problems))


def _erased(api: "HfApi", remote: Remote, dataset: Dataset, only_there: set[str], folder: Path) -> list[str]:
    """Return the files of the repository that a tombstone of this dataset covers."""
    stones = dataset.tombstones()
    if not stones:
        return []
    revisions = sorted(name for name in only_there if name.startswith("revisions/"))
    _download(api, remote, revisions, folder, None)
    covered, kept = [], set(dataset.layout.image_files())
    drawings = {stone.hash for stone in stones if stone.kind == "image"}
    for name in revisions:
        try:
            revision = Revision.decode((folder / name).read_bytes(), name)
        except RecordError:
            continue
        if any(stone.covers(revision) for stone in stones):
            covered.append(name)
            drawings.add(revision.drawing)
        else:
            kept.add(revision.drawing)
    images = [name for name in only_there if name.startswith("images/") and Path(name).stem in drawings - kept]
    return covered + sorted(images)


@dataclass(frozen=True)
class _SplitsFile:
    """The splits to push: their content, empty if nothing is new, and whether the repository's name more."""

    content: bytes = b""
    shorter: bool = False


def _splits(
    api: "HfApi", remote: Remote, dataset: Dataset, known: bool, allowed: Shared, folder: Path
) -> tuple[_SplitsFile, list[str]]:
    """Return the splits to push, and a sentence where those of the repository cannot be reconciled with them.

    The dataset's own splits take in what the repository's say.
    """
    path = dataset.layout.splits
    if not path.is_file():
        return _SplitsFile(), []
    ours, theirs, before = Splits.read(path), None, b""
    if known:
        _download(api, remote, [SPLITS], folder, None)
        before, theirs = (folder / SPLITS).read_bytes(), Splits.read(folder / SPLITS)
        try:
            ours, _ = ours.united(theirs.forgotten(dataset.tombstones()))
        except ValueError as error:
            return _SplitsFile(), [f"The splits were not pushed. {error}"]
        ours.write(path)
    splits = ours.without(allowed.hidden, allowed.hidden_groups)
    if splits.encode() == before:
        return _SplitsFile(), []
    fewer = theirs is not None and not (
        theirs.groups.keys() <= splits.groups.keys() and theirs.images.keys() <= splits.images.keys()
    )
    return _SplitsFile(splits.encode(), fewer), []


def _list(api: "HfApi", remote: Remote) -> set[str]:
    return {name for name in api.list_repo_files(remote.repo, repo_type="dataset") if NAMES.fullmatch(name)}


def _local(dataset: Dataset) -> set[str]:
    layout = dataset.layout
    places = [layout.revisions.glob("*/*"), layout.images.glob("*/*"), layout.erased.glob("*"), iter([layout.splits])]
    names = {path.relative_to(dataset.folder).as_posix() for paths in places for path in paths if path.is_file()}
    return {name for name in names if NAMES.fullmatch(name)}


def _download(api: "HfApi", remote: Remote, names: list[str], folder: Path, progress: Progress | None) -> None:
    def fetch(name: str) -> None:
        api.hf_hub_download(remote.repo, name, repo_type="dataset", local_dir=folder)

    with ThreadPoolExecutor(_DOWNLOADS) as pool:
        for _ in counted(pool.map(fetch, names), len(names), progress):
            pass


class reported:
    """Turns what the Hub's client raises into ``HubError``, in one sentence and without the token."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, (HubError, KeyboardInterrupt, RecordError)):
            return
        if isinstance(error, Exception):
            text = " ".join(str(error).split())[:300] or type(error).__name__
            text = text.replace(self._remote.token, "(token)") if self._remote.token else text
            raise HubError(f"{self._remote.repo}: {text} Everything is saved locally; push again later.") from error
