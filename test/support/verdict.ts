// The verdict after a fault: nothing acknowledged is lost, nothing counts twice, rewards are those of an undisturbed run.

import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { ADVOCATE, type Acknowledged, get, quiet } from "./load.ts";

interface StepRow {
  readonly name: string;
  readonly root_event_id: string;
  readonly is_primary: boolean;
  readonly data: { readonly [name: string]: { readonly value?: unknown } };
}

interface RewardRow {
  readonly reward_id: string;
  readonly partner_reward_id: string | null;
  readonly data: { readonly [name: string]: unknown };
}

const PAGE = 1000;
const SETTLE_TIMEOUT_MS = 40_000;
const AGAIN_MS = 100;

/**
 * Every acknowledged purchase left one step on its friend and one credit for the advocate; no order has two of either.
 * Orders that were sent but not acknowledged may be there or not, as a whole.
 */
export async function expectExactlyOnce(url: string, acknowledged: Acknowledged): Promise<void> {
  await quiet(url);
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const orders = await ordersSeen(url, acknowledged);
    const lost = [...acknowledged.keys()].filter((order) => !orders.has(order));
    // What is acknowledged is in the log; in a cluster its owner may have to be elected before it is applied.
    if (lost.length > 0 && Date.now() < deadlineMs) {
      await pause(AGAIN_MS);
      continue;
    }
    expect(lost, "acknowledged and lost").toEqual([]);
    return expectCredits(url, orders);
  }
}

/** The orders whose purchase left its step, each once. */
async function ordersSeen(url: string, acknowledged: Acknowledged): Promise<ReadonlySet<string>> {
  const persons = new Set([...acknowledged.values()].map(({ person }) => person));
  const orders = new Set<string>();
  for (const person of persons) {
    for (const step of await stepsOf(url, person)) {
      if (step.name !== "converted" || !step.is_primary) continue;
      const order = String(step.data["order_id"]?.value);
      expect(orders.has(order), `order ${order} counted twice`).toBe(false);
      orders.add(order);
      const known = acknowledged.get(order);
      if (known !== undefined) expect(step.root_event_id).toBe(known.eventId);
    }
  }
  return orders;
}

/** Credits follow by message, so they are waited for, within a bound. */
async function expectCredits(url: string, orders: ReadonlySet<string>): Promise<void> {
  const advocate = await personId(url, ADVOCATE);
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const credited = (await rewardsOf(url, advocate)).map((reward) => String(reward.data["order_id"]));
    expect(new Set(credited).size, "an order was credited twice").toBe(credited.length);
    if (credited.length >= orders.size || Date.now() > deadlineMs) {
      expect(credited.toSorted()).toEqual([...orders].toSorted());
      return;
    }
    await pause(AGAIN_MS);
  }
}

async function personId(url: string, email: string): Promise<string> {
  const [person] = (await get(url, `/v5/persons?identity_key_value=${encodeURIComponent(email)}`)) as { id: string }[];
  if (person === undefined) throw new Error(`${email} is lost`);
  return person.id;
}

async function stepsOf(url: string, email: string): Promise<StepRow[]> {
  return pages<StepRow>(url, `/v5/persons/${await personId(url, email)}/steps?`);
}

function rewardsOf(url: string, person: string): Promise<RewardRow[]> {
  return pages<RewardRow>(url, `/v2/rewards?person_id=${person}&`);
}

async function pages<Row>(url: string, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = (await get(url, `${path}limit=${PAGE}&offset=${offset}`)) as Row[];
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}
