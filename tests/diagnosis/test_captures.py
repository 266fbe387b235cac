"""Answers of real servers, in every spelling that was captured: their failures are found, and their 424s explained."""

from __future__ import annotations

import re

import pytest

from dav424.diagnosis import Diagnosis, UnreadableText, diagnose
from tests.dialects.captures_reader import Capture, captures

CAPTURES = list(captures())
FAILING = [
    capture
    for capture in CAPTURES
    if re.search(r" [45][0-9]{2}\b", f"HTTP/1.1 {capture.status}\n{capture.answer.body}")
]
_PROPSTAT = re.compile(r"<(?:\w+:)?propstat\b.*?</(?:\w+:)?propstat>", re.DOTALL)
_STATUS = re.compile(r"HTTP/[0-9.]+ ([1-5][0-9]{2})")
_PROP = re.compile(r"<(?:\w+:)?prop\b[^>]*>(.*?)</(?:\w+:)?prop>", re.DOTALL)
_OPENING = re.compile(r"<[^/!?][^>]*?/?>")


def name(capture: Capture) -> str:
    return capture.name


def only(text: str) -> Diagnosis:
    """Give the diagnosis of the only answer in a text."""
    (answer,) = diagnose(text).answers
    return answer


def statuses_in(capture: Capture) -> list[int]:
    """Read the failures of a capture without a parser of XML: the status of each property, else of each response."""
    found = []
    body = capture.answer.body
    for propstat in _PROPSTAT.findall(body):
        properties, status = _PROP.search(propstat), _STATUS.search(propstat)
        assert properties
        assert status
        found += [int(status[1])] * len(_OPENING.findall(properties[1]))
    found += [int(status) for status in _STATUS.findall(_PROPSTAT.sub("", body))]
    if not any(status >= 400 for status in found) and capture.status != 207:
        found.append(capture.status)
    return sorted(status for status in found if status >= 400)


def test_every_server_is_there() -> None:
    """The captures are those of thirteen doors of eleven servers."""
    assert len({capture.server for capture in CAPTURES}) == 13
    assert len(FAILING) == len(CAPTURES) > 100


@pytest.mark.parametrize("capture", FAILING, ids=name)
def test_all_failures_are_found(capture: Capture) -> None:
    """The diagnosis has each failure once, with the status that the server wrote."""
    answer = only(capture.request_text() + "\r\n" + capture.answer_text())
    line = [capture.status] if capture.status == 424 else []
    told = [failure.said.status for failure in answer.failed] + [each.said.status for each in answer.dependent]
    assert sorted(status for status in told if status) == sorted([*statuses_in(capture), *line])
    assert answer.method == capture.method
    assert answer.target == capture.target
    assert answer.kept is not None
    assert answer.turn


@pytest.mark.parametrize("capture", FAILING, ids=name)
def test_a_424_depends_on_the_failures_beside_it(capture: Capture) -> None:
    """Each 424 names the failures that it depended on, and none names itself."""
    answer = only(capture.request_text() + "\r\n" + capture.answer_text())
    failed = {str(failure.said.thing) for failure in answer.failed}
    for dependent in answer.dependent:
        assert {str(thing) for thing in dependent.because} <= failed
        assert dependent.because


@pytest.mark.parametrize("capture", FAILING, ids=name)
def test_the_answer_alone_tells_the_same(capture: Capture) -> None:
    """Without the request, and without the head where the body is XML, the failures are the same."""
    whole = only(capture.request_text() + "\r\n" + capture.answer_text())
    alone = only(capture.answer_text())
    assert [failure.said.status for failure in alone.failed] == [failure.said.status for failure in whole.failed]
    assert alone.guessed
    if "multistatus" in capture.answer.body and capture.status == 207:
        body = only(capture.answer.body)
        assert [failure.said.status for failure in body.failed] == [failure.said.status for failure in whole.failed]


@pytest.mark.parametrize(
    ("server", "method", "words"),
    [
        ("apache", "DELETE", "The status line says 424, but the body names each failure"),
        ("xandikos", "MKCOL", "MKCOL does everything or nothing"),
        ("xandikos", "MKCALENDAR", "MKCALENDAR does everything or nothing"),
        ("cyrus-caldav", "MKCALENDAR", "A propstat stands outside of a response"),
    ],
)
def test_broken_rules_are_named(server: str, method: str, words: str) -> None:
    """Where a server breaks a rule, the diagnosis says so, with the section."""
    found = [
        rule
        for capture in FAILING
        if (capture.server, capture.method) == (server, method)
        for rule in only(capture.request_text() + "\r\n" + capture.answer_text()).broken
    ]
    assert any(words in rule.sentence and rule.section.startswith("RFC ") for rule in found)


def test_all_captures_at_once() -> None:
    """One text with every exchange of a server has as many answers, in their order."""
    apache = [capture for capture in CAPTURES if capture.server == "apache"]
    text = "\r\n".join(f"{capture.request_text()}\r\n{capture.answer_text()}" for capture in apache)
    answers = diagnose(text).answers
    assert [(answer.method, answer.target, answer.status) for answer in answers] == [
        (capture.method, capture.target, capture.status) for capture in apache
    ]


def test_prose_is_no_answer() -> None:
    """A text without an answer is refused, with what to paste instead."""
    with pytest.raises(UnreadableText, match="Paste it with its status line"):
        diagnose("My server does not work. What can I do?")
