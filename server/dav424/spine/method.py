"""What a module of ``methods`` offers to the spine: the facts of its methods, a plan and an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from dav424.core.batch import Group, Refused
from dav424.core.message import Request, Response
from dav424.core.method_facts import Facts
from dav424.core.subject import Verb
from dav424.spine.exchange import OpenExchange

Planner = Callable[[OpenExchange], Iterable[Group]]
"""Plans the groups of one part of a request; may raise ``Refused`` about the part. Positions count from 0 in the part."""


class Parts(Struct, frozen=True):
    """The plan of a request that consists of sub-requests: the spine plans and runs each as if it had come alone.

        BDELETE /box/  a, b  -->  plan and run DELETE /box/a  -->  plan and run DELETE /box/b

    All work on one draft, so that a part sees the changes of the parts before it; ``requests`` can be an iterator that
    makes a part after the one before it was run. No part needs another one: a refusal of a part, of one action or of the
    whole part, leaves the others alone. ``verb`` names the one action of a part that was refused as a whole. With
    ``judged``, the ``If`` header was evaluated for the whole request.
    """

    requests: Iterable[tuple[Request, Planner]]
    verb: Verb
    judged: bool


Plan = Iterable[Group] | Parts
"""The groups of a request, or its parts.

Groups can come from an iterator: it is advanced when the group before was run, so that it can read the results so far;
a group that it does not give is never begun.
"""


class MethodModule(Protocol):
    """A module of ``methods``: an HTTP method, or a family of them."""

    def plan(self, exchange: OpenExchange) -> Plan:
        """Turn the request into groups of actions or into parts, or raise ``Refused`` about it as a whole."""

    def answer(self, exchange: OpenExchange) -> Response:
        """Turn the outcomes into a response."""


class Method(MethodModule, Protocol):
    """What plans and answers a request, and its facts."""

    @property
    def FACTS(self) -> Facts:  # noqa: N802 - a constant of a module
        """The facts of its methods, by their names."""


class MethodChoice(Struct, frozen=True):
    """A method such as POST, of which each request decides what runs.

    ``choose`` gives the method that plans and answers a request; it refuses a request that none takes.
    """

    FACTS: Facts
    choose: Callable[[OpenExchange], Method]


class MethodOnDemand:
    """A method whose ``module`` is imported by ``load`` when a request first needs it."""

    module: MethodModule

    def __init__(self, facts: Facts, load: Callable[[], MethodModule]) -> None:
        self.FACTS, self._load = facts, load

    def __getattr__(self, name: str) -> MethodModule:
        """Import the module, and keep it: the next request has it at once."""
        if name != "module":
            raise AttributeError(name)
        self.module = self._load()
        return self.module


AnyMethod = Method | MethodChoice | MethodOnDemand
MethodTable = Mapping[str, AnyMethod]
_NEVER_ALLOWED = frozenset({"PATCH", "TRACE"})


def not_served(name: str) -> Refused:
    """Give the refusal of a method that the server does not have.

    The status is 405 for a method that HTTP has and no resource allows, and 501 for an unknown one (RFC 9110 9.1).
    """
    return Refused(405 if name in _NEVER_ALLOWED else 501, f"The server does not support the method {name[:40]}.")


def chosen(method: AnyMethod, exchange: OpenExchange) -> MethodModule:
    """Give what plans and answers a request, and note its facts in the exchange."""
    if isinstance(method, MethodChoice):
        method = method.choose(exchange)
    exchange.facts = method.FACTS[exchange.request.method]
    return method.module if isinstance(method, MethodOnDemand) else method
