"""The bundled dialects: where their facts come from, and that they answer."""

from __future__ import annotations

import re

import pytest

from dav424.dialects.library import Dialects
from dav424.dialects.load import FOLDER
from dav424.scenario.files import bundled_files
from tests.client import Client
from tests.conftest import OneServer

NAMES = sorted(Dialects().names)


def test_the_dialects() -> None:
    """Those that the documentation promises."""
    promised = (
        "apache cyrus exchange fastmail go lighttpd nephele nextcloud nginx owncloud radicale rfc2518 rfc4918 sabre"
    )
    assert {*promised.split(), "tomcat", "wsgidav", "xandikos", "zope"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_dialect_says_where_its_facts_come_from(name: str) -> None:
    """In one line, beside its title."""
    dialect = Dialects().describe(name)
    assert dialect.title
    assert dialect.source
    assert "\n" not in dialect.source
    files = {path.stem: path for path in bundled_files(FOLDER)}
    line = re.search(r"^source: (.*)$", files[name].read_text(), re.MULTILINE)
    assert line is not None
    assert dialect.source == line[1], "a # behind a space would begin a comment"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("faults", ["", "!"])
def test_a_dialect_answers(name: str, faults: str, one_server: OneServer) -> None:
    """A PUT, a listing and a failure, without its faults and with them."""
    served = one_server.serve("")
    client = Client(served.url.replace(f"/{served.space.name}/", f"/{served.space.name}~{name}{faults}/"))
    assert client("PUT", "/f", "content").status == 201
    assert client("PROPFIND", "/", headers={"Depth": "1"}).status == 207
    assert client("MKCOL", "/no/such/").status == 409
    one_server.remove(served)
