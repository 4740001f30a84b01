"""Heads and order follow from the set of revisions alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchpose.dataset.graph import Node, ancestors, settle


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for i in range(draw(st.integers(1, 12))):
        parents = draw(st.lists(st.sampled_from([*nodes, "gone"]), max_size=2, unique=True))
        time, status = draw(st.integers(0, 5)), draw(st.sampled_from(["draft", "submitted", "accepted", "rejected"]))
        nodes[f"r{i}"] = Node(f"r{i}", tuple(parents), float(time), status, draw(st.booleans()))
    return nodes


@given(graphs(), st.randoms(use_true_random=False))
def test_the_state_does_not_depend_on_the_order_of_arrival(nodes: dict[str, Node], chance: random.Random) -> None:
    state = settle(nodes)
    ids = list(nodes)
    chance.shuffle(ids)
    assert settle({id: nodes[id] for id in ids}) == state
    assert set(state.order) == set(nodes) and list(settle({id: nodes[id] for id in ids}).order) == list(state.order)
    places = {id: i for i, id in enumerate(state.order)}
    assert all(places[p] < places[n.id] for n in nodes.values() for p in n.parents if p in nodes)
    used = {parent for node in nodes.values() for parent in node.parents}
    assert set(state.heads) == set(nodes) - used and state.current in state.heads
    if not nodes[state.current].deleted or not all(nodes[h].deleted for h in state.heads):
        assert not nodes[state.current].deleted
    if state.accepted:
        assert nodes[state.accepted].status == "accepted"


def test_revisions_that_name_each_other_do_not_vanish() -> None:
    nodes = {"a": Node("a", ("b",), 1, "draft", False), "b": Node("b", ("a",), 2, "draft", False)}
    state = settle(nodes)
    assert list(state.order) == ["a", "b"] and state.heads == ("b",)
    assert ancestors("a", nodes) == {"a", "b"}


@pytest.mark.parametrize(
    ("chain", "accepted"),
    [
        (["accepted", "draft"], "r0"),
        (["accepted", "draft", "accepted"], "r2"),
        (["accepted", "rejected"], None),
        (["accepted", "rejected", "draft"], None),
        (["draft", "submitted"], None),
        (["accepted", "deleted"], None),
    ],
)
def test_what_was_accepted_holds_until_it_is_rejected_or_deleted(chain: list[str], accepted: str | None) -> None:
    nodes = {}
    for i, word in enumerate(chain):
        status = "draft" if word == "deleted" else word
        nodes[f"r{i}"] = Node(f"r{i}", (f"r{i - 1}",) if i else (), float(i), status, word == "deleted")
    assert settle(nodes).accepted == accepted
