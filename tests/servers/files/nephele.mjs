import express from "express";
import nepheleServer from "nephele";
import FileSystem from "@nephele/adapter-file-system";
import None from "@nephele/authenticator-none";

const [root, port] = process.argv.slice(2);
const app = express();
app.use("/", nepheleServer({ adapter: new FileSystem({ root }), authenticator: new None() }));
app.listen(Number(port), "127.0.0.1");
