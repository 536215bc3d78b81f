// Who is buried, and who accuses.

import { expect, test } from "vitest";
import type { ClusterNotice } from "../../src/cluster/mod.ts";
import { FailureDetector } from "../../src/cluster/failure_detector.ts";
import { Members } from "../../src/cluster/members.ts";
import { type MemberValue, memberKey, writeValue } from "../../src/cluster/records.ts";
import { MemoryBucket } from "./memory_bucket.ts";

const HEARTBEAT_MS = 1_000;
const SILENT_MS = 3_500;

const valueOf = (node: string): MemberValue => ({
  node,
  instance: `${node}/1`,
  front: null,
  startedMs: 0,
  version: "",
  httpAddress: "",
  hosts: [],
  programs: {},
});

function open() {
  const clock = { nowMs: 0 };
  const bucket = new MemoryBucket();
  const members = new Members();
  const notices: ClusterNotice[] = [];
  const detector = new FailureDetector({
    bucket,
    members,
    node: "a",
    instance: () => "a/1",
    heartbeatMs: HEARTBEAT_MS,
    silentMs: SILENT_MS,
    retryMs: 200,
    nowMs: () => clock.nowMs,
    onAnswer: () => undefined,
    onNotice: (notice) => notices.push(notice),
  });
  /** @param isHeard false: the watch is late */
  const beat = async (node: string, isHeard = true): Promise<void> => {
    const key = memberKey(node);
    await bucket.write(key, writeValue(valueOf(node)), bucket.entries.get(key)?.revision ?? 0);
    const entry = bucket.entries.get(key);
    if (isHeard && entry !== undefined) detector.hear(node, entry.value, entry.revision);
  };
  const bury = async (): Promise<void> => {
    detector.burySilent(clock.nowMs);
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** Time passes in which this process hears its own heartbeats. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += HEARTBEAT_MS / 2) {
      clock.nowMs += HEARTBEAT_MS / 2;
      await beat("a");
    }
  };
  return { clock, bucket, members, notices, detector, beat, bury, pass };
}

test("Y2 who is silent for a lease and its grace is buried behind its last heartbeat, and not sooner", async () => {
  const { bucket, members, notices, beat, bury, pass } = open();
  await beat("a");
  await beat("b");
  await pass(SILENT_MS);
  await bury();
  expect(members.names).toEqual(["a", "b"]);
  await pass(HEARTBEAT_MS / 2);
  await bury();
  expect(members.names).toEqual(["a"]);
  expect(bucket.entries.get(memberKey("b"))?.value).toBeNull();
  expect(notices.at(-1)).toEqual({ name: "cluster_member_gone", node: "b", how: "silent" });
});

test("Y2 who beat after all, unheard of, is not buried, and is heard of now", async () => {
  const { bucket, members, beat, bury, pass } = open();
  await beat("a");
  await beat("b");
  await pass(SILENT_MS);
  await beat("b", false);
  await pass(HEARTBEAT_MS);
  await bury();
  expect(bucket.entries.get(memberKey("b"))?.value).not.toBeNull();
  expect(members.get("b")?.revision).toBe(bucket.entries.get(memberKey("b"))?.revision);
  expect(members.names).toEqual(["a", "b"]);
});

test("Y5 who did not hear itself for a while begins to count anew", async () => {
  const { clock, members, detector, beat, bury, pass } = open();
  await beat("a");
  await beat("b");
  clock.nowMs += 2 * HEARTBEAT_MS;
  expect(detector.isListening).toBe(true);
  clock.nowMs += SILENT_MS;
  expect(detector.isListening).toBe(false);
  await beat("a");
  expect(detector.isListening).toBe(true);
  await bury();
  expect(members.names).toEqual(["a", "b"]);
  await pass(SILENT_MS + HEARTBEAT_MS / 2);
  await bury();
  expect(members.names).toEqual(["a"]);
});

test("Y5 another instance has heard nothing of itself", async () => {
  const { detector, beat } = open();
  await beat("a");
  detector.startAnew();
  expect(detector.isListening).toBe(false);
});
