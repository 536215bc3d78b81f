// What budgets said, where records are applied again.
//
//   H1. A reward that is there was granted, and one that is held waits; any other was refused. Nothing says whether it waited for that, which is supposed in every
//       way that it may have been (`suppositions.ts`).
//   H2. Whoever waited was told by a `lease_given`, or a `carry_lease_on`, of one of its budgets that is in the person's trail, and each of those in the trail told
//       somebody. So without one behind it, no reward waited.
//   H3. A partition that asks a budget grants nothing of it meanwhile: whoever comes behind one that waits waits, too, or is refused, and those that want the same are told in
//       their order. A refusal tells all of a closed budget, else the first and those behind it for whom there was not enough either; one that does not say what there was,
//       the first alone. One of which somebody is told by a `carry_lease_on` may wait no longer before that, so whoever comes behind it need not either; and where one
//       record tells so many, others of the person may be told by the next.

import type { HeldReward } from "../../model/reward.ts";
import { type LogRecord, recordKinds } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import type { Person } from "../../model/person.ts";
import { budgetName } from "./budgets.ts";
import type { Claimed } from "./leases.ts";
import type { LeaseCarriedOn, LeaseGiven } from "./lease_answers.ts";
import { decodeMessage } from "../message.ts";
import type { Suppositions } from "../explain/suppositions.ts";
import { summariesFrom } from "../rewards/summary_pages.ts";

export interface BudgetsPast {
  claimed(held: HeldReward, sequence: number): Claimed;
  /** Rewards that waited until this record; null: what was supposed is not possible. */
  told(telling: LeaseTelling, sequence: number): string[] | null;
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

/** What a record says that told somebody who waited. */
export type LeaseTelling = LeaseGiven | LeaseCarriedOn;

/** The same, as far as it matters here. */
interface Telling {
  readonly client: string;
  readonly budget: string;
  readonly isGranted: boolean;
  /** Nobody is left who waits for that budget and nothing else. */
  readonly isToAll: boolean;
  /** One at most is told. */
  readonly isToOne: boolean;
  /** What was decided before. */
  readonly isCarriedOn: boolean;
}

type PastTelling = Telling & { readonly sequence: number };

export function budgetsPast({ state, records, later, suppositions }: BudgetsPastParts): BudgetsPast {
  const tellings = [...tellingsOf(records), ...tellingsOf(later ?? [])];
  let waiting: Claim[] = [];
  /** Groups whose queue is supposed to be full. */
  const full = new Set<string>();
  let isOpenEnded = false;
  let sequence = 0;

  const choose = (alternatives: number): number => suppositions.choose(alternatives, sequence);
  const isKnownToBe = (claim: Claim, isSuch: (telling: Telling) => boolean): boolean =>
    tellings.some((each) => each.sequence > sequence && isFor(each, claim) && tells(each, claim) && isSuch(each));
  const mayBe = (claim: Claim, isSuch: (telling: Telling) => boolean): boolean => {
    if (isKnownToBe(claim, isSuch)) return true;
    if (later !== null) return false;
    isOpenEnded = true;
    return true;
  };
  const isTheLast = (claim: Claim): boolean =>
    later !== null && claim.fate !== "held" && !isKnownToBe(claim, () => true);
  const mayBeTold = (claim: Claim): boolean => mayBe(claim, () => true);
  const waits = (claim: Claim): boolean => {
    const ahead = waiting.filter((own) => isAhead(own, claim));
    const isBehind = ahead.some((own) => !mayBe(own, ({ isCarriedOn }) => isCarriedOn));
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
    told: (telling, at) => {
      sequence = at;
      const ended = toldBy(readTelling(telling), waiting, { choose, isTheLast });
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
export function mayHaveWaitedBefore(of: PartitionState, person: Person, records: readonly LogRecord[]): boolean {
  const tellings = tellingsOf(records);
  if (tellings.length === 0) return false;
  for (const { state, campaignId, supplierId } of summariesFrom(of, person, 0)) {
    if (state !== "EARNED") continue;
    const wanted = [budgetName("campaign", campaignId), budgetName("supplier", supplierId)];
    if (tellings.some(({ client, budget }) => client === person.client && wanted.includes(budget))) return true;
  }
  return false;
}

export function fateOf(state: PartitionState, rewardId: string): Fate {
  if (state.find("reward", rewardId) !== undefined) return "granted";
  return state.find("heldReward", rewardId) === undefined ? "refused" : "held";
}

interface Choosing {
  readonly choose: (alternatives: number) => number;
  /** Nothing behind the record tells it. */
  readonly isTheLast: (claim: Claim) => boolean;
}

/** Null: not possible. */
function toldBy(telling: Telling, waiting: readonly Claim[], { choose, isTheLast }: Choosing): Claim[] | null {
  const groups = groupsOf(waiting.filter((claim) => isFor(telling, claim)));
  const ended: Claim[] = [];
  for (const [index, group] of groups.entries()) {
    const end = group.findIndex((claim) => !tells(telling, claim));
    const able = end < 0 ? group.length : end;
    const most = telling.isToOne ? Math.min(able, 1 - ended.length) : able;
    const isAll = telling.isToAll && group[0]?.wanted.length === 1;
    const one = index === groups.length - 1 && ended.length === 0 ? 1 : 0;
    const least = isAll ? group.length : Math.max(one, group.findLastIndex(isTheLast) + 1);
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

function isFor({ client, budget }: Telling, claim: Claim): boolean {
  return claim.client === client && claim.wanted.includes(budget);
}

/** Who has the share of one budget may be refused that of another. */
function tells({ isGranted }: Telling, { fate, wanted }: Claim): boolean {
  if (!isGranted) return fate === "refused";
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

function tellingsOf(records: readonly LogRecord[]): PastTelling[] {
  return records.flatMap(({ kind, payload, sequence }) => {
    if (kind !== recordKinds.message) return [];
    const { message } = decodeMessage(payload);
    const isTelling = message.kind === "lease_given" || message.kind === "carry_lease_on";
    return isTelling ? [{ ...readTelling(message), sequence }] : [];
  });
}

function readTelling(telling: LeaseTelling): Telling {
  const { client, budget } = telling;
  if ("isGranted" in telling)
    return { client, budget, isGranted: telling.isGranted, isToAll: false, isToOne: false, isCarriedOn: true };
  const { share, isClosed, free, atOnce } = telling;
  return {
    client,
    budget,
    isGranted: share !== null,
    isToAll: isClosed && atOnce === undefined,
    isToOne: share === null && !isClosed && free === undefined,
    isCarriedOn: false,
  };
}
