"""The order of members against a plain list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dav424.store.ordering import Order, Position, ranked

NAMES = "abcde"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "first", "last", "before", "after"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    ),
    max_size=30,
)


@given(STEPS)
def test_an_order_is_a_list(steps: list[tuple[str, str, str]]) -> None:
    """Whatever comes, goes or changes places, the names come as in a list that was treated alike."""
    order, names = Order("DAV:custom"), []
    for step, name, other in steps:
        if step == "add":
            order = order.added(name)
            names += [name] if name not in names else []
        elif step == "remove":
            order = order.removed(name)
            names = [each for each in names if each != name]
        elif name in names and (step in ("first", "last") or (other in names and other != name)):
            order = order.moved(name, Position(step, other if step in ("before", "after") else ""))
            names.remove(name)
            place = {"first": 0, "last": len(names)}.get(step)
            names.insert(names.index(other) + (step == "after") if place is None else place, name)
        assert order.sorted(set(names)) == names


def test_names_that_are_left_keep_their_order() -> None:
    """What a partial copy takes along."""
    assert ranked("DAV:custom", "dbca").only("abx").sorted("ab") == ["b", "a"]


def test_names_without_a_rank_come_last_by_name() -> None:
    """There are none, but nothing would be lost."""
    assert ranked("DAV:custom", "c").sorted("bca") == ["c", "a", "b"]
