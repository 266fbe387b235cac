"""PROPPATCH on a real socket (RFC 4918 9.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from tests.client import Client, lasting, told
from tests.conftest import Served

PROTECTED = (
    "D:creationdate",
    "D:getcontentlength",
    "D:getcontenttype",
    "D:getetag",
    "D:getlastmodified",
    "D:lockdiscovery",
    "D:quota-available-bytes",
    "D:quota-used-bytes",
    "D:resourcetype",
    "D:supportedlock",
)
XML = {"Content-Type": "application/xml"}
NAMESPACES = 'xmlns:D="DAV:" xmlns:u="urn:u"'
POEM = """
tree:
  /f:
    content: Wer reitet so spät
    properties:
      "{urn:p}title":
        xml: '<p:title xmlns:p="urn:p" xml:lang="de" p:kind="ballad">Der <p:em>Erlkönig</p:em>!<!-- 1782 --></p:title>'
causes:
  - {id: no, kind: protected-property, property: "{urn:u}no"}
"""


@pytest.fixture
def f(dav: Client) -> Client:
    """A client of a world with a document at /f."""
    dav("PUT", "/f", "content")
    return dav


def update(instructions: str) -> str:
    """Write a propertyupdate around instructions."""
    return f"<D:propertyupdate {NAMESPACES}>{instructions}</D:propertyupdate>"


def value(client: Client, name: str) -> str:
    """Read the property u:NAME of /f as an element in its canonical form."""
    query = f'<D:propfind xmlns:D="DAV:"><D:prop><u:{name} xmlns:u="urn:u"/></D:prop></D:propfind>'
    (said,) = client("PROPFIND", "/f", query, {**XML, "Depth": "0"}).reported
    return canonical(said.xml)


def canonical(xml: str) -> str:
    """Write an element so that equal elements are equal text, with the namespaces that it uses."""
    element = etree.fromstring(xml)
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=True).decode()


# All or nothing ----------------------------------------------------------------------------------


def test_one_refusal_takes_the_others_with_it(f: Client) -> None:
    """The first 424: caused by the protected property beside it, and nothing is stored."""
    told = f.say("PROPPATCH /f  set u:a=1  set D:getetag=x  set u:b=2")
    assert told == "207  u:a 424, u:b 424, D:getetag 403 cannot-modify-protected-property"
    assert f.say("PROPFIND /f u:a u:b") == "207  u:a 404, u:b 404"


def test_if_all_can_be_done_all_are_200(f: Client) -> None:
    """A success is 200 for every property, in one propstat."""
    assert f.say("PROPPATCH /f  set u:a=1  set u:b=2") == "207  u:a 200, u:b 200"
    assert f.say("PROPFIND /f u:a u:b") == "207  u:a 200, u:b 200"


def test_a_success_lists_names_only(f: Client) -> None:
    """A propstat of a PROPPATCH holds names, not values (RFC 4918 9.2.2)."""
    answer = f("PROPPATCH", "/f", update("<D:set><D:prop><u:a>secret</u:a></D:prop></D:set>"), XML)
    assert b"secret" not in answer.body


def test_a_removal_is_taken_back(f: Client) -> None:
    """What was removed before the failure is there again."""
    f.say("PROPPATCH /f  set u:a=1")
    assert f.say("PROPPATCH /f  remove u:a  set D:getetag=x") == (
        "207  u:a 424, D:getetag 403 cannot-modify-protected-property"
    )
    assert value(f, "a") == '<u:a xmlns:u="urn:u">1</u:a>'


def test_a_change_is_taken_back(f: Client) -> None:
    """What was changed before the failure has its old value again."""
    f.say("PROPPATCH /f  set u:a=1")
    f.say("PROPPATCH /f  set u:a=2  set D:getetag=x")
    assert value(f, "a") == '<u:a xmlns:u="urn:u">1</u:a>'


def test_a_change_after_the_failure_is_not_made(f: Client) -> None:
    """What stands after the failure is 424 too, and not stored."""
    assert f.say("PROPPATCH /f  set D:getetag=x  remove u:z  set u:a=1") == (
        "207  D:getetag 403 cannot-modify-protected-property, u:z 424, u:a 424"
    )
    assert f.say("PROPFIND /f u:a") == "207  u:a 404"


def test_a_failure_leaves_content_and_entity_tag_alone(f: Client) -> None:
    """A PROPPATCH that fails shows nowhere."""
    before = f("GET", "/f")
    f.say("PROPPATCH /f  set u:a=1  set D:getetag=x")
    after = f("GET", "/f")
    assert (after.body, lasting(after)) == (before.body, lasting(before))


def test_the_next_request_is_not_affected_by_a_failure(f: Client) -> None:
    """The very properties that were 424 can be set without the one that failed."""
    f.say("PROPPATCH /f  set u:a=1  set D:getetag=x")
    assert f.say("PROPPATCH /f  set u:a=1") == "207  u:a 200"


def test_several_failures_and_no_424(f: Client) -> None:
    """If every property fails for a reason of its own, there is no 424."""
    assert f.say("PROPPATCH /f  set D:getetag=x  set D:resourcetype=x") == (
        "207  D:getetag 403 cannot-modify-protected-property, D:resourcetype 403 cannot-modify-protected-property"
    )


# Document order ----------------------------------------------------------------------------------


def test_set_then_remove_leaves_nothing(f: Client) -> None:
    """Instructions are carried out in document order."""
    assert f.say("PROPPATCH /f  set u:a=1  remove u:a") == "207  u:a 200"
    assert f.say("PROPFIND /f u:a") == "207  u:a 404"


def test_remove_then_set_leaves_the_value(f: Client) -> None:
    """The same two the other way round give the other result."""
    f.say("PROPPATCH /f  set u:a=1")
    assert f.say("PROPPATCH /f  remove u:a  set u:a=2") == "207  u:a 200"
    assert value(f, "a") == '<u:a xmlns:u="urn:u">2</u:a>'


def test_set_remove_set_leaves_the_last_value(f: Client) -> None:
    """A property named three times is answered once."""
    assert f.say("PROPPATCH /f  set u:a=1  remove u:a  set u:a=3") == "207  u:a 200"
    assert value(f, "a") == '<u:a xmlns:u="urn:u">3</u:a>'


def test_set_remove_set_is_taken_back_to_the_original(f: Client) -> None:
    """An undo doesn't stop halfway: neither 1 nor 3 nor nothing, but the value from before."""
    f.say("PROPPATCH /f  set u:a=0")
    assert f.say("PROPPATCH /f  set u:a=1  remove u:a  set u:a=3  set D:getetag=x") == (
        "207  u:a 424, D:getetag 403 cannot-modify-protected-property"
    )
    assert value(f, "a") == '<u:a xmlns:u="urn:u">0</u:a>'


def test_set_twice_is_taken_back_to_the_original(f: Client) -> None:
    """Undone in the right order: not to the first of the two values."""
    f.say("PROPPATCH /f  set u:a=0")
    f.say("PROPPATCH /f  set u:a=1  set u:a=2  set D:getetag=x")
    assert value(f, "a") == '<u:a xmlns:u="urn:u">0</u:a>'


def test_several_properties_in_one_set_keep_their_order(f: Client) -> None:
    """Order holds within a prop, too, and over several prop elements of one set."""
    body = update("<D:set><D:prop><u:a>1</u:a><u:a>2</u:a></D:prop><D:prop><u:a>3</u:a></D:prop></D:set>")
    f("PROPPATCH", "/f", body, XML)
    assert value(f, "a") == '<u:a xmlns:u="urn:u">3</u:a>'


def test_a_property_that_fails_once_and_would_succeed_once_has_failed(serve: Callable[..., Served]) -> None:
    """Of two instructions about one property, the failed one is what is told of it, once."""
    client = serve(
        "tree: {/f: {}}\ncauses:\n- {id: p, kind: value-rule, property: '{urn:u}p', enum: [low, high]}"
    ).client
    assert client.say("PROPPATCH /f  set u:p=low  set u:p=odd  set u:p=high") == "207  u:p 409"
    assert client.say("PROPFIND /f u:p") == "207  u:p 404"


# Causes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_property_cannot_be_set(f: Client, name: str) -> None:
    """RFC 4918 15 and RFC 4331 3, 4: 403 with its condition, and what stands beside it is 424."""
    assert f.say(f"PROPPATCH /f  set u:a=1  set {name}=x") == (
        f"207  u:a 424, {name} 403 cannot-modify-protected-property"
    )


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_property_cannot_be_removed(f: Client, name: str) -> None:
    """Protection holds against removal, too."""
    assert f.say(f"PROPPATCH /f  remove {name}  remove u:a") == (
        f"207  {name} 403 cannot-modify-protected-property, u:a 424"
    )


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("{id: c, kind: protected-property, property: '{urn:u}p'}", "403 cannot-modify-protected-property"),
        ("{id: c, kind: denied, property: '{urn:u}p'}", "403 need-privileges"),
        ("{id: c, kind: value-rule, property: '{urn:u}p', pattern: '[0-9]+'}", "409"),
        ("{id: c, kind: value-rule, property: '{urn:u}p', enum: [low, high]}", "409"),
        ("{id: c, kind: value-rule, property: '{urn:u}p', type: date, status: 422}", "422"),
        ("{id: c, kind: store-fails, property: '{urn:u}p'}", "507 sufficient-disk-space"),
        ("{id: c, kind: store-fails, property: '{urn:u}p', status: 503}", "503"),
        ("{id: c, kind: store-fails, nth: 2}", "507 sufficient-disk-space"),
        ("{id: c, kind: quota, properties: 1}", "507 quota-not-exceeded"),
        ("{id: c, kind: quota, path: /, bytes: 100}", "507 quota-not-exceeded"),
    ],
)
def test_a_cause_has_its_own_status_and_all_others_are_424(
    serve: Callable[..., Served], cause: str, expected: str
) -> None:
    """The cause in its own propstat with its condition, what depended on it 424, nothing stored."""
    client = serve(f"tree: {{/f: {{}}}}\ncauses:\n- {cause}").client
    assert client.say("PROPPATCH /f  set u:a=1  set u:p=urgent  remove u:b") == f"207  u:a 424, u:b 424, u:p {expected}"
    assert client.say("PROPFIND /f u:a u:p") == "207  u:a 404, u:p 404"


def test_every_cause_is_named_with_its_own_status(serve: Callable[..., Served]) -> None:
    """Four causes in one request: each has its own propstat, and only the innocent are 424."""
    client = serve("""
tree: {/f: {}}
causes:
- {id: a, kind: protected-property, property: "{urn:u}a"}
- {id: b, kind: value-rule, property: "{urn:u}b", type: integer}
- {id: c, kind: value-rule, property: "{urn:u}c", type: date, status: 422}
- {id: d, kind: store-fails, property: "{urn:u}d"}
""").client
    assert client.say("PROPPATCH /f  set u:x=1  set u:a=1  set u:b=b  set u:c=c  set u:d=1  set u:y=1") == (
        "207  u:x 424, u:y 424, u:a 403 cannot-modify-protected-property, u:b 409, u:c 422,"
        " u:d 507 sufficient-disk-space"
    )


def test_a_failed_commit_is_507_for_all_and_424_for_none(serve: Callable[..., Served]) -> None:
    """Each failed because the store did, none because of another."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: c, kind: store-fails, at: commit}").client
    assert client.say("PROPPATCH /f  set u:a=1  remove u:b  set u:c=1") == (
        "207  u:a 507 sufficient-disk-space, u:b 507 sufficient-disk-space, u:c 507 sufficient-disk-space"
    )
    assert client.say("PROPFIND /f u:a u:c") == "207  u:a 404, u:c 404"


def test_a_failure_that_passes_lets_the_same_request_succeed(serve: Callable[..., Served]) -> None:
    """A store that fails once takes the same instructions the second time."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: c, kind: store-fails, times: 1}").client
    assert client.say("PROPPATCH /f  set u:a=1  set u:b=1") == "207  u:a 507 sufficient-disk-space, u:b 424"
    assert client.say("PROPPATCH /f  set u:a=1  set u:b=1") == "207  u:a 200, u:b 200"


def test_replacing_a_property_is_within_a_quota_of_properties(serve: Callable[..., Served]) -> None:
    """A new value of what is there isn't one property more."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: c, kind: quota, properties: 1}").client
    client.say("PROPPATCH /f  set u:a=1")
    assert client.say("PROPPATCH /f  set u:a=2") == "207  u:a 200"


def test_making_room_first_is_within_a_quota(serve: Callable[..., Served]) -> None:
    """In document order there is room; the other way round there is not."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: c, kind: quota, properties: 1}").client
    client.say("PROPPATCH /f  set u:a=1")
    assert client.say("PROPPATCH /f  set u:b=2  remove u:a") == "207  u:b 507 quota-not-exceeded, u:a 424"
    assert client.say("PROPPATCH /f  remove u:a  set u:b=2") == "207  u:a 200, u:b 200"


# What is said ------------------------------------------------------------------------------------


def test_a_description_names_what_failed_and_why(f: Client) -> None:
    """The responsedescription of the cause names the property."""
    answer = f("PROPPATCH", "/f", update("<D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set>"), XML)
    assert [said.description for said in answer.reported] == ["{DAV:}getetag is protected."]


def test_a_description_of_a_424_names_its_cause(f: Client) -> None:
    """What was not done says because of what."""
    answer = f("PROPPATCH", "/f", update("<D:set><D:prop><u:a>1</u:a><D:getetag>x</D:getetag></D:prop></D:set>"), XML)
    (said,) = [each.description for each in answer.reported if each.status == 424]
    assert said == "Not done, because this failed: set {DAV:}getetag (403 Forbidden)."


def test_a_condition_stands_in_an_error_of_its_propstat(f: Client) -> None:
    """RFC 4918 16: inside DAV:error, inside the propstat it is about."""
    answer = f("PROPPATCH", "/f", update("<D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set>"), XML)
    found = etree.fromstring(answer.body).xpath(
        "/d:multistatus/d:response/d:propstat/d:error/d:cannot-modify-protected-property", namespaces={"d": "DAV:"}
    )
    assert len(found) == 1


def test_one_response_with_the_href_as_asked(f: Client) -> None:
    """RFC 4918 14.24: one response for each href, a path from the server's root."""
    body = f("PROPPATCH", "/f", update("<D:set><D:prop><u:a/><D:getetag>x</D:getetag></D:prop></D:set>"), XML).body
    hrefs = [each.text for each in etree.fromstring(body).iterfind("{DAV:}response/{DAV:}href")]
    assert hrefs == [f"{f.base}/f"]


def test_a_collections_href_has_its_slash(dav: Client) -> None:
    """RFC 4918 5.2: also if it was asked for without."""
    dav("MKCOL", "/c/")
    answer = dav("PROPPATCH", "/c", update("<D:set><D:prop><u:a/></D:prop></D:set>"), XML)
    assert [said.href for said in answer.reported] == ["/c/"]


def test_a_multistatus_is_xml(f: Client) -> None:
    """RFC 4918 8.2: application/xml, with its charset."""
    answer = f("PROPPATCH", "/f", update("<D:set><D:prop><u:a/></D:prop></D:set>"), XML)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"


# Ordinary properties -----------------------------------------------------------------------------


def test_removing_what_is_not_there_succeeds(f: Client) -> None:
    """RFC 4918 14.23: no error."""
    assert f.say("PROPPATCH /f  remove u:a") == "207  u:a 200"


def test_a_display_name_can_be_set(f: Client) -> None:
    """RFC 4918 15.2: not protected."""
    assert f.say("PROPPATCH /f  set D:displayname=Report") == "207  D:displayname 200"
    assert f.say("PROPFIND /f D:displayname") == "207  D:displayname 200"


def test_a_display_name_can_be_removed(f: Client) -> None:
    """And taken away again."""
    f.say("PROPPATCH /f  set D:displayname=Report")
    assert f.say("PROPPATCH /f  remove D:displayname") == "207  D:displayname 200"
    assert f.say("PROPFIND /f D:displayname") == "207  D:displayname 404"


def test_a_language_must_be_one(f: Client) -> None:
    """RFC 4918 15.3: getcontentlanguage is writable, and its value has a grammar."""
    assert f.say("PROPPATCH /f  set D:getcontentlanguage=de-CH") == "207  D:getcontentlanguage 200"
    assert f.say("PROPPATCH /f  set D:getcontentlanguage=?!") == "207  D:getcontentlanguage 409"


def test_the_same_name_in_two_namespaces_is_two_properties(f: Client) -> None:
    """RFC 4918 4.4: namespace and local name make the identity."""
    assert f.say("PROPPATCH /f  set u:a=1  remove D:a  remove C:a") == "207  u:a 200, D:a 200, C:a 200"
    assert f.say("PROPFIND /f u:a D:a C:a") == "207  u:a 200, D:a 404, C:a 404"


def test_a_property_without_a_namespace(f: Client) -> None:
    """A name in no namespace is a name, too, and comes back in none."""
    f("PROPPATCH", "/f", update("<D:set><D:prop><plain>1</plain></D:prop></D:set>"), XML)
    query = '<D:propfind xmlns:D="DAV:"><D:prop><plain/></D:prop></D:propfind>'
    assert told(f("PROPFIND", "/f", query, {**XML, "Depth": "0"})) == "207  plain 200"


def test_properties_of_the_root(dav: Client) -> None:
    """The root of a scenario has properties as anything else has."""
    assert dav.say("PROPPATCH /  set u:a=1") == "207  u:a 200"
    assert dav.say("PROPFIND / u:a") == "207  u:a 200"


def test_elements_that_no_rfc_defines_are_passed_over(f: Client) -> None:
    """RFC 4918 17: unknown elements are ignored, wherever they stand."""
    body = update("<u:do/><D:set><u:hint/><D:prop><u:a>1</u:a></D:prop></D:set><!-- really --><?please?>")
    assert told(f("PROPPATCH", "/f", body, XML)) == "207  u:a 200"


# Fidelity (RFC 4918 4.3) -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "element",
    [
        '<u:a xmlns:u="urn:u"></u:a>',
        '<u:a xmlns:u="urn:u"> two  spaces &amp; &lt;angles&gt;\n</u:a>',
        '<u:a xmlns:u="urn:u" kind="x" u:kind="y">Der <u:em>Erlkönig</u:em>!</u:a>',
        '<u:a xmlns:u="urn:u"><v:b xmlns:v="urn:v"></v:b><b xmlns="urn:w"></b></u:a>',
        '<u:a xmlns:u="urn:u"><!-- a comment --><?a pi?></u:a>',
        '<u:a xmlns:u="urn:u" xml:lang="de">Tür<u:b xml:lang="en">door</u:b></u:a>',
    ],
)
def test_a_value_comes_back_as_it_was_sent(f: Client, element: str) -> None:
    """Mixed content, attributes, namespaces and languages are kept."""
    f("PROPPATCH", "/f", update(f"<D:set><D:prop>{element}</D:prop></D:set>"), XML)
    assert value(f, "a") == element


def test_the_language_in_scope_is_kept(f: Client) -> None:
    """RFC 4918 4.3: xml:lang may stand above the property; the nearest one counts."""
    f("PROPPATCH", "/f", update('<D:set xml:lang="en"><D:prop xml:lang="de"><u:a>Tür</u:a></D:prop></D:set>'), XML)
    assert value(f, "a") == '<u:a xmlns:u="urn:u" xml:lang="de">Tür</u:a>'


def test_a_prefix_that_only_the_text_uses_is_kept(f: Client) -> None:
    """A prefix declared far above means the same when the value comes back."""
    body = f'<D:propertyupdate {NAMESPACES} xmlns:q="urn:q"><D:set><D:prop><u:a>q:name</u:a></D:prop></D:set>'
    f("PROPPATCH", "/f", body + "</D:propertyupdate>", XML)
    query = '<D:propfind xmlns:D="DAV:"><D:prop><u:a xmlns:u="urn:u"/></D:prop></D:propfind>'
    (said,) = f("PROPFIND", "/f", query, {**XML, "Depth": "0"}).reported
    assert etree.fromstring(said.xml).nsmap["q"] == "urn:q"


def test_a_utf_16_body_is_read(f: Client) -> None:
    """RFC 4918 8.2 by way of XML: UTF-8 and UTF-16 have to be understood."""
    body = '<?xml version="1.0" encoding="utf-16"?>' + update("<D:set><D:prop><u:a>Tür</u:a></D:prop></D:set>")
    f("PROPPATCH", "/f", body.encode("utf-16"), XML)
    assert value(f, "a") == '<u:a xmlns:u="urn:u">Tür</u:a>'


def test_what_is_undone_is_back_to_the_letter(serve: Callable[..., Served]) -> None:
    """Language, attributes, mixed content, comment and prefix of the original survive a rollback."""
    client = serve(POEM).client
    query = '<D:propfind xmlns:D="DAV:"><D:prop><p:title xmlns:p="urn:p"/></D:prop></D:propfind>'
    before = client("PROPFIND", "/f", query, {**XML, "Depth": "0"}).body
    title = '<p:title xmlns:p="urn:p">{}</p:title>'
    answer = client(
        "PROPPATCH",
        "/f",
        update(
            f"<D:set><D:prop>{title.format('One')}</D:prop></D:set>"
            f"<D:remove><D:prop>{title.format('')}</D:prop></D:remove>"
            f"<D:set><D:prop>{title.format('Two')}<u:no/></D:prop></D:set>"
        ),
        XML,
    )
    assert told(answer) == "207  {urn:p}title 424, u:no 403 cannot-modify-protected-property"
    assert client("PROPFIND", "/f", query, {**XML, "Depth": "0"}).body == before
    assert (
        '<p:title xmlns:p="urn:p" xml:lang="de" p:kind="ballad">Der <p:em>Erlkönig</p:em>!<!-- 1782 --></p:title>'
        in before.decode()
    )


# The request as a whole --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<D:propertyupdate",
        "<D:propfind xmlns:D='DAV:'/>",
        update(""),
        update("<D:set/>"),
        update("<D:set><D:prop/></D:set>"),
        update("<u:set><D:prop><u:a/></D:prop></u:set>"),
        update("<D:remove><D:prop><u:a>with content</u:a></D:prop></D:remove>"),
        update("<D:set><D:prop><u:a>1</u:a></D:prop></D:set><D:remove><D:prop><u:b><u:c/></u:b></D:prop></D:remove>"),
    ],
)
def test_a_body_that_instructs_nothing_sensible_is_400(f: Client, body: str) -> None:
    """Refused before anything is tried: no 207, and nothing stored."""
    assert f("PROPPATCH", "/f", body, XML).status == 400
    assert f.say("PROPFIND /f u:a") == "207  u:a 404"


def test_an_external_entity_is_403(f: Client) -> None:
    """RFC 4918 16: with no-external-entities."""
    body = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + update(
        "<D:set><D:prop><u:a>&e;</u:a></D:prop></D:set>"
    )
    assert told(f("PROPPATCH", "/f", body, XML)) == "403 no-external-entities"


def test_nothing_there_is_404(dav: Client) -> None:
    """No resource, no properties."""
    assert dav.say("PROPPATCH /f  set u:a=1") == "404"


def test_an_entity_tag_that_does_not_match_is_412(f: Client) -> None:
    """If-Match holds for properties, too, and nothing is stored."""
    assert f.say("PROPPATCH /f  set u:a=1", {"If-Match": '"other"'}) == "412"
    assert f.say("PROPFIND /f u:a") == "207  u:a 404"


def test_an_entity_tag_that_matches_lets_it_pass(f: Client) -> None:
    """The one that GET gave."""
    etag = f("GET", "/f").headers["ETag"]
    assert f.say("PROPPATCH /f  set u:a=1", {"If-Match": etag}) == "207  u:a 200"


def test_a_matching_if_none_match_is_412(f: Client) -> None:
    """RFC 9110 13.1.2: 304 is for GET and HEAD alone."""
    assert f.say("PROPPATCH /f  set u:a=1", {"If-None-Match": "*"}) == "412"


def test_an_if_header_that_does_not_hold_is_412(f: Client) -> None:
    """RFC 4918 10.4: a token that no lock has."""
    assert f.say("PROPPATCH /f  set u:a=1", {"If": "(<urn:uuid:no-such-lock>)"}) == "412"


def test_another_media_type_is_415(f: Client) -> None:
    """XML that says it is something else isn't read."""
    assert f.say("PROPPATCH /f  set u:a=1", {"Content-Type": "application/json"}) == "415"


@pytest.mark.parametrize(
    "media_type", ["application/xml", "text/xml; charset=utf-8", "application/dav+xml", "TEXT/XML"]
)
def test_xml_by_any_of_its_names_is_read(f: Client, media_type: str) -> None:
    """RFC 4918 8.2: both application/xml and text/xml."""
    assert f.say("PROPPATCH /f  set u:a=1", {"Content-Type": media_type}) == "207  u:a 200"


def test_a_locked_resource_is_423_with_the_locks_root(serve: Callable[..., Served]) -> None:
    """RFC 4918 7: the whole request, and the href of what is locked (14.7, 16)."""
    client = serve("tree: {/c/: {}, /c/f: {}}\ncauses:\n- {id: l, kind: lock, path: /c/}").client
    answer = client("PROPPATCH", "/c/f", update("<D:set><D:prop><u:a/></D:prop></D:set>"), XML)
    assert told(answer) == "423 lock-token-submitted"
    assert etree.fromstring(answer.body).findtext("{DAV:}lock-token-submitted/{DAV:}href") == f"{client.base}/c/"


def test_a_locked_member_does_not_lock_its_collection(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: a collection's properties are its own."""
    client = serve("tree: {/c/: {}, /c/f: {}}\ncauses:\n- {id: l, kind: lock, path: /c/f}").client
    assert client.say("PROPPATCH /c/  set u:a=1") == "207  u:a 200"


def test_a_lock_of_depth_0_does_not_lock_the_members_properties(serve: Callable[..., Served]) -> None:
    """RFC 4918 7.4: it covers the collection and its list of members, not what they have."""
    client = serve("tree: {/c/: {}, /c/f: {}}\ncauses:\n- {id: l, kind: lock, path: /c/, depth: '0'}").client
    assert client.say("PROPPATCH /c/f  set u:a=1") == "207  u:a 200"


def test_the_token_of_a_lock_opens_it(f: Client) -> None:
    """RFC 4918 6.4: for the one who holds it, and only if submitted."""
    lock = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
    token = f("LOCK", "/f", lock, XML).headers["Lock-Token"]
    assert f.say("PROPPATCH /f  set u:a=1") == "423 lock-token-submitted"
    assert f.say("PROPPATCH /f  set u:a=1", {"If": f"({token})"}) == "207  u:a 200"


def test_the_token_of_somebody_elses_lock_does_not_open_it(serve: Callable[..., Served]) -> None:
    """RFC 4918 6.4: the principal has to be the lock's, too."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: l, kind: lock, path: /f}").client
    assert client.say("PROPPATCH /f  set u:a=1", {"If": "(<urn:dav424:lock:l>)"}) == "423 lock-token-submitted"


def test_a_denied_user_is_403_with_the_privilege(serve: Callable[..., Served]) -> None:
    """RFC 3744 7.1.1: the whole request, naming what is lacking on which resource."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: d, kind: denied, methods: [PROPPATCH]}").client
    answer = client("PROPPATCH", "/f", update("<D:set><D:prop><u:a/></D:prop></D:set>"), XML)
    assert told(answer) == "403 need-privileges"
    need = etree.fromstring(answer.body).find("{DAV:}need-privileges/{DAV:}resource")
    assert need is not None
    assert need.findtext("{DAV:}href") == f"{client.base}/f"
    assert need.find("{DAV:}privilege/{DAV:}write-properties") is not None


def test_denied_comes_before_412(serve: Callable[..., Served]) -> None:
    """RFC 4918 8.5: authorization is looked at before conditional headers."""
    client = serve("tree: {/f: {}}\ncauses:\n- {id: d, kind: denied}").client
    assert client.say("PROPPATCH /f  set u:a=1", {"If-Match": '"other"'}) == "403 need-privileges"


def test_a_stranger_is_401(serve: Callable[..., Served]) -> None:
    """RFC 4918 8.1: before anything else, whatever the body."""
    client = serve("tree: {/f: {}}\nusers: {ada: secret}").client
    assert client.say("PROPPATCH /f  set D:getetag=x") == "401"


def test_a_property_that_fails_twice_is_listed_once(serve: Callable[..., Served]) -> None:
    """Its first failure counts; each other property depends on a failure (RFC 4918 9.2.1)."""
    client = serve("causes: [{id: v, kind: value-rule, property: '{urn:u}a', enum: [x]}]").client
    client("PUT", "/f", "content")
    assert client.say("PROPPATCH /f set u:a=1 set u:b=2 set u:a=3") == "207  u:a 409, u:b 424"


def test_a_body_that_was_read_before_is_read_in_its_own_encoding(f: Client) -> None:
    """The server remembers the instructions of a short body by its bytes and its media type."""
    body = update("<D:set><D:prop><u:a>é</u:a></D:prop></D:set>").encode()
    stored = []
    for charset in ("utf-8", "iso-8859-1", "utf-8"):
        f("PROPPATCH", "/f", body, {"Content-Type": f"application/xml; charset={charset}"})
        stored.append(etree.fromstring(value(f, "a")).text)
    assert stored == ["é", "Ã©", "é"]
