"""Which paths lead to one world: those that differ in the dialect of their space alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dav424.core.paths import Path
from dav424.core.space_names import path_in_world

SEGMENT = st.sampled_from(["s", "a", "b", "default", "test", "a~x"])
MOUNT = st.sampled_from([(), ("dav",), ("s", "dav")])
DIALECT = st.sampled_from(["", "~apache", "~sabre!"])


@given(MOUNT, st.sampled_from(["a", "b.c"]), DIALECT, DIALECT, st.lists(SEGMENT).map(tuple))
def test_a_dialect_changes_no_world(mount: Path, space: str, own: str, other: str, path: Path) -> None:
    """Below any mount, each spelling of a named space leads to the same resource."""
    assert path_in_world((*mount, "s", space + own, "test", *path), (*mount, "s", space + other, "test")) == path


@given(MOUNT, DIALECT, DIALECT, st.lists(SEGMENT).map(tuple))
def test_the_default_space_needs_no_name(mount: Path, own: str, other: str, path: Path) -> None:
    """It is named only to name a dialect."""

    def base(dialect: str) -> Path:
        return (*mount, "s", f"default{dialect}", "test") if dialect else (*mount, "test")

    assert path_in_world((*base(own), *path), base(other)) == path


@given(st.sampled_from(["a", "a~apache"]), st.sampled_from(["b", "b~apache", "default~apache", "aa", "A"]))
def test_another_space_is_another_world(own: str, other: str) -> None:
    """So are another scenario, and the default space."""
    base = ("s", own, "test")
    assert path_in_world(("s", other, "test", "f"), base) is None
    assert path_in_world(("s", own, "other", "f"), base) is None
    assert path_in_world(("test", "f"), base) is None
    assert path_in_world(("s", own), base) is None
