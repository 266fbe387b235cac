"""For test suites: a server in this process, a space for each test, and the outcomes of each request.

    with Server() as server:
        space = server.space("proppatch-protected")
        client.proppatch(space.url + "report.txt", ...)
        assert space.journal.last.outcomes["report.txt", "{DAV:}getetag"].status == 403

``Server.at(url)`` does the same with a server that runs in another process. ``scenarios()`` needs no server.
"""

from dav424.journal.report import ActionResult, MessagePart, OutcomeName
from dav424.testing.admin import AdminError
from dav424.testing.journal import Exchange, Journal, Key, Outcomes
from dav424.testing.make_space import MakeSpace
from dav424.testing.matchers import Expected, assert_outcomes, assert_unchanged
from dav424.testing.scenario_data import PreparedRequest, ScenarioData, ScenarioRequest, scenarios
from dav424.testing.server import Server
from dav424.testing.space import Space

__all__ = [
    "ActionResult",
    "AdminError",
    "Exchange",
    "Expected",
    "Journal",
    "Key",
    "MakeSpace",
    "MessagePart",
    "OutcomeName",
    "Outcomes",
    "PreparedRequest",
    "ScenarioData",
    "ScenarioRequest",
    "Server",
    "Space",
    "assert_outcomes",
    "assert_unchanged",
    "scenarios",
]
