"""A dialect: the traits that a server has in its own way, compiled for the stages of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dav424.core.batch import Group
from dav424.core.message import Response
from dav424.core.method_facts import Facts
from dav424.dialects.answer_reader import read_answer
from dav424.dialects.answer_writer import write_answer
from dav424.dialects.table import TRAITS
from dav424.dialects.trait import After, Before, ChangeAnswer, ChangePlan, Offered, Told
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import AnyMethod


class Dialect:
    """A dialect that a server speaks: a spine ``Around``.

    ``values`` are those of its traits that are not the defaults. ``fault_names`` are its traits of the class fault; without
    ``faults``, they are ``left_out``.
    """

    def __init__(
        self, name: str, values: Mapping[str, Any], *, title: str = "", source: str = "", faults: bool = False
    ) -> None:
        self.name, self.title, self.source, self.faults = name, title, source, faults
        set_here = [trait for trait in TRAITS if trait.name in values and values[trait.name] != trait.default]
        active = [trait for trait in set_here if faults or trait.kind != "fault"]
        self.values: Mapping[str, Any] = {trait.name: values[trait.name] for trait in active}
        self.fault_names = [trait.name for trait in set_here if trait.kind == "fault"]
        self.left_out = [] if faults else self.fault_names
        hooks = [trait.hooks(values[trait.name]) for trait in active]
        self._offered: list[Offered] = [each.offered for each in hooks if each.offered is not None]
        self._last_offer: tuple[Facts, Facts] | None = None
        self._before: list[Before] = [each.before for each in hooks if each.before is not None]
        self._plan: list[ChangePlan] = [each.plan for each in hooks if each.plan is not None]
        self._after: list[After] = [each.after for each in hooks if each.after is not None]
        self._answer: list[ChangeAnswer] = [each.answer for each in hooks if each.answer is not None]
        self._told: list[Told] = [each.told for each in hooks if each.told is not None]
        self.methods: Mapping[str, AnyMethod] = {name: each.methods[name] for each in hooks for name in each.methods}

    def offered(self, methods: Facts) -> Facts:
        """Give those of the methods that the server has, with those that it alone has; the last result is kept."""
        last = self._last_offer
        if last is not None and last[0] is methods:
            return last[1]
        offered: Facts = {**methods, **{name: method.FACTS[name] for name, method in self.methods.items()}}
        for hook in self._offered:
            offered = hook(offered)
        self._last_offer = methods, offered
        return offered

    def before(self, exchange: OpenExchange) -> None:
        """Change the request of an exchange, or refuse it."""
        for hook in self._before:
            hook(exchange)

    def plan(self, exchange: OpenExchange, groups: Iterable[Group]) -> Iterable[Group]:
        """Change the groups that the method has planned."""
        for hook in self._plan:
            groups = hook(exchange, groups)
        return groups

    def after(self, exchange: OpenExchange) -> Iterable[Group]:
        """Give the groups that the faults of the dialect run when the method has answered."""
        for hook in self._after:
            yield from hook(exchange)

    def told(self, exchange: OpenExchange, response: Response) -> Response:
        """Write the response otherwise."""
        if self._answer:
            answer = read_answer(exchange, response)
            for change in self._answer:
                change(exchange, answer)
            response = write_answer(answer)
        for hook in self._told:
            response = hook(exchange, response)
        return response
