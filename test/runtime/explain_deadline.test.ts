// An explanation keeps a worker for two seconds at most, whatever it takes to apply the records of a page again.

import { afterEach, expect, test, vi } from "vitest";
import { idTextOfHalves } from "../../src/base/ids.ts";
import { newEffects, type QueryAnswer } from "../../src/engine/mod.ts";
import { type LogRecord, recordKinds } from "../../src/model/record.ts";
import { EXPLAIN_MS_MAX } from "../../src/runtime/settings.ts";
import { PartitionHost } from "../../src/runtime/worker/partition_host.ts";
import { openMemoryStore, openPartitionState, StateWorkspace } from "../../src/store/mod.ts";
import { encodeEventPayload } from "../support/event_payload.ts";
import { eventOf } from "./open_node.ts";

const EVENTS = 10;
const CLIENT = eventOf("visited", {}).client;

afterEach(() => vi.restoreAllMocks());

function newHost(): PartitionHost {
  const store = openMemoryStore(0);
  const bounds = { cacheBytesMax: 1 << 24, dirtyBytesMax: 1 << 24, workspace: new StateWorkspace() };
  const state = openPartitionState(store, bounds);
  const programs = {
    find(hash: string): never {
      throw new Error(`no record names a program, and yet ${hash} is looked for`);
    },
  };
  return new PartitionHost({ partition: 0, partitions: 1, state, programs, effects: newEffects() }, state, store);
}

function visit(sequence: number): LogRecord {
  const payload = encodeEventPayload(eventOf("visited", { email: "ann@x.com" }));
  const timeMs = 1_700_000_000_000 + sequence;
  return {
    kind: recordKinds.event,
    flags: 0,
    partition: 0,
    sequence,
    timeMs,
    idHigh: 1,
    idLow: sequence,
    payload,
  };
}

/** Of the last event. @param msEach that a record takes */
function explainLast(msEach: number): QueryAnswer {
  const host = newHost();
  const records = Array.from({ length: EVENTS }, (_, n) => visit(n + 1));
  for (const record of records) host.apply(record);
  const owner = host.query({ kind: "owner_of_key", client: CLIENT, keyType: "email", value: "ann@x.com" });
  const personId = owner.kind === "owner" ? (owner.personId ?? "") : "";
  let nowMs = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (nowMs += msEach));
  const eventId = idTextOfHalves(1, EVENTS);
  return host.query({ kind: "explain", client: CLIENT, personId, eventId, page: 0, records });
}

test("what takes no longer is explained", () => {
  expect(explainLast(1)).toMatchObject({
    kind: "explain",
    isGone: false,
    explanation: { personId: expect.any(String) },
  });
});

test("what takes longer is not", () => {
  expect(explainLast((2 * EXPLAIN_MS_MAX) / EVENTS)).toMatchObject({
    kind: "explain",
    isGone: true,
    explanation: null,
  });
});
