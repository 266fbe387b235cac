"""The methods, one module each: a plan that turns bytes into intent, and an answer that turns outcomes into bytes.

A new method is one module, a function that imports it and a line in ``_MODULES``, and its facts in ``METHOD_FACTS``. The
first request with a method imports its module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dav424.methods.facts import METHOD_FACTS
from dav424.spine.method import MethodChoice, MethodOnDemand

if TYPE_CHECKING:
    from dav424.spine.exchange import OpenExchange
    from dav424.spine.method import AnyMethod, Method, MethodModule

__all__ = ["METHODS", "METHOD_FACTS"]

# A server imports the methods that its clients use, and starts sooner.
# ruff: noqa: PLC0415


def _options() -> MethodModule:
    from dav424.methods import options

    return options


def _propfind() -> MethodModule:
    from dav424.methods import propfind

    return propfind


def _proppatch() -> MethodModule:
    from dav424.methods import proppatch

    return proppatch


def _get() -> MethodModule:
    from dav424.methods import get

    return get


def _delete() -> MethodModule:
    from dav424.methods import delete

    return delete


def _copymove() -> MethodModule:
    from dav424.methods import copymove

    return copymove


def _lock() -> MethodModule:
    from dav424.methods import lock

    return lock


def _unlock() -> MethodModule:
    from dav424.methods import unlock

    return unlock


def _put() -> MethodModule:
    from dav424.methods import put

    return put


def _mkcol() -> MethodModule:
    from dav424.methods import mkcol

    return mkcol


def _orderpatch() -> MethodModule:
    from dav424.methods import orderpatch

    return orderpatch


def _bproppatch() -> MethodModule:
    from dav424.methods.microsoft import bproppatch

    return bproppatch


def _bpropfind() -> MethodModule:
    from dav424.methods.microsoft import bpropfind

    return bpropfind


def _bdelete() -> MethodModule:
    from dav424.methods.microsoft import bdelete

    return bdelete


def _bcopymove() -> MethodModule:
    from dav424.methods.microsoft import bcopymove

    return bcopymove


def _report(exchange: OpenExchange) -> Method:
    from dav424.methods import report

    return report.choose(exchange)


def _post(exchange: OpenExchange) -> Method:
    from dav424.methods import post

    return post.choose(METHODS, exchange)  # a batch holds requests of these methods, too


_MODULES: dict[str, Callable[[], MethodModule]] = {
    "OPTIONS": _options,
    "PROPFIND": _propfind,
    "PROPPATCH": _proppatch,
    "GET": _get,
    "HEAD": _get,
    "DELETE": _delete,
    "COPY": _copymove,
    "MOVE": _copymove,
    "LOCK": _lock,
    "UNLOCK": _unlock,
    "PUT": _put,
    "MKCOL": _mkcol,
    "MKCALENDAR": _mkcol,
    "ORDERPATCH": _orderpatch,
    "BPROPPATCH": _bproppatch,
    "BPROPFIND": _bpropfind,
    "BDELETE": _bdelete,
    "BCOPY": _bcopymove,
    "BMOVE": _bcopymove,
}
_CHOICES: dict[str, Callable[[OpenExchange], Method]] = {"REPORT": _report, "POST": _post}
"""The methods of which each request decides what runs."""


def _row(name: str) -> AnyMethod:
    facts = {name: METHOD_FACTS[name]}
    return MethodChoice(facts, _CHOICES[name]) if name in _CHOICES else MethodOnDemand(facts, _MODULES[name])


METHODS: dict[str, AnyMethod] = {name: _row(name) for name in METHOD_FACTS}
