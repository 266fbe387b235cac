"""Behind a reverse proxy: a real nginx with TLS and a prefix, as docs/ci.md configures it, and headers of other proxies."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from dav424.app import App
from dav424.gateway.proxies import TrustedProxies
from dav424.scenario.load import load
from dav424.wire.in_process import in_process
from tests.client import Client
from tests.commands.test_cli import dav424, running
from tests.wsgi.hosts import free_port, wait_for

SNIPPET = re.findall(r"```nginx\n(.*?)```", (Path(__file__).parents[2] / "docs" / "ci.md").read_text(), re.DOTALL)[0]
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/errors; worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/cert.pem;
        {location}
    }}
}}
"""
SCENARIO = (
    "title: t\ntree: {/a: {content: A}}\nrequests: [{name: Read it, method: GET, path: /a, expect: {status: 200}}]\n"
)
Alone = Callable[..., tuple[str, App]]


class Behind:
    """A client of a server behind nginx."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self.url, self._context = url, context

    def __call__(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send a request; gives the status, the headers and the body."""
        request = urllib.request.Request(f"{self.url}{path}", body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read().decode()


@contextmanager
def nginx(program: Callable[..., str], folder: Path, location: str, path: str) -> Iterator[Behind]:
    """Run nginx with TLS and a location; gives a client of it."""
    authority, port = trustme.CA(), free_port()
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, port=port, location=location))
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    command = [program("nginx", "nginx-light"), "-c", str(configuration), "-e", str(folder / "errors")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield Behind(f"https://localhost:{port}{path}", context)
        finally:
            process.terminate()


@pytest.fixture
def behind(program: Callable[..., str], tmp_path: Path, serve_alone: Alone) -> Iterator[Behind]:
    """Serve one scenario behind the nginx of the docs."""
    url, _ = serve_alone({"test": lambda: load(SCENARIO, "t.yaml")}, None, proxies=["127.0.0.1"], hosts=[])
    with nginx(program, tmp_path, SNIPPET.replace("http://127.0.0.1:4240/", url), "/dav/") as client:
        yield client


def test_destination_and_location_are_those_of_the_client(behind: Behind) -> None:
    """With the scheme, the host and the prefix of the proxy."""
    status, headers, _ = behind("COPY", "test/a", headers={"Destination": f"{behind.url}test/b"})
    assert (status, headers["Location"]) == (201, "/dav/test/b")
    assert behind("GET", "test/b")[2] == "A"
    assert behind("COPY", "test/a", headers={"Destination": "https://localhost/test/b"})[0] == 502, "without the prefix"


def test_hrefs_have_the_prefix(behind: Behind) -> None:
    """A 207 names the resources as the client does."""
    _, _, body = behind("PROPFIND", "test/", headers={"Depth": "1"})
    assert re.findall("<D:href>(.*?)</D:href>", body) == ["/dav/test/", "/dav/test/a"]


def test_a_page_of_the_proxy_is_an_own_page(behind: Behind) -> None:
    """Its origin is the host of the proxy; that of the server is another one."""
    origin = behind.url.removesuffix("/dav/")
    assert behind("PUT", "test/b", b"x", {"Origin": origin})[0] == 201
    assert behind("PUT", "test/c", b"x", {"Origin": "http://127.0.0.1:4240"})[0] == 403
    assert behind("POST", "-/spaces", headers={"Origin": origin})[0] == 201


def test_any_host_is_right(behind: Behind) -> None:
    """The names of the proxy are its own affair; a client that the proxy did not pass on is still refused."""
    assert behind("GET", "test/a", headers={"Host": "dav.example"})[0] == 200
    assert behind("GET", "-/spaces", headers={"Host": "dav.example"})[0] == 200
    assert behind("GET", "learn/", headers={"Host": "dav.example"})[0] == 200


def test_the_commands_of_the_api_have_the_url_of_the_client(behind: Behind) -> None:
    """They can be pasted."""
    assert f"{behind.url}test/a" in behind("GET", "-/scenarios/test")[2]
    behind("GET", "test/a")
    assert "GET /dav/test/a -> 200" in behind("GET", "-/spaces/default/journal/last/explain")[2]


def test_forwarded_of_nginx(program: Callable[..., str], tmp_path: Path, serve_alone: Alone) -> None:
    """The header of RFC 7239 alone is enough, where there is no prefix."""
    url, _ = serve_alone({"test": lambda: load(SCENARIO, "t.yaml")}, None, proxies=["127.0.0.0/8"])
    header = 'proxy_set_header Forwarded "for=$remote_addr;proto=$scheme;host=\\"$http_host\\"";'
    with nginx(program, tmp_path, f"location / {{ proxy_pass {url}; {header} }}", "/") as client:
        assert client("COPY", "test/a", headers={"Destination": f"{client.url}test/b"})[0] == 201
        assert client("PUT", "test/c", b"x", {"Origin": client.url.rstrip("/")})[0] == 201


@pytest.mark.parametrize(
    "sent",
    [
        'host=evil;for="',  # swallows the element of the proxy, and its quotation marks end the header
        "host=evil;host=x",
        'for="\\',
        "for=a b;host=evil",
        'host="evil',
    ],
)
def test_a_client_can_not_break_the_element_of_the_proxy(sent: str) -> None:
    """A malformed header counts for nothing, so that no part of the client's takes the place of the proxy's."""
    header = f'{sent}, for="[2001:db8::1]";host="good.example:8080";proto=https'
    assert restored({"Forwarded": header})[:2] == ("http", "inner")


def test_a_long_header_takes_linear_time() -> None:
    """A quotation that never ends was searched anew from each of its quotation marks: 20 seconds for 30,000 bytes."""
    assert restored({"Forwarded": '"' + '\\"' * 500_000})[4] == "10.0.0.1"
    assert restored({"Forwarded": 'for="' + '\\"' * 500_000})[4] == "10.0.0.1"
    assert restored({"Forwarded": "," * 500_000 + "for=1.2.3.4"})[4] == "1.2.3.4"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("1.2.3.4:80", "1.2.3.4"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "unknown"),
        ("1.2.3.4, 10.0.0.7:33", "1.2.3.4"),
        ("1.2.3.4 GET /forged 200", "10.0.0.1"),
        ('"x", "y"', "10.0.0.1"),
        ("9" * 5000, "10.0.0.1"),
    ],
)
def test_the_client_is_an_address(header: str, client: str) -> None:
    """Without its port; a text that is no address can't write into the log."""
    assert restored({"X-Forwarded-For": header})[4] == client


@pytest.mark.parametrize("host", ["[x]", "[::::]", "[1.2.3.4]", "[::1"])
def test_a_host_that_no_url_has(host: str, serve_alone: Alone) -> None:
    """From a proxy it counts for nothing; in a request, also in its target, it is refused before a page makes URLs of it."""
    assert restored({"X-Forwarded-Host": host})[1] == "inner"
    client = Client(serve_alone({})[0])
    assert client("GET", "/learn/x/1", headers={"Host": host, "Accept": "text/html"}).status == 400
    head = f"GET http://{host}/learn/x/1 HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    assert client.raw(head.encode()).startswith(b"HTTP/1.1 400 ")


def test_headers_of_others_count_for_nothing(serve_alone: Alone) -> None:
    """Without the flag, and from another address."""
    for proxies in ([], ["10.0.0.0/8"]):
        client = Client(serve_alone({}, None, proxies=proxies, hosts=[])[0])
        sent = {"X-Forwarded-Host": "dav.example", "X-Forwarded-Prefix": "/dav", "Forwarded": "host=dav.example"}
        assert client("PUT", "/none/a", "x", {**sent, "Origin": "http://dav.example"}).status in (403, 404)
        assert client("GET", "/-/spaces", headers={**sent, "Host": "evil.example"}).status == 421


def restored(headers: dict[str, str], client: str = "10.0.0.1", target: str = "/a") -> tuple[str, str, str, str, str]:
    """Give what a trusted proxy's request becomes: scheme, host, mount, target, client."""
    http = in_process("GET", target, {"Host": "inner", **headers}, b"", host="inner", scheme="http")
    http.client = client
    TrustedProxies(["10.0.0.0/8", "::1"]).restore(http)
    return http.scheme.decode(), http.head.headers["host"], http.mount, http.head.target, http.client


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "http inner"),
        ({"X-Forwarded-Proto": "https"}, "https inner"),
        ({"X-Forwarded-Host": "dav.example:8443"}, "http dav.example:8443"),
        ({"X-Forwarded-Proto": "ftp", "X-Forwarded-Host": "a b"}, "http inner"),
        ({"Forwarded": "proto=https;host=dav.example"}, "https dav.example"),
        ({"Forwarded": 'For="[::2]:1";Proto=HTTPS;Host="[::1]:8443"'}, "https [::1]:8443"),
        ({"Forwarded": "host=x.example", "X-Forwarded-Host": "y.example", "X-Forwarded-Proto": "https"}, "https x.example"),
        ({"Forwarded": "host=spoofed, host=dav.example"}, "http dav.example"),
        ({"Forwarded": "for=1.2.3.4;host=dav.example, for=10.0.0.2;host=inside"}, "http dav.example"),
        ({"Forwarded": 'host="a,b", host=dav.example'}, "http dav.example"),
        ({"Forwarded": '"'}, "http inner"),
        ({"X-Forwarded-Host": "spoofed, dav.example"}, "http dav.example"),
        ({"X-Forwarded-Host": "dav.example, inside", "X-Forwarded-For": "1.2.3.4, 10.0.0.2"}, "http dav.example"),
        ({"X-Forwarded-Host": "dav.example", "X-Forwarded-For": "1.2.3.4, 10.0.0.2"}, "http dav.example"),
    ],
)  # fmt: skip
def test_what_the_headers_say(headers: dict[str, str], expected: str) -> None:
    """The entry of the first trusted proxy in a row counts; a value that is wrong counts for nothing."""
    assert " ".join(restored(headers)[:2]) == expected


@pytest.mark.parametrize(
    ("prefix", "mount", "target"),
    [("/dav", "/dav", "/dav/a"), ("/dav/", "/dav", "/dav/a"), ("/", "", "/a"), ("", "", "/a"), ("dav", "", "/a"),
     ("/a%20b/c", "/a%20b/c", "/a%20b/c/a"), ("/a b", "", "/a"), ("//x", "", "/a")],
)  # fmt: skip
def test_the_prefix_is_a_mount(prefix: str, mount: str, target: str) -> None:
    """It stands before the path, and has no slash at its end."""
    assert restored({"X-Forwarded-Prefix": prefix})[2:4] == (mount, target)


@pytest.mark.parametrize(("address", "trusted"), [("10.1.2.3", True), ("::1", True), ("11.0.0.1", False), ("", False)])
def test_addresses(address: str, *, trusted: bool) -> None:
    """A network has all addresses in it; an unknown address is no proxy."""
    assert (restored({"X-Forwarded-Host": "dav.example"}, address)[1] == "dav.example") is trusted


def test_the_log_names_the_client_of_the_proxy() -> None:
    """Not the proxy."""
    with running("--port", "0", "--access-log", "json", "--trust-proxy", "127.0.0.1") as (process, url):
        Client(url)("GET", "/playground/", headers={"X-Forwarded-For": "192.0.2.7"})
        process.terminate()
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["client"] == "192.0.2.7"


def test_a_wrong_address_is_one_clear_line() -> None:
    """A name would have to be looked up for each request."""
    run = dav424("serve", "--trust-proxy", "proxy.example")
    assert run.returncode == 2
    assert "argument --trust-proxy: 'proxy.example' is not an IP address or a network" in run.stderr
