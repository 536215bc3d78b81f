// A scenario over HTTP: its events to one server, or each to another node of a cluster, then what callers see. Each scenario is a client of its
// own, so one server runs them all, whatever their programs and however often they speak of the same people.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { get, post } from "./load.ts";
import { clientOf, countSteps, expectSeen, readProgram, type Scenario, type Seen } from "./scenario.ts";

/** Settings of a server for these scenarios. To be called while tests are collected, since their programs go when those have run. */
export function clientsOf(scenarios: readonly Scenario[]): { readonly [setting: string]: string } {
  const directory = mkdtempSync(join(tmpdir(), "laurel-test-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  for (const scenario of scenarios) {
    const client = clientOf(scenario);
    writeFileSync(join(directory, `${client}.json`), JSON.stringify({ ...readProgram(scenario), client }));
  }
  const tokens = scenarios.map((scenario) => `${clientOf(scenario)}=${tokenOf(scenario)}`);
  return { LAUREL_PROGRAMS: directory, LAUREL_CLIENT_TOKENS: tokens.join(",") };
}

function tokenOf(scenario: Scenario): string {
  return `token-of-${clientOf(scenario)}`;
}

interface Target {
  /** Where the next request goes. */
  readonly url: () => string;
  /** Resolves when nothing is in flight. */
  readonly quiet: () => Promise<void>;
}

export async function runOverHttp(scenario: Scenario, { url, quiet }: Target): Promise<void> {
  const token = tokenOf(scenario);
  const ask = (path: string): Promise<unknown> => get(url(), path, token);
  for (const { event, data, times = 1, code } of scenario.events) {
    for (let i = 0; i < times; i++) {
      const answer = await post(url(), "/v6/events", { event_name: event, data }, token);
      if (code === undefined) expect(answer.status, await answer.clone().text()).toBe(200);
      else expect(await answer.json()).toMatchObject({ code });
    }
    await quiet();
  }
  for (const [email, expected] of Object.entries(scenario.expect)) {
    const seen = await seenOverHttp(ask, email);
    expectSeen(email, expected, seen);
    if (expected.sameAs !== undefined)
      expect((await seenOverHttp(ask, expected.sameAs, "partner_user_id")).id).toBe(seen.id);
  }
}

interface Rows {
  readonly person: { readonly id: string };
  readonly step: { readonly name: string; readonly quality: string };
  readonly reward: { readonly reward_supplier_id: string; readonly state: string; readonly face_value: number };
  readonly membership: { readonly audience_id: string };
  readonly relationship: { readonly my_role: string; readonly other_person: { readonly identity_key_value?: string } };
}

type Ask = (path: string) => Promise<unknown>;

async function list<K extends keyof Rows>(ask: Ask, _kind: K, path: string): Promise<Rows[K][]> {
  return (await ask(path)) as Rows[K][];
}

async function seenOverHttp(ask: Ask, value: string, keyType = "email"): Promise<Seen> {
  const key = encodeURIComponent(value);
  const filter = keyType === "email" ? `identity_key_value=${key}` : `person_keys=${keyType}:${key}`;
  const [person] = await list(ask, "person", `/v5/persons?${filter}`);
  if (person === undefined) throw new Error(`nobody has ${value}`);
  const path = `/v5/persons/${person.id}`;
  const relate = (row: Rows["relationship"]): string => `${row.my_role} ${row.other_person.identity_key_value}`;
  const plain = (await list(ask, "relationship", `${path}/relationships?limit=1000`)).map(relate);
  const all = (await list(ask, "relationship", `${path}/relationships?limit=1000&include_self_referrals=true`)).map(
    relate,
  );
  return {
    id: person.id,
    steps: countSteps(await list(ask, "step", `${path}/steps?is_primary=true&limit=1000`)),
    rewards: (await list(ask, "reward", `${path}/rewards?limit=1000`)).map(
      (row) => `${row.reward_supplier_id} ${row.state} ${row.face_value}`,
    ),
    relationships: all.map((row) => (plain.includes(row) ? row : `${row} self`)),
    memberships: (await list(ask, "membership", `${path}/memberships?limit=1000`)).map((row) => row.audience_id),
  };
}
