"""The trait ``undeclared-prefix``: an answer to PROPPATCH that is not well-formed."""

import re

import pytest
from lxml import etree

from tests.dialects.conftest import Speak

BODY = '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set></D:propertyupdate>'


def test_a_parser_rejects_the_answer(speak: Speak) -> None:
    """The property and the condition have the prefix, and nothing declares it."""
    client = speak("undeclared-prefix: DAV").client
    client("PUT", "/f", "content")
    body = client.raw(
        b"PROPPATCH {base}/f HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/xml\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY.encode())
    )
    assert re.findall(rb"DAV:[a-z-]+/>", body) == [b"DAV:getetag/>", b"DAV:cannot-modify-protected-property/>"]
    with pytest.raises(etree.XMLSyntaxError, match="prefix DAV"):
        etree.fromstring(body.partition(b"\r\n\r\n")[2])


def test_a_listing_is_well_formed(speak: Speak) -> None:
    """The trait is about answers to PROPPATCH alone."""
    client = speak("undeclared-prefix: DAV").client
    assert client("PROPFIND", "/", headers={"Depth": "0"}).reported != ()
