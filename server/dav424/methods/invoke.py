"""POST to a derived document (RFC 9110 9.3.3): make it and answer with it, as a GET does.

The SDKs of model endpoints send POST: the request has the input of a model, and the response is what the model made of
it. A scenario says with ``methods: [GET, POST]`` that a derived document takes POST. The server ignores the input: the
document is made from its sources alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from dav424.core.batch import Done, Failed, Group
from dav424.core.message import Response
from dav424.core.method_facts import Facts, MethodFacts
from dav424.dav.multistatus import error_response
from dav424.methods import derived_failure
from dav424.methods.facts import METHOD_FACTS
from dav424.spine import conditional_requests, derived_resources
from dav424.spine.exchange import OpenExchange

FACTS: Facts = {"POST": MethodFacts(privilege=METHOD_FACTS["GET"].privilege, rule=METHOD_FACTS["GET"].rule)}
"""No kind of resource takes it: each derived document says for itself whether it does."""


def plan(exchange: OpenExchange) -> Sequence[Group]:
    """Plan the making of the document."""
    exchange.target()
    return derived_resources.plan(exchange.cause_context, exchange.request.path)


def answer(exchange: OpenExchange) -> Response:
    """Answer 200 with the content, or with the failure to make it, whatever its preconditions are (RFC 9110 13.2.1)."""
    match exchange.outcomes[-1]:
        case Done(made):
            exchange.draft.remember(exchange.request.path, made)
            conditional_requests.check(exchange)
            # Without validators: a 200 to a POST describes the result of the request (RFC 9110 15.3.1).
            return Response(200, [("Content-Type", made.content_type)], made.content)
        case Failed() as failed:
            return error_response(failed, exchange.request.base)
        case _:
            return derived_failure.answer(exchange)
