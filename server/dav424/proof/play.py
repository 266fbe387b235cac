"""Send a scenario's requests over real HTTP, and read what the answers say."""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from lxml import etree
from msgspec import Struct

from dav424.condition import DAV
from dav424.curl import curl
from dav424.scenario.model import RequestSpec, Scenario

PROBLEM = "application/problem+json"
_FAILED = re.compile(r'<([^>]*)>; rel="urn:dav424:failed-dependency"; status=([0-9]{3})')
_SAFE_PARSER = {"resolve_entities": False, "no_network": True, "huge_tree": True}


class Said(Struct, frozen=True):
    """What an answer says of one resource or, with ``property``, of one property of it.

    ``href`` is decoded and starts at the scenario's root. ``xml`` is a property's element.
    """

    href: str
    property: str | None
    status: int
    condition: str | None = None
    description: str = ""
    xml: str = ""

    def __str__(self) -> str:
        """Say it in a line."""
        what = f"{self.href} {self.property}" if self.property else self.href
        return f"{what}: {self.status}" + (f" {self.condition}" if self.condition else "")


class Answer(Struct, frozen=True):
    """An answer as it came; ``said`` is read from its XML or its problem, else from the links to what failed."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    condition: str | None = None
    said: tuple[Said, ...] = ()

    @property
    def failures(self) -> list[Said]:
        """What is said to have failed, in a body whose status line may look like a success."""
        return [each for each in self.said if each.status >= 400]

    @property
    def failed(self) -> bool:
        """Whether the request failed, whatever its status line says."""
        return self.status >= 400 or bool(self.failures)


class Player(Struct, frozen=True):
    """Plays the requests of one scenario, which is served at ``url``."""

    url: str
    scenario: Scenario

    @property
    def base(self) -> str:
        """The path of the scenario in URLs, without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")

    def headers(self, spec: RequestSpec) -> dict[str, str]:
        """Give the headers as they are sent; ``{base}`` in them is the scenario's own path."""
        return {**{name: self._placed(value) for name, value in spec.headers.items()}, **self.login(spec.user)}

    def login(self, user: str | None) -> dict[str, str]:
        """Give the header that a user logs in with; none for nobody."""
        if user is None:
            return {}
        pair = f"{user}:{self.scenario.users[user]}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def _placed(self, text: str) -> str:
        return text.replace("{base}", self.base)

    def body(self, spec: RequestSpec) -> bytes:
        """Give the body as it is sent."""
        return self._placed(spec.body).encode()

    def send(self, spec: RequestSpec) -> Answer:
        """Send one request."""
        return self.exchange(spec.method, spec.path, self.headers(spec), self.body(spec))

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send anything; ``path`` starts at the scenario's root and is percent-encoded."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=90)
        try:
            connection.request(method, self.base + path, body or None, dict(headers))
            response = connection.getresponse()
            return read(response, self.base, path)
        finally:
            connection.close()

    def curl(self, spec: RequestSpec) -> str:
        """Spell a request as a curl command to paste."""
        user = f"{spec.user}:{self.scenario.users[spec.user]}" if spec.user is not None else ""
        headers = {name: self._placed(value) for name, value in spec.headers.items()}
        return curl(spec.method, self.url.rstrip("/") + spec.path, headers, self.body(spec).rstrip(), user)


def read(response: http.client.HTTPResponse, base: str, path: str) -> Answer:
    """Read an answer, and what a multistatus, an mkcol-response or a DAV:error in it says."""
    body = response.read()
    headers = dict(response.getheaders())
    kind = headers.get("Content-Type", "")
    condition: str | None = None
    said: tuple[Said, ...] = ()
    if kind == PROBLEM and body:
        said = tuple(_causes(msgspec.json.decode(body), base))
    elif "Link" in headers:
        said = tuple(Said(_decoded(href, base), None, int(status)) for href, status in _FAILED.findall(headers["Link"]))
    elif "xml" in kind and body:
        root = etree.fromstring(body, etree.XMLParser(**_SAFE_PARSER))  # type: ignore[arg-type]
        if root.tag == f"{DAV}error":
            condition = _condition(root)
        elif root.tag == f"{DAV}multistatus":
            said = tuple(each for found in root.findall(f"{DAV}response") for each in _response(found, base))
        elif root.tag == f"{DAV}mkcol-response":
            said = tuple(_propstats(root, unquote(path)))
    return Answer(response.status, response.reason, headers, body, condition, said)


def _causes(problem: Any, base: str) -> Iterator[Said]:
    """Read what a problem says of what could not be done because of others, and of these."""
    for each in problem.get("through", ()):
        yield Said(_decoded(each["href"], base), None, each["status"], description=problem["detail"])
    for each in problem.get("causes", ()):
        yield Said(_decoded(each["href"], base), None, each["status"], description=f"{each['detail']} {each['cure']}")


def _decoded(href: str, base: str) -> str:
    return unquote(href).removeprefix(base) or "/"


def _response(found: etree._Element, base: str) -> list[Said]:
    href = _decoded((found.findtext(f"{DAV}href") or "").strip(), base)
    if found.find(f"{DAV}status") is None:
        return _propstats(found, href)
    description = found.findtext(f"{DAV}responsedescription") or ""
    return [Said(href, None, _status(found), _condition(found.find(f"{DAV}error")), description)]


def _propstats(parent: etree._Element, href: str) -> list[Said]:
    said = []
    for propstat in parent.findall(f"{DAV}propstat"):
        condition = _condition(propstat.find(f"{DAV}error"))
        description = propstat.findtext(f"{DAV}responsedescription") or ""
        for prop in propstat.iterfind(f"{DAV}prop/*"):
            xml = etree.tostring(prop, encoding="unicode", with_tail=False)
            said.append(Said(href, str(prop.tag), _status(propstat), condition, description, xml))
    return said


def _status(parent: etree._Element) -> int:
    return int((parent.findtext(f"{DAV}status") or "HTTP/1.1 0").split()[1])


def _condition(error: etree._Element | None) -> str | None:
    return str(error[0].tag) if error is not None and len(error) else None
