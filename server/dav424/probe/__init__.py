"""A client that finds out what any WebDAV server does with a dependent failure: cases, verdicts and the bytes behind them.

    from dav424 import probe
    report = probe.run("http://127.0.0.1:8080/")
    assert not report.wrong

access     the URL, the login, and how fast requests are sent
login      Basic, Digest and bearer
exchange   one request and its answer, with the bytes of both
client     sends requests, and keeps the exchanges of a case
bodies     the XML that requests send
state      properties, locks and content, read before and after
place      the collection in which one case works
verdict    what a case found
judging    rules that several cases share
property_cases, lock_cases, tree_cases, creation_cases    the cases; ``cases`` is their table
run        makes the scratch collection, runs the cases, and removes it
as_text, as_data, as_page   the report, for a reader and for programs

The room reads answers with ``diagnosis``, and sends requests with ``wire``. It knows nothing of the server in this package.
"""

from __future__ import annotations

from dav424.probe.access import ProbeAccess
from dav424.probe.cases import CASES
from dav424.probe.run import NotProbedError, ProbeReport, run
from dav424.probe.verdict import Found, Remark, Result

__all__ = ["CASES", "Found", "NotProbedError", "ProbeAccess", "ProbeReport", "Remark", "Result", "run"]
