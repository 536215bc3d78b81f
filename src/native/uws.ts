// The HTTP server library: its builds, and the part of its interface that we use.
//
//   U1. The newest build that this machine can run is taken; which one is in the result. On a glibc before 2.38 that is a copy of the current
//       one that asks for functions by their older names (`uws_binary.ts`).
//   U2. The older build's JavaScript imitation is never used: it is ten times slower and answers differently.

import { createRequire } from "node:module";
import { reasonOf } from "../base/caught.ts";
import { binary, loadAdapted, loadCurrent } from "./uws_binary.ts";

/** Valid until answered or aborted; every other use throws. */
export interface UwsResponse {
  writeStatus(status: string): UwsResponse;
  writeHeader(name: string, value: string): UwsResponse;
  end(body: string | Uint8Array, closeConnection?: boolean): UwsResponse;
  /** Without an argument no length is told. */
  endWithoutBody(): UwsResponse;
  endWithoutBody(reportedBytes: number, closeConnection: boolean): UwsResponse;
  tryEnd(body: Uint8Array, totalBytes: number): [isSent: boolean, isDone: boolean];
  onWritable(handler: (offset: number) => boolean): UwsResponse;
  onAborted(handler: () => void): UwsResponse;
  /** `chunk` is valid during the call only. */
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): UwsResponse;
  cork(work: () => void): UwsResponse;
  pause(): void;
  resume(): void;
  close(): UwsResponse;
  /** 4 bytes of IPv4 or 16 of IPv6; none when the connection is gone. */
  getRemoteAddress(): ArrayBuffer;
}

/** Valid until the handler returns. */
export interface UwsRequest {
  getMethod(): string;
  getUrl(): string;
  /** Undefined, despite what its documentation says, when the request has none. */
  getQuery(): string | undefined;
  forEach(visit: (name: string, value: string) => void): void;
}

/** Opaque. */
export interface UwsListenSocket {
  readonly listenSocket?: never;
}

export interface UwsApp {
  any(pattern: string, handler: (response: UwsResponse, request: UwsRequest) => void): UwsApp;
  listen(host: string, port: number, options: number, done: (socket: UwsListenSocket | false) => void): UwsApp;
  close(): UwsApp;
  /** Told of each connection as it comes (1) and when it has gone (-1). The older build does not tell. */
  filter?(told: (response: UwsResponse, change: number) => void): UwsApp;
}

export interface Uws {
  readonly App: () => UwsApp;
  us_listen_socket_close(socket: UwsListenSocket): void;
  us_socket_local_port(socket: UwsListenSocket): number;
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
}

export interface LoadedUws {
  readonly uws: Uws;
  readonly build: "current" | "current, adapted" | "older";
}

export interface Build {
  readonly build: LoadedUws["build"];
  readonly needs: string;
  readonly load: () => unknown;
}

const require = createRequire(import.meta.url);

/** U2. Of the older package the binary is named, because its entry module may hand out the imitation. Newest first. */
const builds: readonly Build[] = [
  {
    build: "current",
    needs: "glibc 2.38 or newer and Node 20, 22, 24 or 25",
    load: loadCurrent,
  },
  { build: "current, adapted", needs: "glibc 2.36 or newer, and the same Nodes", load: loadAdapted },
  { build: "older", needs: "Node 20 (or 16, 18)", load: (): unknown => require(`uws-older/binaries/${binary}`) },
];

let loadedOnce: LoadedUws | null = null;

/** Once a thread, whoever asks. */
export function loadUws(): LoadedUws {
  loadedOnce ??= loadFirst(builds);
  return loadedOnce;
}

export function loadFirst(candidates: readonly Build[]): LoadedUws {
  const reasons: string[] = [];
  for (const { build, needs, load } of candidates) {
    try {
      return { uws: nativeBuild(load()), build };
    } catch (error) {
      reasons.push(`the ${build} build needs ${needs}: ${lastLine(error)}`);
    }
  }
  throw new Error(
    `no build of the HTTP server runs here (${process.platform} ${process.arch}, Node ${process.versions.node}, ` +
      `glibc ${glibcVersion()}): ${reasons.join("; ")}`,
  );
}

function nativeBuild(loaded: unknown): Uws {
  if (!isUws(loaded) || !Function.prototype.toString.call(loaded.App).includes("[native code]")) {
    throw new Error("not a native build");
  }
  return loaded;
}

function isUws(loaded: unknown): loaded is Uws {
  return (
    typeof loaded === "object" &&
    loaded !== null &&
    "App" in loaded &&
    typeof loaded.App === "function" &&
    "us_listen_socket_close" in loaded &&
    "us_socket_local_port" in loaded &&
    "LIBUS_LISTEN_EXCLUSIVE_PORT" in loaded
  );
}

function lastLine(error: unknown): string {
  const lines = reasonOf(error).trim().split("\n");
  return lines.at(-1) ?? "unknown";
}

function glibcVersion(): string {
  const report: unknown = process.report.getReport();
  if (typeof report !== "object" || report === null || !("header" in report)) return "unknown";
  const { header } = report;
  if (typeof header !== "object" || header === null || !("glibcVersionRuntime" in header)) return "none";
  return String(header.glibcVersionRuntime);
}
