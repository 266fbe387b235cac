"""What a client can send, at any size: a request for each way to make a reader of untrusted text work hard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SCENARIO = """
tree:
  /cal/: {types: ["{urn:ietf:params:xml:ns:caldav}calendar"]}
  /book/: {types: ["{urn:ietf:params:xml:ns:carddav}addressbook"]}
  /f: {content: Milk}
  /c/a: {content: Tea}
  /c/b: {content: Rum}
  /d: {from: [/f, /c/a], template: "$1 and $2"}
causes:
  - {id: rule, kind: value-rule, property: "{urn:u}ruled", pattern: "(a+)+b"}
  - {id: no, kind: protected-property, property: "{urn:u}no"}
"""
USERS = 'users: {"Ada": secret}\ntree: {/f: {content: Milk}}\n'
XML, JSON = "text/xml", "application/json"
HEAD_SIZES = (1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19)
"""Bytes; a head may have a MiB."""
PATH_SIZES = (1 << 12, 1 << 13, 1 << 14, 1 << 15, 65_000)
"""Bytes; a path may have 64 KiB."""
BODY_SIZES = (1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19)
BIG_SIZES = (1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21)
SLICED_SIZES = (160_000, 230_000, 330_000, 470_000, 660_000)
"""Bytes, for bodies that are read in pieces."""
TREE_SIZES = (1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18)
"""Bytes, for bodies of which each kilobyte is a lot of work."""


@dataclass(frozen=True)
class Sent:
    """A request; ``path`` starts at the root of the scenario, or of the server if it starts with ``/-/``."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    chunk: int = 0

    def written(self, base: str) -> bytes:
        """Write the request, with its body in chunks of the length ``chunk`` if that is not 0."""
        target = self.path if self.path.startswith("/-/") else base + self.path
        target = target.replace("{base}", base)
        framing = {"Transfer-Encoding": "chunked"} if self.chunk else {"Content-Length": str(len(self.body))}
        headers = {"Host": "127.0.0.1", **framing, **self.headers}
        lines = "".join(f"{name}: {value.replace('{base}', base)}\r\n" for name, value in headers.items())
        return f"{self.method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + self._framed()

    def _framed(self) -> bytes:
        if not self.chunk:
            return self.body
        size, body, step = f"{self.chunk:x}\r\n".encode(), self.body, self.chunk
        whole = [size + body[at : at + step] + b"\r\n" for at in range(0, len(body) // step * step, step)]
        return b"".join(whole) + b"0\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """A way to make a reader work: ``make`` gives a request of about so many bytes."""

    name: str
    make: Callable[[int], Sent]
    sizes: tuple[int, ...] = BODY_SIZES
    users: bool = False


def cases() -> Iterator[Case]:
    """Give all cases."""
    yield from _heads()
    yield from _paths()
    yield from _header_values()
    yield from _xml()
    yield from _xml_of_methods()
    yield from _objects()
    yield from _stored_objects()
    yield from _json()
    yield from _multipart()
    yield from _admin()


def _times(piece: str, size: int) -> str:
    return piece * max(1, size // len(piece))


def _each(pattern: str, size: int) -> str:
    """Repeat a pattern with a number in it, up to a size."""
    count = max(1, size // (len(pattern) + 3))
    return "".join([pattern.replace("#", str(number)) for number in range(count)])


def _heads() -> Iterator[Case]:
    def head(name: str, lines: Callable[[int], str], sizes: tuple[int, ...] = HEAD_SIZES) -> Case:
        def make(size: int) -> Sent:
            fields = dict(line.split(":", 1) for line in lines(size).split("\n") if line)
            return Sent("GET", "/f", fields)

        return Case(f"head: {name}", make, sizes)

    most = 900
    yield head("many headers", lambda size: "\n".join(f"X-{n}:{'v' * (size // most)}" for n in range(most)))
    yield head("a header again and again", lambda size: "\n".join([f"X-Again{' ' * 0}:{'v' * size}"]))
    yield head("a long name", lambda size: f"X-{'n' * size}:v")
    yield head("a long value", lambda size: f"X:{'v' * size}")
    yield head("white space", lambda size: f"X:{' ' * size}v")
    yield head("at signs", lambda size: f"X:{_times('://a', size)}@")
    yield head("at signs in a list", lambda size: f"X:{_times('://a@', size)}")
    yield head("slashes and no at sign", lambda size: f"X:{_times('://', size)}@")
    yield head("connection options", lambda size: f"Connection:{_times('a,', size)}")
    yield Case("head: a header on 990 lines", _same_header, HEAD_SIZES)


def _same_header(size: int) -> Sent:
    value = "v" * (size // 990)
    return Sent("GET", "/f", {"X": "\r\nX: ".join([value] * 990)})


def _paths() -> Iterator[Case]:
    ways: dict[str, Callable[[int], str]] = {
        "segments": lambda size: _times("/a", size),
        "slashes": lambda size: "/" * size,
        "one segment": lambda size: "/" + "a" * size,
        "escapes": lambda size: "/" + _times("%C3%BC", size),
        "escaped segments": lambda size: _times("/%41", size),
        "dots": lambda size: _times("/...", size),
        "a dot segment at the end": lambda size: _times("/a", size) + "/..",
        "a bad escape at the end": lambda size: _times("/%41", size) + "%",
        "semicolons": lambda size: _times("/;", size),
        "query": lambda size: "/f?" + _times("a=b&", size),
        "spaces by name": lambda size: _times("/s/a", size),
    }
    for method in ("GET", "PUT", "PROPFIND", "MKCOL", "DELETE", "LOCK", "COPY"):
        for name, way in ways.items():
            sent = {"Destination": "{base}/x"} if method == "COPY" else {}
            yield Case(f"path: {name}, {method}", _asking(method, way, sent), PATH_SIZES)
    for header in ("Destination", "If", "Content-Location", "Referer"):
        for name, way in ways.items():
            if name != "query":
                yield Case(f"{header}: path of {name}", _referring(header, way), PATH_SIZES)
    lists = {"If": "(<urn:x>)"}
    yield Case("path: segments, and an If that holds nowhere", _asking("PUT", ways["segments"], lists), PATH_SIZES)
    yield Case("path: segments, and as many lists of If", _deep_and_listed, PATH_SIZES)
    yield Case("path: segments, COPY, and an If that holds nowhere", _deep_copy, PATH_SIZES)


def _asking(method: str, way: Callable[[int], str], headers: dict[str, str]) -> Callable[[int], Sent]:
    return lambda size: Sent(method, way(size), headers)


def _deep_and_listed(size: int) -> Sent:
    return Sent("PUT", _times("/a", size), {"If": _times("(<urn:x>)", size)})


def _deep_copy(size: int) -> Sent:
    return Sent("COPY", "/f", {"If": "(<urn:x>)", "Destination": "{base}" + _times("/a", size // 2)})


def _referring(header: str, way: Callable[[int], str]) -> Callable[[int], Sent]:
    def make(size: int) -> Sent:
        url = "{base}" + way(size)
        value = f"<{url}> (<urn:x>)" if header == "If" else url
        return Sent("COPY", "/f", {"Destination": "{base}/x", header: value})

    return make


_END = "\xa7"
"""A character that no reader wants, so that each tries all it can before it gives up."""
_PIECES = (
    *"a 0,;<>()[]\"'\\%=:/@.-+*$~#?_!|^`{}\t",
    "a,", "a;", "a=", "a=b,", "a=b;", 'a="b",', 'a="b";', '"a",', '"a" ', "a ", "a\t", " ,", ", ", ",\t", "; ", '\\"', '"\\', "a/b,",
    "a/b;q=1,", "a/b;c=d;", "<a:b>", "(<a:b>)", "(Not <a:b>)", '(["a"])', "<http://h/f> (<a:b>)", "Not ", "([", "(<", "Second-1,", "%41",
    "://", "a:b@", "first ", "before ", "a-b-c,", "en-", "0-1,", "bytes=0-", "0.", "\u00e9", 'W/"a",',
)  # fmt: skip
_STARTS = {
    "Accept": ("GET", "", "a/b;", "a/b;c=", 'a/b;c="'),
    "Accept-Encoding": ("GET", ""),
    "Authorization": (
        "GET",
        "Digest ",
        "Basic ",
        'Digest a="',
        "Digest username*=",
        "Digest username*=UTF-8''",
        "Bearer ",
    ),
    "Brief": ("PROPFIND", ""),
    "Content-Encoding": ("PUT", ""),
    "Content-Language": ("PUT", "", "en"),
    "Content-Type": ("PUT", "", "text/plain; charset=", "multipart/mixed; boundary=", "text/plain; a*0="),
    "Cookie": ("GET", "", "a="),
    "Depth": ("PROPFIND", ""),
    "Destination": ("COPY", "", "{base}/", "http://", "http://h:", "http://[", "http://a@"),
    "Expect": ("PUT", ""),
    "Forwarded": ("GET", ""),
    "Host": ("GET", "", "a"),
    "If": ("PUT", "", "(", "(<", "([", "<", "<a:b> (", '(["', "(Not "),
    "If-Match": ("PUT", "", '"', 'W/"', '"a",'),
    "If-Modified-Since": ("GET", "", "Mon, "),
    "If-None-Match": ("GET", "", '"', "W/"),
    "If-Range": ("GET", "", '"'),
    "If-Unmodified-Since": ("PUT", ""),
    "Link": ("GET", "", "<"),
    "Lock-Token": ("UNLOCK", "", "<"),
    "Ordering-Type": ("MKCOL", ""),
    "Origin": ("GET", ""),
    "Overwrite": ("COPY", ""),
    "Position": ("PUT", "", "before ", "after"),
    "Prefer": ("PROPFIND", "", "a=", 'a="', "a; b=", 'a; b="'),
    "Range": ("GET", "", "bytes=", "bytes = 0", "bytes=0-", "bytes"),
    "TE": ("GET", ""),
    "Timeout": ("LOCK", "", "Second-"),
    "Transaction": ("GET", "", "<"),
    "Transfer-Encoding": ("PUT", "", "chunked,"),
    "X-Forwarded-For": ("GET", ""),
}


def _header_values() -> Iterator[Case]:
    for header, (method, *starts) in _STARTS.items():
        for start in starts:
            for piece in _PIECES:
                name = f"{header}: {start!r}, then {piece!r} many times"
                users = header == "Authorization"
                yield Case(name, _with_value(header, method, start, piece), HEAD_SIZES, users)
    digest = 'Digest username="Ada", realm="lin", nonce="#", uri="/f", qop=auth, nc=00000001, cnonce="a", response="b"'
    for parameter in ("username", "nonce", "uri", "cnonce", "response"):
        yield Case(f"Authorization: a long {parameter} of Digest", _digest(digest, parameter), HEAD_SIZES, users=True)


def _digest(digest: str, parameter: str) -> Callable[[int], Sent]:
    def make(size: int) -> Sent:
        value = digest.replace(f'{parameter}="', f'{parameter}="' + "/a" * (size // 2))
        return Sent("GET", "/f", {"Authorization": value})

    return make


def _with_value(header: str, method: str, start: str, piece: str) -> Callable[[int], Sent]:
    more = {"Destination": "{base}/x"} if method == "COPY" and header != "Destination" else {}
    body = b"x" if method == "PUT" else b""
    path = "/x/" if method == "MKCOL" else "/f"
    return lambda size: Sent(method, path, {**more, header: start + _times(piece, size) + _END}, body)


_PROP = '<D:propertyupdate xmlns:D="DAV:" xmlns:u="urn:u"{}><D:set><D:prop>{}</D:prop></D:set></D:propertyupdate>'
_SEVENTEEN = "".join(f' xmlns:n{number}="urn:{number}"' for number in range(17))


def _proppatch(text: str, attributes: str = "", **headers: str) -> Sent:
    return Sent("PROPPATCH", "/f", {"Content-Type": XML, **headers}, _PROP.format(attributes, text).encode())


def _declared(count: int) -> str:
    return "".join([f' xmlns:n{number}="urn:{number}"' for number in range(count)])


def _xml() -> Iterator[Case]:
    ways: dict[str, Callable[[int], Sent]] = {
        "width": lambda size: _proppatch(_each("<u:a#/>", size)),
        "one property again and again": lambda size: _proppatch(_times("<u:a/>", size)),
        "properties, and one fails": lambda size: _proppatch(_each("<u:a#/>", size) + "<u:no/>"),
        "properties that fail": lambda size: _proppatch(_times("<D:getetag/>", size)),
        "siblings in a property": lambda size: _proppatch(f"<u:a>{_times('<b/>', size)}</u:a>"),
        "attributes": lambda size: _proppatch("<u:a" + _each(' b#=""', size) + "/>"),
        "attributes of all elements": lambda size: _proppatch(_each('<u:a# b="c" d="e"/>', size)),
        "a long attribute": lambda size: _proppatch(f'<u:a b="{"c" * size}"/>'),
        "a long name": lambda size: _proppatch(f"<u:{'a' * min(size // 30, 49_000)}/>", _declared(1)),
        "a long namespace": lambda size: _proppatch(f'<a xmlns="urn:{"a" * size}"/>'),
        "one level": lambda size: _proppatch(f"<u:a>{_times('<b>' * 100 + '</b>' * 100, size)}</u:a>"),
        "too deep": lambda size: _proppatch(_times("<b>", size)),
        "namespaces": lambda size: _proppatch("<u:a/>", _declared(size // 22)),
        "namespaces, and as many properties": lambda size: _proppatch(_each("<u:a#/>", size // 2), _declared(size // 44)),
        "namespaces, and as many properties with them": _each_own,
        "namespaces at each property": lambda size: _proppatch(_each('<n:a# xmlns:n="urn:#"/>', size)),
        "namespaces around, and elements inside": lambda size: _proppatch(
            f"<u:a>{_times('<u:b/>', size)}</u:a>", _declared(40)
        ),
        "namespaces, used in values": lambda size: _proppatch(
            f"<u:a>{_each('n#:x ', size // 2)}</u:a>", _declared(size // 44)
        ),
        "namespaces, and nested elements": lambda size: _proppatch(
            _times("<u:a>" + "<u:b>" * 100 + "</u:b>" * 100 + "</u:a>", size // 2), _declared(size // 44)
        ),
        "namespaces nested": _nested_namespaces,
        "languages": lambda size: _proppatch(_each("<u:a#/>", size), ' xml:lang="en"'),
        "languages, far above": lambda size: _proppatch(
            f"<u:a>{'<b>' * 90}{_times('<c/>', size)}{'</b>' * 90}</u:a>", ' xml:lang="en"'
        ),
        "a long language": lambda size: _proppatch(_times("<u:a/>", size // 2), f' xml:lang="{"e" * (size // 2)}"'),
        "comments": lambda size: _proppatch(f"<u:a>{_times('<!--x-->', size)}</u:a>"),
        "comments between properties": lambda size: _proppatch(_times("<!--x--><u:a/>", size)),
        "processing instructions": lambda size: _proppatch(f"<u:a>{_times('<?x y?>', size)}</u:a>"),
        "CDATA": lambda size: _proppatch(f"<u:a>{_times('<![CDATA[x]]>', size)}</u:a>"),
        "references": lambda size: _proppatch(f"<u:a>{_times('&amp;&#65;', size)}</u:a>"),
        "references in an attribute": lambda size: _proppatch(f'<u:a b="{_times("&amp;&#65;", size)}"/>'),
        "unknown elements": lambda size: _proppatch(f"</D:prop></D:set>{_each('<u:a#/>', size)}<D:set><D:prop><u:a/>"),
        "instructions": lambda size: _proppatch(_times("<u:a/></D:prop></D:set><D:set><D:prop>", size)),
        "removals": lambda size: _proppatch(f"<u:a/></D:prop></D:set><D:remove><D:prop>{_each('<u:a#/>', size)}"
                                            "</D:prop></D:remove><D:set><D:prop>"),
        "a doctype after a comment": lambda size: Sent(
            "PROPPATCH", "/f", {"Content-Type": XML}, b"<!--" + b"x" * size + b"--><!DOCTYPE a><a/>"
        ),
        "a doctype with entities": lambda size: Sent(
            "PROPPATCH", "/f", {"Content-Type": XML}, ("<!DOCTYPE a [" + _each('<!ENTITY a# "b">', size) + "]><a/>").encode()
        ),
        "a declaration that does not end": lambda size: Sent(
            "PUT", "/f", {"Content-Type": "text/xml"}, f"<?xml {_times(' encoding=', size)}".encode()
        ),
    }  # fmt: skip
    for name, way in ways.items():
        # The parser reads a doctype so fast that what counts in a small one is where its memory comes from.
        yield Case(f"XML: {name}", way, BIG_SIZES if "doctype" in name else BODY_SIZES)
    for encoding in ("utf-16", "utf-16-le", "utf-32", "iso-8859-1", "utf-7"):
        yield Case(f"XML: width in {encoding}", _encoded(encoding))
    for piece in (*_PIECES, "a:", "n1:", "a.", "a-", "a\u0301", "\u00e9", "\n", "\r\n"):
        if piece not in "<&" and "<" not in piece:
            yield Case(f"XML: {piece!r} many times in a value, with 17 namespaces", _long_value(piece, "u:a"))
            yield Case(f"XML: {piece!r} many times in an attribute, with 17 namespaces", _long_attribute(piece))
            if len(piece) < 3:
                for name in ("u:ruled", "D:getcontentlanguage", "D:creationdate", "D:displayname", "D:getcontenttype"):
                    yield Case(f"XML: {piece!r} many times in {name}", _long_value(piece, name))


def _each_own(size: int) -> Sent:
    count = size // 44
    return _proppatch("".join([f"<n{number}:a/>" for number in range(count)]), _declared(count))


def _nested_namespaces(size: int) -> Sent:
    each = max(1, size // (22 * 100))
    opened = ["<b" + "".join(f' xmlns:n{level}-{n}="urn:{n}"' for n in range(each)) + ">" for level in range(100)]
    return _proppatch(f"<u:a>{''.join(opened)}{'</b>' * 100}</u:a>")


def _encoded(encoding: str) -> Callable[[int], Sent]:
    charset = encoding.replace("-le", "")
    wide = 4 if "32" in encoding else 2 if "16" in encoding else 1

    def make(size: int) -> Sent:
        text = _PROP.format("", _each("<u:a#/>", size // wide))
        return Sent("PROPPATCH", "/f", {"Content-Type": f"{XML}; charset={charset}"}, text.encode(encoding))

    return make


def _escaped(piece: str) -> str:
    return piece.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _long_value(piece: str, name: str) -> Callable[[int], Sent]:
    attributes = _SEVENTEEN if name == "u:a" else ""
    return lambda size: _proppatch(f"<{name}>{_escaped(_times(piece, size))}</{name}>", attributes)


def _long_attribute(piece: str) -> Callable[[int], Sent]:
    return lambda size: _proppatch(f'<u:a b="{_escaped(_times(piece, size))}"/>', _SEVENTEEN)


def _xml_of_methods() -> Iterator[Case]:
    def body(root: str, inside: str, attributes: str = "") -> bytes:
        return f'<D:{root} xmlns:D="DAV:" xmlns:u="urn:u"{attributes}>{inside}</D:{root}>'.encode()

    def sent(method: str, path: str, content: bytes, **headers: str) -> Sent:
        return Sent(method, path, {"Content-Type": XML, **headers}, content)

    def bulk(inside: str) -> bytes:
        return (
            body("x", inside)
            .replace(b"D:x", b"M:multiput")
            .replace(b" xm", b' xmlns:M="http://me.com/_namespace/" xm', 1)
        )

    def names(size: int) -> str:
        return f"<D:prop>{_each('<u:a#/>', size)}</D:prop>"

    share = '<S:share xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:">{}</S:share>'
    ways: dict[str, Callable[[int], Sent]] = {
        "PROPFIND of names": lambda size: sent("PROPFIND", "/c/", body("propfind", names(size)), Depth="1"),
        "PROPFIND of namespaces": lambda size: sent(
            "PROPFIND", "/f", body("propfind", "<D:prop>" + _each('<a xmlns="urn:#"/>', size) + "</D:prop>")
        ),
        "PROPFIND of one name": lambda size: sent(
            "PROPFIND", "/f", body("propfind", f"<D:prop>{_times('<u:a/>', size)}</D:prop>")
        ),
        "PROPFIND of kinds": lambda size: sent("PROPFIND", "/f", body("propfind", _times("<D:allprop/>", size))),
        "PROPFIND, include": lambda size: sent(
            "PROPFIND", "/f", body("propfind", f"<D:allprop/><D:include>{_each('<u:a#/>', size)}</D:include>")
        ),
        "MKCOL": lambda size: sent("MKCOL", "/x/", body("mkcol", f"<D:set>{names(size)}</D:set>")),
        "MKCOL of types": lambda size: sent(
            "MKCOL",
            "/x/",
            body("mkcol", f"<D:set><D:prop><D:resourcetype>{_each('<u:a#/>', size)}</D:resourcetype></D:prop></D:set>"),
        ),
        "LOCK with an owner": lambda size: sent(
            "LOCK",
            "/f",
            body(
                "lockinfo",
                "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>"
                f"<D:owner>{_times('<u:a/>', size)}</D:owner>",
            ),
        ),
        "ORDERPATCH": lambda size: sent(
            "ORDERPATCH",
            "/c/",
            body(
                "orderpatch",
                _times(
                    "<D:order-member><D:segment>a</D:segment><D:position><D:last/></D:position></D:order-member>", size
                ),
            ),
        ),
        "BPROPPATCH of targets": lambda size: sent(
            "BPROPPATCH",
            "/c/",
            body(
                "propertyupdate",
                f"<D:target>{_each('<D:href>a#</D:href>', size)}</D:target><D:set><D:prop><u:a/></D:prop></D:set>",
            ),
        ),
        "BPROPPATCH of targets and properties": lambda size: sent(
            "BPROPPATCH",
            "/c/",
            body("propertyupdate", f"<D:target><D:href>a</D:href></D:target><D:set>{names(size)}</D:set>"),
        ),
        "BDELETE of targets": lambda size: sent(
            "BDELETE", "/c/", body("delete", f"<D:target>{_each('<D:href>a#</D:href>', size)}</D:target>")
        ),
        "BCOPY of targets": lambda size: sent(
            "BCOPY",
            "/c/",
            body("copy", _each("<D:target><D:href>a</D:href><D:dest>{base}/c/x#</D:dest></D:target>", size)),
        ),
        "BPROPFIND of targets": lambda size: sent(
            "BPROPFIND",
            "/c/",
            body(
                "propfind",
                f"<D:target>{_times('<D:href>a</D:href>', size)}</D:target><D:prop><u:a/></D:prop>",
            ),
        ),
        "multiput of resources": lambda size: sent(
            "POST", "/c/", bulk(_each("<M:resource><D:href>a#</D:href><M:delete/></M:resource>", size))
        ),
        "multiput of properties": lambda size: sent(
            "POST", "/c/", bulk(f"<M:resource><D:href>a</D:href><D:set>{names(size)}</D:set></M:resource>")
        ),
        "CS:share": lambda size: Sent(
            "POST",
            "/c/",
            {"Content-Type": XML},
            share.format(_each("<S:set><D:href>mailto:a#@x.org</D:href><S:read/></S:set>", size)).encode(),
        ),
        "CS:share of one invitee": lambda size: Sent(
            "POST",
            "/c/",
            {"Content-Type": XML},
            share.format(_times("<S:set><D:href>mailto:a@x.org</D:href><S:read/></S:set>", size)).encode(),
        ),
    }
    for name, way in ways.items():
        # Beyond 4,000 names the server writes each name anew: that is a step, and linear on both sides.
        yield Case(f"XML: {name}", way, BIG_SIZES if "PROPFIND of na" in name else TREE_SIZES)


def _stored_objects() -> Iterator[Case]:
    """Objects that a calendar or an address book reads; larger ones than a MiB are refused."""

    def event(inside: str) -> Sent:
        head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T000000Z\r\n"
        text = f"{head}{inside}END:VEVENT\r\nEND:VCALENDAR\r\n"
        return Sent("PUT", "/cal/a.ics", {"Content-Type": "text/calendar"}, text.encode())

    def card(inside: str) -> Sent:
        text = f"BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:Ada\r\n{inside}END:VCARD\r\n"
        return Sent("PUT", "/book/a.vcf", {"Content-Type": "text/vcard"}, text.encode())

    def query(inside: str) -> Sent:
        body = (
            '<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:filter><C:comp-filter name="VCALENDAR">'
            f'<C:comp-filter name="VEVENT">{inside}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
        )
        return Sent("REPORT", "/cal/", {"Content-Type": XML, "Depth": "1"}, body.encode())

    ways: dict[str, Callable[[int], Sent]] = {
        "properties": lambda size: event(_times("ATTENDEE;CN=Ada:mailto:a@x.org\r\n", size)),
        "parameters": lambda size: event(f"X{_times(';A=b', size)}:y\r\n"),
        "a long value": lambda size: event(f"X:{'y' * size}\r\n"),
        "escapes": lambda size: event(f"SUMMARY:{_times(chr(92) + ',', size)}\r\n"),
        "a folded line": lambda size: event("X:y" + _times("\r\n y", size) + "\r\n"),
        "alarms": lambda size: event(_times("BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n", size)),
        "exceptions": lambda size: event(f"RRULE:FREQ=DAILY\r\n{_times('EXDATE:20260102T000000Z' + chr(13) + chr(10), size)}"),
        "a list of dates": lambda size: event(f"RDATE:20260102T000000Z{_times(',20260103T000000Z', size)}\r\n"),
        "parts of a rule": lambda size: event(f"RRULE:FREQ=DAILY;BYMINUTE=1{_times(',1', size)}\r\n"),
        "rules": lambda size: event(_times("RRULE:FREQ=DAILY;COUNT=2\r\n", size)),
        "changed instances": lambda size: event(
            "RRULE:FREQ=DAILY\r\n"
            + _times("END:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260103T000000Z\r\nDTSTART:20260103T000000Z\r\n", size)
        ),
        "nonsense": lambda size: event("y" * size + "\r\n"),
    }  # fmt: skip
    for name, way in ways.items():
        yield Case(f"iCalendar in a calendar: {name}", way, TREE_SIZES)
    yield Case(
        "vCard in an address book: properties", lambda size: card(_times("TEL;TYPE=cell:1\r\n", size)), TREE_SIZES
    )
    yield Case("vCard in an address book: a long value", lambda size: card(f"NOTE:{'y' * size}\r\n"), TREE_SIZES)
    yield Case(
        "vCard in an address book: a folded line",
        lambda size: card("NOTE:y" + _times("\r\n y", size) + "\r\n"),
        TREE_SIZES,
    )
    yield Case("vCard in an address book: nonsense", lambda size: card("y\r\n" * (size // 3)), TREE_SIZES)
    yield Case(
        "calendar-query: filters of properties",
        lambda size: query(_times('<C:prop-filter name="UID"><C:text-match>a</C:text-match></C:prop-filter>', size)),
        TREE_SIZES,
    )


def _objects() -> Iterator[Case]:
    def calendar(inside: str, kind: str = "text/calendar") -> Sent:
        root = "VCALENDAR" if kind == "text/calendar" else "VCARD"
        text = f"BEGIN:{root}\r\n{inside}END:{root}\r\n"
        return Sent("POST", "/c/", {"Content-Type": kind}, text.encode())

    event = "BEGIN:VEVENT\r\nUID:#\r\nEND:VEVENT\r\n"
    zone = "BEGIN:VTIMEZONE\r\nTZID:z#\r\nEND:VTIMEZONE\r\n"
    ways: dict[str, Callable[[int], Sent]] = {
        "events": lambda size: calendar(_each(event, size)),
        "events of one UID": lambda size: calendar(_times(event, size)),
        "events without a UID": lambda size: calendar(_times("BEGIN:VEVENT\r\nEND:VEVENT\r\n", size)),
        "zones": lambda size: calendar(_each(zone, size) + event),
        "zones, and as many events": lambda size: calendar(_each(zone, size // 2) + _each(event, size // 2)),
        "zones, and an event that names all": lambda size: calendar(
            _each(zone, size // 2) + "BEGIN:VEVENT\r\nUID:1\r\n" + _each("X;TZID=z#:1\r\n", size // 2) + "END:VEVENT\r\n"
        ),
        "events that name a zone": lambda size: calendar(
            zone + _each("BEGIN:VEVENT\r\nUID:#\r\nX;TZID=z#:1\r\nEND:VEVENT\r\n", size)
        ),
        "a head, and as many events": lambda size: calendar("X:" + "y" * (size // 2) + "\r\n" + _each(event, size // 2)),
        "head lines, and as many events": lambda size: calendar(_times("X:y\r\n", size // 2) + _each(event, size // 2)),
        "a line folded again and again": lambda size: calendar("X:y" + _times("\r\n y", size) + "\r\n" + event),
        "a UID folded again and again": lambda size: calendar("BEGIN:VEVENT\r\nUID:y" + _times("\r\n y", size) + "\r\nEND:VEVENT\r\n"),
        "a long line": lambda size: calendar(f"X:{'y' * size}\r\n{event}"),
        "a long UID": lambda size: calendar(f"BEGIN:VEVENT\r\nUID:{'y' * size}\r\nEND:VEVENT\r\n"),
        "semicolons": lambda size: calendar(f"X{_times(';', size)}:y\r\n{event}"),
        "TZID in a line": lambda size: calendar(f"X{_times(';TZID=', size)}y\r\n{event}"),
        "a TZID that does not end": lambda size: calendar(f"BEGIN:VEVENT\r\nUID:1\r\nX{_times(';TZID=a', size)}\r\nEND:VEVENT\r\n"),
        "components inside": lambda size: calendar(
            "BEGIN:VEVENT\r\nUID:1\r\n" + _times("BEGIN:VALARM\r\nEND:VALARM\r\n", size) + "END:VEVENT\r\n"
        ),
        "components nested": lambda size: calendar(_times("BEGIN:VEVENT\r\n", size // 2) + _times("END:VEVENT\r\n", size // 2)),
        "empty lines": lambda size: calendar("\r\n" * (size // 2) + event),
        "returns alone": lambda size: calendar("\r" * size + event),
        "blanks": lambda size: calendar("X:" + " " * size + "\r\n" + event),
        "blank lines": lambda size: calendar(_times("\r\n ", size) + "\r\n" + event),
        "calendars": lambda size: calendar(event + "END:VCALENDAR\r\n" + _times("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", size)),
    }  # fmt: skip
    for name, way in ways.items():
        yield Case(f"iCalendar: {name}", way, TREE_SIZES)
    cards = "END:VCARD\r\nBEGIN:VCARD\r\nUID:#\r\n"
    yield Case("vCard: cards", lambda size: calendar("UID:x\r\n" + _each(cards, size), "text/vcard"), TREE_SIZES)
    yield Case(
        "vCard: folded", lambda size: calendar("UID:x" + _times("\r\n y", size) + "\r\n", "text/vcard"), TREE_SIZES
    )


def _json() -> Iterator[Case]:
    def batch(text: str, path: str = "/$batch") -> Sent:
        return Sent("POST", path, {"Content-Type": JSON}, text.encode())

    def request(number: int, more: str = "") -> str:
        return f'{{"id":"{number}","method":"get","url":"f"{more}}}'

    def requests(size: int, more: Callable[[int], str], path: str = "/$batch") -> Sent:
        count = max(1, size // (len(request(10, more(0))) + 4))
        return batch(
            '{"requests":[' + ",".join([request(number, more(number)) for number in range(count)]) + "]}", path
        )

    one = '{"requests":[' + request(1, "%s") + "]}"
    ways: dict[str, Callable[[int], Sent]] = {
        "requests": lambda size: requests(size, lambda _: ""),
        "requests of one id": lambda size: batch('{"requests":[' + ",".join([request(1)] * (size // 40)) + "]}"),
        "a chain": lambda size: requests(size, lambda n: f',"dependsOn":["{n - 1}"]' if n else ""),
        "a chain whose first fails": lambda size: requests(
            size, lambda n: f',"dependsOn":["{n - 1}"]' if n else ',"headers":{"if-match":"\\"x\\""}'
        ),
        "a chain backwards": lambda size: requests(size, lambda n: f',"dependsOn":["{n + 1}"]'),
        "all on the first, which fails": lambda size: requests(
            size, lambda n: ',"dependsOn":["0"]' if n else ',"headers":{"if-match":"\\"x\\""}'
        ),
        "one on all": lambda size: batch(
            '{"requests":['
            + ",".join([request(number) for number in range(size // 60)])
            + "," + request(-1, ',"dependsOn":[' + ",".join([f'"{n}"' for n in range(size // 60)]) + "]") + "]}"
        ),
        "groups": lambda size: requests(size, lambda n: f',"atomicityGroup":"g{n}"'),
        "one group": lambda size: requests(size, lambda _: ',"atomicityGroup":"g"'),
        "conditions": lambda size: requests(size, lambda n: ',"if":"$0/$succeeded","dependsOn":["0"]' if n else ""),
        "a name twice, again and again": lambda size: batch("{" + ",".join(['"a":1,"a":2'] * (size // 12)) + "}"),
        "objects with a name twice": lambda size: batch('{"requests":[' + ",".join(['{"a":1,"a":2}'] * (size // 14)) + "]}"),
        "names twice in a body": lambda size: batch(one % (',"body":[' + ",".join(['{"a":1,"a":2}'] * (size // 14)) + "]")),
        "unknown names": lambda size: batch("{" + ",".join([f'"a{n}":1' for n in range(size // 12)]) + "}"),
        "unknown names of a request": lambda size: batch(one % "".join([f',"met{n}":1' for n in range(size // 12)])),
        "a long unknown name of a request": lambda size: batch(one % (',"' + "metho" * (size // 5) + '":1')),
        "unknown names of Graph": lambda size: batch(one % "".join([f',"met{n}":1' for n in range(size // 12)]), "/v1.0/$batch"),
        "annotations": lambda size: batch(one % "".join([f',"@a{n}":1' for n in range(size // 12)])),
        "headers": lambda size: batch(one % (',"headers":{' + ",".join([f'"a{n}":"b"' for n in range(size // 12)]) + "}")),
        "dependencies that are not there": lambda size: batch(one % (',"dependsOn":[' + ",".join(['"x"'] * (size // 4)) + "]")),
        "a number": lambda size: batch("[" + "1" * size + "]"),
        "numbers out of range": lambda size: batch("[" + ",".join(["1e999"] * (size // 6)) + "]"),
        "brackets": lambda size: batch("[" * size),
        "brackets in a string": lambda size: batch('["' + "[" * size + '"]'),
        "brackets in a string that does not end": lambda size: batch('["' + "[" * size),
        "escapes": lambda size: batch('["' + '\\"' * (size // 2) + '"]'),
        "escapes that do not end": lambda size: batch('["' + '\\"' * (size // 2)),
        "quotes": lambda size: batch('"' * size),
        "half surrogates": lambda size: batch('["' + "\\ud800" * (size // 6) + '"]'),
        "surrogates": lambda size: batch('["' + "\\ud800\\udc00" * (size // 12) + '",'),
        "blanks": lambda size: batch("[" + " " * size + "]"),
        "members": lambda size: batch("[" + ",".join(['{"a":[]}'] * (size // 9)) + "]"),
        "a url": lambda size: batch('{"requests":[{"id":"1","method":"get","url":"' + "a/" * (size // 2) + '"}]}'),
        "a url of Graph": lambda size: batch('{"requests":[{"id":"1","method":"GET","url":"' + "/% " * (size // 3) + '"}]}', "/v1.0/$batch"),
        "a condition": lambda size: batch(one % (',"if":"' + "not " * min(size // 4, 1000) + 'true"')),
        "a body of text": lambda size: batch('{"requests":[{"id":"1","method":"put","url":"x","headers":{"content-type":"text/xml"},"body":"<?xml '
                                             + " encoding=" * (size // 10) + '"}]}'),
        "a body of base64": lambda size: batch('{"requests":[{"id":"1","method":"put","url":"x","headers":{"content-type":"a/b"},"body":"'
                                               + "a" * (size // 4 * 4) + '"}]}'),
        "equals signs": lambda size: batch('{"requests":[{"id":"1","method":"put","url":"x","headers":{"content-type":"a/b"},"body":"'
                                           + "=" * size + '"}]}'),
    }  # fmt: skip
    for name, way in ways.items():
        yield Case(f"JSON: {name}", way, TREE_SIZES)
    for piece in ("(", "not ", "a(", "'", "''", "$1/$succeeded and ", "a/", "1.", "eq ", "a,", "f(1,", "$a/", "-", " "):
        sizes = (256, 512, 1024, 2048, 4000)
        yield Case(f"JSON: a condition of {piece!r}", _conditioned(piece, "\\u0000"), sizes)
        yield Case(f"JSON: a condition that ends in {piece!r}", _conditioned(piece, ""), sizes)


def _conditioned(piece: str, end: str) -> Callable[[int], Sent]:
    def make(size: int) -> Sent:
        condition = json.dumps(_times(piece, size))[1:-1] + end
        text = '{"requests":[' + ",".join(
            f'{{"id":"{n}","method":"get","url":"f","if":"{condition}"}}' for n in range(9)
        )
        return Sent("POST", "/$batch", {"Content-Type": JSON}, (text + "]}").encode())

    return make


def _multipart() -> Iterator[Case]:
    def batch(body: str, boundary: str = "b") -> Sent:
        return Sent(
            "POST", "/$batch", {"Content-Type": f"multipart/mixed; boundary={boundary}"}, body.encode("latin-1")
        )

    def part(more: str = "", head: str = "", body: str = "") -> str:
        http = f"GET f HTTP/1.1\r\n{head}\r\n{body}"
        return f"--b\r\nContent-Type: application/http\r\n{more}\r\n{http}\r\n"

    end = "--b--\r\n"
    ways: dict[str, Callable[[int], Sent]] = {
        "parts": lambda size: batch(_times(part(), size) + end),
        "parts with ids": lambda size: batch(_each(part("Content-ID: #\r\n"), size) + end),
        "empty parts": lambda size: batch(_times("--b\r\n\r\n", size) + end),
        "boundaries": lambda size: batch(_times("--b\r\n", size) + end),
        "boundaries that do not end": lambda size: batch(_times("--b\r\n", size)),
        "almost boundaries": lambda size: batch(part() + _times("\r\n--bx", size) + end),
        "boundaries and blanks": lambda size: batch(f"--b{' ' * size}x\r\n" + end),
        "lines of blanks after boundaries": lambda size: batch(_times("\r\n--b  x", size) + end),
        "a preamble": lambda size: batch(_times("--", size) + part() + end),
        "an epilogue": lambda size: batch(part() + end + _times("\r\n--b", size)),
        "line ends": lambda size: batch(part() + "\r\n" * (size // 2) + end),
        "returns": lambda size: batch(part() + "\r" * size + end),
        "dashes": lambda size: batch(part() + "-" * size + end),
        "headers": lambda size: batch(part(_each("X-#: y\r\n", size)) + end),
        "headers of a request": lambda size: batch(part(head=_each("X-#: y\r\n", size)) + end),
        "a header again and again": lambda size: batch(part(_times("X: y\r\n", size)) + end),
        "a long header": lambda size: batch(part(f"X: {'y' * size}\r\n") + end),
        "blanks in a header": lambda size: batch(part(f"X: {' ' * size}\r\n") + end),
        "a body": lambda size: batch(part(body="\r\n" * (size // 2)) + end),
        "a length, and line ends": lambda size: batch(part(head="Content-Length: 0\r\n", body="\r\n" * (size // 2) + "x") + end),
        "change sets": lambda size: batch(
            _times("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n--c--\r\n", size) + end
        ),
    }  # fmt: skip
    for name, way in ways.items():
        yield Case(f"multipart: {name}", way, TREE_SIZES)
    for piece in (";", "; ", " ;", ";boundary", "; boundary =", ' boundary="', " "):
        make = _boundary(piece)
        yield Case(f"multipart: {piece!r} many times before the boundary", make, HEAD_SIZES)


def _boundary(piece: str) -> Callable[[int], Sent]:
    return lambda size: Sent(
        "POST", "/$batch", {"Content-Type": "multipart/mixed;" + _times(piece, size) + _END}, b"--b--"
    )


def _admin() -> Iterator[Case]:
    def sent(method: str, path: str, text: str) -> Sent:
        return Sent(method, path, {"Content-Type": JSON}, text.encode())

    def tree(inside: str) -> Sent:
        return sent("PUT", "/-/spaces/{space}/tree?scenario={scenario}", '{"resources":{' + inside + "}}")

    def resource(more: str) -> str:
        return f'"/f":{{{more}}}'

    def listed(pattern: str, size: int) -> str:
        return ",".join([pattern.replace("#", str(n)) for n in range(max(1, size // (len(pattern) + 3)))])

    def cause(more: str) -> Sent:
        return sent("POST", "/-/spaces/{space}/causes?scenario={scenario}", '{"id":"x",' + more + "}")

    ways: dict[str, Callable[[int], Sent]] = {
        "tree of documents": lambda size: tree(listed('"/a#":{}', size)),
        "tree of collections": lambda size: tree(listed('"/a#/":{}', size)),
        "tree of one path": lambda size: tree(f'"{"/a" * (min(size, 128_000) // 4)}":{{}}'),
        "tree of paths below each other": lambda size: tree(
            ",".join([f'"{"/a" * (depth + 1)}/":{{}}' for depth in range(int(size**0.5))])
        ),
        "tree of documents below documents": lambda size: tree(listed('"/a/b#":{}', size) + ',"/a":{}'),
        "tree of wrong keys": lambda size: tree(listed('"/a#":{"b":1}', size)),
        "tree of wrong etags": lambda size: tree(listed('"/a#":{"etag":"x"}', size)),
        "wrong keys": lambda size: tree(resource(listed('"a#":1', size))),
        "a wrong key": lambda size: tree(resource(f'"{"a" * size}":1')),
        "properties": lambda size: tree(resource('"properties":{' + listed('"{u}a#":"x"', size) + "}")),
        "properties of XML": lambda size: tree(resource('"properties":{' + listed('"{u}a#":{"xml":"<b/>"}', size) + "}")),
        "properties of wrong XML": lambda size: tree(resource('"properties":{' + listed('"{u}a#":{"xml":"<b>"}', size) + "}")),
        "a property of XML": lambda size: tree(resource('"properties":{"{u}a":{"xml":"' + "<b/>" * (size // 4) + '"}}')),
        "a name of a property": lambda size: tree(resource('"properties":{"{' + "u" * size + '":""}')),
        "types": lambda size: tree('"/x/":{"types":[' + listed('"{u}a#"', size) + "]}"),
        "locks": lambda size: tree(resource('"locks":[' + listed('{"token":"urn:#","scope":"shared"}', size) + "]")),
        "a token": lambda size: tree(resource('"locks":[{"token":"' + "a" * size + '"}]')),
        "an etag": lambda size: tree(resource('"etag":"\\"' + "a" * size + '"')),
        "a type": lambda size: tree(resource('"type":"' + "a" * size + '\\u0001"')),
        "base64": lambda size: tree(resource('"content-base64":"' + "aaaa" * (size // 4) + '"')),
        "wrong base64": lambda size: tree(resource('"content-base64":"' + "=" * size + '"')),
        "sources": lambda size: tree(resource('"from":[' + listed('"/c/a#"', size) + '],"template":"$1"')),
        "a template": lambda size: tree('"/e":{"from":["/f"],"template":"' + "$1" * (size // 2) + '"},"/f":{}'),
        "a template that ends early": lambda size: tree('"/e":{"from":["/f"],"template":"' + "${1" * (size // 3) + '"},"/f":{}'),
        "a time": lambda size: tree(resource('"created":"' + "2" * size + '"')),
        "an enum": lambda size: cause('"kind":"value-rule","property":"{u}a","enum":[' + listed('"a#"', size) + "]"),
        "a pattern": lambda size: cause('"kind":"value-rule","property":"{u}a","pattern":"' + "a?" * (size // 2) + '"'),
        "a pattern of groups": lambda size: cause('"kind":"value-rule","property":"{u}a","pattern":"' + "(" * size + '"'),
        "a pattern of brackets": lambda size: cause('"kind":"value-rule","property":"{u}a","pattern":"' + "[a" * (size // 2) + '"'),
        "an unknown kind": lambda size: cause('"kind":"' + "value-rul" * (size // 9) + '"'),
        "a path that is not there": lambda size: cause('"kind":"read-only","path":"' + "/a" * (min(size, 128_000) // 4) + '"'),
        "a duration": lambda size: sent("POST", "/-/spaces/{space}/clock", '{"advance":"' + "P" * size + '"}'),
        "brackets": lambda size: sent("POST", "/-/spaces", "[" * size),
        "names twice": lambda size: sent("POST", "/-/spaces", "{" + ",".join(['"name":"a"'] * (size // 11)) + "}"),
        "names unknown": lambda size: sent("POST", "/-/spaces", "{" + listed('"x`.$[#]":1', size) + "}"),
        "a space's name": lambda size: sent("POST", "/-/spaces", '{"name":"' + "." * size + '"}'),
        "a query": lambda size: Sent("GET", "/-/spaces/{space}/journal?" + "a=b&" * (size // 4), {}),
        "a query of one name": lambda size: Sent("GET", "/-/spaces/{space}/journal?count=" + "1" * size, {}),
        "a wait": lambda size: Sent("GET", "/-/spaces/{space}/journal?wait=" + "0" * size + ".", {}),
        "a route": lambda size: Sent("GET", "/-/" + "spaces/" * (size // 7), {}),
    }  # fmt: skip
    for name, way in ways.items():
        # Beyond 128 KiB the server cuts a body into pieces: that is a step, and the sizes lie beyond it.
        trees = BIG_SIZES if "below documents" in name else SLICED_SIZES
        sizes = HEAD_SIZES if way(1 << 12).method == "GET" else trees
        yield Case(f"admin API: {name}", way, sizes)


def files() -> Iterator[tuple[str, Callable[[int], str]]]:
    """Give the cases for scenario files: a text of about so many bytes."""
    ways: dict[str, Callable[[int], str]] = {
        "keys": lambda size: _each("a#: 1\n", size),
        "a key twice": lambda size: "title: x\n" * (size // 9),
        "resources": lambda size: "title: x\ntree:\n" + _each("  /a#: {content: x}\n", size),
        "resources with a wrong key": lambda size: "title: x\ntree:\n" + _each("  /a#: {conten: x}\n", size),
        "resources below documents": lambda size: "title: x\ntree:\n  /a: {}\n" + _each("  /a/b#: {}\n", size),
        "properties": lambda size: "title: x\ntree:\n  /a:\n    properties:\n" + _each('      "{u}a#": b\n', size),
        "derived documents": lambda size: "title: x\ntree:\n  /a: {}\n" + _each("  /b#: {from: [/a]}\n", size),
        "derived documents without a source": lambda size: "title: x\ntree:\n" + _each("  /b#: {from: [/a#]}\n", size),
        "a chain of derived documents": lambda size: "title: x\ntree:\n" + "".join(
            [f"  /b{n}: {{from: [/b{n + 1}]}}\n" for n in range(size // 30)]
        ),
        "circles of derived documents": lambda size: "title: x\ntree:\n" + "".join(
            [f"  /b{n}: {{from: [/b{n ^ 1}]}}\n" for n in range(size // 30)]
        ),
        "one circle of derived documents": lambda size: "title: x\ntree:\n" + "".join(
            [f"  /b{n}: {{from: [/b{(n + 1) % (size // 30)}]}}\n" for n in range(size // 30)]
        ),
        "derived documents on the same circle": lambda size: "title: x\ntree:\n" + "".join(
            [f"  /b{n}: {{from: [/b{n + 1}, /b0]}}\n" for n in range(size // 40)]
        ),
        "missing documents": lambda size: "title: x\ntree:\n  /a: {}\nmissing:\n" + _each("- /b#\n", size),
        "causes": lambda size: "title: x\ntree:\n  /a: {}\ncauses:\n" + _each("- {id: c#, kind: read-only, path: /a}\n", size),
        "causes of one id": lambda size: "title: x\ntree:\n  /a: {}\ncauses:\n" + "- {id: c, kind: read-only, path: /a}\n" * (size // 40),
        "causes for nothing": lambda size: "title: x\ntree:\n  /a: {}\ncauses:\n" + _each("- {id: c#, kind: lock, path: /b#}\n", size),
        "resources, and causes for nothing": lambda size: "title: x\ntree:\n" + _each("  /a#: {}\n", size // 2)
        + "causes:\n" + _each("- {id: c#, kind: lock, path: /b#}\n", size // 2),
        "causes of no kind": lambda size: "title: x\ncauses:\n" + _each("- {id: c#, kind: k#}\n", size),
        "cures of no cause": lambda size: "title: x\ntree: {}\ncure:\n  why: x\n  remove:\n" + _each("  - c#\n", size),
        "causes, and cures of others": lambda size: "title: x\ntree:\n  /a: {}\ncauses:\n"
        + _each("- {id: c#, kind: read-only, path: /a}\n", size // 2) + "cure:\n  why: x\n  remove:\n" + _each("  - d#\n", size // 2),
        "requests of no user": lambda size: "title: x\ntree: {}\nrequests:\n"
        + _each("- {name: r#, method: GET, path: /, user: u#, expect: {status: 200}}\n", size),
        "requests and users": lambda size: "title: x\ntree: {}\nusers:\n" + _each("  u#: p\n", size // 2) + "requests:\n"
        + _each("- {name: r#, method: GET, path: /, user: v#, expect: {status: 200}}\n", size // 2),
        "answers": lambda size: "title: x\ntree: {}\nrequests:\n- name: r\n  method: PROPFIND\n  path: /\n  expect:\n    status: 207\n"
        "    answers:\n" + _each('    - {property: "{u}a#", status: 200}\n', size),
        "an alias again and again": lambda size: "title: x\ntree:\n  /a: &a {content: x}\n" + _each("  /b#: *a\n", size),
        "aliases of aliases": lambda size: "a0: &a0 [x]\n" + "".join(
            [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, size // 24)]
        ),
        "anchors": lambda size: _each("a#: &b# 1\n", size),
        "brackets": lambda size: "[" * size,
        "braces in a list": lambda size: "a: [" + "{}," * (size // 3) + "]",
        "a long word": lambda size: "title: " + "a" * size,
        "a long quoted word": lambda size: 'title: "' + "\\u00e9" * (size // 6) + '"',
        "a folded text": lambda size: "title: >\n" + "  a\n" * (size // 4),
        "a plain text on many lines": lambda size: "title: a\n" + "  a\n" * (size // 4),
        "comments": lambda size: "title: x\n" + "# a\n" * (size // 4),
        "blanks": lambda size: "title: x" + " " * size + "\n",
        "digits": lambda size: "title: " + "1" * size,
        "digits of a hexadecimal number": lambda size: "title: 0x" + "f" * size,
        "digits of an octal number": lambda size: "title: 0o" + "7" * size,
        "digits of a decimal": lambda size: "title: 1." + "1" * size,
        "exponent digits": lambda size: "title: 1e" + "1" * size,
        "numbers with many digits": lambda size: "a:\n" + ("- " + "1" * 4000 + "\n") * (size // 4003),
        "dashes": lambda size: "- " * size,
        "question marks": lambda size: "? " * size,
        "tags": lambda size: "a:\n" + _each("- !t# x\n", size),
        "patterns": lambda size: "title: x\ntree: {}\ncauses:\n"
        + _each('- {id: c#, kind: value-rule, property: "{u}a", pattern: "(a+)+b"}\n', size),
        "a pattern": lambda size: "title: x\ntree: {}\ncauses:\n- {id: c, kind: value-rule, property: '{u}a', pattern: '"
        + "(a?)" * (size // 4) + "'}\n",
        "a template": lambda size: "title: x\ntree:\n  /a: {}\n  /b: {from: [/a], template: '" + "$1" * (min(size, 130_000) // 2) + "'}\n",
    }  # fmt: skip
    for name, way in ways.items():
        yield f"YAML: {name}", way
