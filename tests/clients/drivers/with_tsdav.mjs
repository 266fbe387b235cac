// tsdav: its own calls, and `davRequest` for PROPPATCH and LOCK, whose results have `ok`; deleteObject and createObject return the Response.
import { createObject, davRequest, deleteObject, makeCalendar, propfind } from "tsdav";
import tsdav from "tsdav";

const PREFIXES = { "DAV:": "d", "http://apple.com/ns/ical/": "ca" };

// What a DAVResponse says for itself: the words leave out its raw body.
function told(responses) {
    const words = JSON.stringify(responses.map(({ raw, ...rest }) => rest));
    return responses.every(each => each.ok) ? words : new Failure(`returned ${words}`);
}

function connect(url) {
    const attributes = { "xmlns:d": "DAV:", "xmlns:ca": "http://apple.com/ns/ical/", "xmlns:x": "http://example.com/ns" };
    const props = properties =>
        Object.fromEntries(properties.map(([namespace, name, value]) => [`${PREFIXES[namespace] ?? "x"}:${name}`, value]));
    return {
        mkdir: async path => told(await tsdav.makeCollection({ url: url + path })),
        put: async (path, data) => new Answer(await createObject({ url: url + path, data })),
        list: async path => {
            const found = await propfind({ url: url + path, props: { "d:resourcetype": {} }, depth: "1" });
            const names = found.map(each => String(each.href)).filter(href => !href.endsWith(path));
            return new Value(names.map(href => href.replace(/\/$/, "").split("/").pop()));
        },
        proppatch: async (path, properties) => {
            const body = { propertyupdate: { _attributes: attributes, set: properties.map(each => ({ prop: props([each]) })) } };
            return told(await davRequest({ url: url + path, init: { method: "PROPPATCH", namespace: "d", body } }));
        },
        propget: async (path, namespace, name) => {
            const body = { propfind: { _attributes: attributes, prop: { [`${PREFIXES[namespace] ?? "x"}:${name}`]: {} } } };
            const found = await davRequest({ url: url + path, init: { method: "PROPFIND", namespace: "d", body, headers: { Depth: "0" } } });
            return new Value(found[0].props[name]?._text ?? found[0].props[name]);
        },
        mkcol: async (path, properties) =>
            told(await tsdav.makeCollection({ url: url + path, props: { "d:resourcetype": { "d:collection": {} }, ...props(properties) } })),
        mkcalendar: async (path, properties) => told(await makeCalendar({ url: url + path, props: props(properties) })),
        lock: async path => {
            const body = { lockinfo: { _attributes: attributes, lockscope: { exclusive: {} }, locktype: { write: {} } } };
            return told(await davRequest({ url: url + path, init: { method: "LOCK", namespace: "d", body } }));
        },
        multiget: async (path, members) => {
            const objects = await tsdav.fetchCalendarObjects({ calendar: { url: url + path }, objectUrls: members.map(each => url + each) });
            return `returned ${objects.length} objects, ${objects.filter(each => each.data).length} of them with data`;
        },
        sync: async path => {
            const found = await tsdav.syncCollection({ url: url + path, props: { "d:getetag": {} }, syncLevel: 1, syncToken: "" });
            return told(found);
        },
        delete: async path => new Answer(await deleteObject({ url: url + path })),
    };
}

await answer("tsdav", connect);
