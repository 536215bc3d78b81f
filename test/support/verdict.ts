// The verdict after a fault: nothing acknowledged is lost, nothing counts twice, rewards are those of an undisturbed run.

import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { ADVOCATE, get, quiet, type SentOrders } from "./load.ts";
import { builtMain } from "./server_process.ts";

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
export async function expectExactlyOnce(url: string, sent: SentOrders): Promise<void> {
  await quiet(url);
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const orders = await ordersSeen(url, sent);
    const credited = await ordersCredited(url);
    const lost = [...sent.acknowledged.keys()].filter((order) => !orders.has(order));
    // What is acknowledged is in the log; in a cluster its owner may have to be elected before it is applied. Credits follow by message.
    const isSettled = lost.length === 0 && credited.length >= orders.size;
    if (!isSettled && Date.now() < deadlineMs) {
      await pause(AGAIN_MS);
      continue;
    }
    expect(lost, "acknowledged and lost").toEqual([]);
    expect(credited.toSorted()).toEqual([...orders].toSorted());
    return;
  }
}

/** The orders whose purchase left its step, each once. */
async function ordersSeen(url: string, sent: SentOrders): Promise<ReadonlySet<string>> {
  const orders = new Set<string>();
  for (const person of sent.persons) {
    for (const step of await stepsOf(url, person)) {
      if (step.name !== "converted" || !step.is_primary) continue;
      const order = String(step.data["order_id"]?.value);
      expect(orders.has(order), `order ${order} counted twice`).toBe(false);
      orders.add(order);
      const eventId = sent.acknowledged.get(order);
      if (eventId !== undefined) expect(step.root_event_id).toBe(eventId);
    }
  }
  return orders;
}

/** The orders that the advocate was credited for, each once. */
async function ordersCredited(url: string): Promise<readonly string[]> {
  const advocate = await personId(url, ADVOCATE);
  if (advocate === undefined) throw new Error(`${ADVOCATE} is lost`);
  const rewards = await pages<RewardRow>(url, `/v2/rewards?person_id=${advocate}&`);
  const credited = rewards.map((reward) => String(reward.data["order_id"]));
  expect(new Set(credited).size, "an order was credited twice").toBe(credited.length);
  return credited;
}

async function stepsOf(url: string, email: string): Promise<StepRow[]> {
  const person = await personId(url, email);
  return person === undefined ? [] : pages<StepRow>(url, `/v5/persons/${person}/steps?`);
}

/** Undefined where nothing of theirs was applied. */
async function personId(url: string, email: string): Promise<string | undefined> {
  const persons = (await get(url, `/v5/persons?identity_key_value=${encodeURIComponent(email)}`)) as { id: string }[];
  return persons[0]?.id;
}

async function pages<Row>(url: string, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = (await get(url, `${path}limit=${PAGE}&offset=${offset}`)) as Row[];
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
}

/** The log of a stopped node, folded again, comes to the state that its stores have. */
export function expectSameReplayed(dataDirectory: string): void {
  const verdict: unknown = JSON.parse(
    execFileSync(process.execPath, [builtMain, "replay", "--verify", "--json"], {
      env: { PATH: process.env["PATH"], LAUREL_DATA: dataDirectory },
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    }),
  );
  expect(verdict).toMatchObject({ isEqual: true });
}
