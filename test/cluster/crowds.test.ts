// Senders of whom too much waits, in a cluster: whoever takes events in hears of them.

import { expect, test, vi } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { STASH_CROWDED } from "../../src/engine/limits.ts";
import { newStreamName } from "../log/jetstream/jetstream_fixture.ts";
import { CLIENT, eventOf, type Node, PARTITIONS } from "../runtime/open_node.ts";
import { emailIn, even, eventually, membersOfFile, odd } from "./members.ts";
import { Registry } from "./registry_link.ts";

const { openMember } = membersOfFile();

/** More events of one person of partition 0 than may wait unremarked: the first asks partition 1, and nobody owns that any more. */
async function crowd(registry: Registry, { runtime }: Node, email: string): Promise<void> {
  registry.give(1, null);
  const userId = Array.from({ length: 1000 }, (_, i) => `u${i}`).find(
    (id) => partitionOf(CLIENT, `partner_user_id/${id}`, PARTITIONS) === 1,
  );
  runtime.accept(eventOf("signed_up", { email, partner_user_id: userId ?? "" }));
  const events = Array.from({ length: STASH_CROWDED + 1 }, () => runtime.accept(eventOf("converted", { email })));
  await Promise.all(events.map(({ durable }) => durable));
}

function refusalOf(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

test("who sends too much of one person is held back at every node, whoever applies it", async () => {
  const registry = new Registry();
  const stream = newStreamName();
  const [a, b] = [registry.link(), registry.link()];
  a.owns = even;
  b.owns = odd;
  const nodes = await Promise.all([openMember(stream, a), openMember(stream, b)]);
  const email = emailIn(0);
  await crowd(registry, nodes[1] ?? fail(), email);
  for (const { runtime } of nodes) {
    await eventually(() => refusalOf(() => runtime.accept(eventOf("converted", { email })))).toMatchObject({
      reason: "person_busy",
    });
    await runtime.accept(eventOf("converted", { email: emailIn(0, 1) })).durable;
  }
});

test("while its owner is away, a standby says so", async () => {
  const registry = new Registry();
  const stream = newStreamName();
  const [a, b, c] = [registry.link(), registry.link(), registry.link()];
  a.owns = even;
  b.owns = odd;
  b.follows = [0];
  const [, , other] = await Promise.all([a, b, c].map((link) => openMember(stream, link)));
  await eventually(() => b.hosted.get(0)?.isCaughtUp).toBe(true);
  a.isLapsed = true;
  const email = emailIn(0);
  await crowd(registry, other ?? fail(), email);
  await eventually(() => refusalOf(() => other?.runtime.accept(eventOf("converted", { email })))).toMatchObject({
    reason: "person_busy",
  });
});

test("a node that applies again what was long ago holds nobody back for it", async () => {
  const registry = new Registry();
  const stream = newStreamName();
  const [a, b, c] = [registry.link(), registry.link(), registry.link()];
  a.owns = even;
  b.owns = odd;
  const [first] = await Promise.all([openMember(stream, a), openMember(stream, b)]);
  const email = emailIn(0);
  const toldThen = vi.spyOn(a, "tellCrowds");
  await crowd(registry, first ?? fail(), email);
  // Durable is not applied: who hears of it after the clock has moved takes it for new.
  await eventually(() => toldThen.mock.calls.length).toBeGreaterThan(0);
  registry.give(1, b);
  await eventually(() => first?.runtime.metrics().inFlightRecords).toBe(0);
  const told = vi.spyOn(c, "tellCrowds");
  c.follows = [0];
  const now = Date.now.bind(Date);
  const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + 60_000);
  try {
    const late = await openMember(stream, c);
    await eventually(() => c.hosted.get(0)?.isCaughtUp).toBe(true);
    await eventually(() => late.runtime.metrics().inFlightRecords).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).not.toHaveBeenCalled();
    await late.runtime.accept(eventOf("converted", { email })).durable;
  } finally {
    clock.mockRestore();
  }
});

function fail(): never {
  throw new Error("there are as many nodes");
}
