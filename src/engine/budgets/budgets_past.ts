// What budgets said, where records are applied again.
//
//   H1. A reward that is there was granted, and one that is held waits; any other was refused. Nothing says whether it waited for that, which is supposed in every
//       way that it may have been (`suppositions.ts`).
//   H2. Whoever waited was told by a `lease_given` of one of its budgets that is in the person's trail, and each of those in the trail told somebody. So
//       without one behind it, no reward waited.
//   H3. A partition that asks a budget grants nothing of it meanwhile: whoever comes behind one that waits waits, too, or is refused, and those that want the same are told in
//       their order. A refusal tells all of a closed budget, else the first and those behind it for whom there was not enough either; one that does not say what there was,
//       the first alone.

import type { HeldReward } from "../../model/reward.ts";
import { type LogRecord, recordKinds } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import type { Person } from "../../model/person.ts";
import { budgetName } from "./budgets.ts";
import type { Claimed, LeaseGiven } from "./leases.ts";
import { decodeMessage } from "../message.ts";
import type { Suppositions } from "../explain/suppositions.ts";

export interface BudgetsPast {
  claimed(held: HeldReward, sequence: number): Claimed;
  /** Rewards that waited until this record; null: what was supposed is not possible. */
  told(given: ToldLease): string[] | null;
  /** Whether somebody waits behind the last record whom nothing tells. */
  isLeftWaiting(): boolean;
  /** What comes behind these records could have told more. */
  readonly isOpenEnded: boolean;
}

export interface BudgetsPastParts {
  readonly state: PartitionState;
  readonly records: readonly LogRecord[];
  /** All records of the person behind these; null: there are such, and they are not known. */
  readonly later: readonly LogRecord[] | null;
  readonly suppositions: Suppositions;
}

type Fate = "granted" | "refused" | "held";

interface Claim {
  readonly id: string;
  readonly client: string;
  readonly wanted: readonly string[];
  readonly fate: Fate;
}

export type ToldLease = LeaseGiven & { readonly sequence: number };

export function budgetsPast({ state, records, later, suppositions }: BudgetsPastParts): BudgetsPast {
  const leases = [...leasesOf(records), ...leasesOf(later ?? [])];
  let waiting: Claim[] = [];
  /** Groups whose queue is supposed to be full. */
  const full = new Set<string>();
  let isOpenEnded = false;
  let sequence = 0;

  const choose = (alternatives: number): number => suppositions.choose(alternatives, sequence);
  const mayBeTold = (claim: Claim): boolean => {
    if (leases.some((lease) => lease.sequence > sequence && isFor(lease, claim) && tells(lease, claim))) return true;
    if (later !== null) return false;
    isOpenEnded = true;
    return true;
  };
  const waits = (claim: Claim): boolean => {
    const isBehind = waiting.some((own) => isAhead(own, claim));
    const mayWait = mayBeTold(claim);
    if (claim.fate === "granted" && isBehind) return true;
    if (!mayWait) return false;
    if (!isBehind || claim.wanted.length > 1) return choose(2) === 1;
    if (full.has(groupOf(claim))) return false;
    if (choose(2) === 0) return true;
    full.add(groupOf(claim));
    return false;
  };

  return {
    claimed: ({ reward: { id, client }, wanted }, at) => {
      sequence = at;
      const claim = { id, client, wanted, fate: fateOf(state, id) };
      if (claim.fate === "held" || waits(claim)) {
        waiting.push(claim);
        return "waits";
      }
      return claim.fate;
    },
    told: (given) => {
      sequence = given.sequence;
      const ended = toldBy(given, waiting, choose);
      if (ended === null) return null;
      waiting = waiting.filter((claim) => !ended.includes(claim));
      for (const claim of ended) full.delete(groupOf(claim));
      return ended.map(({ id }) => id);
    },
    isLeftWaiting: () => {
      sequence = records.at(-1)?.sequence ?? 0;
      return waiting.some((claim) => claim.fate !== "held" && !mayBeTold(claim));
    },
    get isOpenEnded() {
      return isOpenEnded;
    },
  };
}

/** Whether a reward that the person had before these records may have waited for one of them. */
export function mayHaveWaitedBefore(person: Person, records: readonly LogRecord[]): boolean {
  const leases = leasesOf(records);
  if (leases.length === 0) return false;
  return person.rewards.some(({ state, campaignId, supplierId }) => {
    const wanted = [budgetName("campaign", campaignId), budgetName("supplier", supplierId)];
    return (
      state === "EARNED" && leases.some(({ client, budget }) => client === person.client && wanted.includes(budget))
    );
  });
}

export function fateOf(state: PartitionState, rewardId: string): Fate {
  if (state.find("reward", rewardId) !== undefined) return "granted";
  return state.find("heldReward", rewardId) === undefined ? "refused" : "held";
}

/** Null: not possible. */
function toldBy(
  given: LeaseGiven,
  waiting: readonly Claim[],
  choose: (alternatives: number) => number,
): Claim[] | null {
  const groups = groupsOf(waiting.filter((claim) => isFor(given, claim)));
  const isOne = given.share === null && !given.isClosed && given.free === undefined;
  const ended: Claim[] = [];
  for (const [index, group] of groups.entries()) {
    const end = group.findIndex((claim) => !tells(given, claim));
    const able = end < 0 ? group.length : end;
    const most = isOne ? Math.min(able, 1 - ended.length) : able;
    // Of a closed budget nobody is left who waits for it and nothing else.
    const isAll = given.isClosed && group[0]?.wanted.length === 1;
    const least = isAll ? group.length : index === groups.length - 1 && ended.length === 0 ? 1 : 0;
    if (most < least) return null;
    ended.push(...group.slice(0, least + choose(most - least + 1)));
  }
  return ended.length === 0 ? null : ended;
}

/** Those that want the same, in their order. */
function groupsOf(claims: readonly Claim[]): Claim[][] {
  const groups = new Map<string, Claim[]>();
  for (const claim of claims) {
    const known = groups.get(groupOf(claim));
    if (known === undefined) groups.set(groupOf(claim), [claim]);
    else known.push(claim);
  }
  return [...groups.values()];
}

function isFor({ client, budget }: LeaseGiven, claim: Claim): boolean {
  return claim.client === client && claim.wanted.includes(budget);
}

/** Who has the share of one budget may be refused that of another. */
function tells({ share }: LeaseGiven, { fate, wanted }: Claim): boolean {
  if (share === null) return fate === "refused";
  return fate === "granted" || (fate === "refused" && wanted.length > 1);
}

/** H3. */
function isAhead(own: Claim, claim: Claim): boolean {
  if (own.client !== claim.client) return false;
  const [only, other] = own.wanted;
  return groupOf(own) === groupOf(claim) || (other === undefined && only !== undefined && claim.wanted.includes(only));
}

function groupOf({ client, wanted }: Claim): string {
  return [client, ...wanted].join(" ");
}

function leasesOf(records: readonly LogRecord[]): ToldLease[] {
  return records.flatMap(({ kind, payload, sequence }) => {
    if (kind !== recordKinds.message) return [];
    const { message } = decodeMessage(payload);
    return message.kind === "lease_given" ? [{ ...message, sequence }] : [];
  });
}
