// A law: however records of different partitions interleave, the same per-person streams end in the same state.

import fc from "fast-check";
import { expect, test } from "vitest";
import { EngineNode } from "../support/engine_node.ts";
import { isSoak } from "../support/profile.ts";
import { countSteps } from "../support/scenario.ts";
import { demoProgram, randomOf } from "../simulation/simulation.ts";

const document = demoProgram();
const PERSONS = 5;
const RUNS = isSoak ? 1_000 : 30;

const events = fc.array(
  fc.record({
    person: fc.nat(PERSONS - 1),
    name: fc.constantFrom("converted", "share_clicked", "shared", "signed_up", "canceled"),
  }),
  { minLength: 1, maxLength: 25, size: "max" },
);

/** Everything about everybody that does not depend on ids and times. */
function outcome(stream: readonly { person: number; name: string }[], seed: number): unknown {
  const random = randomOf(seed);
  const node = new EngineNode(document, 4);
  node.send("advocate_code_created", { email: "advocate@x.com", advocate_code: "CODE" });
  node.settle();
  stream.forEach(({ person, name }, i) => {
    node.send(name, { email: `p${person}@y.com`, advocate_code: "CODE", order_id: `order-${i}`, cart_value: "10" });
  });
  node.settle((ready) => ready[random(ready.length)] ?? 0);
  return ["advocate@x.com", ...Array.from({ length: PERSONS }, (_, n) => `p${n}@y.com`)].map((email) => {
    const person = node.personBy(email);
    if (person === null) return null;
    return {
      steps: countSteps(node.stepsOf(person)),
      rewards: person.rewards.map((own) => `${own.supplierId} ${own.state} ${own.faceValue}`).toSorted(),
      relationships: person.relationships.map((own) => `${own.myRole} ${own.otherEmail}`).toSorted(),
    };
  });
}

test("any interleaving of the same per-person streams gives the same steps, rewards and relationships", {
  timeout: 600_000,
}, () => {
  fc.assert(
    fc.property(events, fc.nat(), fc.nat(), (stream, one, other) => {
      expect(outcome(stream, one)).toEqual(outcome(stream, other));
    }),
    { numRuns: RUNS },
  );
});
