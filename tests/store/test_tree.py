"""The immutable tree: what it promises of weights, locks, order and old roots."""

from __future__ import annotations

import gc
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rpds import HashTrieMap

from dav424.core.paths import href
from dav424.store.locks import Lock
from dav424.store.tree import (
    Collection,
    Document,
    Node,
    find,
    lineage,
    new_collection,
    new_document,
    only_members,
    replace,
    walk,
    with_child,
    with_properties,
    with_property,
    without_locks,
    without_members,
)

DEEP = 10_000
WIDE = 100_000
LOCK = Lock(token="urn:x", root=(), exclusive=True, infinite=True, principal="ann")

names = st.sampled_from(["a", "b", "c", "ä", "A", "10", "9"])
values = st.sampled_from(["<p/>", "<p>text</p>", "<p>ümläut</p>"])


def document(content: bytes = b"12345") -> Document:
    """Make a document of five bytes, if not told otherwise."""
    return new_document(content, "text/plain", '"1"', 0.0)


def collection(**members: Node) -> Collection:
    """Make a collection of these members."""
    return reduce(lambda made, item: with_child(made, *item), members.items(), new_collection(0.0))


def locked(node: Node) -> Node:
    """Put one lock on a node."""
    return replace(node, locks=(LOCK,))


def decorated(node: Node, properties: dict[str, str], locks: int) -> Node:
    """Give a node properties and locks."""
    return replace(with_properties(node, HashTrieMap(properties)), locks=(LOCK,) * locks)


_properties = st.dictionaries(names, values, max_size=2)
_locks = st.sampled_from([0, 0, 0, 1, 2])
documents = st.builds(decorated, st.binary(max_size=5).map(document), _properties, _locks)
collections = st.recursive(
    st.builds(decorated, st.just(new_collection(0.0)), _properties, _locks),
    lambda below: st.builds(
        decorated,
        st.dictionaries(names, documents | below, max_size=4).map(lambda members: collection(**members)),
        _properties,
        _locks,
    ),
    max_leaves=8,
)


def weight(node: Node) -> int:
    """Count by hand what a node takes of a quota."""
    own = sum(len(xml.encode()) for xml in node.properties.values())
    if isinstance(node, Document):
        return own + len(node.content)
    return own + sum(weight(child) for child in node.children.values())


def locked_anywhere(node: Node) -> bool:
    """Look by hand for a lock on a node or below."""
    below = node.children.values() if isinstance(node, Collection) else ()
    return bool(node.locks) or any(locked_anywhere(child) for child in below)


def picture(node: Node) -> Any:
    """Put down all that a node holds as plain values, to be compared later."""
    below = {name: picture(child) for name, child in node.children.items()} if isinstance(node, Collection) else None
    content = node.content if isinstance(node, Document) else None
    return node.modified, dict(node.properties), node.locks, node.weight, content, below


def test_a_document_weighs_its_content() -> None:
    """Five bytes weigh five."""
    assert document(b"12345").weight == 5


def test_a_property_weighs_its_bytes() -> None:
    """A property's element counts in UTF-8, where an umlaut is two bytes."""
    assert with_property(document(b""), "p", "<p>ü</p>").weight == len("<p>ü</p>") + 1


def test_replacing_a_property_weighs_the_difference() -> None:
    """The old value weighs nothing any more."""
    once = with_property(document(b""), "p", "<p>long long long</p>")
    assert with_property(once, "p", "<p/>").weight == 4


def test_removing_a_property_gives_its_weight_back() -> None:
    """With the property gone, the node is what it was."""
    assert with_property(with_property(document(), "p", "<p/>"), "p", None) == document()


def test_removing_what_is_not_there_is_the_same_node() -> None:
    """Nothing changes, so nothing is copied."""
    node = document()
    assert with_property(node, "p", None) is node


def test_with_properties_takes_the_place_of_the_old_ones() -> None:
    """The weight is that of the new properties alone."""
    node = with_property(document(b""), "p", "<p>old</p>")
    assert with_properties(node, HashTrieMap({"q": "<q/>"})).weight == 4


def test_a_collection_weighs_all_below_it() -> None:
    """A document two levels down counts."""
    assert collection(sub=collection(doc=document(b"12345"))).weight == 5


def test_members_are_listed_by_name() -> None:
    """The order is that of the names, not that of their making."""
    made = collection(b=document(), a=document(), c=document())
    assert [name for name, _ in made.members()] == ["a", "b", "c"]


def test_with_child_none_removes() -> None:
    """A member that is replaced by nothing is gone, with its weight."""
    assert with_child(collection(a=document()), "a", None) == new_collection(0.0)


def test_with_child_none_of_nothing_changes_nothing() -> None:
    """Removing a member that isn't there leaves the collection equal."""
    assert with_child(collection(a=document()), "b", None) == collection(a=document())


def test_a_change_inside_a_member_leaves_the_time_alone() -> None:
    """Without a time, the collection's own modification time stays."""
    assert with_child(new_collection(7.0), "a", document()).modified == 7.0


def test_gaining_a_member_sets_the_time() -> None:
    """With a time, the collection was modified then."""
    assert with_child(new_collection(7.0), "a", document(), modified=9.0).modified == 9.0


def test_the_root_is_found_at_the_empty_path() -> None:
    """The path () is the root."""
    root = collection(a=document())
    assert find(root, ()) is root


def test_nothing_is_found_below_a_document() -> None:
    """A document has no members."""
    assert find(collection(a=document()), ("a", "b")) is None


def test_lineage_ends_where_the_path_does() -> None:
    """Of /a/x/y only the root and /a exist."""
    root = collection(a=new_collection(1.0))
    assert lineage(root, ("a", "x", "y")) == [root, new_collection(1.0)]


def test_lineage_ends_at_a_document() -> None:
    """What is asked for below a document is not there."""
    assert lineage(collection(a=document()), ("a", "b"))[-1] == document()


def test_walk_goes_parents_first_and_by_name() -> None:
    """Each collection comes before its members, members by name."""
    root = collection(b=collection(d=document(), c=document()), a=document())
    assert [path for path, _ in walk(root, ())] == [(), ("a",), ("b",), ("b", "c"), ("b", "d")]


@pytest.mark.parametrize(("depth", "paths"), [(0, [()]), (1, [(), ("b",)]), (2, [(), ("b",), ("b", "d")])])
def test_walk_stops_at_the_depth(depth: int, paths: list[tuple[str, ...]]) -> None:
    """Depth 0 is the node itself, 1 its members too."""
    root = collection(b=collection(d=document()))
    assert [path for path, _ in walk(root, (), depth)] == paths


def test_walk_starts_with_the_path_it_is_given() -> None:
    """The paths are those in the whole tree."""
    assert [path for path, _ in walk(collection(d=document()), ("x",))] == [("x",), ("x", "d")]


def test_a_path_is_spelled_percent_encoded() -> None:
    """Spaces, umlauts, per cent and question marks can't stand in a URL as they are."""
    assert href(("a b", "ü", "100%?#")) == "/a%20b/%C3%BC/100%25%3F%23"


@pytest.mark.parametrize("name", ["a/b", "a/", "../a", "/"])
def test_a_slash_in_a_name_is_encoded(name: str) -> None:
    """There is no such resource, and what is said of it must not be said of another."""
    assert href(("c", name)) == "/c/" + name.replace("/", "%2F")


def test_the_root_is_spelled_as_a_slash() -> None:
    """The root is a collection and is written so, once."""
    assert href((), collection=True) == "/"


def test_a_collection_knows_of_a_lock_far_below() -> None:
    """A lock three levels down is known at the top."""
    assert collection(a=collection(b=collection(c=locked(document())))).locked


def test_a_collection_forgets_a_lock_that_is_gone() -> None:
    """Once the locked member is replaced by one without a lock, nothing is locked."""
    assert not with_child(collection(a=locked(document())), "a", document()).locked


def test_without_locks_shares_what_had_none() -> None:
    """The branch without locks is the very same node."""
    free = collection(x=document())
    copied = without_locks(collection(free=free, held=locked(document())))
    assert isinstance(copied, Collection)
    assert copied.children["free"] is free


@pytest.mark.parametrize(("expires", "alive"), [(None, True), (100.5, True), (100.0, False), (99.0, False)])
def test_a_lock_lives_until_it_times_out(expires: float | None, alive: bool) -> None:  # noqa: FBT001 - a table
    """At the very second of its time-out a lock is over."""
    assert replace(LOCK, expires=expires).alive(100.0) is alive


many = settings(max_examples=60)


@many
@given(collections)
def test_weight_is_the_sum_of_all_below(root: Collection) -> None:
    """Every node of any tree weighs what counting by hand gives."""
    assert all(node.weight == weight(node) for _, node in walk(root, ()))


@many
@given(collections)
def test_the_locked_children_are_those_with_a_lock_on_them_or_below(root: Collection) -> None:
    """Every collection of any tree names just the members that a look at each would find."""
    collections = [node for _, node in walk(root, ()) if isinstance(node, Collection)]
    found = [{name for name, child in node.children.items() if locked_anywhere(child)} for node in collections]
    assert [set(node.locked_children) for node in collections] == found


@many
@given(collections)
def test_a_node_is_locked_if_a_lock_is_on_it_or_below(root: Collection) -> None:
    """``locked`` says for any node what looking everywhere says."""
    assert all(node.locked is locked_anywhere(node) for _, node in walk(root, ()))


@many
@given(collections, st.lists(names, max_size=3))
def test_only_members_is_what_removing_the_others_gives(root: Collection, kept: list[str]) -> None:
    """Members, weight and locks are the same, whichever way was taken."""
    others = [name for name in root.children if name not in kept]
    assert only_members(root, kept) == reduce(lambda made, name: with_child(made, name, None), others, root)


@many
@given(collections, st.lists(names, max_size=3))
def test_without_members_leaves_the_others(root: Collection, gone: list[str]) -> None:
    """A name that isn't there, or that is given twice, does no harm."""
    assert without_members(root, gone) == only_members(root, [name for name in root.children if name not in gone])


@many
@given(collections)
def test_without_locks_leaves_no_lock(root: Collection) -> None:
    """No node of the copy has a lock, on it or known below it."""
    assert not [path for path, node in walk(without_locks(root), ()) if node.locked]


@many
@given(collections)
def test_without_locks_leaves_all_else(root: Collection) -> None:
    """Weights, contents, properties and times of the copy are the original's."""
    kept = [
        (path, node.weight, node.properties, node.modified, getattr(node, "content", b""))
        for path, node in walk(root, ())
    ]
    copied = walk(without_locks(root), ())
    assert [(p, n.weight, n.properties, n.modified, getattr(n, "content", b"")) for p, n in copied] == kept


@many
@given(collections, names, documents | collections)
def test_a_write_leaves_the_old_root_as_it_was(root: Collection, name: str, child: Node) -> None:
    """Adding, replacing and removing a member makes new roots and changes none."""
    before = picture(root)
    with_child(with_child(root, name, child, 9.0), name, None, 9.0)
    assert picture(root) == before


@many
@given(collections, names, st.none() | values)
def test_a_property_leaves_the_old_node_as_it_was(root: Collection, name: str, value: str | None) -> None:
    """Setting and removing a property makes new nodes and changes none."""
    before = picture(root)
    with_property(root, name, value)
    assert picture(root) == before


@many
@given(collections)
def test_every_listing_is_sorted(root: Collection) -> None:
    """The members of every collection of any tree come by name."""
    listings = [[name for name, _ in node.members()] for _, node in walk(root, ()) if isinstance(node, Collection)]
    assert all(listing == sorted(listing) for listing in listings)


@many
@given(collections)
def test_walk_meets_every_node_where_find_finds_it(root: Collection) -> None:
    """What walk yields is what is there, each path once."""
    met = list(walk(root, ()))
    assert [node for _, node in met] == [find(root, path) for path, _ in met]


@pytest.fixture(scope="module")
def deep() -> Collection:
    """10,000 collections in each other, and a locked document at the bottom."""
    node: Node = locked(document())
    for _ in range(DEEP):
        node = with_child(new_collection(0.0), "a", node)
    assert isinstance(node, Collection)
    return node


def test_a_deep_tree_is_walked(deep: Collection) -> None:
    """10,001 nodes are met, however deep they lie."""
    assert sum(1 for _ in walk(deep, ())) == DEEP + 1


def test_the_bottom_of_a_deep_tree_is_found(deep: Collection) -> None:
    """A path of 10,000 segments leads to the document."""
    assert isinstance(find(deep, ("a",) * DEEP), Document)


def test_the_lineage_of_a_deep_path_is_listed(deep: Collection) -> None:
    """From the root to the document there are 10,001 nodes."""
    assert len(lineage(deep, ("a",) * DEEP)) == DEEP + 1


def test_a_deep_tree_is_copied_without_its_locks(deep: Collection) -> None:
    """The lock at the very bottom is gone from the copy."""
    assert not without_locks(deep).locked


def test_a_deep_tree_is_let_go() -> None:
    """Deallocating 100,000 levels does not end the process."""
    node = new_collection(0.0)
    for _ in range(100_000):
        node = with_child(new_collection(0.0), "a", node)
    del node
    gc.collect()
    assert new_collection(0.0).weight == 0


def test_a_wide_collection_holds_its_members() -> None:
    """100,000 members are all there, by name, and all counted."""
    one = document(b"1")
    wide = reduce(lambda made, i: with_child(made, f"{i:06}", one), range(WIDE), new_collection(0.0))
    listed = [name for name, _ in wide.members()]
    assert (wide.weight, listed[0], listed[-1], len(listed)) == (WIDE, "000000", "099999", WIDE)
