// The baseline of the HTTP benchmarks: receive a POST, parse its JSON, answer {}. Nothing is kept.
//
// Runs in a process of its own: `node baseline_server.js <port>`. Uses uWS as the product does.

import { loadUws, type UwsResponse } from "../src/native/mod.ts";

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 1_048_576;

function answer(response: UwsResponse, text: string): void {
  const parsed: unknown = JSON.parse(text);
  response.cork(() => {
    if (typeof parsed === "object" && parsed !== null) response.end("{}");
    else response.writeStatus("400 Bad Request").end("{}");
  });
}

function receive(response: UwsResponse): void {
  let head: Buffer | null = null;
  let isAborted = false;
  response.onAborted(() => {
    isAborted = true;
  });
  response.onData((chunk, isLast) => {
    if (isAborted) return;
    if (isLast && head === null) return answer(response, Buffer.from(chunk).toString("utf8"));
    // uWS takes the chunk back after this call, hence the copy.
    const copy = Buffer.from(Buffer.from(chunk));
    const body: Buffer = head === null ? copy : Buffer.concat([head, copy]);
    head = body;
    if (body.length > BODY_BYTES_MAX) {
      isAborted = true;
      response.cork(() => response.writeStatus("413 Payload Too Large").end("{}"));
      return;
    }
    if (isLast) answer(response, body.toString("utf8"));
  });
}

const port = Number(process.argv[2]);
const { uws } = loadUws();
uws
  .App()
  .any("/readyz", (response) => response.end("{}"))
  .any("/*", receive)
  .listen(HOST, port, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
    if (socket !== false) return;
    process.stderr.write(`baseline: cannot listen on ${HOST}:${port}\n`);
    process.exitCode = 1;
  });
