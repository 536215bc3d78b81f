// For how long the log keeps what nobody needs, as settings say it.

import { expect, test } from "vitest";
import { readSettings } from "../../src/config/mod.ts";
import { logKeptMs } from "../../src/node/log_kept.ts";

function keptMs(environment: { [name: string]: string }): number | null {
  const settings = readSettings({}, environment);
  if (!settings.ok) throw new Error(settings.error);
  return logKeptMs(settings.value);
}

test("not at all, or for days", () => {
  expect(keptMs({})).toBeNull();
  expect(keptMs({ LAUREL_LOG_RETENTION: "checkpoint" })).toBeNull();
  expect(keptMs({ LAUREL_LOG_RETENTION: "checkpoint", LAUREL_LOG_KEEP_DAYS: "26" })).toBe(26 * 86_400_000);
});

test("a log that is kept whole is kept for no time", () => {
  expect(() => keptMs({ LAUREL_LOG_KEEP_DAYS: "26" })).toThrow(/LAUREL_LOG_KEEP_DAYS.*LAUREL_LOG_RETENTION/);
  expect(() => keptMs({ LAUREL_LOG_RETENTION: "checkpoint", LAUREL_LOG_KEEP_DAYS: "0" })).toThrow(
    /LAUREL_LOG_KEEP_DAYS/,
  );
});
