"""Answers that are kept about nodes."""

from __future__ import annotations

import gc

import pytest

from dav424.core import memory
from dav424.core.memory import NO_LIMIT, Budget, hold, total
from dav424.store import written
from dav424.store.tree import new_collection, new_ctag, new_document, with_child
from dav424.store.written import Same, Written, ctag

KB = (b"x" * 1000,)


def test_an_answer_is_found_by_node_and_key() -> None:
    """Another node that is equal has none."""
    kept, node, other = Written(), new_collection(0.0), new_collection(0.0)
    kept.keep(node, "key", KB, NO_LIMIT)
    assert kept.find(node, "key") == KB
    assert kept.find(node, "another") is None
    assert kept.find(other, "key") is None


def test_an_answer_goes_with_its_node() -> None:
    """At once, without the garbage collector, and a node at the same place in memory has no answer."""
    kept = Written()
    gc.disable()
    try:
        for _ in range(100):
            node = new_collection(0.0)
            assert kept.find(node, "key") is None
            kept.keep(node, "key", KB, NO_LIMIT)
            assert len(kept) == 1
            del node
            assert len(kept) == 0
    finally:
        gc.enable()


def test_those_that_were_used_last_stay() -> None:
    """Within the bound, and an answer beyond it is not kept."""
    before = total()
    kept, nodes = Written(most=10_000), [new_collection(0.0) for _ in range(10)]
    for node in nodes:
        kept.keep(node, "key", KB, NO_LIMIT)
        kept.find(nodes[0], "key")
    found = [position for position, node in enumerate(nodes) if kept.find(node, "key")]
    assert found == [0, 7, 8, 9]
    kept.keep(nodes[1], "key", KB * 10, NO_LIMIT)
    assert kept.find(nodes[1], "key") is None
    kept.keep(nodes[0], "key", KB * 2, NO_LIMIT)
    assert kept.find(nodes[0], "key") == KB * 2
    nodes.clear()
    del node
    assert (len(kept), total()) == (0, before)


def test_they_give_way_to_a_change() -> None:
    """A full memory drops them before it refuses anything; and they take no room that a change needs."""
    node, before = new_collection(0.0), total()
    written.ANSWERS.keep(node, "key", KB, Budget(total() + 10_000))
    assert total() - before > 1000
    assert not Budget(before + 500).exceeded(400)
    assert written.ANSWERS.find(node, "key") is None
    assert Budget(before + 500).exceeded(600)
    written.ANSWERS.keep(node, "key", KB, Budget(total() + 1000))
    assert written.ANSWERS.find(node, "key") is None


def test_they_go_when_a_space_goes() -> None:
    """Its name is in the keys."""
    node = new_collection(0.0)
    written.ANSWERS.keep(node, "key", KB, NO_LIMIT)
    memory.forget()
    assert written.ANSWERS.find(node, "key") is None


def test_an_object_in_a_key_equals_itself_alone() -> None:
    """Not another one with the same content."""
    one: dict[str, int] = {}
    assert Same(one) == Same(one)
    assert hash(Same(one)) == hash(Same(one))
    assert Same(one) != Same({})
    assert Same(one) != hold(0)


def test_the_ctag_of_a_large_collection_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that is added makes another one; that of a small collection is not kept."""
    made: list[object] = []
    monkeypatch.setattr(written, "new_ctag", lambda node: made.append(node) or new_ctag(node))
    node = new_collection(0.0)
    for number in range(50):
        node = with_child(node, str(number), new_document(b"x", "t", "e", 0.0))
    assert ctag(node) == ctag(node) == new_ctag(node)
    more = with_child(node, "more", new_document(b"x", "t", "e", 0.0))
    assert ctag(more) == new_ctag(more) != ctag(node)
    assert len(made) == 2
