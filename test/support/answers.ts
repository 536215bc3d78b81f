// Requests whose answer, and the time that it took, is what a test is about.

import { expect } from "vitest";
import { TOKEN } from "./server_process.ts";

export interface TimedAnswer {
  readonly status: number;
  /** Null: not said. */
  readonly retryAfter: string | null;
  readonly tookMs: number;
  readonly body: unknown;
}

/** An answer that takes longer is none. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Posts `body`, or gets where there is none. Rejects when no answer comes. */
export async function timedAnswer(url: string, path: string, body: object | null = null): Promise<TimedAnswer> {
  const startedMs = performance.now();
  const answer = await fetch(url + path, {
    method: body === null ? "GET" : "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    retryAfter: answer.headers.get("retry-after"),
    tookMs: performance.now() - startedMs,
    body: answer.headers.get("content-type")?.includes("json") === true ? (JSON.parse(text) as unknown) : text,
  };
}

/** The longest wait of a node (a log that takes nothing, 5 s, or an owner that is asked, 10 s), and what a busy machine adds. */
const REFUSAL_MS_MAX = 18_000;

/** Refused in time, as something that may work later. */
export function expectRefused(answer: TimedAnswer): void {
  expect([429, 503], JSON.stringify(answer)).toContain(answer.status);
  expect(answer.retryAfter, JSON.stringify(answer)).toMatch(/^[1-9]\d*$/);
  expect(answer.tookMs).toBeLessThan(REFUSAL_MS_MAX);
}
