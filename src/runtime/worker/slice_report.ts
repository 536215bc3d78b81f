// The report of a slice: what its records caused, drained from the effects so that the next slice begins with none.
//
//   O1. What records caused leaves with their number, in one message: whoever counts them as applied has what they sent.

import type { Effects, Reply } from "../../model/effect.ts";
import type { PartitionHost } from "./partition_host.ts";
import type { ReplyColumns, SliceReport } from "../protocol.ts";
import { packMessages } from "./record_bytes.ts";

export function takeReport(
  effects: Effects,
  partitions: readonly PartitionHost[],
  { records, bytes, busyMs }: Pick<SliceReport, "records" | "bytes" | "busyMs">,
): SliceReport {
  const due: number[] = [];
  const jobsReady: number[] = [];
  let cachedBytes = 0;
  let dirtyBytes = 0;
  for (const host of partitions) {
    const dueMs = host.takeDueMs();
    if (dueMs !== null) due.push(host.partition, dueMs);
    if (host.takeReady()) jobsReady.push(host.partition);
    cachedBytes += host.cachedBytes;
    dirtyBytes += host.dirtyBytes;
  }
  const { eventsApplied, stepsWritten, rewardsEarned, eventsRefused, rulesFailed, alertsRaised } = effects;
  const report: SliceReport = {
    kind: "report",
    records,
    bytes,
    replies: effects.replies.length === 0 ? null : columnsOf(effects.replies),
    messages: effects.messages.length === 0 ? null : packMessages(effects.messages),
    switches: effects.switches.length === 0 ? null : effects.switches.splice(0),
    crowds: effects.crowds.length === 0 ? null : effects.crowds.splice(0),
    due,
    jobsReady,
    eventsApplied,
    stepsWritten,
    rewardsEarned,
    eventsRefused,
    rulesFailed,
    alertsRaised,
    ruleFailures: effects.ruleFailures.splice(0),
    alerts: effects.alerts.splice(0),
    busyMs,
    cachedBytes,
    dirtyBytes,
  };
  effects.messages.length = 0;
  effects.replies.length = 0;
  effects.eventsApplied = 0;
  effects.stepsWritten = 0;
  effects.rewardsEarned = 0;
  effects.eventsRefused = 0;
  effects.rulesFailed = 0;
  effects.alertsRaised = 0;
  return report;
}

function columnsOf(replies: readonly Reply[]): ReplyColumns {
  const partitions = new Uint16Array(replies.length);
  const ids = new Uint32Array(replies.length * 2);
  const personIds: (string | null)[] = [];
  const errorCodes: (string | null)[] = [];
  const values: unknown[] = [];
  replies.forEach((reply, i) => {
    partitions[i] = reply.partition;
    ids[2 * i] = reply.idHigh;
    ids[2 * i + 1] = reply.idLow;
    personIds.push(reply.personId);
    errorCodes.push(reply.errorCode);
    values.push(reply.value);
  });
  return { partitions, ids, personIds, errorCodes, values };
}
