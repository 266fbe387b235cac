"""A report for programs: JSON and JUnit."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dav424.probe.exchange import Probed
from dav424.probe.run import ProbeReport
from dav424.probe.verdict import Found, Result

_SKIPPED = {Found.UNSUPPORTED, Found.UNTESTED}


def as_json(report: ProbeReport) -> str:
    """Write all of a report: each case with its remarks, the states and the bytes of its exchanges."""
    return json.dumps(
        {
            "url": report.url,
            "server": report.server,
            "requests": report.requests,
            "left": list(report.left),
            "results": [_result(each) for each in report.results],
        },
        indent=2,
    )


def _result(result: Result) -> dict[str, Any]:
    return {
        "case": result.case,
        "title": result.title,
        "section": result.section,
        "verdict": str(result.found),
        "remarks": [
            {"verdict": str(each.found), "sentence": each.sentence, "section": each.section} for each in result.remarks
        ],
        "why": result.why,
        "varying": list(result.varying),
        "before": dict(result.before),
        "after": dict(result.after),
        "judged": result.shown,
        "exchanges": [_exchange(each) for each in result.exchanges],
    }


def _exchange(exchange: Probed) -> dict[str, Any]:
    return {
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "sent": exchange.sent.decode("utf-8", "replace"),
        "received": exchange.received.decode("utf-8", "replace"),
    }


def as_junit(report: ProbeReport, *, strict: bool = False) -> str:
    """Write a test suite in which each case is a test; with ``strict``, a SHOULD that was missed fails it too."""
    failing = {Found.WRONG, Found.SHOULD} if strict else {Found.WRONG}
    results = report.results
    failures = sum(each.found in failing for each in results)
    skipped = sum(each.found in _SKIPPED for each in results)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuite name="dav424 probe" tests="{len(results)}" failures="{failures}" errors="0" skipped="{skipped}">',
        *(_test(each, report.url, is_failure=each.found in failing) for each in results),
        "</testsuite>",
    ]
    return "\n".join(lines)


def _test(result: Result, url: str, *, is_failure: bool) -> str:
    start = f"  <testcase classname={quoteattr(f'probe {url}')} name={quoteattr(f'{result.case} {result.title}')}"
    said = " ".join(result.sentences)
    if is_failure:
        shown = _printable(evidence(result))
        return f"{start}>\n    <failure message={quoteattr(said)}>{escape(shown)}</failure>\n  </testcase>"
    if result.found in _SKIPPED:
        return f"{start}>\n    <skipped message={quoteattr(f'{result.found}: {said}')}/>\n  </testcase>"
    return f"{start}/>"


def _printable(text: str) -> str:
    """Leave out characters that no XML can hold."""
    return "".join(each for each in text if each in "\n\t" or ord(each) >= 32)


def evidence(result: Result) -> str:
    """Write the exchange that was judged, and the states before and after it."""
    lines = []
    if result.shown is not None:
        exchange = result.exchanges[result.shown]
        lines += [_text(exchange.sent), "", _text(exchange.received), ""]
    for path, before in result.before.items():
        lines += [f"{path}", f"  before: {before}", f"  after:  {result.after.get(path, 'not read')}"]
    return "\n".join(lines)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").rstrip()
