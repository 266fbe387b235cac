"""What is made from others, on a real socket: 424 on the status line (RFC 4918 11.4, RFC 9457)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dav424.proof.play import Answer
from dav424.spine.derived_resources import MOST_ACTIONS, MOST_BYTES
from tests.client import Client, lasting, statuses, told
from tests.conftest import Served
from tests.trees import do, holding, token

FEEDS = """
tree:
  /feeds/a.csv: {content: "a,1\\n"}
  /feeds/b.csv: {content: "b,2\\n"}
  /r.csv: {from: [feeds/a.csv, /feeds/b.csv]}
  /r.html: {from: [r.csv], template: "<pre>$1</pre>"}
  /r.txt: {from: [feeds/b.csv, feeds/a.csv], template: "${2}$1$2 at $$3", type: text/x-report}
  /all: {from: [r.csv, feeds/a.csv]}
"""
LINK = '<{}/feeds/a.csv>; rel="urn:dav424:failed-dependency"; status=404'
TITLES = {403: "Forbidden", 423: "Locked", 500: "Internal Server Error", 503: "Service Unavailable"}
TITLES[504] = "Gateway Timeout"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
VENDOR = "application/vnd.dav424"

Serve = Callable[..., Served]


@pytest.fixture
def feeds(serve: Serve) -> Client:
    """A client of a world with two feeds, and what is made of them."""
    return serve(FEEDS).client


@pytest.fixture
def broken(feeds: Client) -> Client:
    """The same without the first feed."""
    assert feeds("DELETE", "/feeds/a.csv").status == 204
    return feeds


def causes(answer: Answer) -> list[tuple[str, int]]:
    """List the causes that a problem names."""
    return [(each["href"], each["status"]) for each in json.loads(answer.body)["causes"]]


def named(client: Client, path: str) -> str:
    """Ask for the properties that come from the content."""
    return client.say(f"PROPFIND {path} D:getcontentlength D:getetag D:getlastmodified D:getcontenttype")


# Made ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "content", "content_type"),
    [
        ("/r.csv", b"a,1\nb,2\n", "text/csv"),
        ("/r.html", b"<pre>a,1\nb,2\n</pre>", "text/html"),
        ("/r.txt", b"a,1\nb,2\na,1\n at $3", "text/x-report"),
    ],
)
def test_it_is_made_of_its_sources(feeds: Client, path: str, content: bytes, content_type: str) -> None:
    """One behind the other, or as the template has them; also of what is made from others itself."""
    answer = feeds("GET", path)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, content, content_type)


def test_it_follows_its_sources(feeds: Client) -> None:
    """A new content of a source shows in all that is made from it, however far away, with another entity-tag."""
    before = feeds("GET", "/r.html").headers["ETag"]
    feeds("PUT", "/feeds/a.csv", "new\n")
    after = feeds("GET", "/r.html")
    assert (after.body, after.headers["ETag"] != before) == (b"<pre>new\nb,2\n</pre>", True)


def test_its_entity_tag_stays_while_its_sources_do(feeds: Client) -> None:
    """It is strong, and what else happens in the world doesn't change it."""
    before = feeds("GET", "/r.html").headers["ETag"]
    feeds("PUT", "/other", "x")
    assert re.fullmatch(r'"[^"]+"', before)
    assert feeds("GET", "/r.html").headers["ETag"] == before


def test_what_is_made_alike_of_others_has_another_entity_tag(serve: Serve) -> None:
    """Two sources of one content are two sources."""
    client = serve("tree: {/a: {content: x}, /b: {content: x}, /c: {from: [a]}, /d: {from: [b]}}").client
    assert client("GET", "/c").headers["ETag"] != client("GET", "/d").headers["ETag"]


def test_a_conditional_get_is_304(feeds: Client) -> None:
    """RFC 9110 13.1.2; and 200 again once a source has changed."""
    etag = {"If-None-Match": feeds("GET", "/r.html").headers["ETag"]}
    assert feeds("GET", "/r.html", headers=etag).status == 304
    assert feeds("HEAD", "/r.html", headers=etag).status == 304
    feeds("PUT", "/feeds/b.csv", "new")
    assert feeds("GET", "/r.html", headers=etag).status == 200


def test_if_modified_since_looks_at_the_sources(feeds: Client) -> None:
    """RFC 9110 13.1.3: Last-Modified is that of the source that was modified last."""
    modified = feeds("GET", "/r.html").headers["Last-Modified"]
    assert feeds("GET", "/r.html", headers={"If-Modified-Since": modified}).status == 304


@pytest.mark.parametrize(("asked", "part"), [("bytes=0-2", b"a,1"), ("bytes=-4", b"b,2\n"), ("bytes=4-", b"b,2\n")])
def test_a_range_of_it_is_206(feeds: Client, asked: str, part: bytes) -> None:
    """RFC 9110 14.2."""
    answer = feeds("GET", "/r.csv", headers={"Range": asked})
    assert (answer.status, answer.body) == (206, part)


def test_if_range_holds_while_the_sources_do(feeds: Client) -> None:
    """RFC 9110 13.1.5: a range of what was, of which a source changed since, would not fit."""
    asked = {"Range": "bytes=0-2", "If-Range": feeds("GET", "/r.csv").headers["ETag"]}
    assert feeds("GET", "/r.csv", headers=asked).status == 206
    feeds("PUT", "/feeds/b.csv", "new")
    assert feeds("GET", "/r.csv", headers=asked).status == 200


def test_head_is_get_without_the_body(feeds: Client) -> None:
    """RFC 9110 9.3.2."""
    got, head = feeds("GET", "/r.html"), feeds("HEAD", "/r.html")
    assert (head.status, lasting(head), head.body) == (200, lasting(got), b"")


def test_propfind_tells_what_get_does(feeds: Client) -> None:
    """RFC 4918 15.4, 15.6, 15.7."""
    got = feeds("GET", "/r.html").headers
    listed = feeds("PROPFIND", "/r.html", headers={"Depth": "0"}).body.decode()
    told_as = {"getcontentlength": "Content-Length", "getetag": "ETag", "getlastmodified": "Last-Modified"}
    for name, header in told_as.items():
        assert f"<D:{name}>{got[header]}</D:{name}>" in listed


def test_a_write_lock_on_a_source_stops_no_reading(feeds: Client) -> None:
    """RFC 4918 7."""
    token(feeds, "/feeds/a.csv")
    assert feeds("GET", "/r.html").status == 200


# Not made ---------------------------------------------------------------------------------------------


def test_a_missing_source_makes_it_424(broken: Client) -> None:
    """The problem names the source, its status and how to cure it."""
    answer = broken("GET", "/r.csv")
    assert (answer.status, answer.reason) == (424, "Failed Dependency")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.body) == {
        "type": "https://www.rfc-editor.org/rfc/rfc4918#section-11.4",
        "title": "Failed Dependency",
        "status": 424,
        "detail": "Not done, because this failed: read /feeds/a.csv (404 Not Found).",
        "instance": f"{broken.base}/r.csv",
        "causes": [
            {
                "href": f"{broken.base}/feeds/a.csv",
                "status": 404,
                "title": "Not Found",
                "detail": "There is nothing at /feeds/a.csv.",
                "cure": f"PUT {broken.base}/feeds/a.csv.",
            }
        ],
        "through": [],
    }


def test_a_head_tells_the_cause_too(broken: Client) -> None:
    """The same headers as for a GET, Link among them (RFC 8288), and no body."""
    got, head = broken("GET", "/r.csv"), broken("HEAD", "/r.csv")
    assert (head.status, lasting(head), head.body) == (424, lasting(got), b"")
    assert head.headers["Link"] == LINK.format(broken.base)
    assert head.headers["Vary"] == "Accept"


def test_a_put_of_the_source_cures_it(broken: Client) -> None:
    """The very same bytes are answered with 200, on one connection."""
    get = f"GET {broken.base}/r.csv HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    put = f"PUT {broken.base}/feeds/a.csv HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\na,3\n".encode()
    close = f"GET {broken.base}/r.csv HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    received = broken.raw(get + put + get + close)
    assert (statuses(received), received.endswith(b"\r\n\r\na,3\nb,2\n")) == ([424, 201, 200, 200], True)


def test_a_chain_names_its_root(broken: Client) -> None:
    """The cause is what failed by itself; what lies in between is told apart."""
    problem = json.loads(broken("GET", "/r.html").body)
    assert causes(broken("GET", "/r.html")) == [(f"{broken.base}/feeds/a.csv", 404)]
    assert problem["through"] == [{"href": f"{broken.base}/r.csv", "status": 424}]
    assert broken("HEAD", "/r.html").headers["Link"] == LINK.format(broken.base)


def test_all_causes_are_named_at_once(broken: Client) -> None:
    """In the order of the sources; and a cause that is met on two ways is one cause."""
    assert causes(broken("GET", "/all")) == [(f"{broken.base}/feeds/a.csv", 404)]
    broken("DELETE", "/feeds/b.csv")
    assert causes(broken("GET", "/r.txt")) == [(f"{broken.base}/feeds/b.csv", 404), (f"{broken.base}/feeds/a.csv", 404)]


@pytest.mark.parametrize("status", [403, 423, 500, 503, 504])
def test_an_unreadable_source_is_its_own_status_and_424_further_on(serve: Serve, status: int) -> None:
    """What stops a GET of the source is what is named, with its status."""
    client = serve(f"{FEEDS}causes: [{{id: u, kind: unreadable, path: /feeds/a.csv, status: {status}}}]").client
    answer = client("GET", "/r.html")
    said = json.loads(answer.body)["causes"][0]
    assert (client("GET", "/feeds/a.csv").status, client("HEAD", "/feeds/a.csv").status) == (status, status)
    assert (answer.status, said["status"], said["title"]) == (424, status, TITLES[status])
    assert said["detail"] == client("GET", "/feeds/a.csv").body.decode().strip()
    assert said["cure"]


def test_nothing_else_is_unreadable(serve: Serve) -> None:
    """Its neighbour, and what is made of that, can be read; and the unreadable one can be written and moved."""
    client = serve(
        f"{FEEDS}  /n: {{from: [feeds/b.csv]}}\ncauses: [{{id: u, kind: unreadable, path: /feeds/a.csv}}]"
    ).client
    assert (client("GET", "/feeds/b.csv").status, client("GET", "/n").status) == (200, 200)
    assert client("PUT", "/feeds/a.csv", "x").status == 204
    assert client("PROPFIND", "/feeds/a.csv", headers={"Depth": "0"}).status == 207
    assert do(client, "MOVE /feeds/a.csv /c") == "201"


def test_what_is_unreadable_itself_depends_on_nothing(serve: Serve) -> None:
    """Its own refusal comes first, and is no 424; for what is made of it, it is the cause."""
    client = serve(f"{FEEDS}causes: [{{id: u, kind: unreadable, path: /r.csv, status: 500}}]").client
    assert client("GET", "/r.csv").status == 500
    assert causes(client("GET", "/r.html")) == [(f"{client.base}/r.csv", 500)]


def test_a_denied_source_is_denied_to_that_user_alone(serve: Serve) -> None:
    """To make it is to read the source in the name of who asks."""
    denied = "{id: d, kind: denied, path: /feeds/a.csv, users: [bob], methods: [GET]}"
    served = serve(f"{FEEDS}users: {{alice: a, bob: b}}\ncauses: [{denied}]")
    alice, bob = ({"Authorization": f"Basic {pair}"} for pair in ("YWxpY2U6YQ==", "Ym9iOmI="))
    assert served.client("GET", "/r.html", headers=alice).status == 200
    assert causes(served.client("GET", "/r.html", headers=bob)) == [(f"{served.client.base}/feeds/a.csv", 403)]


def test_a_source_that_became_a_collection_is_named(broken: Client) -> None:
    """Its GET is a listing, but that is no content to make anything of."""
    broken("MKCOL", "/feeds/a.csv")
    assert causes(broken("GET", "/r.csv")) == [(f"{broken.base}/feeds/a.csv", 409)]


def test_reads_are_counted(serve: Serve) -> None:
    """A cause that strikes twice strikes the first two reads, be it of the source or of what is made from it."""
    client = serve(f"{FEEDS}causes: [{{id: u, kind: unreadable, path: /feeds/a.csv, times: 2}}]").client
    answered = [client("GET", path).status for path in ("/r.html", "/feeds/a.csv", "/r.html", "/r.csv")]
    assert answered == [424, 503, 200, 200]


def test_reads_at_the_same_time_are_counted_one_by_one(serve: Serve) -> None:
    """Of forty, as many fail as the cause says."""
    client = serve(f"{FEEDS}causes: [{{id: u, kind: unreadable, path: /feeds/a.csv, times: 13}}]").client
    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(lambda _: client("GET", "/r.html").status, range(40)))
    assert (answered.count(424), answered.count(200)) == (13, 27)


def test_to_ask_for_properties_is_not_counted(serve: Serve) -> None:
    """PROPFIND and conditional headers tell how things are, and change nothing."""
    client = serve(f"{FEEDS}causes: [{{id: u, kind: unreadable, path: /feeds/a.csv, times: 1}}]").client
    assert [named(client, "/r.csv") for _ in range(3)] == [named(client, "/r.csv")] * 3
    assert client("GET", "/r.csv").status == 424
    got = client("GET", "/r.csv")
    assert (got.status, client("GET", "/r.csv", headers={"If-None-Match": got.headers["ETag"]}).status) == (200, 304)


def test_a_304_is_not_told_of_what_was_read_once_more(serve: Serve) -> None:
    """The entity-tag that a condition is held against is that of what was just made, not of another attempt."""
    client = serve(f"{FEEDS}causes: [{{id: u, kind: unreadable, path: /feeds/a.csv, nth: 3}}]").client
    etag = client("GET", "/r.csv").headers["ETag"]
    assert client("GET", "/r.csv", headers={"If-None-Match": etag}).status == 304
    assert client("GET", "/r.csv").status == 424


def test_conditional_headers_are_passed_over_by_a_424(broken: Client) -> None:
    """RFC 9110 13.2.1: where the answer without them would be an error, it is."""
    assert broken("GET", "/r.csv", headers={"If-None-Match": "*"}).status == 424
    assert broken("GET", "/r.csv", headers={"If-Match": '"x"', "Range": "bytes=0-1"}).status == 424


# Accept -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/problem+json"),
        ("application/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
        ("text/csv", "application/problem+json"),
        ("text/html;q=0", "application/problem+json"),
        ("*/*;q=0.1, application/*;q=0", "text/html; charset=utf-8"),
        ("text/html;q=0.5, application/problem+json", "application/problem+json"),
        ("nonsense;;;,,q=", "application/problem+json"),
        (BROWSER, "text/html; charset=utf-8"),
        ("text/*", "text/html; charset=utf-8"),
        ("TEXT/HTML; charset=utf-8; q=0.9, */*;q=0.1", "text/html; charset=utf-8"),
        ("application/json;q=0.2, text/html;q=0.3", "text/html; charset=utf-8"),
    ],
)
def test_accept_chooses(broken: Client, accept: str, content_type: str) -> None:
    """RFC 9110 12.5.1; a HEAD says the same."""
    got = broken("GET", "/r.csv", headers={"Accept": accept})
    head = broken("HEAD", "/r.csv", headers={"Accept": accept})
    assert (got.status, got.headers["Content-Type"]) == (424, content_type)
    assert lasting(head) == lasting(got)


def test_the_page_is_escaped_and_has_no_script(serve: Serve) -> None:
    """It names what failed, whatever its name, and links to it."""
    client = serve(
        "missing: ['/%3Cscript%3E&%22.csv']\ntree: {/r: {from: ['%3Cscript%3E&%22.csv']}, /<b>: {from: [r]}}"
    ).client
    page = client("GET", "/%3Cb%3E", headers={"Accept": BROWSER}).body.decode()
    assert f'<a href="{client.base}/%3Cscript%3E&amp;%22.csv">' in page
    assert "424 Failed Dependency" in page
    assert not re.search(r"<script|<b>|javascript:|on\w+=", page)


def test_amazon_bedrock_spells_it_so(broken: Client) -> None:
    """ModelErrorException has message, originalStatusCode and resourceName."""
    answer = broken("GET", "/r.csv", headers={"Accept": f"{VENDOR}.bedrock+json"})
    said = json.loads(answer.body)
    assert (answer.status, answer.headers["Content-Type"]) == (424, "application/json")
    assert answer.headers["x-amzn-ErrorType"] == "ModelErrorException"
    assert list(said) == ["message", "originalStatusCode", "resourceName"]
    assert (said["originalStatusCode"], said["resourceName"]) == (404, f"{broken.base}/feeds/a.csv")


def test_amazon_sagemaker_spells_it_so(broken: Client) -> None:
    """ModelError has Message, OriginalStatusCode, OriginalMessage and LogStreamArn."""
    answer = broken("GET", "/r.csv", headers={"Accept": f"{VENDOR}.sagemaker+json"})
    said = json.loads(answer.body)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (424, "ModelError")
    assert list(said) == ["Message", "OriginalStatusCode", "OriginalMessage", "LogStreamArn"]
    assert (said["OriginalStatusCode"], said["OriginalMessage"]) == (404, "There is nothing at /feeds/a.csv.")


def test_azure_machine_learning_spells_it_so(broken: Client) -> None:
    """The status moves to a header, and the body is what the source itself answers."""
    answer, own = broken("GET", "/r.csv", headers={"Accept": f"{VENDOR}.azureml"}), broken("GET", "/feeds/a.csv")
    assert (answer.status, answer.body) == (424, own.body)
    assert answer.headers["Content-Type"] == own.headers["Content-Type"]
    assert answer.headers["ms-azureml-model-error-statuscode"] == "404"
    assert answer.headers["ms-azureml-model-error-reason"] == "model_error"


@pytest.mark.parametrize("spelling", ["bedrock+json", "sagemaker+json", "azureml"])
def test_every_spelling_links_to_the_cause(broken: Client, spelling: str) -> None:
    """And a HEAD has the same headers."""
    asked = {"Accept": f"{VENDOR}.{spelling}"}
    got = broken("GET", "/r.csv", headers=asked)
    assert got.headers["Link"] == LINK.format(broken.base)
    assert lasting(broken("HEAD", "/r.csv", headers=asked)) == lasting(got)


# What else WebDAV does with it ---------------------------------------------------------------------------


def test_propfind_lists_what_can_not_be_made(broken: Client) -> None:
    """What only the content has is 404; the media type is known without."""
    assert named(broken, "/r.csv") == (
        "207  D:getcontenttype 200, D:getcontentlength 404, D:getetag 404, D:getlastmodified 404"
    )
    listed = broken("PROPFIND", "/", headers={"Depth": "1"}).body.decode()
    assert f"{broken.base}/r.csv<" in listed


def test_allprop_leaves_out_what_it_does_not_have(broken: Client) -> None:
    """As it does for all that a resource doesn't have."""
    for path, there in (("/r.csv", False), ("/feeds/b.csv", True)):
        listed = broken("PROPFIND", path, headers={"Depth": "0"}).body
        assert (b"getetag" in listed, b"getcontentlength" in listed, b" 404 " in listed) == (there, there, False)


def test_it_can_not_be_put(feeds: Client) -> None:
    """405 with what is allowed, and what to do instead; nothing changes."""
    answer = feeds("PUT", "/r.csv", "mine")
    assert answer.status == 405
    assert "PUT" not in answer.headers["Allow"].split(", ")
    assert "derived from /feeds/a.csv, /feeds/b.csv" in answer.body.decode()
    assert feeds("GET", "/r.csv").body == b"a,1\nb,2\n"
    assert "PUT" not in feeds("OPTIONS", "/r.csv").headers["Allow"].split(", ")


def test_once_deleted_its_place_is_free(broken: Client) -> None:
    """DELETE needs no source; then a PUT makes a document like any other."""
    assert broken("DELETE", "/r.csv").status == 204
    assert broken("PUT", "/r.csv", "mine").status == 201
    assert broken("GET", "/r.html").body == b"<pre>mine</pre>"


def test_a_copy_is_made_from_the_same_sources(broken: Client) -> None:
    """COPY copies the definition, which needs no source (RFC 4918 9.8: its behaviour matches that of the original)."""
    assert do(broken, "COPY /r.csv /copy.csv") == "201"
    assert broken("GET", "/copy.csv").status == 424
    broken("PUT", "/feeds/a.csv", "a,3\n")
    assert (broken("GET", "/copy.csv").body, broken("GET", "/r.csv").body) == (b"a,3\nb,2\n", b"a,3\nb,2\n")


def test_a_copy_of_a_collection_brings_definitions_along(broken: Client) -> None:
    """Its sources stay where they are."""
    broken("MKCOL", "/c/")
    do(broken, "MOVE /r.csv /c/r.csv")
    assert do(broken, "COPY /c/ /d/") == "201"
    assert causes(broken("GET", "/d/r.csv")) == [(f"{broken.base}/feeds/a.csv", 404)]


def test_moved_it_keeps_its_sources(feeds: Client) -> None:
    """And what was made from it at its old place misses it there."""
    assert do(feeds, "MOVE /r.csv /feeds/r.csv") == "201"
    assert feeds("GET", "/feeds/r.csv").body == b"a,1\nb,2\n"
    assert causes(feeds("GET", "/r.html")) == [(f"{feeds.base}/r.csv", 404)]


def test_a_moved_source_is_missed(feeds: Client) -> None:
    """Sources are known by their paths."""
    do(feeds, "MOVE /feeds/a.csv /feeds/z.csv")
    assert causes(feeds("GET", "/r.csv")) == [(f"{feeds.base}/feeds/a.csv", 404)]


def test_it_has_properties_of_its_own(broken: Client) -> None:
    """Dead ones are set and kept, whether it can be made or not."""
    assert broken.say("PROPPATCH /r.csv set u:a=1") == "207  u:a 200"
    assert broken.say("PROPFIND /r.csv u:a") == "207  u:a 200"


def test_its_language_is_sent(feeds: Client) -> None:
    """As for any document."""
    feeds.say("PROPPATCH /r.csv set D:getcontentlanguage=de")
    assert feeds("GET", "/r.csv").headers["Content-Language"] == "de"


@pytest.mark.parametrize("name", ["getetag", "getlastmodified"])
def test_what_follows_the_sources_can_not_be_set(serve: Serve, name: str) -> None:
    """Also where the scenario has taken its protection away."""
    served = serve(FEEDS)
    served.world.change_causes({f"rfc4918:{name}": None})
    assert served.client.say(f'PROPPATCH /r.csv set u:a=1 set D:{name}="x"') == (
        f"207  u:a 424, D:{name} 403 cannot-modify-protected-property"
    )


def test_it_can_be_locked(broken: Client) -> None:
    """A write lock on it keeps others from deleting it, and not from reading it."""
    held = token(broken, "/r.txt")
    assert told(broken("DELETE", "/r.txt")) == "423 lock-token-submitted"
    assert broken("GET", "/r.txt").status == 424
    assert broken("DELETE", "/r.txt", headers={"If": f"({held})"}).status == 204


def test_if_match_holds_for_what_is_made_now(feeds: Client) -> None:
    """RFC 9110 13.1.1, and the entity-tags of RFC 4918 10.4; with a source gone, there is none."""
    etag = feeds("GET", "/r.csv").headers["ETag"]
    tagged = holding("/r.csv", f"[{etag}]")
    assert feeds("COPY", "/r.csv", headers={"Destination": "{base}/1", "If-Match": etag}).status == 201
    assert feeds("COPY", "/r.csv", headers={"Destination": "{base}/2", **tagged}).status == 201
    feeds("DELETE", "/feeds/a.csv")
    assert feeds("COPY", "/r.csv", headers={"Destination": "{base}/3", "If-Match": etag}).status == 412
    assert feeds("COPY", "/r.csv", headers={"Destination": "{base}/4", **tagged}).status == 412


def test_it_takes_nothing_of_a_quota(serve: Serve) -> None:
    """Its content is stored nowhere."""
    client = serve(f"{FEEDS}causes: [{{id: q, kind: quota, path: /, bytes: 8}}]").client
    assert do(client, "COPY /r.csv /copy.csv") == "201"


def test_a_circle_that_a_move_closes_is_told(feeds: Client) -> None:
    """What would be made from itself is 424 because of the place where the circle closes: 508 Loop Detected."""
    do(feeds, "DELETE /feeds/a.csv")
    assert do(feeds, "MOVE /r.html /feeds/a.csv") == "201"
    answer = feeds("GET", "/feeds/a.csv")
    assert (answer.status, causes(answer)) == (424, [(f"{feeds.base}/feeds/a.csv", 508)])
    assert "/feeds/a.csv from /r.csv from /feeds/a.csv" in json.loads(answer.body)["causes"][0]["detail"]
    assert named(feeds, "/r.csv").startswith("207  D:getcontenttype 200")


def test_what_becomes_too_large_is_507(serve: Serve) -> None:
    """A small file can't make the server fill its memory."""
    levels = "".join(f"  /{n}: {{from: ['{n - 1}', '{n - 1}']}}\n" for n in range(1, 60))
    client = serve(f"tree:\n  /0: {{content: '0123456789'}}\n{levels}").client
    assert client("GET", "/10").status == 200
    answer = client("GET", "/59")
    assert answer.status == 424
    assert [status for _, status in causes(answer)] == [507]
    client("PUT", "/0", b"x" * (MOST_BYTES // 2 + 1))
    assert client("GET", "/1").status == 507


def test_what_needs_too_many_others_is_507(serve: Serve) -> None:
    """A chain has an end."""
    count = MOST_ACTIONS
    levels = "".join(f"  /{n}: {{from: ['{n - 1}']}}\n" for n in range(1, count))
    client = serve(f"tree:\n  /0: {{content: x}}\n{levels}").client
    assert client("GET", "/400").body == b"x"
    assert client("GET", f"/{count - 1}").status == 507
    assert client("PROPFIND", f"/{count - 1}", headers={"Depth": "0"}).status == 207
