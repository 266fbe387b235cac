"""The facts that the modules of the methods state, and what follows from them."""

from __future__ import annotations

import pytest

from dav424.app import App
from dav424.core.http_methods import SERVED
from dav424.core.message import Request
from dav424.dav.allowed_methods import allowed_methods
from dav424.methods import METHOD_FACTS, METHODS, post
from dav424.scenario.answers_checks import IN_STEPS, WHOLE
from dav424.scenario.model import Scenario
from dav424.spine.handle import handle
from dav424.spine.method import MethodChoice, not_served
from dav424.store.tree import Derived, Node, new_collection, new_document

SAFE = {"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"}
RESOURCE = {*SAFE, "PROPPATCH", "DELETE", "COPY", "MOVE", "LOCK", "UNLOCK"}
MEMBERS = {"ORDERPATCH", "BPROPPATCH", "BPROPFIND", "BDELETE", "BCOPY", "BMOVE", "POST"}
DERIVED = Derived(b"", "text/plain", '"1"', created=0.0, modified=0.0)


def test_every_method_states_its_facts() -> None:
    """Under the name by which the server finds its module."""
    assert list(METHOD_FACTS) == list(METHODS)


def test_the_safe_methods_are_those_of_the_rfcs() -> None:
    """RFC 9110 9.2.1, RFC 4918 9.1, RFC 3253 3.6."""
    assert {name for name, facts in METHOD_FACTS.items() if facts.safe} == SAFE


@pytest.mark.parametrize(
    ("node", "allowed"),
    [
        (new_document(b"", "text/plain", '"1"', 0.0), {*RESOURCE, "PUT"}),
        (DERIVED, RESOURCE),
        (new_collection(0.0), {*RESOURCE, *MEMBERS}),
        (None, {"OPTIONS", "PUT", "MKCOL", "MKCALENDAR", "LOCK"}),
    ],
    ids=["document", "derived", "collection", "unmapped"],
)
def test_the_kind_of_a_resource_decides_which_methods_it_allows(node: Node | None, allowed: set[str]) -> None:
    """A derived document allows no PUT, and an unmapped URL those that make a resource."""
    assert set(allowed_methods(METHOD_FACTS, ("a",), node)) == allowed


@pytest.mark.parametrize("path", [("$batch",), ("v1.0", "$batch")])
def test_post_is_allowed_where_batches_go(path: tuple[str, ...]) -> None:
    """No resource has to be there."""
    assert "POST" in allowed_methods(METHOD_FACTS, path, None)


@pytest.mark.parametrize(("name", "status"), [("TRACE", 405), ("PATCH", 405), ("BREW", 501)])
def test_a_method_without_a_module_is_refused(name: str, status: int) -> None:
    """RFC 9110 9.1: 501 if the server does not know the method, 405 if it knows it and no resource allows it."""
    assert not_served(name).status == status


def test_the_names_of_methods_that_other_rooms_write_are_those_of_the_table() -> None:
    """The checks of scenario files can't read the table, so they have lists of their own."""
    assert set(METHODS) == SERVED
    reaching = {name: facts for name, facts in METHOD_FACTS.items() if facts.reaches_members and not facts.safe}
    assert {name for name, facts in reaching.items() if facts.atomicity == "whole"} == {*WHOLE}
    assert {name for name, facts in reaching.items() if facts.atomicity == "steps"} == {*IN_STEPS}


@pytest.mark.parametrize("space", ["default", "other"])
def test_the_list_of_the_scenarios_allows_safe_methods_alone(space: str) -> None:
    """In a named space too, and ``DAV:supported-method-set`` says so."""
    app = App({"t": lambda: Scenario(title="t")})
    served = app.spaces.touch(space)
    body = b'<D:propfind xmlns:D="DAV:"><D:prop><D:supported-method-set/></D:prop></D:propfind>'
    request = Request("PROPFIND", (), True, {"depth": "0"}, body, served.base_path)
    response, _ = handle(METHODS["PROPFIND"], request, served.index())
    assert isinstance(response.body, bytes)
    assert {name for name in METHODS if f'name="{name}"'.encode() in response.body} == SAFE


def test_post_is_allowed_where_its_handlers_are() -> None:
    """The facts are known before the handlers are imported, and are those of all of them."""
    facts = [each.FACTS["POST"] for each in (*post.BATCH_FORMATS, *post.BY_TYPE.values(), *post.BY_ROOT.values())]
    assert METHOD_FACTS["POST"].allowed_on == frozenset().union(*(each.allowed_on for each in facts))
    assert METHOD_FACTS["POST"].allowed_at == frozenset().union(*(each.allowed_at for each in facts))


@pytest.mark.parametrize("name", METHODS)
def test_each_method_has_its_module(name: str) -> None:
    """The table leads to what plans and answers it, or chooses that."""
    method = METHODS[name]
    assert list(method.FACTS) == [name]
    assert callable(method.choose if isinstance(method, MethodChoice) else method.module.answer)
