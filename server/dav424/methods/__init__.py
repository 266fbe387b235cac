"""The methods, one module each: ``plan`` turns a request into actions, ``answer`` turns outcomes into a response.

``METHODS`` is the table of all methods. A new method is one module and one line here.
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
    propfind,
    proppatch,
    put,
    unlock,
)
from dav424.methods.batch_requests.multipart import Multipart
from dav424.methods.batch_requests.odata import Graph, OData
from dav424.methods.microsoft import bcopymove, bdelete, bpropfind, bproppatch
from dav424.methods.post import Post

if TYPE_CHECKING:
    from dav424.spine.exchange import Method

METHODS: dict[str, Method] = {
    "OPTIONS": options,
    "GET": get,
    "HEAD": get,
    "PROPFIND": propfind,
    "PROPPATCH": proppatch,
    "PUT": put,
    "MKCOL": mkcol,
    "MKCALENDAR": mkcol,
    "DELETE": delete,
    "COPY": copymove,
    "MOVE": copymove,
    "LOCK": lock,
    "UNLOCK": unlock,
    "ORDERPATCH": orderpatch,
    "BPROPPATCH": bproppatch,
    "BPROPFIND": bpropfind,
    "BDELETE": bdelete,
    "BCOPY": bcopymove,
    "BMOVE": bcopymove,
}
METHODS["POST"] = Post(
    OData(METHODS), Multipart(METHODS), Graph(METHODS)
)  # a batch can hold requests of all methods in this table
