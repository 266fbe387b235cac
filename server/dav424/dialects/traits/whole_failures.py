"""The answer to a request that was refused as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta

from dav424.dialects.answer import ERROR, MULTISTATUS, PropstatAnswer, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import in_own_words, own_url, updated_names
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.xml_tree import XmlElement
from dav424.spine.exchange import OpenExchange

_STATUSES = frozenset({403, 409, 423, 507})
_Method = Literal["PROPPATCH", "PUT", "DELETE", "COPY", "MOVE", "LOCK", "MKCOL"]
_Form = Literal["status", "multistatus", "propstats"]
_ByMethod: Any = Annotated[
    dict[_Method, _Form], Meta(description="The form for each method, such as {MOVE: multistatus}.")
]


def _hooks(value: str | Mapping[str, str]) -> Hooks:
    return Hooks(
        answer=partial(_as_multistatus, dict.fromkeys(get_args(_Method), value) if isinstance(value, str) else value)
    )


def _as_multistatus(forms: Mapping[str, str], exchange: OpenExchange, answer: SpelledAnswer) -> None:
    method = exchange.request.method
    form = forms.get(method, "status")
    if form == "status" or answer.status not in _STATUSES or not answer.is_error or in_own_words(exchange):
        return
    error = _error(answer)
    whole = ResourceAnswer([own_url(exchange)])
    names = updated_names(exchange) if form == "propstats" and method == "PROPPATCH" else []
    if names:
        whole.propstats = [PropstatAnswer([XmlElement(name) for name in names], answer.status, error)]
    else:
        whole.status, whole.error = answer.status, error
    answer.say(207, MULTISTATUS, [whole])


def _error(answer: SpelledAnswer) -> XmlElement | None:
    """Give the condition of an error document, without the message of dav424."""
    if answer.root is None:
        return None
    codes = [each for each in answer.all_items() if isinstance(each, XmlElement) and each.namespace == "DAV:"]
    return XmlElement(ERROR, content=list(codes)) if codes else None


WHOLE_FAILURES = Trait(
    name="whole-failures",
    kind="spelling",
    values=_Form | _ByMethod,
    default="status",
    description="A request that changes resources and is refused as a whole with 403, 409, 423 or 507: with that status, with "
    "a multistatus that has it for the Request-URI, or for each property that a PROPPATCH names; in one form, or in one for each method.",
    reports=("sardine#210", "xandikos#546", "redmine_dmsf#672", "internxt/cli#414"),
    hooks=_hooks,
)
