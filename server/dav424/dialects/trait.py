"""A trait: one way in which servers differ.

How to write a trait
====================

1. Write one file in ``traits/``, named after the trait. It defines one ``Trait``:

       def _hooks(value: str) -> Hooks:
           return Hooks(told=partial(_write_type, value))

       XML_TYPE = Trait(
           name="xml-type",                  the key in dialect files: lower case, with hyphens
           kind="spelling",                  "spelling", "offer" or "fault"
           values=HeaderText,                a type that msgspec knows: Literal[...], bool, int, Annotated[str, Meta(...)]
           default="application/xml; ...",   the answer of the RFC; a dialect with this value runs no hook
           description="...",                one sentence: the JSON Schema and docs/dialects.md print it
           reports=("webdav-fs#43",),        the public reports that need it, as PROJECT#NUMBER
           servers=("lighttpd",),            the servers of the tests that answer so, where no report tells it
           hooks=_hooks,                     gives the hooks for a value that is not the default
       )

2. Add it to ``table.TRAITS``. The order of the table is the order in which the hooks of one stage run.
3. Write its test in ``tests/dialects/test_NAME.py``, on a real socket: ``speak(yaml, scenario)`` of
   ``tests/dialects/conftest.py`` serves a scenario in a dialect. Test each value once, and test that the
   journal has the answer that was sent, with its actions as they were really done.
4. Run ``make schema`` and ``make dialects-doc``.

The stages
==========

    offered  (facts) -> facts                   when a response lists the methods or what they offer
    before   (exchange) -> None                 before the causes are asked
    plan     (exchange, groups) -> groups       between the plan of the method and the batch
    after    (exchange) -> groups               when the method has answered, before the draft is published
    answer   (exchange, answer) -> None         before the journal records the exchange: the model of the answer
    told     (exchange, response) -> response   after that: the response as a whole

``offered`` takes methods away, or replaces their facts: ``Allow``, ``DAV``, DAV:supportedlock and the like follow. It refuses
nothing: that is for ``before``.

``before`` may replace ``exchange.request``, such as its ``Depth``; all that follows sees the new request, until ``told``,
which sees the request that was sent, as the journal does. It may raise ``Refused`` about the request as a whole, with
headers and a body in a ``Reply``: a redirect, a 409, a 502. It may set ``exchange.atomic``, ``exchange.rule`` and
``exchange.overlooked``. It must not read ``exchange.request.body`` unless it needs to: of a request with
``Expect: 100-continue``, the body is read only then.

``plan`` gets and gives the groups of ``core.batch``: one group more, or the actions of a group each alone. The causes refuse
an action by its subject, so an action that does less than its subject says has a ``name`` there that says it. ``plan_changes``
has the changes that several traits make. A group is read
once. The parts of a request such as BDELETE, and the requests in a batch, have no hooks of this stage.

``after`` gives groups that run when the method has answered, so that the answer does not tell of them. They need no
causes, and the journal lists their actions with their outcomes, each as one ``after the response``: that is how a fault changes
the state, and the journal still says all that the server did. A safe method has no such stage.

``answer`` changes the model of the answer in place (``dialects.answer``): its statuses, hrefs and properties, and the manner in
which it is written. The response is read once for all traits, and written once. A large multistatus is streamed:
``each_resource`` changes it piece by piece; a trait calls ``all_items`` only if it needs the whole.

``told`` gets the response, also that of a request that was refused: ``exchange.refused`` is the reason, ``exchange.actions``
and ``exchange.outcomes`` are its actions with their true outcomes. It gives another response, and changes no state. A body that is not ``bytes`` is
streamed: read it piece by piece. It adds no status of its own that a client takes for a 424: it takes the status from an outcome.

``methods`` are HTTP methods that the server has only with this trait, such as PATCH, or has in another way: each a module or
an object with ``FACTS``, ``plan`` and ``answer``, as in ``dav424.methods``.

The classes
===========

* A *spelling* has ``answer`` or ``told`` alone. It decides how outcomes become bytes, and never what happens.
* An *offer* is what an RFC lets a server refuse or choose. It has any stage but ``after``.
* A *fault* is state that no RFC allows. It works only where the dialect is named with ``!``, such as ``sabre!``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from dav424.core.batch import Group
from dav424.core.message import Response
from dav424.core.method_facts import Facts
from dav424.core.writable import FIELD_VALUE
from dav424.dialects.answer import SpelledAnswer
from dav424.spine.exchange import OpenExchange
from dav424.spine.method import AnyMethod

TraitKind = Literal["spelling", "offer", "fault"]
Offered = Callable[[Facts], Facts]
Before = Callable[[OpenExchange], None]
ChangePlan = Callable[[OpenExchange, Iterable[Group]], Iterable[Group]]
After = Callable[[OpenExchange], Iterable[Group]]
ChangeAnswer = Callable[[OpenExchange, SpelledAnswer], None]
Told = Callable[[OpenExchange, Response], Response]
HeaderText = Annotated[
    str, Meta(min_length=1, pattern=FIELD_VALUE, description="A header value: Latin-1, without line breaks.")
]
"""A value of a trait that is sent as the value of a header."""
PREFIX = r"^((?![xX][mM][lL])[A-Za-z_][A-Za-z0-9_.-]{0,31})?$(?!\n)"
"""An XML prefix, or none. Those that begin with xml are reserved."""
Prefix = Annotated[str, Meta(pattern=PREFIX, description="An XML prefix.")]


class Hooks(Struct, frozen=True, kw_only=True):
    """What a trait does at each stage; ``methods`` are the HTTP methods that it adds, by name."""

    offered: Offered | None = None
    before: Before | None = None
    plan: ChangePlan | None = None
    after: After | None = None
    answer: ChangeAnswer | None = None
    told: Told | None = None
    methods: Mapping[str, AnyMethod] = field(default_factory=dict)


class Trait(Struct, frozen=True, kw_only=True):
    """One way in which servers differ; the docstring of the module says what each field is."""

    name: str
    kind: TraitKind
    values: Any
    default: Any
    description: str
    hooks: Callable[[Any], Hooks]
    reports: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
