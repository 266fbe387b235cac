"""The answer to a PROPFIND of a URL that no resource has."""

from __future__ import annotations

from functools import partial
from typing import Literal

from dav424.dialects.answer import MULTISTATUS, Item, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import in_own_words, own_url
from dav424.dialects.request_names import named_in_body
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=partial(_as_multistatus, value))


def _as_multistatus(value: str, exchange: OpenExchange, answer: SpelledAnswer) -> None:
    missing = exchange.request.method == "PROPFIND" and answer.status == 404
    if not missing or in_own_words(exchange) or not answer.is_error:
        return
    items: list[Item] = []
    if value != "empty":
        request = exchange.request
        as_sent = value == "response-as-sent" and request.slash
        whole = ResourceAnswer([own_url(exchange) + ("/" if as_sent else "")])
        if value == "propstat":
            properties = [XmlElement(name) for name in named_in_body(request)]
            whole.propstats = [PropstatAnswer(properties, answer.status)]
        else:
            whole.status = answer.status
        items = [whole]
    answer.say(207, MULTISTATUS, items)


UNMAPPED = Trait(
    name="unmapped",
    kind="spelling",
    values=Literal["status", "response", "response-as-sent", "propstat", "empty"],
    default="status",
    description="A PROPFIND of a URL that no resource has: 404, a multistatus with 404 for the URL, without a slash at its end or as it was sent, "
    "a multistatus with 404 for its properties, or an empty multistatus.",
    servers=("cyrus", "xandikos"),
    reports=(
        "webdav-client#258",
        "WebDavClient#83",
        "webdav4#59",
        "sabre/dav#950",
        "nextcloud/server#33228",
        "opendal#4170",
        "webdav-client#218",
        "nononsense#11",
        "nginx-dav-ext#11",
    ),
    hooks=_hooks,
)
