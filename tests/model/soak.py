"""A million random requests to the bundled scenarios that answer as the RFCs say, and what has to hold for each of them.

    make soak                            a million requests, after the state machine
    make soak SOAK_REQUESTS=20000        fewer of them

What holds: no response is a 500, unless a cause of the scenario has this status. Its XML or JSON is well-formed. A 424 has a failure behind it, and DELETE, COPY and MOVE have
none. A PROPPATCH sets all properties or none, and lists each once. A request that is safe, or is refused, changes nothing, unless a
cause answers it after it was done. No request reaches another space. Each thread has a space of its own; ``SOAK_SEED`` chooses other requests.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from lxml import etree

from dav424.scenario.sources import scenario_sources
from dav424.testing.server import Server
from dav424.testing.space import Space

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "1000000"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
THREADS = 4
LIFE = 400
"""Requests after which a thread begins with another scenario."""
FIVE_HUNDREDS = frozenset({501, 502, 503, 504, 507})
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "BPROPFIND", "REPORT"})
WHOLE = frozenset({"PROPPATCH", "MKCOL", "ORDERPATCH", "PUT"})
"""Methods that change nothing if their 207 has a failure."""
DAV = "{DAV:}"
NAMES = ("u:a", "u:b", "D:displayname", "D:getetag", "D:resourcetype", "D:getcontentlanguage", "u:\u00fc")
VALUES = ("1", "", "a:b", "&lt;", "<u:x y=''/>", "de", "\u00df" * 20)
ESCAPES = ("../", "%2e%2e/", "..%2f", "//", "/s/canary/playground/", "%2fs%2fcanary/", "s/canary/")


class Random(random.Random):
    """Chooses requests."""

    def path(self, known: list[str]) -> str:
        """Choose a resource, a name below it, or a way to another space."""
        kind = self.random()
        if kind < 0.6:
            return self.choice(known)
        below = self.choice(known).rstrip("/") + "/"
        if kind < 0.65:
            return below + self.choice(ESCAPES) + self.choice(["a", "", "f.txt"])
        return below + self.choice(["a", "b/", "new", "new/", "\u00e9", "a%20b", "%", ";x", "."])

    def instructions(self) -> str:
        """Write the properties of a PROPPATCH or MKCOL."""
        parts = []
        for _ in range(self.randint(1, 4)):
            name, verb = self.choice(NAMES), self.choice(["set", "set", "remove"])
            value = self.choice(VALUES) if verb == "set" else ""
            parts.append(f"<D:{verb}><D:prop><{name}>{value}</{name}></D:prop></D:{verb}>")
        return "".join(parts)

    def request(self, known: list[str], base: str, tokens: list[str]) -> tuple[str, str, str, dict[str, str]]:
        """Choose a method, a path, a body and headers."""
        method = self.choice(_METHODS)
        path, headers, body = self.path(known), {"Content-Type": "text/xml"}, ""
        if self.random() < 0.3 and tokens:
            headers["If"] = self.choice(["(<{}>)", "<{base}/> (<{}>)", "(Not <{}>)", "(<{}>"]).format(
                self.choice(tokens), base=base
            )
        root = '<D:{0} xmlns:D="DAV:" xmlns:u="urn:u">{1}</D:{0}>'
        match method:
            case "PUT":
                body = self.choice(["", "x", "y" * 5000])
                headers["Content-Type"] = self.choice(["text/plain", "text/calendar", "x", "text/html; charset=utf-8"])
            case "PROPPATCH":
                body = root.format("propertyupdate", self.instructions())
            case "MKCOL":
                body = self.choice(["", root.format("mkcol", self.instructions())])
            case "PROPFIND":
                headers["Depth"] = self.choice(["0", "1", "infinity", "2"])
                body = self.choice(["", root.format("propfind", "<D:prop><u:a/><D:getetag/></D:prop>"), "<"])
            case "COPY" | "MOVE":
                headers["Destination"] = self.choice([base, base, "http://h" + base, ""]) + self.path(known)
                headers["Overwrite"] = self.choice(["T", "F", "F", "x"])
                headers["Depth"] = self.choice(["0", "infinity"])
            case "LOCK":
                scope = self.choice(["exclusive", "shared"])
                inside = f"<D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>"
                body = self.choice([root.format("lockinfo", inside)] * 4 + [""])
                headers["Depth"] = self.choice(["0", "infinity"])
            case "UNLOCK":
                headers["Lock-Token"] = f"<{self.choice(tokens or ['urn:x'])}>"
            case "BDELETE" | "BPROPPATCH" | "BPROPFIND":
                hrefs = "".join(f"<D:href>{self.path(known)}</D:href>" for _ in range(self.randint(1, 3)))
                inside = {"BPROPPATCH": self.instructions(), "BPROPFIND": "<D:allprop/>"}.get(method, "")
                name = {"BDELETE": "delete", "BPROPPATCH": "propertyupdate", "BPROPFIND": "propfind"}[method]
                body = root.format(name, f"<D:target>{hrefs}</D:target>{inside}")
            case "POST":
                path, headers["Content-Type"] = "/$batch", "application/json"
                inner = [self._inner(number, known) for number in range(self.randint(1, 5))]
                body = json.dumps({"requests": inner})[: self.choice([1_000_000] * 9 + [40])]
            case _:
                headers.pop("Content-Type")
        return method, path, body, headers

    def _inner(self, number: int, known: list[str]) -> dict[str, Any]:
        made: dict[str, Any] = {"id": str(number), "method": self.choice(["get", "put", "delete", "mkcol"])}
        made["url"] = self.path(known).lstrip("/") or "x"
        if made["method"] == "put":
            made |= {"headers": {"content-type": "text/plain"}, "body": "z"}
        if number and self.random() < 0.5:
            made["dependsOn"] = [str(self.randrange(number))]
        if self.random() < 0.3:
            made["atomicityGroup"] = f"g{number // 2}"
        return made


_METHODS = (
    *("GET", "HEAD", "OPTIONS", "PUT", "PUT", "DELETE", "PROPPATCH", "PROPPATCH", "PROPPATCH", "PROPFIND", "MKCOL"),
    *("COPY", "MOVE", "LOCK", "UNLOCK", "BDELETE", "BPROPPATCH", "BPROPFIND", "POST", "REPORT", "TRACE"),
)


class Walker:
    """Sends requests to one space at a time, and checks each answer."""

    def __init__(self, server: Server, number: int, counts: Counter[int]) -> None:
        self._server, self._counts = server, counts
        self._random = Random(SEED * 1000 + number)
        self._address = urlsplit(server.url)
        self._connection = self._connected()
        self._tokens: list[str] = []
        self._expected: frozenset[Any] = FIVE_HUNDREDS
        self._done_first: set[Any] = set()

    def _connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=60)

    def life(self, scenario: str, requests: int) -> None:
        """Work in a new space with a scenario."""
        space = self._server.space(scenario, "soak")
        self._tokens = []
        self._done_first = {cause["status"] for cause in space.causes.values() if cause.get("done")}
        self._expected = FIVE_HUNDREDS | {cause.get("status", 507) for cause in space.causes.values()}
        base = urlsplit(space.url).path.rstrip("/")
        known = ["/", *space.tree]
        for _ in range(requests):
            method, path, body, headers = self._random.request(known, base, self._tokens)
            watched = self._random.random() < 0.05
            before = without_locks(space.tree) if watched else {}
            status, failed = self._send(method, base + path, body, headers)
            refused = (status >= 400 and status not in self._done_first) or (failed and method in WHOLE)
            if watched and (refused or method in SAFE):
                assert without_locks(space.tree) == before, (method, path, body, headers, status, "changed the tree")
            if watched:
                known = ["/", *space.tree]
        self._remove(space)

    def _remove(self, space: Space) -> None:
        space.remove()
        self._server.check()

    def _send(self, method: str, target: str, body: str, headers: Mapping[str, str]) -> tuple[int, bool]:
        """Send a request; gives the status, and whether the body reports a failure."""
        what = (method, target, body, dict(headers))
        try:
            self._connection.putrequest(method, quote(target, safe="%/;.:"), skip_accept_encoding=True)
            for name, value in headers.items():
                self._connection.putheader(name, value.encode())
            data = body.encode()
            self._connection.putheader("Content-Length", str(len(data)))
            self._connection.endheaders(data)
            response = self._connection.getresponse()
            content = response.read()
        except (http.client.HTTPException, ConnectionError, BrokenPipeError):
            self._connection.close()
            self._connection = self._connected()
            return 0, False
        self._counts[response.status] += 1
        assert response.status < 500 or response.status in self._expected, (what, response.status, content)
        if response.status in (200, 201) and method == "LOCK":
            self._tokens.append(response.headers.get("Lock-Token", "<urn:x>").strip("<>"))
        kind = response.headers.get("Content-Type", "")
        if method != "HEAD" and "json" in kind and method == "POST":
            json.loads(content)
        if method == "HEAD" or "xml" not in kind or response.status not in (207, 403, 409, 412, 423, 507):
            return response.status, False
        return response.status, _check(what, response.status, etree.fromstring(content))


def _check(what: tuple[Any, ...], status: int, root: etree._Element) -> bool:
    """Check the XML of an answer; says whether it reports a failure."""
    if status != 207:
        return True
    assert root.tag == f"{DAV}multistatus", what
    method = what[0]
    every: list[int] = []
    for response in root.iterfind(f"{DAV}response"):
        own = [int(each.text.split()[1]) for each in response.iterfind(f"{DAV}status") if each.text]
        parts = [_propstat(each) for each in response.iterfind(f"{DAV}propstat")]
        every += own + [code for code, _ in parts]
        if method in ("PROPPATCH", "BPROPPATCH"):
            codes = [code for code, _ in parts]
            assert not (200 in codes and any(code >= 400 for code in codes)), (what, "is half a batch")
            names = [name for _, listed in parts for name in listed]
            assert len(names) == len(set(names)), (what, "lists a property twice")
    assert 424 not in every or any(code >= 400 and code != 424 for code in every), (what, "has a 424 without a cause")
    assert method not in ("DELETE", "COPY", "MOVE") or 424 not in every, what
    return any(code >= 400 for code in every)


def _propstat(propstat: etree._Element) -> tuple[int, list[str]]:
    names = [str(each.tag) for prop in propstat.iterfind(f"{DAV}prop") for each in prop]
    return int((propstat.findtext(f"{DAV}status") or "HTTP/1.1 0").split()[1]), names


def without_locks(tree: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out the locks: causes that count attempts set and remove some."""
    return {path: {key: value for key, value in each.items() if key != "locks"} for path, each in tree.items()}


def main() -> int:
    """Send the requests, and say how many of each status there were; 1 if a rule was broken."""
    counts: Counter[int] = Counter()
    errors: list[BaseException] = []
    start = time.monotonic()
    with Server() as server:
        canary = server.space("playground", "canary")
        state = canary.tree
        # A fault breaks the answers, and a dialect breaks rules as a real server does.
        read = {name: source() for name, source in scenario_sources().items()}
        scenarios = [name for name, scenario in read.items() if not (scenario.faults or scenario.dialect)]

        def work(number: int) -> None:
            walker = Walker(server, number, counts)
            chosen = random.Random(SEED * 1000 + number)
            for done in range(0, REQUESTS // THREADS, LIFE):
                if errors:
                    return
                try:
                    walker.life(chosen.choice(scenarios), min(LIFE, REQUESTS // THREADS - done))
                except BaseException as error:  # noqa: BLE001 - shown below
                    errors.append(error)

        threads = [threading.Thread(target=work, args=[number]) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not errors and canary.tree != state:
            errors.append(AssertionError("the tree of a space that no request was for has changed"))
    seconds = time.monotonic() - start
    print(f"{sum(counts.values())} requests in {seconds:.0f} s: {dict(sorted(counts.items()))}")
    for error in errors:
        print(f"{type(error).__name__}: {error}")
    return min(len(errors), 1)


if __name__ == "__main__":
    sys.exit(main())
