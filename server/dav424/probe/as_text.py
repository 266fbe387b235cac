"""A report for a reader: a table in a terminal, Markdown for a bug report, and a page."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from html import escape

from dav424.probe.as_data import evidence
from dav424.probe.run import ProbeReport
from dav424.probe.verdict import Found, Result

Colour = Callable[[str, Found], str]
"""Gives a text in the colour of a verdict."""


def as_text(report: ProbeReport, columns: int, colour: Colour = lambda text, _: text) -> str:
    """Write a table, with a sentence for each rule that was broken, and a summary."""
    width = max((len(each.case) for each in report.results), default=0)
    lines = [f"{report.url} ({report.server or 'no Server header'})"]
    for result in report.results:
        lines.append(
            f"{result.case:{width}}  {colour(str(result.found), result.found)}: {result.title} ({result.section})"
        )
        for sentence in result.sentences:
            lines += textwrap.wrap(
                sentence,
                max(columns, 40),
                initial_indent=" " * (width + 4),
                subsequent_indent=" " * (width + 4),
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join([*lines, *summary(report)])


def summary(report: ProbeReport) -> list[str]:
    """Count the verdicts, and name the paths that are left."""
    counts = {found: sum(each.found == found for each in report.results) for found in Found}
    said = ", ".join(f"{count} {found}" for found, count in counts.items() if count)
    return [
        f"{len(report.results)} case{'s'[: len(report.results) != 1]}, {report.requests} requests: {said}",
        *(f"This could not be removed; remove it yourself: {path}" for path in report.left),
    ]


def as_markdown(report: ProbeReport) -> str:
    """Write a table, and below it the exchange of each case that is wrong or misses a SHOULD."""
    lines = [
        f"# {report.url}",
        "",
        f"Server: {report.server or 'not named'}",
        "",
        "| case | subject | section | verdict |",
        "| --- | --- | --- | --- |",
        *(f"| {each.case} | {each.title} | {each.section} | {each.found} |" for each in report.results),
        "",
        *(f"{line}\n" for line in summary(report)),
    ]
    for result in _worth_showing(report):
        lines += [f"## {result.case}: {result.title}", "", *(f"- {each}" for each in result.sentences), ""]
        lines += ["````", evidence(result), "````", ""]
    return "\n".join(lines).rstrip()


def as_html(report: ProbeReport) -> str:
    """Write a page of one file: the table, and each exchange behind its case."""
    rows = "\n".join(
        f"<tr><td>{escape(each.case)}</td><td>{escape(each.title)}</td><td>{escape(each.section)}</td>"
        f"<td>{escape(str(each.found))}</td><td>{_details(each)}</td></tr>"
        for each in report.results
    )
    said = "".join(f"<p>{escape(line)}</p>" for line in summary(report))
    title = escape(report.url)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>dav424 probe: {title}</title>'
        "<style>body{font-family:sans-serif}td,th{text-align:left;vertical-align:top;padding:.3em .6em}</style></head>\n"
        f"<body><h1>{title}</h1><p>Server: {escape(report.server or 'not named')}</p>{said}\n<table>"
        "<tr><th>Case</th><th>Subject</th><th>Section</th><th>Verdict</th><th>Remarks</th></tr>\n"
        f"{rows}</table></body></html>"
    )


def _details(result: Result) -> str:
    said = "".join(f"<li>{escape(each)}</li>" for each in result.sentences)
    remarks = f"<ul>{said}</ul>" if said else ""
    if result.shown is None:
        return remarks
    return f"{remarks}<details><summary>Exchange</summary><pre>{escape(evidence(result))}</pre></details>"


def _worth_showing(report: ProbeReport) -> list[Result]:
    return [*report.wrong, *report.missed]
