"""The explanation of an exchange for a reader: as text, or as an HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from dav424.core.reason_phrases import reason
from dav424.journal.report import ActionResult, ExchangeReport, MessagePart

MOST_SHOWN = 200
"""The maximum number of actions, and of parts, that are shown one by one."""
MOST_NAMED = 8
"""The maximum number of causes that are shown for one action."""
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:light-dark(#1b1b1b,#eee);background:light-dark(#fff,#161616)}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid light-dark(#ccc,#555)}pre{background:light-dark(#f3f3f3,#262626);padding:1rem;overflow-x:auto;white-space:pre-wrap}"
    ".failed{color:light-dark(#a40000,#ff9b91)}.failed-dependency{color:light-dark(#7a4b00,#f0c060)}"
    ".done{color:light-dark(#22591f,#8fd98a)}code{overflow-wrap:anywhere}"
)


def as_text(exchange: ExchangeReport) -> str:
    """Write an exchange as text: the request, the result of each action with its reasons, and a command to replay it."""
    lines = [f"Exchange {exchange.number}, {exchange.at}: {_headline(exchange)}", "", *_results(exchange)]
    for part in exchange.parts[:MOST_SHOWN]:
        lines += ["", f"  Part {part.place}: {_headline(part)}", *(f"  {line}" for line in _results(part))]
    if len(exchange.parts) > MOST_SHOWN:
        lines += ["", f"  and {len(exchange.parts) - MOST_SHOWN} more parts"]
    return "\n".join([*lines, "", "Replay:", "", exchange.curl, ""])


def _headline(exchange: ExchangeReport) -> str:
    user = f" by {exchange.user}" if exchange.user else ""
    dialect = f" in dialect {exchange.dialect}" if exchange.dialect else ""
    return f"{exchange.method} {exchange.target}{user}{dialect} -> {exchange.status} {exchange.reason}"


def _results(exchange: ExchangeReport) -> Iterator[str]:
    """Write the notes and the results, indented."""
    yield from (f"  accepted although malformed: {note}" for note in exchange.notes)
    yield from (
        f"  on the way to the client, the fault {fault.id} ({fault.kind}) {fault.did}" for fault in exchange.faults
    )
    if exchange.refused is not None:
        yield f"  refused as a whole: {exchange.refused.status} {exchange.reason}"
        yield from _reasons(exchange.refused, exchange)
    for action in exchange.facts[:MOST_SHOWN]:
        yield f"  {action.position}  {action}"
        yield from _reasons(action, exchange)
    if len(exchange.facts) > MOST_SHOWN:
        yield f"  and {len(exchange.facts) - MOST_SHOWN} more"


def _reasons(action: ActionResult, exchange: ExchangeReport) -> Iterator[str]:
    """Write why an action has its result, a line for each sentence, indented."""
    for sentence in _sentences(action, exchange):
        yield f"       {sentence}"


def _sentences(action: ActionResult, exchange: ExchangeReport) -> Iterator[str]:
    if action.detail:
        yield action.detail if action.rule else f"{action.detail} ({action.section})"
    for position in action.causes[:MOST_NAMED]:
        yield f"because of {position}: {exchange.facts[position]}"
    if len(action.causes) > MOST_NAMED:
        yield "and of more failures"
    if action.cause is not None:
        yield f"cause {action.cause} ({action.kind})"
    if action.rule:
        yield f"{action.rule} ({action.section})"


def as_html(exchange: ExchangeReport) -> str:
    """Write an exchange as an HTML page that needs no other file."""
    parts = "".join(
        f"<h2>Part {part.place}: {escape(_headline(part))}</h2>\n{_table(part)}\n"
        for part in exchange.parts[:MOST_SHOWN]
    )
    notes = "".join(f"<p>Accepted although malformed: {escape(note)}</p>" for note in exchange.notes)
    dialect = f" in dialect {escape(exchange.dialect)}" if exchange.dialect else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Exchange {exchange.number}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><main><h1>{escape(f'{exchange.method} {exchange.target}')}</h1>\n"
        f"<p>Exchange {exchange.number}, {escape(exchange.at)}: {exchange.status} {escape(exchange.reason)}{dialect}</p>\n"
        f"{notes}{_faults(exchange)}\n"
        f"{_table(exchange)}\n{parts}{_more(exchange.parts)}"
        f"<h2>Replay</h2><pre>{escape(exchange.curl)}</pre>\n"
        f"<h2>Response</h2><pre>{escape(_response(exchange, exchange.answer))}</pre>{_sent(exchange)}</main></body></html>\n"
    )


def _faults(exchange: ExchangeReport) -> str:
    return "".join(
        f"<p>On the way to the client, the fault <code>{escape(fault.id)}</code> ({escape(fault.kind)}) {escape(fault.did)}.</p>"
        for fault in exchange.faults
    )


def _sent(exchange: ExchangeReport) -> str:
    """Show the response that the client got, if faults have changed it."""
    if exchange.sent is None:
        return ""
    return f"<h2>Response as the faults left it</h2><pre>{escape(_response(exchange, exchange.sent))}</pre>"


def _response(exchange: ExchangeReport, answer: MessagePart) -> str:
    """Write the response: its status line, its headers, and its body as far as the journal has it."""
    head = [f"HTTP/1.1 {exchange.status} {exchange.reason}", *(f"{name}: {value}" for name, value in answer.headers)]
    body = "(streamed, so the journal does not have it)" if answer.streamed else answer.body
    return "\n".join([*head, "", body])


def _table(exchange: ExchangeReport) -> str:
    refused = [exchange.refused] if exchange.refused is not None else []
    actions = [*refused, *exchange.facts[:MOST_SHOWN]]
    if not actions:
        return "<p>No changes requested.</p>"
    rows = "".join(_row(action, exchange) for action in actions)
    heading = "<tr><th></th><th>Action</th><th>Result</th><th>Reason</th></tr>"
    return f"<table>{heading}{rows}</table>{_more(exchange.facts)}"


def _more(items: Sequence[object]) -> str:
    return f"<p>and {len(items) - MOST_SHOWN} more</p>" if len(items) > MOST_SHOWN else ""


def _row(action: ActionResult, exchange: ExchangeReport) -> str:
    number = "" if action.position < 0 else str(action.position)
    condition = f"<br><code>{escape(action.condition)}</code>" if action.condition else ""
    reasons = "<br>".join(escape(sentence) for sentence in _sentences(action, exchange))
    result = f"{action.status} {escape(reason(action.status))}{condition}"
    return (
        f"<tr><td>{number}</td><td><code>{escape(action.what())}</code></td>"
        f'<td class="{action.outcome}">{result}</td><td>{reasons}</td></tr>'
    )
