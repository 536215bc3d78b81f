// Whoever waits for an event reads its effect at once, everywhere: however many threads take requests or hold persons, and whatever was read before.

import { expect, test } from "vitest";
import { get, post } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";

/** At once, each with events one after the other. */
const PERSONS = 6;
const EVENTS = 10;

const threads = [
  { workers: 1, fronts: 1 },
  { workers: 2, fronts: 2 },
];
const soaked = [{ workers: 3, fronts: 1 }];

test.each(isSoak ? [...threads, ...soaked] : threads)(
  "$workers worker(s), $fronts front(s)",
  { timeout: 60_000 },
  async ({ workers, fronts }) => {
    const environment = { LAUREL_WORKERS: String(workers), LAUREL_FRONTS: String(fronts) };
    const node = await startHere({ environment });
    try {
      await Promise.all(Array.from({ length: PERSONS }, (_, n) => live(node.url, `own${n}@reads.example`)));
    } finally {
      await node.abandon();
    }
  },
);

async function live(url: string, email: string): Promise<void> {
  let version = 0;
  for (let n = 0; n < EVENTS; n++) {
    const order_id = `${email}-${n}`;
    const sent = await post(url, "/v6/events", { event_name: "converted", data: { email, order_id, cart_value: "5" } });
    expect(sent.status).toBe(200);
    const { event_id, person_id } = (await sent.json()) as { readonly event_id: string; readonly person_id: string };
    const read = await versionOf(url, `/v5/persons/${person_id}`);
    expect(read, `${email} after event ${n}`).toBeGreaterThan(version);
    // Again, from wherever it is kept by now. What an event causes, such as a coupon's code, may have come in between.
    const again = await versionOf(url, `/v5/persons/${person_id}`);
    expect(again).toBeGreaterThanOrEqual(read);
    version = await versionOf(url, `/v5/persons?identity_key_value=${encodeURIComponent(email)}`);
    expect(version).toBeGreaterThanOrEqual(again);
    const steps = (await get(url, `/v5/persons/${person_id}/steps?limit=1000`)) as { readonly root_event_id: string }[];
    expect(steps.filter(({ root_event_id }) => root_event_id === event_id).length).toBeGreaterThan(0);
  }
}

/** Of the person, or of the only one in the list. */
async function versionOf(url: string, path: string): Promise<number> {
  const persons = [await get(url, path)].flat() as { readonly version: string }[];
  expect(persons.length).toBe(1);
  return Number(persons[0]?.version);
}
