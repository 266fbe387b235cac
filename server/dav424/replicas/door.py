"""The door of a replica: a request for a space goes through the log of the space, and all others are answered here."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from dav424.core.batch import Refused
from dav424.core.message import Reply, Response
from dav424.core.space_names import DEFAULT_SPACE
from dav424.gateway.auth import nonce_in
from dav424.gateway.gateway import Gateway
from dav424.gateway.routing import is_look, named_by_malformed, origin_form, space_named
from dav424.replicas.births import AnsweredError, Births
from dav424.replicas.entries import BodyProblem, RequestEntry
from dav424.replicas.house import Carried
from dav424.replicas.problems import RETRY_AFTER, UnavailableError
from dav424.replicas.replica import Replica
from dav424.wire.framing import IncomingRequest, leave_unread, read_body
from dav424.wire.pace import ConnectionBrokenError
from dav424.worlds.space import SPACE_NAME

MOST_BODY = 64 << 20
"""The longest body in bytes: an entry of a log has it whole."""


class Door(Gateway):
    """A gateway whose spaces are logs of a ``replica``; ``births`` decide which spaces are made.

    Both have to be set before the first request.
    """

    replica: Replica
    births: Births

    def __call__(self, http: IncomingRequest, sender: str | None = None) -> Response:
        """Answer one request; see ``Gateway``."""
        self.restore(http)
        if not self.is_for_space(http):
            return self.answer(http, sender)
        name = space_named(self._spaces, http, origin_form(http.head.target))
        if not SPACE_NAME.fullmatch(name):
            return self.answer(http, sender)  # with the refusal of such a name
        try:
            response = self._in_space(name, http, sender)
        except Refused as refused:
            return self._respond(http, partial(_refuse, refused), sender)
        except UnavailableError as problem:
            unavailable = Refused(503, str(problem), reply=Reply([("Retry-After", str(RETRY_AFTER))]))
            return self._respond(http, partial(_refuse, unavailable), sender)
        except ConnectionBrokenError:
            raise  # the caller ends the connection
        except Exception as bug:  # noqa: BLE001 - logged there, and answered with 500
            return self._respond(http, partial(_refuse, bug), sender)
        self.count(http.head.method, response.status)
        return response

    def now(self, target: str) -> float:
        """Give the time for the response to a malformed request: that of the space that its target names, if it is known here."""
        house = self.replica.known(named_by_malformed(origin_form(target)))
        own = house.spaces.own if house is not None else None
        return super().now(target) if own is None else own.clock()

    def _in_space(self, name: str, http: IncomingRequest, sender: str | None) -> Response:
        """Answer a request for a space: through its log, unless it can't change anything."""
        if is_look(self._spaces, http):
            house = self.replica.synced(name)
            if house is not None:
                self.replica.after(name, due=False)
                return house.look(http, sender)
        entry = self._entry(name, http, sender)
        carried = self._carried(name, entry)
        if carried.wants_body:  # another request has changed what the head decides
            entry = self._with_body(entry, http)
            carried = self._carried(name, entry)
        if carried.delayed:
            self._spaces.pause(carried.delayed)
            carried = self._carried(name, replace(entry, waited=True))
        if carried.owed:
            self._spaces.pause(carried.owed)
        if entry.unread:
            leave_unread(http)
        else:
            http.close_connection |= carried.close_connection
        http.held = carried.held
        return carried.response

    def _carried(self, name: str, entry: RequestEntry) -> Carried:
        try:
            return self.replica.carry_out(name, entry, partial(self.births.begin, name, entry))
        except AnsweredError as answered:
            return answered.carried

    def _entry(self, name: str, http: IncomingRequest, sender: str | None) -> RequestEntry:
        """Make an entry of a request: with its body, unless the client waits with it and the head decides."""
        head = http.head
        entry = RequestEntry(
            head.method,
            head.target,
            head.headers,
            head.length,
            head.chunked,
            head.latest,
            head.persistent,
            head.waits,
            b"",
            http.scheme,
            http.mount,
            http.client,
            http.any_host,
            http.connected,
            sender,
            unread=head.waits,
        )
        if name != DEFAULT_SPACE and "authorization" in head.headers:
            entry = self._with_nonce(entry)
        if head.waits and not self.births.tried(self.replica.synced(name), name, entry).wants_body:
            return entry
        return self._with_body(entry, http)

    def _with_body(self, entry: RequestEntry, http: IncomingRequest) -> RequestEntry:
        """Read the body of a request into its entry, or the reason why it can't be read."""
        try:
            body = read_body(http, min(self._max_body, MOST_BODY), self._budget)
        except Refused as refused:
            return replace(entry, problem=BodyProblem(refused.status, refused.detail), unread=False)
        return replace(entry, body=body, unread=False)

    def _with_nonce(self, entry: RequestEntry) -> RequestEntry:
        """Note that the default space has issued the nonce of a login: a client has its first one from the path without a space."""
        nonce = nonce_in(entry.headers["authorization"])
        issuer = self.replica.synced(DEFAULT_SPACE) if nonce else None
        live = issuer.spaces.default.nonces.is_live(nonce) if issuer is not None else None
        return entry if live is None else replace(entry, nonce=nonce, nonce_live=live)


def _refuse(error: Exception, _: IncomingRequest) -> Response:
    raise error
