// @ts-check
/** One server for all test files, as `globalSetup` of vitest and of jest. */
"use strict";

const { connect } = require("./index.js");

/** Start a server, or use the one at DAV424_URL; gives the function that stops it. */
module.exports = async function setup() {
  const server = await connect();
  process.env.DAV424_URL = server.url;
  return () => server.close();
};
