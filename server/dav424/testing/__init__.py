"""For test suites: a server in this process, a space for each test, and the outcomes of each request.

    with Server() as server:
        space = server.space("proppatch-protected")
        client.proppatch(space.url + "report.txt", ...)
        assert space.journal.last.outcomes["report.txt", "{DAV:}getetag"].status == 403

``Server.at(url)`` does the same with a server that runs in another process.
"""

from dav424.testing.journal import Exchange, Journal, Outcomes
from dav424.testing.matchers import assert_outcomes, assert_unchanged
from dav424.testing.server import Server
from dav424.testing.space import AdminError, Space

__all__ = [
    "AdminError",
    "Exchange",
    "Journal",
    "Outcomes",
    "Server",
    "Space",
    "assert_outcomes",
    "assert_unchanged",
]
