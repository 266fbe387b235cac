const { v2: webdav } = require("webdav-server");

const [root, port] = process.argv.slice(2);
const server = new webdav.WebDAVServer({ hostname: "127.0.0.1", port: Number(port) });
server.setFileSystem("/", new webdav.PhysicalFileSystem(root), (ok) => {
  if (!ok) throw new Error(`can't serve ${root}`);
  server.start();
});
