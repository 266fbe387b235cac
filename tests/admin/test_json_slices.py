"""Long JSON is read in slices, with the result and the errors of a single call of msgspec."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dav424.admin import json_slices
from dav424.admin.json_slices import LONG, SlicedReader
from dav424.admin.tree_payloads import TreeJson
from dav424.core import decode

MAX_PIECE = 2 * LONG
"""The bytes of a piece and of the last member in it."""

texts = st.text(max_size=6) | st.sampled_from(['"', "\\", '\\"', "]", "}", "é", "\x00"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut texts of more than 20 bytes."""
    monkeypatch.setattr(json_slices, "LONG", 20)


def read(text: bytes, kind: Any = Any) -> Any:
    """Read in slices; the problems of the values come in a tuple."""
    reader = SlicedReader()
    value = reader.read(text, kind)
    return value if not reader.errors else tuple((error.pointer, error.detail) for error in reader.errors)


@pytest.mark.usefixtures("short_slices")
class TestShortSlices:
    """With slices of a few bytes."""

    @given(values, st.booleans())
    def test_the_result_is_that_of_one_call(self, value: Any, spaced: bool) -> None:  # noqa: FBT001 - hypothesis gives it
        """Strings with quotes, brackets and backslashes are cut nowhere."""
        text = json.dumps(value, indent=1 if spaced else None, ensure_ascii=False).encode()
        assert read(text) == msgspec.json.decode(text)

    @given(values, st.data())
    def test_a_text_that_is_not_json_is_refused(self, value: Any, data: st.DataObject) -> None:
        """Whatever byte of it was changed, removed or added."""
        text = bytearray(json.dumps(value).encode())
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 1))] = data.draw(
            st.sampled_from([b"", b",", b'"', b"}", b"]", b"{", b":", b"\\"])
        )
        try:
            expected = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
                read(bytes(text))
        else:
            assert read(bytes(text)) == expected

    @pytest.mark.parametrize(
        ("body", "errors"),
        [
            (
                {"resources": {"/a": {"content": 1}, "/b": {}, "/c": {"etag": "x"}}},
                ["/resources/~1a/content", "/resources/~1c/etag"],
            ),
            (
                {"resources": {"/a/": {"locks": [{"token": "u:a"}, {"token": "u:b"}, {"token": 1}]}}},
                ["/resources/~1a~1/locks/2/token"],
            ),
            (
                {"resources": {"no slash, and a long one": {"content": "enough to be cut"}}},
                ["/resources/no slash, and a long one"],
            ),
            ({"unknown": "a member that no type has", "resources": {}}, ["/unknown"]),
            ({"resources": ["not an object", "but a long array"]}, ["/resources"]),
        ],
    )
    def test_an_error_points_to_its_value(self, body: object, errors: list[str]) -> None:
        """A pointer leads from the root of the body, whatever slice the value is in."""
        assert [pointer for pointer, _ in read(json.dumps(body).encode(), TreeJson)] == errors


def test_no_call_reads_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members, properties and locks are read piece by piece; only a text of one value comes whole."""
    lengths: list[int] = []
    real = decode.from_json
    monkeypatch.setattr(decode, "from_json", lambda text, kind: (lengths.append(len(text)), real(text, kind))[1])
    body = {
        "resources": {
            "/": {"properties": {f"{{urn:x}}p{i}": "x" for i in range(20_000)}},
            "/c/": {"locks": [{"token": f"urn:x:{i}"} for i in range(20_000)]},
            **{f"/c/{i}": {"content": "x"} for i in range(20_000)},
        }
    }
    text = json.dumps(body).encode()
    assert read(text, TreeJson) == msgspec.json.decode(text, type=TreeJson)
    assert max(lengths) <= MAX_PIECE < len(text) // 5
    assert sum(lengths) < 2 * len(text)


def test_a_deep_text_is_refused() -> None:
    """It is no JSON that any reader takes, and is not read to its end."""
    with pytest.raises(msgspec.DecodeError):
        read(b'{"a":' + b"[" * LONG + b"]" * LONG + b"}")
