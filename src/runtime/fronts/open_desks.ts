// Opens the desks of a node's front threads over the parts of its runtime.

import type { EventLog } from "../../log/mod.ts";
import { receivedWhole } from "../../rules/mod.ts";
import type { Appender } from "../flow/appender.ts";
import type { RuntimeClient } from "../client.ts";
import type { FlowControl } from "../flow/flow_control.ts";
import type { CrowdMarkMemory } from "./crowd_marks.ts";
import type { Front } from "./front.ts";
import type { ProgramStore } from "../configuration/programs.ts";
import type { Readiness } from "../readiness.ts";
import type { RuntimeSettings } from "../settings.ts";
import { FrontDesks } from "./front_desks.ts";
import type { FrontAnswer, FrontCall } from "./protocol.ts";

/** The runtime that is under construction: its programs and desks are there when the first front calls. */
export interface ServedRuntime extends Pick<RuntimeClient, "query" | "explain" | "status" | "partitions"> {
  readonly front: Front;
  readonly readiness: Readiness;
  readonly flow: FlowControl;
  readonly programs: ProgramStore;
  readonly fronts: FrontDesks;
}

export interface DeskParts {
  readonly log: EventLog;
  readonly settings: RuntimeSettings;
  /** Front threads to come. */
  readonly fronts: number;
  readonly workers: readonly object[];
  readonly link: { readonly frontNumber: number } | null;
  readonly crowds: CrowdMarkMemory;
}

/** @param onFailure the runtime cannot go on */
export function openDesks(
  runtime: ServedRuntime,
  { log, settings, fronts, workers, link, crowds }: DeskParts,
  appender: Appender,
  onFailure: (error: Error) => void,
): FrontDesks {
  const { partitions, front, readiness, flow } = runtime;
  return new FrontDesks({
    count: fronts,
    front,
    appender,
    readiness,
    status: () => runtime.status(),
    answer: (call) => answerCall(runtime, call),
    onFailure,
    birth: {
      frontNumber: link?.frontNumber ?? 0,
      partitions,
      workers: workers.length,
      flow: flow.memory,
      crowds,
      replyTimeoutMs: settings.replyTimeoutMs,
      recordBytesMax: log.recordBytesMax,
      unsettledBytesMax: Math.floor(log.pendingBytesMax / Math.max(1, fronts)),
      unsettledRecordsMax: Math.ceil((settings.inFlightRecordsMax * workers.length) / Math.max(1, fronts)),
    },
  });
}

/** What the runtime does for a front. Rejects with what the front's caller gets. */
async function answerCall(runtime: ServedRuntime, call: FrontCall): Promise<FrontAnswer> {
  switch (call.kind) {
    case "query":
      return { kind: "query", answer: await runtime.query(call.partition, call.query) };
    case "explain":
      return { kind: "explain", explained: await runtime.explain(call.wanted) };
    case "store_program":
      await runtime.programs.store(receivedWhole(call.parts), call.document);
      return { kind: "done" };
    case "use_programs":
      await runtime.programs.use(call.programs);
      // Whoever made the change is answered when no front decides by the version before it.
      await runtime.fronts.whenHeard();
      return { kind: "done" };
    case "programs_behind":
      return { kind: "programs_behind", partitions: await runtime.programs.behind(call.version, call.among) };
    case "when_shallow":
      await runtime.flow.whenShallow();
      return { kind: "done" };
  }
}
