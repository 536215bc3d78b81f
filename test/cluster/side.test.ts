// Nodes of a cluster over one JetStream log, in one process: who owns what is said by the test.

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import { type EventLog, openJetStreamLog } from "../../src/log/mod.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import { newStreamName, optionsFor } from "../log/jetstream/jetstream_fixture.ts";
import {
  CLIENT,
  eventOf,
  type Node,
  newDirectory,
  openNode,
  PARTITIONS,
  programOf,
  removeDirectory,
} from "../runtime/open_node.ts";
import { logOver } from "./log_over.ts";
import { all, emailIn, even, eventually, membersOfFile, odd } from "./members.ts";
import { Registry, type RegistryLink } from "./registry_link.ts";

const { cleanups, openMember, server } = membersOfFile();

/** Delivers what others append only when it is asked whether it has heard of everything. */
class LateLog {
  isHolding = false;
  #held: (() => void)[] = [];
  #whenHearing: Promise<void> = Promise.resolve();

  /** Learns nothing until the returned function is called. */
  deafen(): () => void {
    let undeafen: () => void = () => {};
    this.#whenHearing = new Promise((resolve) => {
      undeafen = resolve;
    });
    return undeafen;
  }

  over(log: EventLog): EventLog {
    return logOver(log, {
      onCommit: (listener) =>
        log.onCommit((records, origin) => {
          const copy = new Uint8Array(records);
          if (this.isHolding) this.#held.push(() => listener(copy, origin));
          else listener(copy, origin);
        }),
      whenHeard: async (partition) => {
        await this.#whenHearing;
        await log.whenHeard(partition);
        for (const deliver of this.#held.splice(0)) deliver();
      },
    });
  }
}

/** What it comes to when it is not refused as temporary any more. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Unavailable) || tries > 20) throw error;
    }
  }
}

it("a start that is cut off while it waits for others gives up what it owns already", async () => {
  const registry = new Registry();
  const link = registry.link();
  link.owns = even;
  link.follows = all;
  const directory = newDirectory();
  cleanups.push(() => removeDirectory(directory));
  const log = await openJetStreamLog(
    optionsFor(server(), newStreamName(), { partitions: PARTITIONS, isPartial: true }),
  );
  const leaving: { leave(): Promise<void> }[] = [];
  const opened = openNode(directory, { log, link, onStarting: (runtime) => leaving.push(runtime) });
  opened.catch(() => undefined);
  await eventually(() => registry.answers.size).toBe(even.length);
  await leaving[0]?.leave();
  expect([...registry.owners.keys()]).toEqual([]);
  await expect(opened).rejects.toThrow(Unavailable);
});

interface Pair {
  readonly registry: Registry;
  readonly links: RegistryLink[];
  readonly nodes: Node[];
  readonly stream: string;
}

/** Two nodes that each own half and follow the other half. */
async function openPair(): Promise<Pair> {
  const registry = new Registry();
  const stream = newStreamName();
  const [a, b] = [registry.link(), registry.link()];
  a.owns = even;
  b.owns = odd;
  a.follows = all;
  b.follows = all;
  const nodes = await Promise.all([openMember(stream, a), openMember(stream, b)]);
  return { registry, links: [a, b], nodes, stream };
}

async function personOf(node: Pick<Node, "runtime">, email: string): Promise<unknown> {
  const partition = partitionOf(CLIENT, `email/${email}`, PARTITIONS);
  const owner = await node.runtime.query(partition, {
    kind: "owner_of_key",
    client: CLIENT,
    keyType: "email",
    value: email,
  });
  if (owner.kind !== "owner" || owner.personId === null) return null;
  const answer = await node.runtime.query(partition, { kind: "person", client: CLIENT, personId: owner.personId });
  return answer.kind === "person" ? answer.person : null;
}

describe("two nodes of a cluster, one pair for all tests, which leave to each what it owns", () => {
  let pair: Pair | null = null;
  let ends: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    pair = await openPair();
    ends = cleanups.splice(0);
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  function pairOfAll(): Pair {
    if (pair === null) throw new Error("the pair is opened before the first test");
    return pair;
  }

  it("any node takes any event; the outcome comes back to it from the owner, and every node can read it", async () => {
    const { nodes } = pairOfAll();
    for (const node of nodes) {
      for (const partition of all) {
        const email = emailIn(partition, nodes.indexOf(node));
        const applied = await node.runtime.acceptAndApply(eventOf("signed_up", { email }));
        expect(applied).toMatchObject({ errorCode: null });
        for (const reader of nodes) expect(await personOf(reader, email)).toMatchObject({ email });
      }
    }
    expect(nodes.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it("a programme published on one node is in use on every node", async () => {
    const { nodes, links } = pairOfAll();
    const published = await nodes[0]?.runtime.replaceProgram(programOf("Europe/Berlin"));
    expect(published).toMatchObject({ ok: true, value: { isInEffect: true } });
    const compiled = compileProgram(programOf("Europe/Berlin"));
    if (!compiled.ok) throw new Error("it compiles");
    const { hash } = compiled.value;
    for (const link of links) await eventually(() => link.programsInUse[CLIENT]).toBe(hash);
    for (const partition of all) {
      const marks = await nodes[1]?.runtime.query(partition, { kind: "marks" });
      expect(marks).toMatchObject({ programs: { [CLIENT]: { hash } } });
    }
  });

  it("ids handed out by two nodes never repeat", async () => {
    const { nodes } = pairOfAll();
    const ids = await Promise.all(
      nodes.flatMap(({ runtime }) =>
        all.map(
          async (partition) =>
            (await runtime.acceptAndApply(eventOf("signed_up", { email: emailIn(partition) }))).eventId,
        ),
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("an event that needs two persons' partitions on two nodes is completed", async () => {
    const { nodes } = pairOfAll();
    const [node] = nodes;
    const email = emailIn(0);
    // Its partner user id lives on another partition of the other node.
    const userId = Array.from({ length: 1000 }, (_, i) => `u${i}`).find(
      (id) => partitionOf(CLIENT, `partner_user_id/${id}`, PARTITIONS) === 1,
    );
    await node?.runtime.acceptAndApply(eventOf("signed_up", { email, partner_user_id: userId ?? "" }));
    const byUserId = await nodes[1]?.runtime.acceptAndApply(eventOf("converted", { partner_user_id: userId ?? "" }));
    expect(await personOf(nodes[1] ?? fail(), email)).toMatchObject({ id: byUserId?.personId, partnerUserId: userId });
  });

  it("who gives a partition away waits until nothing is under way that must not be made twice", async () => {
    const { nodes, links } = pairOfAll();
    let finish: () => void = () => {};
    const ended: string[] = [];
    nodes[0]?.runtime.jobs.listen({
      onReady: () => {},
      onLost: () => {},
      onHold: () => new Promise((resolve) => (finish = resolve)),
    });
    const drained = links[0]?.listener?.beforeHandOver(0).then(() => ended.push("drained"));
    await new Promise((resolve) => setTimeout(resolve, 10));
    ended.push("finished");
    finish();
    await drained;
    expect(ended).toEqual(["finished", "drained"]);
  });

  it("a lease that lapses and is renewed before anybody notices loses no message", async () => {
    const { links, nodes } = pairOfAll();
    const [a] = nodes;
    const [linkA] = links;
    if (linkA === undefined) fail();
    const userIds = Array.from({ length: 1000 }, (_, i) => `u${i}`).filter(
      (id) => partitionOf(CLIENT, `partner_user_id/${id}`, PARTITIONS) === 1,
    );
    const signUp = (nth: number): Promise<unknown> | undefined =>
      a?.runtime.acceptAndApply(eventOf("signed_up", { email: emailIn(0, nth), partner_user_id: userIds[nth] ?? "" }));
    const before = linkA.hosted.get(0)?.position ?? 0;
    linkA.isLapsed = true;
    const first = signUp(10);
    await eventually(() => linkA.hosted.get(0)?.position ?? 0).toBeGreaterThan(before);
    await new Promise((resolve) => setTimeout(resolve, 300));
    linkA.isLapsed = false;
    expect(await signUp(11)).toMatchObject({ errorCode: null });
    expect(await first).toMatchObject({ errorCode: null });
    expect(await personOf(a ?? fail(), emailIn(0, 10))).toMatchObject({ partnerUserId: userIds[10] });
  });

  it("a node that is cut off refuses questions as temporary, and does not wait for answers that cannot come", async () => {
    const { links, nodes } = pairOfAll();
    const [linkA] = links;
    if (linkA === undefined) fail();
    linkA.isLapsed = true;
    for (const partition of [0, 1]) {
      await expect(nodes[0]?.runtime.query(partition, { kind: "rejected" })).rejects.toMatchObject({
        name: "Unavailable",
      });
    }
    linkA.isLapsed = false;
    expect(await nodes[0]?.runtime.query(1, { kind: "rejected" })).toMatchObject({ kind: "rejected" });
  });

  it("while nobody owns a partition, questions about it are refused as temporary", async () => {
    const { registry, links, nodes } = pairOfAll();
    registry.give(3, null);
    await expect(nodes[0]?.runtime.query(3, { kind: "rejected" })).rejects.toMatchObject({ name: "Unavailable" });
    registry.give(3, links[1] ?? null);
  });
});

describe("nodes of a cluster", () => {
  it("a standby takes over: nothing applied is lost, nothing is applied twice, and callers get their answers", async () => {
    const { registry, links, nodes } = await openPair();
    const [a, b] = nodes;
    const [, linkB] = links;
    const email = emailIn(0);
    for (let i = 0; i < 20; i++) await a?.runtime.acceptAndApply(eventOf("converted", { email }));
    const before = await personOf(a ?? fail(), email);
    // The owner is gone from one moment to the next; the standby has followed.
    for (const partition of even) registry.give(partition, linkB ?? null);
    await eventually(() => personOf(b ?? fail(), email)).toEqual(before);
    const applied = await a?.runtime.acceptAndApply(eventOf("converted", { email }));
    expect(applied).toMatchObject({ errorCode: null, personId: Reflect.get(Object(before), "id") });
    expect(await personOf(b ?? fail(), email)).toMatchObject({
      version: Number(Reflect.get(Object(before), "version")) + 1,
    });
  });

  it("messages that the former owner did not get out are sent by its successor", async () => {
    const { registry, links, nodes } = await openPair();
    const [a] = nodes;
    const [linkA, linkB] = links;
    const userId = Array.from({ length: 1000 }, (_, i) => `u${i}`).find(
      (id) => partitionOf(CLIENT, `partner_user_id/${id}`, PARTITIONS) === 1,
    );
    // Nobody owns partition 0 now: its followers apply the event, and nobody sends what it asks of partition 1.
    registry.give(0, null);
    const email = emailIn(0, 3);
    const applied = a?.runtime.acceptAndApply(eventOf("signed_up", { email, partner_user_id: userId ?? "" }));
    await eventually(() => linkB?.hosted.get(0)?.position === linkA?.hosted.get(0)?.position).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    registry.give(0, linkB ?? null);
    expect(await applied).toMatchObject({ errorCode: null });
    expect(await personOf(a ?? fail(), email)).toMatchObject({ partnerUserId: userId });
  });

  it("a new owner answers only when it has applied what was durable before it was one, however late it hears of it", async () => {
    const registry = new Registry();
    const stream = newStreamName();
    const [a, b] = [registry.link(), registry.link()];
    a.owns = all;
    b.follows = all;
    const late = new LateLog();
    const [first, second] = [await openMember(stream, a), await openMember(stream, b, newDirectory(), late)];
    await eventually(() => all.every((partition) => b.hosted.get(partition)?.isCaughtUp === true)).toBe(true);
    late.isHolding = true;
    const email = emailIn(0);
    for (let i = 0; i < 5; i++) await first.runtime.acceptAndApply(eventOf("converted", { email }));
    const before = await personOf(first, email);
    registry.give(0, b);
    expect(await answered(() => personOf(second, email))).toEqual(before);
  });

  it("S4 a follower that was cut off says that it has caught up when it has heard of everything since", async () => {
    const registry = new Registry();
    const stream = newStreamName();
    const [a, b] = [registry.link(), registry.link()];
    a.owns = all;
    b.follows = all;
    const late = new LateLog();
    await openMember(stream, a);
    await openMember(stream, b, newDirectory(), late);
    const isCaughtUp = (): boolean => all.every((partition) => b.hosted.get(partition)?.isCaughtUp === true);
    await eventually(isCaughtUp).toBe(true);
    const undeafen = late.deafen();
    b.isLapsed = true;
    await eventually(() => b.hosted.get(0)?.isCaughtUp).toBe(false);
    b.isLapsed = false;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(all.some((partition) => b.hosted.get(partition)?.isCaughtUp)).toBe(false);
    undeafen();
    await eventually(isCaughtUp).toBe(true);
  });

  it("a node that starts with an empty directory follows from the beginning and ends with the same state", async () => {
    const { registry, nodes, stream } = await openPair();
    for (let i = 0; i < 200; i++)
      nodes[i % 2]?.runtime.accept(eventOf("converted", { email: emailIn(i % PARTITIONS) }));
    const last = await nodes[0]?.runtime.acceptAndApply(eventOf("converted", { email: emailIn(0) }));
    expect(last).toMatchObject({ errorCode: null });
    const linkC = registry.link();
    linkC.follows = all;
    const third = await openMember(stream, linkC);
    await eventually(() => all.every((partition) => linkC.hosted.get(partition)?.isCaughtUp === true)).toBe(true);
    const before = await Promise.all(all.map((partition) => personOf(nodes[0] ?? fail(), emailIn(partition))));
    for (const partition of all) registry.give(partition, linkC);
    await eventually(() => Promise.all(all.map((partition) => personOf(third, emailIn(partition).toString())))).toEqual(
      before,
    );
  });

  it("S3 goes on serving what it owns although what it follows has more to write than fits, and waits for an owner that is dead", async () => {
    const registry = new Registry();
    const stream = newStreamName();
    const [link, dead] = [registry.link(), registry.link()];
    link.owns = all;
    link.follows = all;
    // Its last answer comes after all that was accepted before, which takes seconds on a busy machine.
    const small = {
      checkpointIntervalMs: 20,
      cacheBytes: 1 << 15,
      checkpointDirtyBytes: 1 << 15,
      replyTimeoutMs: 30_000,
    };
    const { runtime } = await openMember(stream, link, newDirectory(), null, small);
    registry.give(0, dead);
    // Each sends a message to another partition, which hears of none; more than a worker applies at once.
    const persons = Array.from({ length: 8_000 }, (_, i) => `p${i}@example.com`).filter(
      (email) => partitionOf(CLIENT, `email/${email}`, PARTITIONS) === 0,
    );
    const events = persons.map((email, i) => runtime.accept(eventOf("signed_up", { email, partner_user_id: `u${i}` })));
    await Promise.all(events.map(({ durable }) => durable));
    const visit = eventOf("converted", { email: emailIn(1) });
    expect(await runtime.acceptAndApply(visit)).toMatchObject({ errorCode: null });
    // Its heir sends what it did not.
    registry.give(0, link);
    await eventually(() => personOf({ runtime }, persons[700] ?? fail())).toMatchObject({ partnerUserId: "u700" });
  }, 60_000);

  it("a restarted node goes on from its checkpoint", async () => {
    const registry = new Registry();
    const stream = newStreamName();
    const directory = newDirectory();
    const link = registry.link();
    link.owns = all;
    const first = await openMember(stream, link, directory);
    const email = emailIn(2);
    await first.runtime.acceptAndApply(eventOf("converted", { email }));
    const before = await personOf(first, email);
    cleanups.pop();
    await first.stop();
    const again = registry.link();
    again.owns = all;
    const second = await openMember(stream, again, directory);
    expect(await personOf(second, email)).toEqual(before);
  });

  it("a node waits for as long as another takes to apply what it has before it", async () => {
    const registry = new Registry();
    const stream = newStreamName();
    const [one, two] = [registry.link(), registry.link()];
    one.owns = even;
    two.owns = odd;
    // An owner that is not as far as to answer.
    for (const partition of odd) registry.give(partition, two);
    const asked = vi.spyOn(one, "ask");
    const opening = openMember(stream, one);
    opening.catch(() => undefined);
    await eventually(() => asked.mock.calls.length).toBeGreaterThan(0);
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + 45_000);
    try {
      await openMember(stream, two);
      const { runtime } = await opening;
      expect(runtime.status()).toEqual({ isReady: true, reason: null });
    } finally {
      clock.mockRestore();
    }
  });

  it("a node whose checkpoint reflects more than the log holds ends with a sentence", async () => {
    const registry = new Registry();
    const directory = newDirectory();
    const link = registry.link();
    link.owns = all;
    const first = await openMember(newStreamName(), link, directory);
    await first.runtime.acceptAndApply(eventOf("converted", { email: emailIn(2) }));
    cleanups.pop();
    await first.stop();
    registry.snapshots.clear();
    const again = registry.link();
    again.owns = all;
    await expect(openMember(newStreamName(), again, directory)).rejects.toThrow(
      /log ends at 0, its checkpoint reflects \d+/,
    );
  });
});

function fail(): never {
  throw new Error("there are two nodes");
}
