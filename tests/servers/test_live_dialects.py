"""The same conversations with a real server and with ours in its dialect: the answers are the same, but for a table."""

from __future__ import annotations

import re

import pytest
from msgspec import structs

from tests.conftest import OneServer
from tests.dialects.compare import Element
from tests.servers.conftest import started_or_skipped
from tests.servers.conversations import CONVERSATIONS, IN_A_CALENDAR
from tests.servers.differences import DIFFERENCES
from tests.servers.talk import talk

LIVE = ["apache", "lighttpd", "nginx", "tomcat", "cyrus", "go", "wsgidav", "xandikos", "zope", "nephele"]
"""The servers with a dialect of their own. sabre/dav is not one: the dialect is of 4.7, and Debian has 1.8."""
CALENDARS = ["cyrus-calendar", "radicale-calendar", "xandikos-calendar"]
"""The calendars of servers with a dialect, which have conversations of their own."""
Answers = dict[str, tuple[list[object], list[object]]]


@pytest.fixture(scope="module", params=[*LIVE, *CALENDARS])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, one_server: OneServer) -> Answers:
    """What a server and ours answered in all conversations, by the name of each step."""
    what: str = request.param
    name, _, calendar = what.partition("-")
    conversations, make = (IN_A_CALENDAR, "MKCALENDAR") if calendar else (CONVERSATIONS, "MKCOL")
    served = one_server.serve("")
    ours = served.url.replace(f"/{served.space.name}/", f"/{served.space.name}~{name}!/")
    found: Answers = {}
    with started_or_skipped(name, tmp_path_factory.mktemp(name) / "place") as real:
        url = (real.calendars if calendar else real.url) or ""
        for conversation, steps in conversations.items():
            theirs = talk(url, conversation, steps, real.headers, make)
            for number, (step, *both) in enumerate(
                zip(steps, theirs, talk(ours, conversation, steps, {}, make), strict=True), 1
            ):
                found[f"{what} {conversation} {number} {step.method} {step.path}"] = (_settled(name, both[0]), both[1])
    one_server.remove(served)
    return found


def _settled(name: str, answer: list[object]) -> list[object]:
    """Apache marks the entity-tag of a resource as weak in the first second of its life; ours is what it has later."""
    if name != "apache":
        return answer
    return [_strong(each) for each in answer]


def _strong(part: object) -> object:
    if isinstance(part, Element) and part.text == "weak":
        return structs.replace(part, text="strong")
    return "ETag: strong" if part == "ETag: weak" else part


def test_the_answers_are_the_same(answers: Answers) -> None:
    """All that the table does not name."""
    others = {step: both for step, both in answers.items() if not any(re.match(each, step) for each in DIFFERENCES)}
    differing = {step: {"real": real, "ours": ours} for step, (real, ours) in others.items() if real != ours}
    assert differing == {}
    assert len(others) > len(answers) * 3 / 5


def test_each_difference_is_there(answers: Answers) -> None:
    """No step that the table names has become the same."""
    named = {step: both for step, both in answers.items() if any(re.match(each, step) for each in DIFFERENCES)}
    assert [step for step, (real, ours) in named.items() if real == ours] == []


def test_each_row_names_a_server() -> None:
    """The patterns begin with the name of a server that is compared."""
    for pattern in DIFFERENCES:
        assert any(re.search(rf"\b{name}\b", pattern) for name in [*LIVE, *CALENDARS]), pattern
