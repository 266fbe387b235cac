"""The OpenAPI document is valid, and says what the routes do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dav424.admin.routes import ROUTES

from .conftest import Api


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = api("GET", "openapi.json").json
    return found


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    """By the specification's own schema."""
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_has_every_route_and_no_other(document: dict[str, Any]) -> None:
    """One operation each, with an id of its own and a summary."""
    operations = {
        (method.upper(), path): each for path, item in document["paths"].items() for method, each in item.items()
    }
    assert set(operations) == {(route.method, route.path) for route in ROUTES}
    assert len({each["operationId"] for each in operations.values()}) == len(ROUTES)
    assert all(each["summary"].endswith(".") for each in operations.values())


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_s_parameters_and_bodies_are_told(document: dict[str, Any], route: Any) -> None:
    """Those of the path and the query, the body it takes, and the status it answers with."""
    said = document["paths"][route.path][route.method.lower()]
    names = {(each["in"], each["name"]) for each in said["parameters"]}
    in_path = {("path", name) for name in re.findall(r"\{(\w+)\}", route.path)}
    assert names == in_path | {("query", name) for name in route.query}
    assert ("requestBody" in said) == (route.request_type is not None)
    assert str(route.status) in said["responses"]
    assert ("401" in said["responses"]) == (not route.public)


def test_the_id_of_a_cause_may_be_left_out_where_the_path_has_it(document: dict[str, Any]) -> None:
    """In PUT, and not in POST."""
    paths = document["paths"]
    put = paths["/-/spaces/{space}/causes/{cause}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert all("id" not in each["required"] for each in put["anyOf"])
    assert all("id" in document["components"]["schemas"][name]["required"] for name in ("Locked", "Quota"))
