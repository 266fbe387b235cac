"""The methods, one module each: its facts, a plan that turns bytes into intent, an answer that turns outcomes into bytes.

A new method is one module, and one line in ``_MODULES``. ``METHODS`` finds the module of a method by its name, and
``METHOD_FACTS`` the facts that the module states. Their order is that of the ``Allow`` header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.methods import (
    copymove,
    delete,
    get,
    lock,
    mkcol,
    options,
    orderpatch,
    post,
    propfind,
    proppatch,
    put,
    unlock,
)
from dav424.methods.batch_requests.graph import Graph
from dav424.methods.batch_requests.multipart import Multipart
from dav424.methods.batch_requests.odata import OData
from dav424.methods.microsoft import bcopymove, bdelete, bpropfind, bproppatch

if TYPE_CHECKING:
    from dav424.core.method_facts import Facts
    from dav424.spine.method import AnyMethod, Method

_MODULES: tuple[Method, ...] = (
    options,
    propfind,
    proppatch,
    get,
    delete,
    copymove,
    lock,
    unlock,
    put,
    mkcol,
    orderpatch,
    bproppatch,
    bpropfind,
    bdelete,
    bcopymove,
)
METHODS: dict[str, AnyMethod] = {name: module for module in _MODULES for name in module.FACTS}
# A batch holds requests of these methods, too.
METHODS["POST"] = post.choice(METHODS, OData, Multipart, Graph)
METHOD_FACTS: Facts = {name: method.FACTS[name] for name, method in METHODS.items()}
