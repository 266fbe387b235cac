"""``If`` headers with very many lists, on deep paths: each resource is looked at once, and hints stay short."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dav424.core.message import Request
from dav424.dav import if_header
from dav424.store.draft import Draft
from tests.client import Client
from tests.conftest import Served
from tests.effort import calls
from tests.methods.microsoft.test_b_methods import targets
from tests.trees import XML, scenario


@pytest.fixture
def served(serve: Callable[[str], Served]) -> Served:
    """A document below some collections."""
    return serve(scenario("/a/b/c/f=1"))


def draft_of(served: Served) -> Draft:
    return Draft(served.world.state, 0.0)


@pytest.mark.parametrize("tagged", [False, True])
def test_a_list_costs_the_same_on_any_path(served: Served, *, tagged: bool) -> None:
    """The resource is found once for all lists, and not once for each."""

    def work(path: tuple[str, ...], number: int) -> int:
        header = (f"</{'/'.join(path)}> " if tagged else "") + "(<urn:x>)" * number
        lists = if_header.parse(Request("PUT", path, headers={"if": header}))
        draft = Draft(served.world.state, 0.0)
        return calls(lambda: if_header.any_holds(lists, draft))

    def for_a_list(path: tuple[str, ...]) -> int:
        return work(path, 200) - work(path, 100)

    assert for_a_list(("a", "b", "c", "f")) <= 1.1 * for_a_list(("a",))


def test_the_hint_is_found_among_the_first_lists(served: Served) -> None:
    """412 names the list that would hold for another resource."""
    etag = served.client("GET", "/a/b/c/f").headers["ETag"]
    answer = served.client("PUT", "/a/b/c/g", "new", {"If": f"([{etag}])"})
    assert answer.status == 412
    assert b"This list would hold" in answer.body


def test_a_deep_path_is_looked_at_once(served: Served) -> None:
    """A tag with a path of 30,000 segments, and 50,000 lists, get their answer."""
    sent = {"Destination": "{base}/g", "If": f"<{{base}}{'/a' * 30_000}> {'(<urn:x>)' * 50_000}"}
    assert served.client("COPY", "/a/b/c/f", "", sent).status == 412


def many(served: Served) -> Client:
    """Put a thousand documents there."""
    for number in range(20):
        assert served.client("PUT", f"/a/n{number}", "x").status == 201
    return served.client


def test_too_many_conditions_for_all_targets_are_413(served: Served) -> None:
    """Each list is evaluated for each target: together at most a million."""
    client = many(served)
    body = f'<D:delete xmlns:D="DAV:">{targets(*[f"n{number}" for number in range(20)])}</D:delete>'
    held = "(Not <urn:x>)"
    assert client("BDELETE", "/a/", body, {**XML, "If": held * 50_001}).status == 413
    assert client("GET", "/a/n0").status == 200
    assert client("BDELETE", "/a/", body, {**XML, "If": held * 100}).status in {200, 204}


def test_too_many_instructions_for_all_targets_are_413(served: Served) -> None:
    """The same holds for the properties of a BPROPPATCH."""
    client = many(served)
    inside = f"<D:set><D:prop>{'<u:a/>' * 50_001}</D:prop></D:set>"
    named = targets(*[f"n{number}" for number in range(20)])
    body = f'<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u">{named}{inside}</D:propertyupdate>'
    assert client("BPROPPATCH", "/a/", body, XML).status == 413
