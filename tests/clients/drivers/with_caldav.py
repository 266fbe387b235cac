"""caldav: Calendar, Event and their base DAVObject; ``mkcol`` and ``mkcalendar`` of its DAVClient for properties."""

from __future__ import annotations

from importlib.metadata import version

from answering import Answer, Calls, Value, answer, mkcalendar, mkcol
from caldav import Calendar, DAVClient, Event
from caldav.collection import CalendarSet
from caldav.davobject import DAVObject
from caldav.elements.base import ValuedBaseElement
from caldav.lib.url import URL

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//dav424//clients//EN
BEGIN:VEVENT
UID:{}@example.com
DTSTAMP:20260101T000000Z
DTSTART:20260101T000000Z
SUMMARY:{}
END:VEVENT
END:VCALENDAR
"""


def element(namespace: str, name: str, value: str | None = None) -> ValuedBaseElement:
    """Make an element as caldav has them: a class each."""
    return type(name, (ValuedBaseElement,), {"tag": f"{{{namespace}}}{name}"})(value=value)


def connect(url: str) -> Calls:
    client = DAVClient(url, enable_rfc6764=False)

    def named(path: str) -> DAVObject:
        return DAVObject(client, url=url + path)

    def mkdir(path: str) -> str:
        parent, _, name = path.strip("/").rpartition("/")
        made = CalendarSet(client, url=f"{url}/{parent}{parent and '/'}").make_calendar(cal_id=name)
        return f"returned a {type(made).__name__}"

    def event(path: str, data: str | None = None) -> Event:
        folder = path.rpartition("/")[0]
        return Event(client, url=url + path, data=data, parent=Calendar(client, url=f"{url}{folder}/"))

    def put(path: str, content: str) -> str:
        event(path, EVENT.format(path.rpartition("/")[2], content.strip())).save()
        return "returned the Event"

    def get(path: str) -> Value:
        return Value(str(event(path).load().icalendar_component["SUMMARY"]) + "\n")

    def names(path: str) -> Value:
        return Value([str(found[0]).rstrip("/").rpartition("/")[2] for found in named(path).children()])

    def proppatch(path: str, properties: list[list[str]]) -> str:
        named(path).set_properties([element(*each) for each in properties])
        return "returned the DAVObject"

    def mkcol_with(path: str, properties: list[list[str]]) -> Answer:
        return Answer(f"returned a DAVResponse with status {client.mkcol(url + path, mkcol(properties)).status}")

    def mkcalendar_with(path: str, properties: list[list[str]]) -> Answer:
        status = client.mkcalendar(url + path, mkcalendar(properties)).status
        return Answer(f"returned a DAVResponse with status {status}")

    def multiget(path: str, members: list[str]) -> str:
        found = list(Calendar(client, url=url + path).multiget([URL(url + member) for member in members]))
        read = [each for each in found if each.data]
        return f"returned {len(found)} objects, {len(read)} of them with data"

    def sync(path: str) -> str:
        found = Calendar(client, url=url + path).objects_by_sync_token()
        return f"returned {len(list(found))} objects and a sync token"

    return {
        "mkdir": mkdir,
        "put": put,
        "list": names,
        "get": get,
        "proppatch": proppatch,
        "propget": lambda path, namespace, name: Value(named(path).get_property(element(namespace, name))),
        "mkcol": mkcol_with,
        "mkcalendar": mkcalendar_with,
        "multiget": multiget,
        "sync": sync,
        "delete": lambda path: named(path).delete(),
    }


answer(version("caldav"), connect)
