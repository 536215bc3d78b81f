// The baseline of the HTTP benchmarks: receive a POST, parse its JSON, answer {}. Nothing is kept.
//
// Runs in a process of its own: `node baseline_server.js <port>`. Uses uWS as the product does.

import { createRequire } from "node:module";

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 1_048_576;

interface UwsResponse {
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): void;
  onAborted(handler: () => void): void;
  cork(write: () => void): void;
  writeStatus(status: string): UwsResponse;
  end(body: string): void;
}

interface UwsApp {
  get(path: string, handler: (response: UwsResponse) => void): UwsApp;
  post(path: string, handler: (response: UwsResponse) => void): UwsApp;
  listen(host: string, port: number, done: (socket: unknown) => void): UwsApp;
}

interface Uws {
  App(): UwsApp;
}

// The one place that chooses the build of uWS.
const uws: Uws = createRequire(import.meta.url)("uws-older");

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
uws
  .App()
  .get("/readyz", (response) => response.end("{}"))
  .post("/*", receive)
  .listen(HOST, port, (socket) => {
    if (socket) return;
    process.stderr.write(`baseline: cannot listen on ${HOST}:${port}\n`);
    process.exitCode = 1;
  });
process.once("SIGTERM", () => process.exit(0));
