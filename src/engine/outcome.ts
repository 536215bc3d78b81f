// Payloads of `outcome` records: what came of attempts at jobs of one partition.

import { assert } from "../base/assert.ts";
import { pack, unpack } from "../base/msgpack.ts";
import type { JobOutcome } from "../model/job.ts";

/** Raise it with the format of the data directory when the version before could not read an outcome: it ends at one of another format. */
export const OUTCOME_FORMAT = 1;

export function encodeOutcomes(outcomes: readonly JobOutcome[]): Uint8Array {
  return pack([OUTCOME_FORMAT, outcomes]);
}

/** As written by `encodeOutcomes`; anything else is a damaged log. */
export function decodeOutcomes(payload: Uint8Array): readonly JobOutcome[] {
  const [format, outcomes] = unpack(payload) as [number, JobOutcome[]];
  assert(format === OUTCOME_FORMAT, `outcomes of format ${format}, this version reads ${OUTCOME_FORMAT}`);
  return outcomes;
}
