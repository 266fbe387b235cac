"""The answer to a DELETE, COPY or MOVE that was done."""

from __future__ import annotations

from dav424.dialects.answer import MULTISTATUS, ResourceAnswer, SpelledAnswer
from dav424.dialects.outcomes import own_url
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(_: object) -> Hooks:
    return Hooks(answer=_as_multistatus)


def _as_multistatus(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    done = answer.status in (200, 201, 204) and not answer.body
    if done and answer.root is None and exchange.request.method in ("DELETE", "COPY", "MOVE"):
        answer.say(207, MULTISTATUS, [ResourceAnswer([own_url(exchange)], status=answer.status)])


DONE_AS_MULTISTATUS = Trait(
    name="done-as-multistatus",
    kind="spelling",
    values=bool,
    default=False,
    description="Whether the answer to a DELETE, COPY or MOVE that was done is a multistatus with its status for the "
    "Request-URI.",
    reports=("redmine_dmsf#671", "nwebdav#52", "webdav-client#258"),
    hooks=_hooks,
)
