// Random programs of the rarer triggers. `npm run fuzz` runs as many as LAUREL_FUZZ_PROGRAMS says.

import { expect, test } from "vitest";
import { fuzzRareTriggers, fuzzSources } from "./fuzz.ts";

/** Enough for each kind of trigger to meet each kind of event. */
const PROGRAMS_DEFAULT = 1500;
/** Of one property: fast-check keeps what it ran, and a failure names its seed. */
const PROGRAMS_AT_ONCE = 20_000;

const asked = Number(process.env["LAUREL_FUZZ_PROGRAMS"] ?? PROGRAMS_DEFAULT);
const programs = Number.isSafeInteger(asked) && asked > 0 ? asked : PROGRAMS_DEFAULT;

test(`${programs} random programs decide as the plain interpreter does`, { timeout: 60_000 + programs * 50 }, () => {
  for (let left = programs; left > 0; left -= PROGRAMS_AT_ONCE) {
    const runs = Math.min(left, PROGRAMS_AT_ONCE);
    const seen = fuzzRareTriggers(runs);
    // A generator that yields one verdict only would prove little.
    if (runs >= PROGRAMS_DEFAULT) expect(Math.min(seen.true, seen.false, seen.fault)).toBeGreaterThan(runs / 20);
    tell("programs decided", programs - left + runs);
  }
});

test(`${programs} random sources are refused, or run without harm`, { timeout: 60_000 + programs * 50 }, () => {
  for (let left = programs; left > 0; left -= PROGRAMS_AT_ONCE) {
    const runs = Math.min(left, PROGRAMS_AT_ONCE);
    expect(fuzzSources(runs)).toBeGreaterThan(runs / 50);
    tell("sources compiled", programs - left + runs);
  }
});

/** Of a long run, how far it is. */
function tell(what: string, count: number): void {
  if (programs > PROGRAMS_AT_ONCE) process.stderr.write(`${count} of ${programs} random ${what}\n`);
}
