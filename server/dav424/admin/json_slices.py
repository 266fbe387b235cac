"""JSON that is read in slices, so that a long body of the admin API keeps no other request waiting.

A single call of msgspec that makes a million objects takes a second, and no other thread runs meanwhile. So a long text is
cut into pieces, each of which has some members of an object or some elements of an array:

    {"resources": {"/a": {...}, "/b": {...}, ...}}   -->   {"/a": {...}, "/b": {...}}   {"/c": {...}}   ...

Regular expressions find the places. They only have to be right for JSON, because msgspec reads each piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from dav424.admin.body_errors import MOST_ERRORS, PLACE, PointedError, Steps, body_errors
from dav424.core import decode, json_pointer

LONG = 1 << 17
"""The bytes of a text that is cut into pieces: msgspec reads a shorter one in some milliseconds."""
_PIECE = 1000
"""The most members of a piece."""
_DEEPEST = 1000
"""The most levels of a value: msgspec reads no more of them either."""
_BLANKS = re.compile(rb"[ \t\r\n]{0,10000}+")
_SHORT_STRING = rb'"(?>(?:[^"\\]{1,1000}+|\\.){0,1000})"'
_FLAT = re.compile(rb'(?>(?:[^"{}\[\]]{1,1000}+|%b){0,1000})([{}\[\]"]?)' % _SHORT_STRING, re.DOTALL)
_OF_A_STRING = re.compile(rb'(?>(?:[^"\\]{1,1000}+|\\.){0,1000})', re.DOTALL)
_WORD = re.compile(rb'[^"{}\[\],: \t\r\n]{1,1000}+')
"""A number, true, false or null. Each of these patterns takes a bounded time, and is used again where it ended."""


class _Member(NamedTuple):
    """A member of an object, or an element of an array, whose key is empty: where it begins, and where its value is."""

    key: bytes
    begin: int
    value: int
    end: int


class _Cutter:
    """Finds the members of an object or array; raises DecodeError where the text is not JSON."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._begin = self._skip_blanks(0)
        self.opening = text[self._begin : self._begin + 1]

    def members(self) -> Iterator[_Member]:
        """Iterate over the members."""
        keyed = self.opening == b"{"
        closing = b"}" if keyed else b"]"
        at = self._skip_blanks(self._begin + 1)
        more = self._text[at : at + 1] != closing
        while more:
            member = self._member(at, keyed=keyed)
            yield member
            at = self._skip_blanks(member.end)
            more = self._text[at : at + 1] == b","
            at = self._skip_blanks(at + 1) if more else at
        if self._text[at : at + 1] != closing or self._skip_blanks(at + 1) != len(self._text):
            raise _malformed(at)

    def check(self) -> None:
        """Check the brackets and strings of the whole text."""
        at = self._end_of(self._begin)
        if self._skip_blanks(at) != len(self._text):
            raise _malformed(at)

    def _member(self, begin: int, *, keyed: bool) -> _Member:
        key, at = b"", begin
        if keyed:
            at = self._end_of_string(begin)
            key = self._text[begin:at]
            at = self._skip_blanks(at)
            if self._text[at : at + 1] != b":":
                raise _malformed(at)
            at += 1
        value = self._skip_blanks(at)
        return _Member(key, begin, value, self._end_of(value))

    def _skip_blanks(self, at: int) -> int:
        while (end := _end_of_match(_BLANKS, self._text, at)) > at:
            at = end
        return at

    def _end_of(self, at: int) -> int:
        """Find the end of the value that begins here."""
        match self._text[at : at + 1]:
            case b'"':
                return self._end_of_string(at)
            case b"{" | b"[":
                return self._end_of_container(at)
        end = _end_of_match(_WORD, self._text, at)
        if end == at:
            raise _malformed(at)
        return end

    def _end_of_string(self, at: int) -> int:
        if self._text[at : at + 1] != b'"':
            raise _malformed(at)
        at += 1
        while self._text[at : at + 1] != b'"':
            end = _end_of_match(_OF_A_STRING, self._text, at)
            if end == at:
                raise _malformed(at)
            at = end
        return at + 1

    def _end_of_container(self, at: int) -> int:
        depth, at = 1, at + 1
        while depth:
            found = _FLAT.match(self._text, at)
            if found is None or found.end() == at or depth > _DEEPEST:
                raise _malformed(at)
            at = found.end()
            match found[1]:
                case b"{" | b"[":
                    depth += 1
                case b"}" | b"]":
                    depth -= 1
                case b'"':  # a string that is too long for the pattern
                    at = self._end_of_string(at - 1)
        return at


def _end_of_match(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _malformed(at: int) -> msgspec.DecodeError:
    return msgspec.DecodeError(f"JSON is malformed: invalid character (byte {at})")


class SlicedReader:
    """Reads JSON of a type. ``errors`` then has the first errors of the values that are not of their type."""

    def __init__(self) -> None:
        self.errors: list[PointedError] = []

    def read(self, text: bytes, kind: Any, steps: Steps = ()) -> Any:
        """Read a text; the result is incomplete if there are errors. Raises DecodeError if the text is not JSON."""
        if len(text) <= LONG:
            return self._read_at_once(text, kind, steps)
        cutter = _Cutter(text)
        inner = _container(kind, cutter.opening)
        if inner is None:
            cutter.check()  # a value that is no JSON at all counts as such
            return self._read_at_once(text, kind, steps)
        members = cutter.members()
        if isinstance(inner, type) and issubclass(inner, Struct):
            return self._read_struct(text, members, inner, steps)
        if cutter.opening == b"[":
            return self._read_array(text, members, get_args(inner)[0], steps)
        return self._read_mapping(text, members, get_args(inner), steps)

    def _read_at_once(self, text: bytes, kind: Any, steps: Steps) -> Any:
        try:
            return decode.from_json(text, kind)
        except msgspec.ValidationError as error:
            if len(text) > LONG + len("[]"):  # a single value; a piece of several ones is short
                found = [PointedError("", str(error).partition(PLACE)[0])]
            else:
                found = body_errors(msgspec.json.decode(text), kind)
            self._add(found, steps)
            return None

    def _add(self, errors: Iterable[PointedError], steps: Steps) -> None:
        above = json_pointer.spell(*steps)
        self.errors += [PointedError(above + error.pointer, error.detail) for error in errors]
        del self.errors[MOST_ERRORS:]

    @property
    def _full(self) -> bool:
        return len(self.errors) >= MOST_ERRORS

    def _read_struct(self, text: bytes, members: Iterator[_Member], kind: type[Struct], steps: Steps) -> Any:
        types = get_type_hints(kind, include_extras=True)
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        values: dict[str, Any] = {}
        for member in members:
            key = decode.from_json(member.key, str)
            field = fields.get(key)
            if field is not None:
                values[field.name] = self.read(text[member.value : member.end], types[field.name], (*steps, key))
            elif kind.__struct_config__.forbid_unknown_fields:
                self._add([PointedError("", f"Object contains unknown field `{key}`")], (*steps, key))
            if self._full:
                return None
        missing = [key for key, field in fields.items() if field.required and field.name not in values]
        self._add([PointedError("", f"Object missing required field `{key}`") for key in missing], steps)
        return None if missing else kind(**values)

    def _read_mapping(self, text: bytes, members: Iterator[_Member], kinds: Sequence[Any], steps: Steps) -> Any:
        whole: dict[Any, Any] = {}
        for first, last in _pieces(members):
            if last.end - first.begin > LONG and first is last:
                key = decode.from_json(first.key, str)
                try:
                    decode.to_type(key, kinds[0])
                except msgspec.ValidationError as error:
                    self._add([PointedError("", str(error))], (*steps, key))
                whole[key] = self.read(text[first.value : first.end], kinds[1], (*steps, key))
            else:
                piece = b"{%b}" % text[first.begin : last.end]
                whole.update(self._read_at_once(piece, dict[kinds[0], kinds[1]], steps) or {})  # type: ignore[valid-type]  # as above
            if self._full:
                break
        return whole

    def _read_array(self, text: bytes, members: Iterator[_Member], kind: Any, steps: Steps) -> Any:
        whole: list[Any] = []
        for first, last in _pieces(members):
            if last.end - first.begin > LONG and first is last:
                whole.append(self.read(text[first.value : first.end], kind, (*steps, len(whole))))
            else:
                known = len(self.errors)
                piece = self._read_at_once(b"[%b]" % text[first.begin : last.end], list[kind], ())
                whole += piece or ()
                self.errors[known:] = [_shifted(error, steps, len(whole)) for error in self.errors[known:]]
            if self._full:
                break
        return whole


def _shifted(error: PointedError, steps: Steps, by: int) -> PointedError:
    """Count the element to which an error points from the beginning of the whole array."""
    _, index, *inner = error.pointer.split("/")
    return PointedError("/".join([json_pointer.spell(*steps, int(index) + by), *inner]), error.detail)


def _pieces(members: Iterator[_Member]) -> Iterator[tuple[_Member, _Member]]:
    """Give the first and the last member of each piece; a long member is a piece alone."""
    first = last = next(members, None)
    count = 1
    for member in members:
        assert first is not None, "there is one before this"
        assert last is not None, "as above"
        if count == _PIECE or member.end - first.begin > LONG:
            yield first, last
            first, count = member, 0
        last, count = member, count + 1
    if first is not None and last is not None:
        yield first, last


def _container(kind: Any, opening: bytes) -> Any:
    """Give the type of an object or array that a kind of value allows, if it is exactly one."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        choices = [found for each in get_args(kind) if (found := _container(each, opening)) is not None]
        return choices[0] if len(choices) == 1 else None
    if kind in (Any, dict) and opening == b"{":
        return dict[str, Any]
    if kind is Any and opening == b"[":
        return list[Any]
    origin = get_origin(kind) or kind
    if opening == b"{":
        fits = origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Struct))
    else:
        fits = opening == b"[" and origin in (list, Sequence)
    return kind if fits else None
