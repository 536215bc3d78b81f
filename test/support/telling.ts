// A budget that lets one record tell of fewer rewards than budgets do, so that little is enough to see it go on with the rest.

import { decodeMessage, encodeMessage } from "../../src/engine/message.ts";
import { type NewRecord, recordKinds } from "../../src/model/record.ts";

/** Whatever else a record says stays as it is. */
export function tellingAtMost(record: NewRecord, atOnce: number | null): NewRecord {
  if (atOnce === null || record.kind !== recordKinds.message) return record;
  const { identity, message } = decodeMessage(record.payload);
  if (message.kind !== "lease_given") return record;
  return { ...record, payload: encodeMessage(identity, { ...message, atOnce }) };
}
