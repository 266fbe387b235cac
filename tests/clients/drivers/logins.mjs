// Log in by the client webdav of npm: SCHEME URL USER PASSWORD; it sends four GETs, and writes their statuses as JSON.
import { createClient } from "webdav";

const [authType, url, username, password] = process.argv.slice(-4);
const client = createClient(url, { authType, username, password });
const statuses = [];
for (let time = 0; time < 4; time++) {
  statuses.push(await client.getFileContents("/f").then(() => 200, (error) => error.status));
}
process.stdout.write(JSON.stringify(statuses));
