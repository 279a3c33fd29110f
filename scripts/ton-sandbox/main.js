"use strict";
// A local TON chain for tests and the demo. Prints one line of JSON when it serves: {"url", "port", "pid"}.
//   --port N        port to listen on, 0 for a free one (default 0)
//   --host H        address to listen on (default 127.0.0.1)
//   --block-ms N    time between blocks, 0 for a block at every message (default 400)
//   --drop P        probability that an accepted message is lost (default 0)
//   --seed N        seed of that chance (default 1)
//   --clock C       wall or manual (default wall); manual time moves by _advance only
//   --time N        unix time to start at (default: now)
//   --state FILE    read the chain from this file and save it there on _save and at the end
//   --rate-limit    refuse more than 30 external messages to an address in 10 s, as nodes do
//   --with-parent   end when standard input closes
const http = require("http");
const { parseArgs } = require("util");
const { Chain } = require("./chain");
const { api } = require("./api");

const BODY_BYTES_MAX = 1 << 20;
const POST_ONLY = new Set(["sendBoc", "sendBocReturnHash", "runGetMethod", "estimateFee"]);

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      "block-ms": { type: "string", default: "400" },
      drop: { type: "string", default: "0" },
      seed: { type: "string", default: "1" },
      clock: { type: "string", default: "wall" },
      time: { type: "string" },
      state: { type: "string" },
      "rate-limit": { type: "boolean", default: false },
      "with-parent": { type: "boolean", default: false },
    },
  });
  const chain = await Chain.create({
    blockMs: Number(values["block-ms"]),
    drop: Number(values.drop),
    seed: Number(values.seed),
    clock: values.clock,
    time: values.time === undefined ? undefined : Number(values.time),
    state: values.state,
    rateLimit: values["rate-limit"],
  });
  const methods = api(chain);
  const server = http.createServer((request, response) => serve(methods, request, response));
  server.listen(Number(values.port), values.host, () => {
    const { port } = server.address();
    console.log(JSON.stringify({ url: `http://${values.host}:${port}`, port, pid: process.pid }));
  });
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await chain.stop();
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (values["with-parent"]) {
    process.stdin.resume();
    process.stdin.once("end", stop);
  }
}

async function serve(methods, request, response) {
  const url = new URL(request.url, "http://chain");
  const name = url.pathname.replace(/^\/(api\/v2\/)?/, "");
  try {
    const body = request.method === "POST" ? JSON.parse((await read(request)) || "{}") : {};
    const call = name === "jsonRPC" ? body : { method: name, params: { ...Object.fromEntries(url.searchParams), ...body } };
    if (name !== "jsonRPC" && request.method !== "POST" && POST_ONLY.has(name)) {
      throw Object.assign(new Error("Method Not Allowed"), { code: 405 });
    }
    if (!Object.hasOwn(methods, call.method)) {
      throw Object.assign(new Error(`unknown method ${call.method}`), { code: name === "jsonRPC" ? 422 : 404 });
    }
    const result = await methods[call.method](call.params ?? {});
    answer(response, 200, { ok: true, result, "@extra": "0", ...(call.id === undefined ? {} : { jsonrpc: "2.0", id: call.id }) });
  } catch (problem) {
    const code = problem.code >= 400 && problem.code < 600 ? problem.code : 500;
    answer(response, code, { ok: false, error: problem.message, code });
  }
}

function answer(response, status, value) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}

function read(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    let length = 0;
    request.on("data", (part) => {
      length += part.length;
      if (length > BODY_BYTES_MAX) {
        reject(Object.assign(new Error("Payload Too Large"), { code: 413 }));
        request.destroy();
      }
      parts.push(part);
    });
    request.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
    request.on("error", reject);
  });
}

main().catch((problem) => {
  console.error(problem);
  process.exit(1);
});
