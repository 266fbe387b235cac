"""The store: drafts, savepoints, quotas and locks over the immutable tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dav424.core import condition_codes
from dav424.core.batch import Refused
from dav424.core.paths import Path
from dav424.store.draft import Draft
from dav424.store.locks import Lock
from dav424.store.state import State
from dav424.store.tree import Collection, Document, Node, new_collection, replace, walk

NOW = 1_000.0
LOCK = Lock(token="urn:x", root=("a",), exclusive=True, infinite=True, principal="ann")


def draft() -> Draft:
    """Begin with an empty root that was made at 0."""
    return Draft(State(new_collection(0.0)), NOW)


def filled() -> Draft:
    """Begin with /a/b of five bytes."""
    made = draft()
    made.make_collection(("a",))
    made.put_content(("a", "b"), b"12345", "text/plain")
    return Draft(made.state, NOW + 1)


def limited(quota: int) -> Draft:
    """Begin with /a/b of five bytes in a collection /a that may hold ``quota``."""
    made = filled()
    made.limit(("a",), quota)
    return made


def lock(at: Draft, path: Path, **settings: Any) -> None:
    """Put a lock on what is at a path."""
    at.replace(path, replace(at.get(path), locks=(replace(LOCK, root=path, **settings),)))


def refusal(action: Callable[[], object]) -> Refused:
    """Give the refusal that an action ends in."""
    with pytest.raises(Refused) as caught:
        action()
    return caught.value


def refuse() -> None:
    """Refuse a commit."""
    raise Refused(507, "the disk is full")


def test_what_is_put_is_there() -> None:
    """Content and type of a new document are those that were sent."""
    made = draft()
    made.put_content(("a",), b"hello", "text/plain")
    assert (made.get(("a",)).content, made.get(("a",)).content_type) == (b"hello", "text/plain")


def test_putting_says_whether_it_made_something_new() -> None:
    """The first PUT makes a document, the second changes it."""
    made = draft()
    assert [made.put_content(("a",), b"1", "text/plain"), made.put_content(("a",), b"2", "text/plain")] == [True, False]


def test_the_same_content_put_twice_has_two_etags() -> None:
    """Each PUT has an entity-tag of its own."""
    made = draft()
    made.put_content(("a",), b"1", "text/plain")
    first = made.get(("a",)).etag
    made.put_content(("a",), b"1", "text/plain")
    assert made.get(("a",)).etag != first


def test_putting_again_keeps_properties_and_creation_time() -> None:
    """New content is no new resource."""
    made = filled()
    made.set_property(("a", "b"), "p", "<p/>")
    made.put_content(("a", "b"), b"67890", "text/plain")
    node = made.get(("a", "b"))
    assert (dict(node.properties), node.created, node.modified) == ({"p": "<p/>"}, NOW, NOW + 1)


def test_nothing_can_be_put_where_no_parent_is() -> None:
    """A missing parent is 409 (RFC 4918 9.7.1)."""
    assert refusal(lambda: draft().put_content(("a", "b"), b"", "text/plain")).status == 409


def test_nothing_can_be_put_below_a_document() -> None:
    """A document has no members: 409, and the reason says so."""
    assert "isn't a collection" in refusal(lambda: filled().make_collection(("a", "b", "c"))).detail


def test_what_is_not_there_is_refused_with_404() -> None:
    """Looking up, deleting and setting a property need something to be there."""
    made = draft()
    actions = [
        lambda: made.get(("x",)),
        lambda: made.delete(("x",)),
        lambda: made.set_property(("x",), "p", "<p/>"),
    ]
    assert [refusal(action).status for action in actions] == [404, 404, 404]


def test_deleting_removes_all_below() -> None:
    """Without /a there is no /a/b, and the root weighs nothing."""
    made = filled()
    made.delete(("a",))
    assert (made.find(("a", "b")), made.root.weight) == (None, 0)


def test_deleting_removes_the_locks_below() -> None:
    """A lock goes with the resource it was on (RFC 4918 9.6)."""
    made = filled()
    lock(made, ("a", "b"))
    made.delete(("a",))
    assert not made.root.locked


def test_a_collection_is_modified_when_it_gains_or_loses_a_member() -> None:
    """Making /a/c modifies /a, and not the root above it."""
    made = filled()
    made.make_collection(("a", "c"))
    assert (made.get(("a",)).modified, made.root.modified) == (NOW + 1, NOW)


def test_a_collection_is_not_modified_by_a_change_in_a_member() -> None:
    """New content of /a/b leaves the time of /a alone."""
    made = filled()
    made.put_content(("a", "b"), b"new", "text/plain")
    assert made.get(("a",)).modified == NOW


def test_a_savepoint_left_without_commit_restores_the_very_state() -> None:
    """Not an equal state comes back but the same one, serial numbers included."""
    made = filled()
    before = made.state
    with made.savepoint():
        made.put_content(("c",), b"1", "text/plain")
        made.delete(("a",))
    assert made.state is before


def test_a_savepoint_left_by_an_exception_restores_the_very_state() -> None:
    """Any exception undoes what was done, and goes on."""
    made = filled()
    before = made.state

    def break_down() -> None:
        with made.savepoint():
            made.delete(("a",))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_down()
    assert made.state is before


def test_a_committed_savepoint_keeps_what_was_done() -> None:
    """After the commit, /a is gone."""
    made = filled()
    with made.savepoint() as savepoint:
        made.delete(("a",))
        savepoint.commit()
    assert made.find(("a",)) is None


def test_a_savepoint_in_another_goes_back_only_to_its_own_beginning() -> None:
    """The inner one is undone, what the outer one did before stays."""
    made = filled()
    with made.savepoint() as outer:
        made.set_property(("a",), "p", "<p/>")
        with made.savepoint():
            made.delete(("a",))
        outer.commit()
    assert dict(made.get(("a",)).properties) == {"p": "<p/>"}


def test_a_savepoint_undone_undoes_those_committed_in_it() -> None:
    """What the inner one kept goes with the outer one."""
    made = filled()
    before = made.state
    with made.savepoint(), made.savepoint() as inner:
        made.delete(("a",))
        inner.commit()
    assert made.state is before


def test_a_guard_can_refuse_a_commit() -> None:
    """What the guard refuses is undone."""
    made = filled()
    before = made.state

    def commit() -> None:
        with made.savepoint() as savepoint:
            made.delete(("a",))
            savepoint.commit([refuse])

    refusal(commit)
    assert made.state is before


def test_a_guard_is_not_asked_where_nothing_changed() -> None:
    """A commit of nothing can't fail."""
    made = filled()
    with made.savepoint() as savepoint:
        savepoint.commit([refuse])
    assert savepoint.committed


def test_a_full_quota_is_507() -> None:
    """Eight bytes into a collection that holds five and may hold ten are too many."""
    refused = refusal(lambda: limited(10).put_content(("a", "c"), b"12345678", "text/plain"))
    assert (refused.status, refused.condition) == (507, condition_codes.QUOTA_NOT_EXCEEDED)


def test_a_quota_may_be_filled_to_the_last_byte() -> None:
    """Five bytes more make ten of ten."""
    made = limited(10)
    made.put_content(("a", "c"), b"12345", "text/plain")
    assert made.get(("a",)).weight == 10


def test_properties_count_for_a_quota() -> None:
    """A property of a member takes room as content does."""
    assert refusal(lambda: limited(10).set_property(("a", "b"), "p", "<p>long</p>")).status == 507


def test_a_collections_own_properties_count_for_its_quota() -> None:
    """So does a property of the collection itself."""
    assert refusal(lambda: limited(10).set_property(("a",), "p", "<p>long</p>")).status == 507


def test_a_quota_of_the_root_counts_its_own_properties() -> None:
    """The root has no parent and is checked all the same."""
    made = draft()
    made.limit((), 3)
    assert refusal(lambda: made.set_property((), "p", "<p>long</p>")).status == 507


def test_what_is_over_its_quota_may_shrink() -> None:
    """A collection that holds more than it may can still lose some of it."""
    made = limited(2)
    made.put_content(("a", "b"), b"1234", "text/plain")
    assert made.get(("a",)).weight == 4


def test_a_refused_write_changes_no_tree() -> None:
    """The root after a 507 is the root before it."""
    made = limited(5)
    before = made.root
    refusal(lambda: made.put_content(("a", "c"), b"1", "text/plain"))
    assert made.root is before


def test_room_is_counted_over_all_collections_above() -> None:
    """Five bytes fit below /a, and six do not."""
    made = limited(10)
    assert [made.has_room(("a", "c"), growth) for growth in (5, 6)] == [True, False]


def test_what_moves_within_a_quota_needs_no_room() -> None:
    """A rename inside /a adds nothing to it."""
    assert limited(5).has_room(("a", "c"), 5, leaving=("a", "b"))


def test_what_moves_into_a_quota_needs_room() -> None:
    """From outside /a, the same bytes are new to it."""
    assert not limited(5).has_room(("a", "c"), 5, leaving=("x", "b"))


def test_an_infinite_lock_covers_what_is_below() -> None:
    """A lock on /a with Depth infinity covers /a/b."""
    made = filled()
    lock(made, ("a",), infinite=True)
    assert [each.root for each in made.locks_on(("a", "b"))] == [("a",)]


def test_a_lock_of_depth_0_covers_its_resource_alone() -> None:
    """A lock on /a with Depth 0 covers /a and not /a/b."""
    made = filled()
    lock(made, ("a",), infinite=False)
    assert [len(made.locks_on(path)) for path in (("a",), ("a", "b"))] == [1, 0]


def test_an_infinite_lock_covers_what_is_not_there_yet() -> None:
    """A lock on /a with Depth infinity covers /a/new, which does not exist."""
    made = filled()
    lock(made, ("a",), infinite=True)
    assert len(made.locks_on(("a", "new"))) == 1


def test_a_lock_that_timed_out_covers_nothing() -> None:
    """The draft's own time decides."""
    made = filled()
    lock(made, ("a",), expires=NOW)
    assert made.locks_on(("a",)) == []


Operation = tuple[str, Path, str]
_names = st.sampled_from(["a", "b", "c"])
_paths = st.lists(_names, min_size=1, max_size=3).map(tuple)
_operations = st.tuples(
    st.sampled_from(["put", "collection", "set", "remove", "delete", "lock", "unlock", "limit"]),
    _paths,
    st.sampled_from(["", "x", "a rather long value", "ümläut"]),
)
_seed: list[Operation] = [("collection", ("a",), ""), ("put", ("a", "b"), "x"), ("limit", ("a",), "")]


def carry_out(at: Draft, operation: Operation) -> None:
    """Carry out one operation, or raise Refused."""
    verb, path, value = operation
    match verb:
        case "put":
            at.put_content(path, value.encode(), "text/plain")
        case "collection":
            at.make_collection(path)
        case "set":
            at.set_property(path, "p", f"<p>{value}</p>")
        case "remove":
            at.set_property(path, "p", None)
        case "delete":
            at.delete(path)
        case "lock":
            lock(at, path)
        case "unlock":
            at.replace(path, replace(at.get(path), locks=()))
        case "limit":
            at.limit(path, 20)


def attempt(at: Draft, operation: Operation) -> bool:
    """Carry out one operation in a savepoint of its own, and say whether it could be done."""
    with at.savepoint() as savepoint:
        try:
            carry_out(at, operation)
        except Refused:
            return False
        savepoint.commit()
    return True


def picture(node: Node) -> Any:
    """Put down all that a node holds as plain values, to be compared later."""
    below = {name: picture(child) for name, child in node.children.items()} if isinstance(node, Collection) else None
    content = (node.content, node.etag) if isinstance(node, Document) else None
    return node.modified, dict(node.properties), node.locks, node.weight, content, below


def own_weight(node: Node) -> int:
    """Count what a node itself takes of a quota, without what is below it."""
    content = len(node.content) if isinstance(node, Document) else 0
    return content + sum(len(xml.encode()) for xml in node.properties.values())


def limits(at: Draft) -> dict[Path, tuple[int, int]]:
    """Give the limit and the weight of each place that has a limit."""
    places = {path: (quota, at.find(path)) for path, quota in at.state.quotas.items()}
    return {path: (quota, node.weight if node is not None else 0) for path, (quota, node) in places.items()}


any_operations = st.lists(_operations, max_size=25).map(lambda operations: [*_seed, *operations])
many = settings(max_examples=80)


@many
@given(any_operations)
def test_old_roots_never_change(operations: list[Operation]) -> None:
    """However much is done afterwards, each root that was kept is as it was."""
    made = draft()
    kept = []
    for operation in operations:
        attempt(made, operation)
        kept.append((made.root, picture(made.root)))
    assert all(picture(root) == taken for root, taken in kept)


@many
@given(any_operations)
def test_weights_stay_right(operations: list[Operation]) -> None:
    """After any operations, each node weighs itself and all below it."""
    made = draft()
    for operation in operations:
        attempt(made, operation)
    assert all(node.weight == sum(own_weight(below) for _, below in walk(node, ())) for _, node in walk(made.root, ()))


@many
@given(any_operations)
def test_locks_stay_known(operations: list[Operation]) -> None:
    """After any operations, the root is locked if and only if there is a lock anywhere."""
    made = draft()
    for operation in operations:
        attempt(made, operation)
    assert made.root.locked is any(node.locks for _, node in walk(made.root, ()))


@many
@given(any_operations)
def test_what_is_refused_leaves_the_very_state(operations: list[Operation]) -> None:
    """An operation that could not be done in its savepoint left nothing, not even a serial number."""
    made = draft()
    refused = []
    for operation in operations:
        before = made.state
        if not attempt(made, operation):
            refused.append(made.state is before)
    assert all(refused)


@many
@given(any_operations)
@example([*_seed, ("set", ("a",), "a rather long value")])
def test_no_quota_is_ever_outgrown(operations: list[Operation]) -> None:
    """A place over its limit was over it when it got it, and has not grown since."""
    made = draft()
    grown = []
    for operation in operations:
        before = limits(made)
        attempt(made, operation)
        after = limits(made)
        grown += [path for path in after if path in before and after[path][1] > max(after[path][0], before[path][1])]
    assert grown == []


@many
@given(any_operations, any_operations)
def test_any_operations_are_undone_by_their_savepoint(first: list[Operation], then: list[Operation]) -> None:
    """Whatever was done within it, an uncommitted savepoint leaves the very state it began with."""
    made = draft()
    for operation in first:
        attempt(made, operation)
    before = made.state
    with made.savepoint():
        for operation in then:
            attempt(made, operation)
    assert made.state is before


@many
@given(any_operations, _paths, st.integers(1, 30))
def test_there_is_room_if_and_only_if_it_can_be_put(operations: list[Operation], path: Path, size: int) -> None:
    """``has_room`` says beforehand what ``put_content`` of something new would say."""
    made = draft()
    for operation in operations:
        attempt(made, operation)
    if not isinstance(made.find(path[:-1]), Collection) or made.find(path) is not None:
        return
    room = made.has_room(path, size)
    assert attempt(made, ("put", path, "x" * size)) is room


def test_a_deep_tree_takes_a_write_at_its_bottom() -> None:
    """10,000 levels down, content can be put and counts at the root."""
    root = new_collection(0.0)
    for _ in range(10_000):
        root = _around(root)
    made = Draft(State(root), NOW)
    made.put_content((*("a",) * 10_000, "doc"), b"12345", "text/plain")
    assert made.root.weight == 5


def _around(inner: Collection) -> Collection:
    outer = draft()
    outer.replace(("a",), inner)
    return outer.root


def test_a_deep_tree_is_undone_at_once() -> None:
    """A savepoint on 10,000 levels gives the very state back."""
    root = new_collection(0.0)
    for _ in range(10_000):
        root = _around(root)
    made = Draft(State(root), NOW)
    with made.savepoint():
        made.delete(("a",))
    assert made.state.root is root


@pytest.mark.parametrize("verb", ["put", "collection", "set", "remove", "delete", "lock", "unlock", "limit"])
def test_every_operation_can_be_undone(verb: str) -> None:
    """Each kind of write, done to /a/b and undone, leaves the very state."""
    made = filled()
    before = made.state
    with made.savepoint():
        carry_out(made, (verb, ("a", "b"), "x"))
    assert made.state is before
