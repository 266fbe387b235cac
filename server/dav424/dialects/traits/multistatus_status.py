"""The status line of a multistatus."""

from __future__ import annotations

from typing import Literal

from dav424.dialects.answer import MULTISTATUS, SpelledAnswer
from dav424.dialects.outcomes import dependency_status, failed_members
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(value: str) -> Hooks:
    return Hooks(answer=_ok if value == "200" else _of_dependency)


def _ok(_: OpenExchange, answer: SpelledAnswer) -> None:
    if answer.is_multistatus and answer.status == 207:
        answer.status = 200


def _of_dependency(exchange: OpenExchange, answer: SpelledAnswer) -> None:
    """Take the status of the collection, which depended on members that failed, and list these."""
    dependency = dependency_status(exchange)
    if exchange.request.method not in ("DELETE", "COPY", "MOVE") or dependency is None:
        return
    if answer.is_multistatus:
        answer.status = dependency
    elif answer.is_error:
        answer.say(dependency, MULTISTATUS, failed_members(exchange))


MULTISTATUS_STATUS = Trait(
    name="multistatus-status",
    kind="spelling",
    values=Literal["207", "200", "dependency"],
    default="207",
    description="The status line of a multistatus: 207, 200, or for DELETE, COPY and MOVE the status of the resources that "
    "depended on a member that failed, as Apache has it.",
    reports=("docker-webdav#22", "sardine#210", "webdav-client#258", "redmine_dmsf#672"),
    hooks=_hooks,
)
