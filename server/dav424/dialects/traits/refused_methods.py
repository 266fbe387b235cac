"""Methods that the server does not have, has and always refuses, or refuses for collections or for documents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from dav424.core.batch import Refused
from dav424.core.method_facts import Facts
from dav424.dialects.trait import Hooks, Trait
from dav424.dialects.trait_values import REFUSAL_STATUSES, REFUSALS, by_method
from dav424.spine.exchange import OpenExchange
from dav424.store.tree import Collection, Document


def _without(absent: Mapping[str, int], methods: Facts) -> Facts:
    return {name: facts for name, facts in methods.items() if name not in absent}


def _refuse(statuses: Mapping[str, int], sentence: str, exchange: OpenExchange) -> None:
    method = exchange.request.method
    status = statuses.get(method)
    if status is not None:
        raise Refused(status, sentence.format(method))


def _refuse_collection(statuses: Mapping[str, int], exchange: OpenExchange) -> None:
    if isinstance(exchange.draft.find(exchange.request.path), Collection):
        _refuse(statuses, "This server refuses {} for a collection.", exchange)


def _refuse_document(statuses: Mapping[str, int], exchange: OpenExchange) -> None:
    if isinstance(exchange.draft.find(exchange.request.path), Document):
        _refuse(statuses, "This server refuses {} for a document.", exchange)


def _absent(value: Mapping[str, int]) -> Hooks:
    before = partial(_refuse, value, "This server does not have the method {}.")
    return Hooks(offered=partial(_without, value), before=before)


def _refused(value: Mapping[str, int]) -> Hooks:
    return Hooks(before=partial(_refuse, value, "This server lists the method {}, and refuses each request with it."))


def _refused_for_collections(value: Mapping[str, int]) -> Hooks:
    return Hooks(before=partial(_refuse_collection, value))


def _refused_for_documents(value: Mapping[str, int]) -> Hooks:
    return Hooks(before=partial(_refuse_document, value))


METHODS_ABSENT = Trait(
    name="methods-absent",
    kind="offer",
    values=REFUSALS,
    default={},
    description="Methods that the server does not have, each with the status that refuses it. No Allow lists them; "
    "without LOCK the server is of class 1, supports no locks and has no lockdiscovery.",
    reports=(
        "nginx-dav-ext#16",
        "nginx-dav-ext#50",
        "WebDAV-Daemon#17",
        "tailscale#12135",
        "bewcloud#169",
        "weborf#78",
        "mongoose#512",
    ),
    hooks=_absent,
)
METHODS_REFUSED = Trait(
    name="methods-refused",
    kind="offer",
    values=REFUSALS,
    default={},
    description="Methods that the server lists in Allow and always refuses, each with its status.",
    hooks=_refused,
)
COLLECTIONS_REFUSE = Trait(
    name="collections-refuse",
    kind="offer",
    values=REFUSALS,
    default={},
    description="Methods that the server refuses for a collection, each with its status, such as {GET: 405, HEAD: 404}.",
    reports=("webdav-client-python-3#31", "webdav-client-python-3#129", "webdav-client-python-3#142"),
    hooks=_refused_for_collections,
)
DOCUMENTS_REFUSE = Trait(
    name="documents-refuse",
    kind="offer",
    values=by_method(("COPY", "DELETE", "LOCK", "MOVE", "PROPPATCH", "PUT"), REFUSAL_STATUSES, "{PROPPATCH: 403}"),
    default={},
    description="Methods that the server refuses for a document that is there, each with its status, such as {PROPPATCH: 403}.",
    servers=("radicale",),
    hooks=_refused_for_documents,
)
