import { expect, test } from "vitest";
import { encodeCommand } from "../../src/engine/mod.ts";
import { FLAG_WANTS_REPLY, recordKinds } from "../../src/model/record.ts";
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
