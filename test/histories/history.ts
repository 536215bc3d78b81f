// A history: the log of a node as a version wrote it, the programs that decided it, and what came of it. Folding the same log must come to the same,
// whatever the version: a reward that was paid once cannot be decided otherwise by an upgrade.
//
//     <version>/programs/<hash>.json     as a data directory has them
//     <version>/<name>.records.gz        the records of all partitions, in the order of the log
//     <version>/<name>.outcome.json      persons and rewards, by id

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { applyRecord, newEffects } from "../../src/engine/mod.ts";
import { RecordReader } from "../../src/log/mod.ts";
import { type LogRecord, recordKinds } from "../../src/model/record.ts";
import type { Person } from "../../src/model/person.ts";
import { POINT_PARTS } from "../../src/model/points.ts";
import type { Reward } from "../../src/model/reward.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { Counterfactual } from "../../src/runtime/backtest/counterfactual.ts";
import { LoggedMessages } from "../../src/runtime/backtest/logged_messages.ts";
import { openProgramLookup } from "../../src/runtime/mod.ts";
import { withAllRewards } from "../support/paged_rewards.ts";
import { openMemoryStore, openPartitionState } from "../../src/store/mod.ts";

/** Of the nodes that histories are recorded of. */
export const HISTORY_PARTITIONS = 4;

const STATE_BYTES_MAX = 1 << 28;
const LISTED_MAX = 100_000;

/** What callers see, without what only the layout of the state decides. */
export interface HistoryOutcome {
  readonly persons: readonly object[];
  readonly rewards: readonly object[];
}

export function recordsPath(directory: string, name: string): string {
  return join(directory, `${name}.records.gz`);
}

export function outcomePath(directory: string, name: string): string {
  return join(directory, `${name}.outcome.json`);
}

export function readOutcome(directory: string, name: string): HistoryOutcome {
  return JSON.parse(readFileSync(outcomePath(directory, name), "utf8")) as HistoryOutcome;
}

/** Applies the records of a history, partition by partition, to nothing. */
export function foldHistory(directory: string, name: string): HistoryOutcome {
  const programs = openProgramLookup(directory);
  const states = Array.from({ length: HISTORY_PARTITIONS }, (_, partition) =>
    openPartitionState(openMemoryStore(partition), { cacheBytesMax: STATE_BYTES_MAX, dirtyBytesMax: STATE_BYTES_MAX }),
  );
  const reader = new RecordReader();
  reader.reset(gunzipSync(readFileSync(recordsPath(directory, name))));
  while (reader.next()) {
    const { partition } = reader;
    const state = states[partition];
    if (state === undefined) throw new Error(`a record of partition ${partition}`);
    // Replies and messages went out when the records were applied live: the messages are records themselves.
    const effects = newEffects();
    applyRecord({ partition, partitions: HISTORY_PARTITIONS, state, programs, effects }, reader.record());
  }
  return outcomeOf(states);
}

/** As a back-test does it: messages and timers follow from decisions made anew, and not from the log. */
export function foldHistoryAnew(directory: string, name: string): HistoryOutcome {
  const programs = openProgramLookup(directory);
  const records: LogRecord[] = [];
  const reader = new RecordReader();
  reader.reset(gunzipSync(readFileSync(recordsPath(directory, name))));
  while (reader.next()) records.push(reader.record());
  const logged = new LoggedMessages(HISTORY_PARTITIONS);
  for (const { kind, partition, payload } of records)
    if (kind === recordKinds.message) logged.noteMessage(partition, payload);
  const fold = new Counterfactual({ partitions: HISTORY_PARTITIONS, programs, logged, onTime: () => undefined });
  // Programs come from nowhere in histories, and not from the configuration's actor.
  for (const record of records) {
    if (record.kind === recordKinds.config) fold.folded[record.partition]?.apply(record);
    else fold.take(record);
  }
  fold.end();
  return outcomeOf(fold.folded.map(({ state }) => state));
}

function outcomeOf(states: readonly PartitionState[]): HistoryOutcome {
  const all = { prefix: "", after: null, limit: LISTED_MAX, isReverse: false };
  const persons = states.flatMap((state) => state.list("person", all).map(({ value }) => withAllRewards(state, value)));
  const rewards = states.flatMap((state) => state.list("reward", all)).map(({ value }) => value);
  return { persons: persons.sort(byId).map(personOutcome), rewards: rewards.sort(byId).map(rewardOutcome) };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}

function personOutcome(person: Person): object {
  const { id, email, partnerUserId, forwardedTo, block, steps, stepPages, points } = person;
  return {
    id,
    email,
    partnerUserId,
    forwardedTo,
    block,
    stepPages,
    steps: steps.map(
      ({ name, quality, value, isPrimary, isDuplicate }) =>
        `${name} ${quality} ${value ?? "-"}${isPrimary ? "" : " alias"}${isDuplicate ? " duplicate" : ""}`,
    ),
    totals: Object.fromEntries(
      Object.entries(person.stepTotals)
        .map(([key, { count, countHigh, sums }]) => [key, `${count} (${countHigh} high), ${sums?.all ?? 0}`] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    journeys: person.journeys.map(({ name, campaignId, variant }) => `${name} ${campaignId} ${variant ?? "-"}`),
    rewards: person.rewards.map((reward) => reward.id),
    relationships: person.relationships.map(
      ({ myRole, otherPersonId, isSelfReferral }) => `${myRole} ${otherPersonId}${isSelfReferral ? " self" : ""}`,
    ),
    memberships: person.memberships.map(({ audienceId }) => audienceId),
    points: Object.fromEntries(
      Object.entries(points?.accounts ?? {}).map(([type, account]) => [
        type,
        (account.earned - account.spent - account.expired - account.reversed) / POINT_PARTS,
      ]),
    ),
  };
}

function rewardOutcome(reward: Reward): object {
  const { id, personId, supplierId, state, faceValue, faceValueType, partnerRewardId, campaignId, history } = reward;
  return {
    id,
    personId,
    supplierId,
    campaignId,
    state,
    value: `${faceValue} ${faceValueType}`,
    partnerRewardId,
    history: history.map(({ state: to, success, atMs }) => `${to}${success ? "" : " failed"} at ${atMs}`),
  };
}
