"""The faults of the bundled dialects: the probe finds each one, and a sentence names what it does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct

from dav424 import probe
from dav424.dialects.faults import FAULTS
from dav424.dialects.library import Dialects
from dav424.dialects.trait import Trait
from dav424.testing import Server
from tests.probe.planted import PLANTED

NAMED = {
    "preconditions": r"The precondition is false, but the document is overwritten\.",
    "if-header": r"The precondition is false, but the document is overwritten\.",
    "locks-ignored": r"The request can't be done as a whole, but A was absent, and is 'new'\.",
    "member-locks-ignored": (
        r"The locked resource is gone\.|The content of the locked resource was 'old'|over a lock that conflicts with it"
    ),
    "protected-properties": r"The server reports success, but \w+ has not changed\.",
    "failed-proppatch": r"The request can't be done as a whole, but displayname was absent, and is 'probe'\.",
    "failed-mkcol": r"The request failed, but the collection is there\.|The collection was made, although",
    "moved-locks": r"The lock moved with its resource\.",
    "refused-move": r"The locked member is at both places",
    "refused-delete": r"The collection is gone, although a member of it was locked\.",
    "failures-hidden": r"The server answers 200; 207 that names the locked member, or 423, is required\.",
    "minimal-failures": r"The server answers 200, as if all properties were set\.",
}
"""What the probe says of a fault. A trait that a bundled dialect newly has needs a row."""


class BundledFault(Struct, frozen=True):
    """One fault of a bundled dialect; ``part`` is the value of its trait, or one member of it, such as a method."""

    dialect: str
    trait: Trait
    part: str

    @property
    def name(self) -> str:
        """The name of the dialect that has all of the other's faults, but not this one."""
        return f"{self.dialect}-without-{self.trait.name}-{self.part}".lower()

    @property
    def cases(self) -> list[str]:
        """The cases that find such a fault."""
        found = (
            cases for (trait, value), cases in PLANTED.items() if (trait, _part(value)) == (self.trait.name, self.part)
        )
        return sorted(set[str]().union(*found))

    def without(self, value: Any) -> Any:
        """Give the value of the trait without this fault."""
        if isinstance(value, dict):
            return {member: each for member, each in value.items() if member != self.part}
        return [each for each in value if each != self.part] if isinstance(value, list) else self.trait.default


def _part(value: str) -> str:
    """Give the first word of a value that is written in YAML."""
    found = re.search(r"\w[\w-]*", value)
    assert found is not None
    return found[0]


def _values(dialect: str) -> dict[str, Any]:
    return dict(Dialects().describe(f"{dialect}!").values)


BUNDLED = [
    BundledFault(dialect, trait, part)
    for dialect in sorted(Dialects().names)
    for trait in FAULTS
    if (value := _values(dialect).get(trait.name, trait.default)) != trait.default
    for part in (value if isinstance(value, list | dict) else [value])
]
"""All faults of all bundled dialects, one by one."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the bundled dialects, and with each of them without one of its faults."""
    folder = tmp_path_factory.mktemp("dialects")
    for fault in BUNDLED:
        value = fault.without(_values(fault.dialect)[fault.trait.name])
        (folder / f"{fault.name}.yaml").write_text(
            f"title: Without one fault\nextends: {fault.dialect}\n{fault.trait.name}: {json.dumps(value)}\n"
        )
    with Server(dialects=folder) as running:
        yield running


def _sentences(server: Server, dialect: str, cases: list[str]) -> dict[str, set[str]]:
    """Give what the probe finds wrong, or only poor, in each case."""
    report = probe.run(f"{server.url}s/default~{dialect}!/playground/", only=cases)
    return {each.case: set(each.sentences) for each in (*report.wrong, *report.missed)}


@pytest.mark.parametrize("fault", BUNDLED, ids=lambda each: f"{each.dialect} {each.trait.name} {each.part}")
def test_each_fault_of_a_bundled_dialect_is_found_and_named(server: Server, fault: BundledFault) -> None:
    """The probe says what the fault does, and no longer says so if that fault alone is taken away."""
    assert fault.cases, "tests/probe/planted.py has no case that finds such a fault"
    with_it = _sentences(server, fault.dialect, fault.cases)
    without = _sentences(server, fault.name, fault.cases)
    new = {sentence for case, said in with_it.items() for sentence in said - without.get(case, set())}
    assert any(re.search(NAMED[fault.trait.name], sentence) for sentence in new), new


def test_bundled_dialects_have_faults() -> None:
    """Real servers have them, and their dialects do, too."""
    assert {"cyrus", "go", "lighttpd", "nginx", "radicale", "sabre", "tomcat", "wsgidav", "xandikos", "zope"} <= {
        each.dialect for each in BUNDLED
    }
