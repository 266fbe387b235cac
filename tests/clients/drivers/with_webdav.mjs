// webdav: its own calls; properties with customRequest, which returns the Response.
import { createClient } from "webdav";

const XML = { "Content-Type": "application/xml" };

function connect(url) {
    const client = createClient(url);
    const held = new Map();
    return {
        mkdir: path => client.createDirectory(path),
        put: async (path, content) =>
            (await client.putFileContents(path, content)) || new Failure("returned false"),
        list: async path => new Value((await client.getDirectoryContents(path)).map(found => found.basename)),
        get: async path => new Value(await client.getFileContents(path, { format: "text" })),
        proppatch: async (path, properties) => {
            const data = `<D:propertyupdate xmlns:D="DAV:">${sets(properties)}</D:propertyupdate>`;
            return new Answer(await client.customRequest(path, { method: "PROPPATCH", headers: XML, data }));
        },
        mkcol: async (path, properties) => {
            const data = `<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop></D:set>${sets(properties)}</D:mkcol>`;
            return new Answer(await client.customRequest(path, { method: "MKCOL", headers: XML, data }));
        },
        copy: (source, to) => client.copyFile(source, to),
        move: (source, to) => client.moveFile(source, to),
        lock: async path => {
            held.set(path, (await client.lock(path)).token);
            return "the token";
        },
        unlock: path => client.unlock(path, held.get(path)),
        delete: path => client.deleteFile(path),
    };
}

await answer("webdav", connect);
