// Explanations through the whole runtime, with the log in a directory; over NATS in `over_nats.test.ts`.

import { describe, expect, it } from "vitest";
import { FRONT_ORIGIN_FIRST, newIdCounter, nextIdText } from "../../src/base/ids.ts";
import { Explanations } from "../../src/runtime/explanations.ts";
import { explanationCases } from "./explanations_cases.ts";
import { MemoryLog } from "./memory_log.ts";

explanationCases();

describe("a page of the trail that begins in the millisecond in which the event arrived", () => {
  const arrivedMs = Date.UTC(2026, 4, 1);
  const personId = nextIdText(newIdCounter(0), arrivedMs - 1);
  const eventId = nextIdText(newIdCounter(FRONT_ORIGIN_FIRST), arrivedMs);

  /** A person of two pages, of which the older one may be gone; it has the event. */
  async function explain(isKept: boolean): Promise<string> {
    const explanations = new Explanations({
      log: new MemoryLog(1),
      partitions: 1,
      ask: (_, query) => {
        if (query.kind === "explain")
          return Promise.resolve({
            kind: "explain",
            isGone: query.page === 0,
            wantsLater: false,
            takenOver: [],
            explanation: null,
          });
        const page = query.kind === "trail" ? (query.page ?? 1) : 1;
        const trail = page === 0 && !isKept ? null : { newest: 1, beforeMs: page === 0 ? 0 : arrivedMs, touches: [] };
        return Promise.resolve({ kind: "trail", trail });
      },
    });
    return (await explanations.explain({ client: "acme", personId, eventId })).kind;
  }

  it("may have the event on the page before it", async () => {
    // What the page says here tells that it was asked.
    expect(await explain(true)).toBe("gone");
  });

  it("leaves open what was on a page that is no longer kept", async () => {
    expect(await explain(false)).toBe("gone");
  });
});
