"""Which of a drawing's revisions count: heads, conflicts, and the newest that was accepted.

A revision that nobody has built on is a head. Two heads mean that two people worked from the same revision or each
began anew: both are kept until somebody settles it with a revision that has both as parents.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_RANK: Final = {"rejected": 0, "draft": 1, "submitted": 2, "accepted": 3}


@dataclass(frozen=True)
class Node:
    """What places a revision among the others.

    Attributes:
        id: Of the revision.
        parents: Ids of the revisions it was made from; some may be unknown here.
        time: Seconds since 1970.
        status: As in ``Revision``.
        deleted: As in ``Revision``.
    """

    id: str
    parents: tuple[str, ...]
    time: float
    status: str
    deleted: bool


@dataclass(frozen=True)
class DrawingState:
    """The state of a drawing, as its revisions make it.

    Attributes:
        order: All revisions, parents before children and otherwise by time.
        heads: Ids of the revisions that nobody has built on.
        current: The head that counts: one that is not deleted before a deleted one, then accepted before submitted
            before draft before rejected, then the newest.
        accepted: The newest accepted revision that was neither rejected nor deleted since; None without one.
    """

    order: dict[str, Node]
    heads: tuple[str, ...]
    current: str
    accepted: str | None


def settle(nodes: Mapping[str, Node]) -> DrawingState:
    """Work out the state of one drawing; the answer depends on the set of revisions alone, not on their arrival.

    Args:
        nodes: At least one revision, by id.
    """
    order = _order(nodes)
    used = {parent for node in nodes.values() for parent in node.parents}
    heads = tuple(id for id in order if id not in used) or tuple(order)[-1:]
    current = max((nodes[id] for id in heads), key=lambda n: (not n.deleted, _RANK[n.status], n.time, n.id))
    good = [node for head in heads for node in _accepted(head, nodes)]
    newest = max(good, key=lambda n: (n.time, n.id), default=None)
    return DrawingState(order, heads, current.id, newest.id if newest else None)


def ancestors(id: str, nodes: Mapping[str, Node]) -> set[str]:
    """Return the ids of all known revisions from which one was made, directly or not."""
    known: set[str] = set()
    waiting = [id]
    while waiting:
        for parent in nodes[waiting.pop()].parents:
            if parent in nodes and parent not in known:
                known.add(parent)
                waiting.append(parent)
    return known


def _order(nodes: Mapping[str, Node]) -> dict[str, Node]:
    waits = {id: sum(parent in nodes for parent in node.parents) for id, node in nodes.items()}
    children: dict[str, list[Node]] = {}
    for node in nodes.values():
        for parent in node.parents:
            children.setdefault(parent, []).append(node)
    ready = [(node.time, id) for id, node in nodes.items() if waits[id] == 0]
    heapq.heapify(ready)
    order: dict[str, Node] = {}
    while ready:
        _, id = heapq.heappop(ready)
        order[id] = nodes[id]
        for child in children.get(id, ()):
            waits[child.id] -= 1
            if waits[child.id] == 0:
                heapq.heappush(ready, (child.time, child.id))
    # Files made by hand could name each other as parents; no revision may vanish because of that.
    rest = sorted((n for n in nodes.values() if n.id not in order), key=lambda n: (n.time, n.id))
    return order | {node.id: node for node in rest}


def _accepted(head: str, nodes: Mapping[str, Node]) -> list[Node]:
    """Accepted revisions reached from a head through drafts and submissions only."""
    accepted, seen, waiting = [], set(), [head]
    while waiting:
        id = waiting.pop()
        node = nodes.get(id)
        if node is None or id in seen or node.deleted or node.status == "rejected":
            continue
        seen.add(id)
        if node.status == "accepted":
            accepted.append(node)
        else:
            waiting += node.parents
    return accepted
