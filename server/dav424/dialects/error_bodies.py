"""The bodies of errors as servers in the field send them; each replaces the body of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

from dav424.core.reason_phrases import reason
from dav424.dav.multistatus import MESSAGES
from dav424.dialects.answer import ERROR, SpelledAnswer
from dav424.dialects.outcomes import first_failed
from dav424.dialects.xml_tree import XmlElement, with_text
from dav424.spine.exchange import OpenExchange

MESSAGE = f"{{{MESSAGES}}}message"
SABRE = "http://sabredav.org/ns"
_SABRE_VERSION = "4.7.1"
_EXCEPTIONS = {
    400: "BadRequest",
    401: "NotAuthenticated",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    411: "LengthRequired",
    412: "PreconditionFailed",
    415: "UnsupportedMediaType",
    416: "RequestedRangeNotSatisfiable",
    423: "Locked",
    501: "NotImplemented",
    503: "ServiceUnavailable",
    507: "InsufficientStorage",
}
_CONFLICT = "{DAV:}no-conflicting-lock"
_SUBMITTED = "{DAV:}lock-token-submitted"
_NGINX_PAGES = frozenset({400, 401, 403, 404, 405, 409, 411, 412, 413, 414, 415, 416, 429, 500, 501, 503, 504, 507})


def _detail(exchange: OpenExchange) -> str:
    failure = exchange.refused or first_failed(exchange)
    return failure.detail if failure is not None else ""


def _conditions(answer: SpelledAnswer, *names: str) -> list[XmlElement]:
    if answer.root is None:
        return []
    return [each for each in answer.all_items() if isinstance(each, XmlElement) and each.name in names]


def _none(_: OpenExchange, answer: SpelledAnswer) -> None:
    answer.say_bytes(None, b"")


def _condition(_: OpenExchange, answer: SpelledAnswer) -> None:
    """Keep the condition codes alone; without one, there is no body."""
    codes = [each for each in answer.all_items() if isinstance(each, XmlElement) and each.name != MESSAGE]
    if answer.root is None or not codes:
        answer.say_bytes(None, b"")
    else:
        answer.items, answer.declared = list(codes), {}


def _wsgidav(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Keep the condition codes, in a prefix of their own; a missing token has the condition of a conflict. Others have a page."""
    _condition(exchange, answer)
    if answer.root is None:
        title = f"{answer.status} {reason(answer.status)}"
        page = (
            '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
            "<html><head>\n  <meta http-equiv='Content-Type' content='text/html; charset=utf-8'>\n"
            f"  <title>{title}</title>\n</head><body>\n  <h1>{title}</h1>\n"
            f"  <p>{escape(_detail(exchange) or title)}</p>\n<hr/>\n</body></html>\n"
        )
        answer.say_bytes("text/html; charset=utf-8", page.encode())
        return
    answer.manner.dav = "ns0"
    for each in _conditions(answer, _SUBMITTED):
        each.name = _CONFLICT


def _phrase(_: OpenExchange, answer: SpelledAnswer) -> None:
    answer.say_bytes("text/plain; charset=utf-8", reason(answer.status).encode())


def _apache(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    title, phrase = f"{answer.status} {reason(answer.status)}", reason(answer.status)
    page = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n'
        f"<html><head>\n<title>{title}</title>\n</head><body>\n<h1>{phrase}</h1>\n"
        f"<p>{escape(_detail(exchange) or phrase)}</p>\n</body></html>\n"
    )
    answer.say_bytes("text/html; charset=iso-8859-1", page.encode("iso-8859-1", "xmlcharrefreplace"))


def _tomcat(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    title = f"HTTP Status {answer.status} \N{EN DASH} {reason(answer.status)}"
    page = (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head><body><h1>{title}</h1><hr class="line" />'
        "<p><b>Type</b> Status Report</p>"
        f"<p><b>Description</b> {escape(_detail(exchange) or reason(answer.status))}</p>"
        '<hr class="line" /><h3>Apache Tomcat</h3></body></html>'
    )
    answer.say_bytes("text/html;charset=utf-8", page.encode())


def _lighttpd(_: OpenExchange, answer: SpelledAnswer) -> None:
    """Write XHTML; a lock that conflicts with another one keeps its condition."""
    conflicts = _conditions(answer, _CONFLICT)
    if conflicts:
        answer.items = list(conflicts)
        return
    title = f"{answer.status} {reason(answer.status)}"
    page = (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n'
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"\n'
        '         "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n'
        f" <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    )
    answer.say_bytes("text/html", page.encode())


def _nginx(_: OpenExchange, answer: SpelledAnswer) -> None:
    """Write a page of HTML for the statuses that nginx has one for; 423 has none."""
    if answer.status not in _NGINX_PAGES:
        answer.say_bytes(None, b"")
        return
    title = f"{answer.status} {reason(answer.status)}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    answer.say_bytes("text/html", page.encode())


def _zope(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    page = (
        '<!DOCTYPE html>\n<html>\n<head>\n<title>Site Error</title>\n<meta charset="utf-8" />\n</head>\n'
        '<body bgcolor="#FFFFFF">\n<h2>Site Error</h2>\n'
        f"<p>{escape(_detail(exchange) or reason(answer.status))}</p>\n</body></html>\n"
    )
    answer.say_bytes("text/html;charset=utf-8", page.encode())


def _nephele(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    detail = _detail(exchange) or reason(answer.status)
    body = {"code": answer.status, "message": detail, "errorMessage": detail, "error": {}}
    answer.say_bytes("application/json; charset=utf-8", json.dumps(body, separators=(",", ":")).encode())


def _sabre(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Name an exception, and keep the condition for a lock token that was not submitted."""
    _say_sabre(answer, _sabre_items(exchange, answer))


def _sabre_1(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Do the same as version 1.8, which names itself behind the message."""
    _, exception, message, *conditions = _sabre_items(exchange, answer)
    _say_sabre(answer, [exception, message, with_text(f"{{{SABRE}}}sabredav-version", "1.8.12"), *conditions])


def _say_sabre(answer: SpelledAnswer, items: list[XmlElement]) -> None:
    answer.say(answer.status, ERROR, items)
    answer.declared = {"s": SABRE}


def _sabre_items(exchange: OpenExchange, answer: SpelledAnswer) -> list[XmlElement]:
    conditions = _conditions(answer, _SUBMITTED, _CONFLICT)
    message = "" if answer.status == 423 else _detail(exchange)
    return [
        with_text(f"{{{SABRE}}}sabredav-version", _SABRE_VERSION),
        with_text(f"{{{SABRE}}}exception", f"Sabre\\DAV\\Exception\\{_EXCEPTIONS.get(answer.status, 'Exception')}"),
        with_text(f"{{{SABRE}}}message", message),
        *conditions,
    ]


def _cyrus(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Keep the condition codes; without one, there is a page of HTML, but none for a precondition."""
    _condition(exchange, answer)
    if answer.root is None and answer.status != 412:
        answer.say_bytes("text/html; charset=utf-8", _page(exchange, answer.status).encode())


def _page(exchange: OpenExchange, status: int) -> str:
    title = f"{status} {reason(status)}"
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">'
        f"<html><head><title>{title}</title></head><body><h1>{reason(status)}</h1>"
        f"<p>{escape(_detail(exchange) or reason(status))}</p><hr></body></html>\n"
    )


def _xandikos(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Say a sentence without a type of text; a refused method or precondition has none, but for a COPY or MOVE."""
    silent = answer.status in (405, 409, 412) and exchange.request.method not in ("COPY", "MOVE")
    detail = "" if silent else _detail(exchange) or reason(answer.status)
    answer.say_bytes("application/octet-stream" if detail else None, detail.encode())


BODIES: dict[str, Callable[[OpenExchange, SpelledAnswer], None]] = {
    "none": _none,
    "condition": _condition,
    "phrase": _phrase,
    "apache": _apache,
    "tomcat": _tomcat,
    "lighttpd": _lighttpd,
    "nginx": _nginx,
    "zope": _zope,
    "nephele": _nephele,
    "sabre": _sabre,
    "sabre-1": _sabre_1,
    "wsgidav": _wsgidav,
    "cyrus": _cyrus,
    "xandikos": _xandikos,
}
"""The changes of an answer, by the values of the trait ``error-body``."""
