"""The order of the responses in a multistatus."""

from __future__ import annotations

from dav424.dialects.answer import ResourceAnswer, SpelledAnswer
from dav424.dialects.trait import Hooks, Trait
from dav424.spine.exchange import OpenExchange


def _hooks(_: object) -> Hooks:
    return Hooks(answer=_reversed)


def _reversed(_: OpenExchange, answer: SpelledAnswer) -> None:
    """Reverse the responses; elements of extensions stay behind them."""
    if answer.is_multistatus:
        items = answer.all_items()
        responses = [item for item in items if isinstance(item, ResourceAnswer)]
        answer.items = [*reversed(responses), *(item for item in items if not isinstance(item, ResourceAnswer))]


RESPONSES_REVERSED = Trait(
    name="responses-reversed",
    kind="spelling",
    values=bool,
    default=False,
    description="Whether the responses of a multistatus come in the reverse order. The server then has to read the whole "
    "answer before it can send the first byte.",
    reports=("gowebdav#89", "go-webdav#124"),
    hooks=_hooks,
)
