// `laurel backtest`: what would have been rewarded, had a campaign been other than it was?

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { reasonOf } from "../base/caught.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import { isJsonObject } from "../model/json.ts";
import type {
  BacktestReport,
  CandidateWanted,
  ComparedReward,
  Difference,
  RewardTotals,
} from "../runtime/backtest/backtest.ts";
import { commandSettings } from "./command_settings.ts";
import { withStoppedLog } from "./stopped_log.ts";
import { complain, exitCodes, usage } from "./usage.ts";

interface Flags {
  readonly wanted: CandidateWanted;
  readonly fromMs: number;
  readonly limit: number;
  readonly json: boolean;
}

export async function backtestCommand(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  const settings = commandSettings(process.env);
  if (flags === null || !settings.ok) {
    process.stderr.write(settings.ok ? usage : `laurel: ${settings.error}\n`);
    return exitCodes.usage;
  }
  const { backtest } = await import("../runtime/backtest/backtest.ts");
  return withStoppedLog(settings.value, async (log, partitions) => {
    const onProgress = (records: number): void => void process.stderr.write(`\r${records} records folded`);
    const { wanted, fromMs, limit } = flags;
    const dataDirectory = settings.value.data;
    const report = await backtest({
      log,
      dataDirectory,
      partitions,
      wanted,
      fromMs,
      differencesMax: limit,
      onProgress,
    });
    process.stderr.write("\n");
    if (!report.ok) {
      complain(report.error);
      return exitCodes.usage;
    }
    process.stdout.write(flags.json ? `${JSON.stringify(jsonOf(report.value))}\n` : textOf(report.value));
    return exitCodes.ok;
  });
}

const CLIENT_DEFAULT = "demo";
const LIMIT_DEFAULT = "20";

/** Null when they are wrong, which was said then. */
function readFlags(args: readonly string[]): Flags | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        client: { type: "string", default: CLIENT_DEFAULT },
        campaign: { type: "string", multiple: true, default: [] },
        program: { type: "string" },
        from: { type: "string" },
        limit: { type: "string", default: LIMIT_DEFAULT },
        json: { type: "boolean", default: false },
      },
    });
    const { client, campaign: campaignIds, program, json } = values;
    if ((program === undefined) === (campaignIds.length === 0))
      throw new Error("either --program FILE or --campaign ID says what is to be tried");
    const wanted: CandidateWanted =
      program === undefined
        ? { kind: "drafts", client, campaignIds }
        : { kind: "program", document: programIn(program) };
    return { wanted, fromMs: timeOf(values.from), limit: numberOf(values.limit), json };
  } catch (error) {
    complain(error);
    return null;
  }
}

function timeOf(from: string | undefined): number {
  if (from === undefined) return 0;
  const fromMs = Date.parse(from);
  const day = from.slice(0, "2026-01-31".length);
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  // 30 February would be taken for 2 March.
  const isOff = !Number.isNaN(dayMs) && !new Date(dayMs).toISOString().startsWith(day);
  if (Number.isNaN(fromMs) || isOff) throw new Error(`--from ${from} is no date`);
  return fromMs;
}

function numberOf(limit: string): number {
  const number = Number(limit);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--limit ${limit} is no whole number`);
  return number;
}

/** As far as it is looked at before it is compiled, which checks the rest. */
function programIn(path: string): ProgramDocument {
  const document = jsonIn(path);
  if (!isProgram(document)) throw new Error(`${path} is no program: see config/programs`);
  return document;
}

function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`--program ${path}: ${reasonOf(error)}`);
  }
}

function isProgram(document: unknown): document is ProgramDocument {
  if (!isJsonObject(document)) return false;
  const members = new Map<string, unknown>(Object.entries(document));
  const areTexts = ["client", "time_zone"].every((name) => typeof members.get(name) === "string");
  return areTexts && ["suppliers", "audiences", "campaigns"].every((name) => isListOfObjects(members.get(name)));
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every(isJsonObject);
}

function jsonOf({ campaignNames, groups, differences, ...rest }: BacktestReport): object {
  return {
    ...rest,
    groups: groups.map((group) => ({ campaign: campaignNames.get(group.campaignId) ?? null, ...group })),
    differences: differences.map(({ happened, candidate }) => ({
      happened: happened === null ? null : rewardJson(happened),
      candidate: candidate === null ? null : rewardJson(candidate),
    })),
  };
}

function rewardJson({ createdMs, ...reward }: ComparedReward): object {
  return { ...reward, created: new Date(createdMs).toISOString() };
}

function textOf(report: BacktestReport): string {
  const { client, records, personsHappened, personsCandidate, onlyHappened, onlyCandidate, otherwise } = report;
  const lines = [
    `${records} records, client ${client}. As it happened -> by the candidate:`,
    ...report.groups.map(
      ({ campaignId, name, supplierId, faceValueType, happened, candidate }) =>
        `  ${report.campaignNames.get(campaignId) ?? campaignId}: ${nameText(name, supplierId)}: ` +
        `${totalsText(happened, faceValueType)} -> ${totalsText(candidate, faceValueType)}`,
    ),
    `  persons with a reward: ${personsHappened} -> ${personsCandidate}`,
    `Rewards that only happened: ${onlyHappened}, that only the candidate gives: ${onlyCandidate}, as something else, with another value or another end: ${otherwise}`,
    ...report.differences.map(differenceText),
  ];
  return `${lines.join("\n")}\n`;
}

function totalsText({ rewards, takenBack, value }: RewardTotals, unit: string): string {
  const back = takenBack === 0 ? "" : ` (${takenBack} taken back)`;
  return `${rewards} rewards${back}, ${value} ${unit}`;
}

function differenceText({ happened, candidate }: Difference): string {
  const reward = happened ?? candidate;
  const sides = `${sideText(happened)} -> ${sideText(candidate)}`;
  return `  ${sides}  reward ${reward?.id ?? ""} person ${reward?.personId ?? ""} event ${reward?.rootEventId ?? ""}`;
}

function sideText(reward: ComparedReward | null): string {
  if (reward === null) return "none";
  const { name, supplierId, faceValue, faceValueType, state } = reward;
  return `${nameText(name, supplierId)} ${faceValue} ${faceValueType} ${state}`;
}

/** Rewards of several suppliers may have one name. */
function nameText(name: string | null, supplierId: string): string {
  return name === null ? supplierId : `${name} (${supplierId})`;
}
