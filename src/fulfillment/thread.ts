// What runs in a thread of the pool: calls of one subscriber, side by side. Nothing here is kept between tasks but connections.

import { workerData } from "node:worker_threads";
import type { AttemptResult } from "../model/job.ts";
import { type HttpCall, HttpCaller, type HttpCallSettings } from "./http_call.ts";

/** What came of a call, and how long it took. */
export interface Attempted {
  readonly result: AttemptResult;
  readonly tookMs: number;
}

const caller = new HttpCaller(settingsOf(workerData));

export default function callAll(calls: readonly HttpCall[]): Promise<Attempted[]> {
  return Promise.all(
    calls.map(async (call) => {
      const startedMs = performance.now();
      const result = await caller.call(call);
      return { result, tookMs: Math.round(performance.now() - startedMs) };
    }),
  );
}

/** The pool hands its own data over before the one that it was given. */
function settingsOf(data: unknown): HttpCallSettings {
  return (Array.isArray(data) ? (data as unknown[]).at(-1) : data) as HttpCallSettings;
}
