"""The scratch collection: made for one run, and removed whatever happens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dav424.probe.client import NoAnswerError, ProbeClient
from dav424.probe.exchange import Probed
from dav424.probe.place import Place
from dav424.probe.state import locks_below, look
from dav424.probe.verdict import untested

_GONE = {404, 410}


class NotProbedError(Exception):
    """No case could run; the message says why, and what to do."""


class Scratch:
    """A collection below the URL; each case has its place in it.

    A server that takes no plain document there gets a calendar for each case, beside each other, below the URL. ``first`` is a
    document that is there to the end, unless the places are calendars.
    """

    def __init__(self, client: ProbeClient, name: str) -> None:
        self._client = client
        self._base = f"{client.access.root}{name}"
        self.first = f"{self._base}/try.txt"
        self.holds_events = False
        self._left: dict[str, str] = {}
        self._made: list[str] = []

    @property
    def left(self) -> tuple[str, ...]:
        """The paths that could not be removed, with the reason."""
        return tuple(f"{path} ({why})" for path, why in self._left.items())

    def make(self) -> None:
        """Find out which collections the server takes, and make the first. Raises ``NotProbedError``."""
        path = f"{self._base}/"
        try:
            made = self._make("MKCOL", path)
            if made.succeeded and not self._client.access.calendars:
                put = self._client.send("PUT", self.first, "one", {"Content-Type": "text/plain"})
                if put.succeeded:
                    return
            self.remove()
            calendar = self._make("MKCALENDAR", path)
        except NoAnswerError as error:
            raise NotProbedError(str(error)) from error
        if not calendar.succeeded:
            raise NotProbedError(_refusal(self._client.access.url, made.status))
        self.holds_events = True
        self.remove()

    @contextmanager
    def place(self, name: str, *, keeps: bool = False) -> Iterator[Place]:
        """Make the place of a case; at its end its locks are released, and a calendar is removed, unless it is kept."""
        path = f"{self._base}-{name}/" if self.holds_events else f"{self._base}/{name}/"
        answer = self._make("MKCALENDAR", path) if self.holds_events else self._client.send("MKCOL", path)
        if not answer.succeeded:
            raise untested(f"the collection of the case can't be made: {answer.status}")
        place = Place(self._client, path, holds_events=self.holds_events, keeps=keeps, made=self._made)
        try:
            yield place
        finally:
            if not keeps:
                place.release()
                if self.holds_events:
                    self.remove()

    def clear(self, path: str) -> None:
        """Delete the place of a case before the end, if that is possible; else ``remove`` deletes it with the whole."""
        if not self.holds_events:
            with suppress(NoAnswerError):
                self._deleted(path)

    def _make(self, method: str, path: str) -> Probed:
        """Make a collection, and note it before: an answer that does not arrive can be that of a success."""
        self._made.append(path)
        try:
            answer = self._client.send(method, path)
        except NoAnswerError as error:
            if error.was_not_sent:
                self._made.remove(path)
            raise
        if not answer.succeeded:
            self._made.remove(path)
        return answer

    def remove(self) -> None:
        """Remove all that was made, and has not been removed."""
        while self._made:
            self._remove(self._made[-1])

    def finish(self) -> None:
        """Remove all that is there; it tries once more where it failed before."""
        self.remove()
        self._made, self._left = [*self._left], {}
        self.remove()

    def _remove(self, path: str) -> None:
        """Delete a collection, or add it to ``left``. It counts as made until that is known."""
        try:
            status = self._deleted(path)
            if status and look(self._client, path).exists:
                self._left[path] = f"DELETE is answered {status}"
        except NoAnswerError as error:
            self._left[path] = str(error)
        if path in self._made:
            self._made.remove(path)

    def _deleted(self, path: str) -> int:
        """Delete a collection; if that fails, remove the locks in it and try again. Gives the status of a failure, or 0."""
        client = self._client
        answer = client.send("DELETE", path)
        if answer.succeeded or answer.status in _GONE:
            return 0
        for member, token in [*locks_below(client, path)]:
            client.send("UNLOCK", member, headers={"Lock-Token": f"<{token}>"})
        answer = client.send("DELETE", path)
        return 0 if answer.succeeded or answer.status in _GONE else answer.status


def new_scratch(client: ProbeClient) -> Scratch:
    """Choose the name of a scratch collection, which is not made yet."""
    return Scratch(client, f"dav424-probe-{secrets.token_hex(4)}")


@contextmanager
def made(client: ProbeClient) -> Iterator[Scratch]:
    """Make a scratch collection, and remove it whatever happens. A KeyboardInterrupt is raised again with the paths that are left."""
    scratch = new_scratch(client)
    try:
        scratch.make()
        yield scratch
        client.begin()
        scratch.finish()
    except BaseException as error:
        clean(error, client, scratch)
        raise


def clean(error: BaseException, client: ProbeClient, scratch: Scratch) -> None:
    """Remove the scratch collection after an error, and put the paths that are left into the error."""
    client.begin()
    client.holds = False
    scratch.finish()
    if isinstance(error, KeyboardInterrupt):
        error.args = scratch.left
        return
    for path in scratch.left:
        error.add_note(f"This could not be removed; remove it yourself: {path}")


def _refusal(url: str, status: int) -> str:
    if status in {401, 403}:
        return f"{url} answers MKCOL with {status}; give --user, or DAV424_PROBE_TOKEN, for a user who may write there"
    return f"{url} answers MKCOL and MKCALENDAR with a failure ({status}); give the URL of a collection that takes new ones"
