// Back-test: what would have been rewarded, had campaigns been other than they were. Folds the log twice, as it is and by other programs
// (`counterfactual.ts`), and compares the rewards. In the calling thread, on the log of a stopped node; changes nothing.
//
// Not asked again: prehandlers, which were at the front, and whatever hands rewards out. What people did is what they did: nobody buys more for it.

import { fail, ok, type Result } from "../../base/result.ts";
import { programOfRecord, runQuery } from "../../engine/mod.ts";
import { type EventLog, RecordReader } from "../../log/mod.ts";
import { findCampaign } from "../../management/mod.ts";
import type { ProgramDocument } from "../../model/campaign.ts";
import type { Configuration } from "../../model/configuration.ts";
import { recordKinds } from "../../model/record.ts";
import type { Reward } from "../../model/reward.ts";
import type { ListedEntry } from "../../model/state.ts";
import type { StoredPartitionState } from "../../store/mod.ts";
import { compileParts } from "../../rules/mod.ts";
import { ConfigurationCache } from "../configuration/configuration_cache.ts";
import { doesNotCompile } from "../configuration/does_not_compile.ts";
import { FoldedPartition } from "../folded_partition.ts";
import { type KeptPrograms, openProgramLookup } from "../configuration/program_files.ts";
import { type Candidate, draftsOf, wholeProgram } from "./candidate.ts";
import { CandidatePrograms } from "./candidate_programs.ts";
import { type ComparedReward, compareRewards, type Comparison } from "./comparison.ts";
import { Counterfactual } from "./counterfactual.ts";
import { LoggedMessages } from "./logged_messages.ts";

export type { ComparedGroup, ComparedReward, Comparison, Difference, RewardTotals } from "./comparison.ts";

export type CandidateWanted =
  | { readonly kind: "program"; readonly document: ProgramDocument }
  | { readonly kind: "drafts"; readonly client: string; readonly campaignIds: readonly string[] };

export interface BacktestOptions {
  /** From its first record on. */
  readonly log: EventLog;
  readonly dataDirectory: string;
  readonly partitions: number;
  readonly wanted: CandidateWanted;
  /** Unix ms: from then on the candidate decides, and rewards are compared. */
  readonly fromMs: number;
  readonly differencesMax: number;
  /** Of both folds together. */
  readonly onProgress: (records: number) => void;
}

export interface BacktestReport extends Comparison {
  readonly client: string;
  /** Of the log. */
  readonly records: number;
  /** Names of the campaigns of the groups by id. */
  readonly campaignNames: ReadonlyMap<string, string>;
}

/** Fails with a sentence where the candidate cannot be had. */
export async function backtest(options: BacktestOptions): Promise<Result<BacktestReport, string>> {
  const { dataDirectory, wanted, fromMs } = options;
  const compiled = compiles(wanted);
  if (!compiled.ok) return compiled;
  const recorded = openProgramLookup(dataDirectory);
  const happened = await foldAsLogged(options, recorded);
  const client = wanted.kind === "program" ? wanted.document.client : wanted.client;
  const hashes = happened.hashes.get(client);
  if (hashes === undefined) return fail(`the log has no program of a client ${client}`);
  const configuration = await configurationOf(client, happened.folded);
  const candidate = candidateOf(wanted, configuration);
  if (!candidate.ok) return candidate;
  const programs = new CandidatePrograms({ dataDirectory, recorded, candidate: candidate.value, fromMs });
  const checked = programs.check(hashes);
  if (!checked.ok) return checked;
  const rewards = rewardsOf(happened.folded, client, fromMs);
  // Its state is not needed any more, and as large as what comes now.
  const { logged, records } = happened;
  happened.folded.length = 0;
  const folded = await foldByCandidate(options, programs, logged, records);
  const comparison = compareRewards(rewards, rewardsOf(folded, client, fromMs), options.differencesMax);
  return ok({ ...comparison, client, records, campaignNames: namesOf(comparison, configuration, wanted) });
}

/** What can be told before the log is folded. */
function compiles(wanted: CandidateWanted): Result<null, string> {
  if (wanted.kind === "drafts") return ok(null);
  const { document } = wanted;
  const compiled = compileParts(wholeProgram(document).instead(document), null);
  return compiled.ok ? ok(null) : fail(doesNotCompile(document.client, compiled.error));
}

interface AsLogged {
  readonly folded: FoldedPartition[];
  readonly logged: LoggedMessages;
  readonly records: number;
  /** Of the programs that took effect, by client. */
  readonly hashes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Records between two reports of progress. */
const PROGRESS_RECORDS = 100_000;

async function foldAsLogged(
  { log, partitions, onProgress }: BacktestOptions,
  programs: KeptPrograms,
): Promise<AsLogged> {
  const folded = Array.from({ length: partitions }, (_, each) => new FoldedPartition(each, partitions, programs));
  const logged = new LoggedMessages(partitions);
  const hashes = new Map<string, Set<string>>();
  const records = await eachRecord(log, partitions, (reader, records) => {
    const { kind, partition, payload } = reader;
    if (kind === recordKinds.message || kind === recordKinds.config) logged.noteMessage(partition, payload);
    if (kind === recordKinds.config) {
      const { client, hash } = programOfRecord(payload);
      hashes.set(client, (hashes.get(client) ?? new Set()).add(hash));
    }
    folded[partition]?.apply(reader.record());
    if (records % PROGRESS_RECORDS === 0) onProgress(records);
  });
  return { folded, logged, records, hashes };
}

async function foldByCandidate(
  { log, partitions, onProgress }: BacktestOptions,
  programs: CandidatePrograms,
  logged: LoggedMessages,
  before: number,
): Promise<readonly FoldedPartition[]> {
  const fold = new Counterfactual({ partitions, programs, logged, onTime: (nowMs) => programs.moveTo(nowMs) });
  const records = await eachRecord(log, partitions, (reader, records) => {
    fold.take(reader.record());
    if (records % PROGRESS_RECORDS === 0) onProgress(before + records);
  });
  fold.end();
  onProgress(before + records);
  return fold.folded;
}

/** Returns how many there were. */
async function eachRecord(
  log: EventLog,
  partitions: number,
  take: (reader: RecordReader, records: number) => void,
): Promise<number> {
  const reader = new RecordReader();
  let records = 0;
  for await (const batch of log.read(Array.from({ length: partitions }, () => 1))) {
    reader.reset(batch);
    while (reader.next()) take(reader, ++records);
  }
  return records;
}

/** As it is at the end of the log. */
async function configurationOf(client: string, folded: readonly FoldedPartition[]): Promise<Configuration> {
  const cache = new ConfigurationCache(folded.length, (partition, query) => {
    const context = folded[partition]?.context;
    if (context === undefined) throw new Error(`no partition ${partition}`);
    return Promise.resolve(runQuery(context, query));
  });
  return (await cache.latest(client)).configuration;
}

function candidateOf(wanted: CandidateWanted, configuration: Configuration): Result<Candidate, string> {
  if (wanted.kind === "program") return ok(wholeProgram(wanted.document));
  return draftsOf(configuration, wanted.campaignIds);
}

/** Rewards that are read at once. */
const REWARDS_PER_PAGE = 1_000;

function rewardsOf(folded: readonly FoldedPartition[], client: string, fromMs: number): ComparedReward[] {
  const found: ComparedReward[] = [];
  for (const { state } of folded) {
    for (const reward of eachReward(state)) {
      if (reward.client === client && reward.createdMs >= fromMs) found.push(comparedOf(reward));
    }
  }
  return found;
}

function* eachReward(state: StoredPartitionState): Iterable<Reward> {
  let after: string | null = null;
  do {
    const page: ListedEntry<"reward">[] = state.list("reward", {
      prefix: "",
      after,
      limit: REWARDS_PER_PAGE,
      isReverse: false,
    });
    for (const { value } of page) yield value;
    after = page.length < REWARDS_PER_PAGE ? null : (page.at(-1)?.key ?? null);
    state.trim();
  } while (after !== null);
}

/** Without what is not compared: there can be millions. */
function comparedOf(reward: Reward): ComparedReward {
  const { id, personId, rootEventId, campaignId, actionId } = reward;
  const { name, supplierId, faceValue, faceValueType, state, createdMs } = reward;
  return {
    id,
    personId,
    rootEventId,
    campaignId,
    actionId,
    name,
    supplierId,
    faceValue,
    faceValueType,
    state,
    createdMs,
  };
}

function namesOf(
  { groups }: Comparison,
  configuration: Configuration,
  wanted: CandidateWanted,
): ReadonlyMap<string, string> {
  const ofFile = wanted.kind === "program" ? wanted.document.campaigns : [];
  const inFile = new Map(ofFile.map(({ campaign_id, name }) => [campaign_id, name]));
  return new Map(
    groups.map(({ campaignId }) => {
      const name = findCampaign(configuration, campaignId)?.draft.name ?? inFile.get(campaignId) ?? campaignId;
      return [campaignId, name];
    }),
  );
}
