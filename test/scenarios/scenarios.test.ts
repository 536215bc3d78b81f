// Every scenario file twice: through the pure engine in one thread, and over HTTP against the built node.

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventRefused } from "../../src/runtime/client.ts";
import { EngineNode } from "../support/engine_node.ts";
import { quiet } from "../support/load.ts";
import { countSteps, expectSeen, readProgram, readScenario, type Seen } from "../support/scenario.ts";
import { clientsOf, runOverHttp } from "../support/scenario_http.ts";
import { type NodeHere, startHere } from "../support/node_here.ts";

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".json"));
const scenarios = files.map(readScenario);

describe("through the pure engine", () => {
  test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s", (_title, scenario) => {
    const node = new EngineNode(readProgram(scenario), 4);
    for (const { event, data, times = 1, code } of scenario.events) {
      for (let i = 0; i < times; i++) {
        if (code === undefined) node.send(event, { ...data });
        else expect(refusedBy(node, event, data), `${event} ${JSON.stringify(data)}`).toBe(code);
      }
      node.settle();
    }
    for (const [email, expected] of Object.entries(scenario.expect)) {
      const seen = seenByEngine(node, email);
      expectSeen(email, expected, seen);
      if (expected.sameAs !== undefined) expect(node.personBy(expected.sameAs, "partner_user_id")?.id).toBe(seen.id);
    }
  });
});

/** With several fronts, those in which persons ask each other most, and those that the front has a part in. */
const ofFronts = /^(s1|s2|s8|p1|z1)_/;
const overHttp = [
  { fronts: 1, chosen: scenarios },
  { fronts: 2, chosen: files.filter((file) => ofFronts.test(file)).map(readScenario) },
] as const;

describe.each(overHttp)("over HTTP, $fronts front(s)", ({ fronts, chosen }) => {
  const environment = { ...clientsOf(chosen), LAUREL_FRONTS: String(fronts) };
  let server: NodeHere | null = null;
  beforeAll(async () => {
    server = await startHere({ environment });
  });
  afterAll(() => server?.abandon());

  test.each(chosen.map((scenario) => [scenario.title, scenario] as const))("%s", async (_title, scenario) => {
    const url = server?.url ?? "";
    await runOverHttp(scenario, { url: () => url, quiet: () => quiet(url) });
  });
});

function refusedBy(node: EngineNode, event: string, data: { readonly [name: string]: string }): string | null {
  try {
    node.send(event, { ...data });
    return null;
  } catch (error) {
    if (error instanceof EventRefused) return error.error.code;
    throw error;
  }
}

function seenByEngine(node: EngineNode, email: string): Seen {
  const person = node.personBy(email);
  if (person === null) throw new Error(`nobody has ${email}`);
  return {
    id: person.id,
    steps: countSteps(node.stepsOf(person).filter((step) => step.isPrimary)),
    rewards: person.rewards.map((reward) => `${reward.supplierId} ${reward.state} ${reward.faceValue}`),
    relationships: person.relationships.map(
      (own) => `${own.myRole} ${own.otherEmail}${own.isSelfReferral ? " self" : ""}`,
    ),
    memberships: person.memberships.map((own) => own.audienceId),
  };
}
