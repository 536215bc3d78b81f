import { expect, test } from "vitest";
import { encodeCommand } from "../../src/engine/mod.ts";
import { FLAG_WANTS_REPLY, recordKinds } from "../../src/model/record.ts";
import type { Person } from "../../src/model/person.ts";
import { EngineNode } from "../support/engine_node.ts";
import { demoProgram } from "../simulation/simulation.ts";

/** Appends the command as the front does, and returns the code of its refusal or null. */
function forward(node: EngineNode, personId: string, toPersonId: string): string | null {
  const command = { kind: "forward_person", client: "demo", personId, toPersonId } as const;
  const { partition, payload } = encodeCommand(command, node.partitions);
  node.append(partition, {
    kind: recordKinds.command,
    flags: FLAG_WANTS_REPLY,
    timeMs: ++node.nowMs,
    idHigh: 7,
    idLow: 7,
    payload,
  });
  for (const { effects } of node.contexts) effects.replies.length = 0;
  node.settle();
  const [reply] = node.contexts.flatMap(({ effects }) => effects.replies);
  return reply?.errorCode ?? null;
}

function meet(node: EngineNode, key: { [name: string]: string }): string {
  node.send("signed_up", key);
  node.settle();
  const [keyType, value] = Object.entries(key)[0] ?? ["", ""];
  return node.personBy(value, keyType)?.id ?? "";
}

test("a forwarded person becomes a link: reads and later events follow it, its steps move", () => {
  const node = new EngineNode(demoProgram(), 4);
  const from = meet(node, { email: "old@x.com" });
  const to = meet(node, { email: "new@x.com" });
  expect(forward(node, from, to)).toBeNull();
  expect(node.personById(from)?.id).toBe(to);
  expect(meet(node, { email: "old@x.com" })).toBe(to);
  const person = node.personById(to);
  expect(person === null ? [] : node.stepsOf(person).map((step) => step.name)).toEqual([
    "signed_up",
    "signed_up",
    "signed_up",
  ]);
});

test("who was forwarded again and again is followed from the first of them to the last", () => {
  const node = new EngineNode(demoProgram(), 4);
  const links = 100;
  const ids = Array.from({ length: links + 1 }, (_, n) => meet(node, { email: `p${n}@x.com` }));
  for (const [n, id] of ids.entries()) if (n < links) expect(forward(node, id, ids[n + 1] ?? "")).toBeNull();
  const last = node.personById(ids[links] ?? "");
  const before = last === null ? 0 : node.stepsOf(last).length;
  node.send("signed_up", { email: "p0@x.com" });
  node.send("signed_up", { person_id: ids[0] ?? "" });
  node.settle();
  expect(last === null ? 0 : node.stepsOf(last).length).toBe(before + 2);
});

test("only identified persons can be forwarded, and only to identified ones", () => {
  const node = new EngineNode(demoProgram(), 4);
  const device = meet(node, { partner_user_id: "device" });
  const known = meet(node, { email: "known@x.com" });
  expect(forward(node, device, known)).toBe("forwarding_profile_is_device");
  expect(forward(node, known, device)).toBe("forward_to_profile_is_device");
  expect(forward(node, known, known)).toBe("person_not_found");
});

test("two persons cannot be forwarded to each other", () => {
  const node = new EngineNode(demoProgram(), 4);
  const a = meet(node, { email: "a@x.com" });
  const b = meet(node, { email: "b@x.com" });
  expect(forward(node, a, b)).toBeNull();
  expect(forward(node, b, a)).toBe("person_not_found");
  expect(meet(node, { email: "a@x.com" })).toBe(b);
});

const FRIENDS = 200;

/** A person that `FRIENDS` friends were referred to, each with a purchase. Returns its id. */
function advocate(node: EngineNode, name: string): string {
  const code = name.toUpperCase();
  node.send("advocate_code_created", { email: `${name}@x.com`, advocate_code: code });
  node.settle();
  for (let friend = 0; friend < FRIENDS; friend++) {
    const email = `${name}-friend-${friend}@x.com`;
    node.send("converted", { email, advocate_code: code, order_id: `${name}-${friend}`, cart_value: "50" });
  }
  node.settle();
  return node.personBy(`${name}@x.com`)?.id ?? "";
}

const EVERYTHING = { after: null, limit: 100_000, isReverse: false };

/** How many. */
function rewardsOf({ rewards, olderRewards }: Person): number {
  return rewards.length + (olderRewards?.count ?? 0);
}

/** The person in its state, and how often the ids of its rewards and of its friends are read from now on. */
function watched(node: EngineNode, personId: string): { readonly person: Person; readonly reads: () => number } {
  const person = node.contexts.map(({ state }) => state.find("person", personId)).find((each) => each !== undefined);
  if (person === undefined) throw new Error(`nobody is ${personId}`);
  let reads = 0;
  const counted = <T extends object>(value: T, name: keyof T): T => {
    const is = value[name];
    return Object.defineProperty({ ...value }, name, { enumerable: true, get: () => (reads++, is) });
  };
  for (const { state } of node.contexts)
    for (const { value } of state.list("summaryPage", { ...EVERYTHING, prefix: `${personId}/` }))
      value.summaries = value.summaries.map((reward) => counted(reward, "id"));
  person.rewards = person.rewards.map((reward) => counted(reward, "id"));
  person.relationships = person.relationships.map((own) => counted(own, "otherPersonId"));
  return { person, reads: () => reads };
}

test("who has thousands of friends and rewards is forwarded to another such person in one pass over both, not one for each", () => {
  const node = new EngineNode(demoProgram(), 1);
  const [from, to] = [advocate(node, "old"), advocate(node, "new")];
  const { person, reads } = watched(node, to);
  expect([rewardsOf(person), person.relationships.length]).toEqual([FRIENDS, FRIENDS]);
  expect(forward(node, from, to)).toBeNull();
  expect([rewardsOf(person), person.relationships.length]).toEqual([2 * FRIENDS, 2 * FRIENDS]);
  // Steps move in pages, each a message that looks at what the person has.
  const messages = FRIENDS / 8;
  expect(reads()).toBeLessThan(FRIENDS * (messages + 100));
});
