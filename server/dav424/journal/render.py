"""An exchange, explained to people: as text, or as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from dav424.journal.report import ActionResult, ExchangeReport

MOST_SHOWN = 200
"""How many actions are shown one by one."""
MOST_NAMED = 8
"""How many causes of one action are."""
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid #ccc}pre{background:#f3f3f3;padding:1rem;overflow-x:auto;white-space:pre-wrap}"
    ".failed{color:#a40000}.failed-dependency{color:#7a4b00}.done{color:#22591f}code{overflow-wrap:anywhere}"
)


def as_text(told: ExchangeReport) -> str:
    """Write an exchange as text: what was asked, what came of each action and why, and how to ask it again."""
    lines = [f"Exchange {told.number}, {told.at}: {_headline(told)}", "", *_lines(told)]
    for part in told.parts[:MOST_SHOWN]:
        lines += ["", f"  Within it: {_headline(part)}", *(f"  {line}" for line in _lines(part))]
    if len(told.parts) > MOST_SHOWN:
        lines += ["", f"  and {len(told.parts) - MOST_SHOWN} more within it"]
    return "\n".join([*lines, "", "Ask it again:", "", told.curl, ""])


def _headline(told: ExchangeReport) -> str:
    who = f" by {told.user}" if told.user else ""
    return f"{told.method} {told.target}{who} -> {told.status} {told.reason}"


def _lines(told: ExchangeReport) -> Iterator[str]:
    """Say what came of it, indented."""
    yield from (f"  let pass: {note}" for note in told.notes)
    if told.refused is not None:
        yield f"  refused as a whole: {told.refused.status} {told.reason}"
        yield from _reasons(told.refused, told)
    for fact in told.facts[:MOST_SHOWN]:
        yield f"  {fact.position}  {fact}"
        yield from _reasons(fact, told)
    if len(told.facts) > MOST_SHOWN:
        yield f"  and {len(told.facts) - MOST_SHOWN} more"


def _reasons(fact: ActionResult, told: ExchangeReport) -> Iterator[str]:
    """Say why, a line each, indented."""
    for sentence in _sentences(fact, told):
        yield f"       {sentence}"


def _sentences(fact: ActionResult, told: ExchangeReport) -> Iterator[str]:
    if fact.detail:
        yield fact.detail
    for position in fact.causes[:MOST_NAMED]:
        yield f"because of {position}: {told.facts[position]}"
    if len(fact.causes) > MOST_NAMED:
        yield "and of others"
    if fact.cause is not None:
        yield f"cause {fact.cause} ({fact.kind})"
    if fact.rule:
        yield f"{fact.rule} ({fact.section})"


def as_html(told: ExchangeReport) -> str:
    """Write an exchange as a page that needs nothing else."""
    parts = "".join(
        f"<h2>Within it: {escape(_headline(part))}</h2>\n{_table(part)}\n" for part in told.parts[:MOST_SHOWN]
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Exchange {told.number}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{escape(f'{told.method} {told.target}')}</h1>\n"
        f"<p>Exchange {told.number}, {escape(told.at)}: {told.status} {escape(told.reason)}</p>\n"
        f"{''.join(f'<p>Let pass: {escape(note)}</p>' for note in told.notes)}\n"
        f"{_table(told)}\n{parts}{_more(told.parts)}"
        f"<h2>Ask it again</h2><pre>{escape(told.curl)}</pre>\n"
        f"<h2>The answer</h2><pre>{escape(told.answer.body)}</pre></body></html>\n"
    )


def _table(told: ExchangeReport) -> str:
    facts = ([told.refused] if told.refused is not None else []) + list(told.facts[:MOST_SHOWN])
    if not facts:
        return "<p>Nothing was to be changed.</p>"
    rows = "".join(_row(fact, told) for fact in facts)
    heading = "<tr><th></th><th>action</th><th>came of it</th><th>why</th></tr>"
    return f"<table>{heading}{rows}</table>{_more(told.facts)}"


def _more(found: Sequence[object]) -> str:
    return f"<p>and {len(found) - MOST_SHOWN} more</p>" if len(found) > MOST_SHOWN else ""


def _row(fact: ActionResult, told: ExchangeReport) -> str:
    number = "" if fact.position < 0 else str(fact.position)
    condition = f"<br><code>{escape(fact.condition)}</code>" if fact.condition else ""
    why = "<br>".join(escape(sentence) for sentence in _sentences(fact, told))
    return (
        f"<tr><td>{number}</td><td><code>{escape(fact.what())}</code></td>"
        f'<td class="{fact.outcome}">{fact.status} {fact.outcome.replace("-", " ")}{condition}</td><td>{why}</td></tr>'
    )
