"""The methods, one module each: ``plan`` turns bytes into intent, ``answer`` outcomes into bytes.

``METHODS`` is the table of contents. A new method is one module and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dav424.methods import (
    bcopymove,
    bdelete,
    bpropfind,
    bproppatch,
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

if TYPE_CHECKING:
    from dav424.exchange import Method

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
    "POST": post,
    "ORDERPATCH": orderpatch,
    "BPROPPATCH": bproppatch,
    "BPROPFIND": bpropfind,
    "BDELETE": bdelete,
    "BCOPY": bcopymove,
    "BMOVE": bcopymove,
}
