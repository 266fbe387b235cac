"""Whatever the OpenAPI document allows, and what it doesn't: no answer that it doesn't describe."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from dav424.app import App
from dav424.scenario.check import load
from dav424.server import serving

from .conftest import SCENARIOS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what others deprecate of each other
    from schemathesis.openapi import from_dict

from dav424.admin.openapi import document
from dav424.admin.routes import ROUTES

schema = from_dict(document(ROUTES))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server with some spaces, whatever is done to them."""
    sources = {name: (lambda text=text: load(text, "x.yaml")) for name, text in SCENARIOS.items()}
    app = App(sources)
    app.spaces.default.world("plain")
    with serving(app.share) as where:
        yield where
