// Every scenario file twice: through the pure engine in one thread, and over HTTP against the built program.

import { readdirSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { EngineNode } from "../support/engine_node.ts";
import { get, post, quiet } from "../support/load.ts";
import { countSteps, expectSeen, programDirectory, readProgram, readScenario, type Seen } from "../support/scenario.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".json"));
const scenarios = files.map(readScenario);

describe("through the pure engine", () => {
  test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))("%s", (_title, scenario) => {
    const node = new EngineNode(readProgram(scenario), 4);
    for (const { event, data, times = 1 } of scenario.events) {
      for (let i = 0; i < times; i++) node.send(event, { ...data });
      node.settle();
    }
    for (const [email, expected] of Object.entries(scenario.expect)) {
      const seen = seenByEngine(node, email);
      expectSeen(email, expected, seen);
      if (expected.sameAs !== undefined) expect(node.personBy(expected.sameAs, "partner_user_id")?.id).toBe(seen.id);
    }
  });
});

describe("over HTTP", () => {
  const servers = new Map<string, Promise<ServerProcess>>();
  afterAll(async () => {
    for (const server of servers.values()) expect(await (await server).stop()).toBe(0);
  });

  test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
    "%s",
    { timeout: 60_000 },
    async (title, scenario) => {
      const server = startServer({ environment: { LAUREL_PROGRAMS: programDirectory(scenario) } });
      servers.set(title, server);
      const { url } = await server;
      for (const { event, data, times = 1 } of scenario.events) {
        for (let i = 0; i < times; i++) {
          const answer = await post(url, "/v6/events", { event_name: event, data });
          expect(answer.status, await answer.clone().text()).toBe(200);
        }
        await quiet(url);
      }
      for (const [email, expected] of Object.entries(scenario.expect)) {
        const seen = await seenOverHttp(url, email);
        expectSeen(email, expected, seen);
        if (expected.sameAs !== undefined)
          expect((await seenOverHttp(url, expected.sameAs, "partner_user_id")).id).toBe(seen.id);
      }
    },
  );
});

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

interface Rows {
  readonly person: { readonly id: string };
  readonly step: { readonly name: string; readonly quality: string };
  readonly reward: { readonly reward_supplier_id: string; readonly state: string; readonly face_value: number };
  readonly relationship: { readonly my_role: string; readonly other_person: { readonly identity_key_value?: string } };
}

async function list<K extends keyof Rows>(url: string, _kind: K, path: string): Promise<Rows[K][]> {
  return (await get(url, path)) as Rows[K][];
}

async function seenOverHttp(url: string, value: string, keyType = "email"): Promise<Seen> {
  const key = encodeURIComponent(value);
  const filter = keyType === "email" ? `identity_key_value=${key}` : `person_keys=${keyType}:${key}`;
  const [person] = await list(url, "person", `/v5/persons?${filter}`);
  if (person === undefined) throw new Error(`nobody has ${value}`);
  const path = `/v5/persons/${person.id}`;
  const relate = (row: Rows["relationship"]): string => `${row.my_role} ${row.other_person.identity_key_value}`;
  const plain = (await list(url, "relationship", `${path}/relationships?limit=1000`)).map(relate);
  const all = (await list(url, "relationship", `${path}/relationships?limit=1000&include_self_referrals=true`)).map(
    relate,
  );
  return {
    id: person.id,
    steps: countSteps(await list(url, "step", `${path}/steps?is_primary=true&limit=1000`)),
    rewards: (await list(url, "reward", `${path}/rewards?limit=1000`)).map(
      (row) => `${row.reward_supplier_id} ${row.state} ${row.face_value}`,
    ),
    relationships: all.map((row) => (plain.includes(row) ? row : `${row} self`)),
    memberships: null,
  };
}
