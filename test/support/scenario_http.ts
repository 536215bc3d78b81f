// A scenario over HTTP: its events to one server, or each to another node of a cluster, then what callers see.

import { expect } from "vitest";
import { get, post } from "./load.ts";
import { countSteps, expectSeen, type Scenario, type Seen } from "./scenario.ts";

interface Target {
  /** Where the next request goes. */
  readonly url: () => string;
  /** Resolves when nothing is in flight. */
  readonly quiet: () => Promise<void>;
}

export async function runOverHttp(scenario: Scenario, { url, quiet }: Target): Promise<void> {
  for (const { event, data, times = 1, code } of scenario.events) {
    for (let i = 0; i < times; i++) {
      const answer = await post(url(), "/v6/events", { event_name: event, data });
      if (code === undefined) expect(answer.status, await answer.clone().text()).toBe(200);
      else expect(await answer.json()).toMatchObject({ code });
    }
    await quiet();
  }
  for (const [email, expected] of Object.entries(scenario.expect)) {
    const seen = await seenOverHttp(url, email);
    expectSeen(email, expected, seen);
    if (expected.sameAs !== undefined)
      expect((await seenOverHttp(url, expected.sameAs, "partner_user_id")).id).toBe(seen.id);
  }
}

interface Rows {
  readonly person: { readonly id: string };
  readonly step: { readonly name: string; readonly quality: string };
  readonly reward: { readonly reward_supplier_id: string; readonly state: string; readonly face_value: number };
  readonly membership: { readonly audience_id: string };
  readonly relationship: { readonly my_role: string; readonly other_person: { readonly identity_key_value?: string } };
}

async function list<K extends keyof Rows>(url: () => string, _kind: K, path: string): Promise<Rows[K][]> {
  return (await get(url(), path)) as Rows[K][];
}

async function seenOverHttp(url: () => string, value: string, keyType = "email"): Promise<Seen> {
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
    memberships: (await list(url, "membership", `${path}/memberships?limit=1000`)).map((row) => row.audience_id),
  };
}
