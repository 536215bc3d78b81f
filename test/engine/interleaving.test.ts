// A law: however records of different partitions interleave, and whatever crashes, comes late or twice, the same per-person streams end in the same state.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Person, Step } from "../../src/model/person.ts";
import { Persons } from "../simulation/all_at_rest.ts";
import { demoProgram, randomOf, Simulation } from "../simulation/simulation.ts";
import { EngineNode } from "../support/engine_node.ts";
import { isSoak } from "../support/profile.ts";
import { countSteps } from "../support/scenario.ts";

const document = demoProgram();
const PERSONS = 5;
const RUNS = isSoak ? 1_000 : 15;

const events = fc.array(
  fc.record({
    person: fc.nat(PERSONS - 1),
    name: fc.constantFrom("converted", "share_clicked", "shared", "signed_up", "canceled"),
  }),
  { minLength: 1, maxLength: 25, size: "max" },
);

type Stream = readonly { readonly person: number; readonly name: string }[];

const EVERYBODY = ["advocate@x.com", ...Array.from({ length: PERSONS }, (_, n) => `p${n}@y.com`)];

/** Everything about somebody that does not depend on ids and times. */
function outcomeOf(person: Person, steps: readonly Step[]): unknown {
  return {
    steps: countSteps(steps),
    rewards: person.rewards.map((own) => `${own.supplierId} ${own.state} ${own.faceValue}`).toSorted(),
    relationships: person.relationships.map((own) => `${own.myRole} ${own.otherEmail}`).toSorted(),
  };
}

type Sender = (name: string, data: { [name: string]: string }) => void;

function sendAll(send: Sender, stream: Stream, afterEach: () => void): void {
  stream.forEach(({ person, name }, i) => {
    send(name, { email: `p${person}@y.com`, advocate_code: "CODE", order_id: `order-${i}`, cart_value: "10" });
    afterEach();
  });
}

function outcome(stream: Stream, seed: number): unknown {
  const random = randomOf(seed);
  const node = new EngineNode(document, 4);
  node.send("advocate_code_created", { email: "advocate@x.com", advocate_code: "CODE" });
  node.settle();
  sendAll(
    (name, data) => node.send(name, data),
    stream,
    () => undefined,
  );
  node.settle((ready) => ready[random(ready.length)] ?? 0);
  return EVERYBODY.map((email) => {
    const person = node.personBy(email);
    return person === null ? null : outcomeOf(person, node.stepsOf(person));
  });
}

/** Of several nodes, or of one, with all that goes wrong. */
function disturbedOutcome(stream: Stream, seed: number): unknown {
  const random = randomOf(seed);
  const simulation = new Simulation(document, 4, random);
  simulation.heal();
  simulation.send("advocate_code_created", { email: "advocate@x.com", advocate_code: "CODE" });
  simulation.heal();
  sendAll(
    (name, data) => simulation.send(name, data),
    stream,
    () => {
      // What is not durable yet, a crash would take for good.
      simulation.commit();
      for (let left = random(12); left > 0; left--) simulation.disturb();
    },
  );
  simulation.heal();
  const persons = new Persons(simulation);
  return EVERYBODY.map((email) => {
    const person = persons.final.find((own) => own.email === email);
    return person === undefined ? null : outcomeOf(person, persons.stepsOf(person));
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

test("so does whatever crashes, and whatever comes late or twice", { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(events, fc.nat(), fc.nat(), (stream, one, other) => {
      expect(disturbedOutcome(stream, one)).toEqual(outcome(stream, other));
    }),
    { numRuns: RUNS },
  );
});
