// The record by which a program takes effect, for tests that have no configuration actor.

import { encodeMessage } from "../../src/engine/message.ts";
import { type NewRecord, recordKinds } from "../../src/model/record.ts";
import type { Program } from "../../src/rules/mod.ts";

/** No partition has this number. */
const STRANGER = 510;

/** @param version larger than that of the record before it */
export function programRecord(program: Program, version: number, timeMs: number): NewRecord {
  const message = { kind: "use_program", client: program.client, hash: program.hash, revision: version } as const;
  const payload = encodeMessage({ source: STRANGER, sequence: version, n: 0 }, message);
  return { kind: recordKinds.config, flags: 0, timeMs, idHigh: 0, idLow: 0, payload };
}
