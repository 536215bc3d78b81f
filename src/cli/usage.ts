// What the command line offers, and what its exit codes mean.

import { readFileSync } from "node:fs";
import { reasonOf } from "../base/caught.ts";
import { WrongSetting } from "../base/wrong_setting.ts";
import { NodeNameInUse } from "../cluster/errors.ts";
import { LogLocked, LogMismatch } from "../log/mod.ts";
import { ServersAway } from "../nats/mod.ts";

/** As in sysexits(3) where it has a word. */
export const exitCodes = {
  ok: 0,
  /** `replay --verify` found a partition whose state is not what its log says; `cluster status` found one without a living owner. */
  different: 1,
  /** `serve` was told a second time to stop and cut the first stop short; the next start recovers. */
  forced: 1,
  /** Unknown command or flag, or a setting that is wrong or does not fit the data directory. */
  usage: 2,
  /** A bug, a damaged file or a failed disk. */
  internal: 70,
  /** Worth trying again: the data directory or the node's name is in use by another process, or no NATS server can be reached. */
  temporary: 75,
} as const;

export const usage = `laurel: an open incentive engine

  laurel serve                      run a node
  laurel replay --verify [--json]   fold the log from its first record and compare every partition with its checkpoint (node stopped)
  laurel backtest (--campaign ID ... [--client NAME] | --program FILE) [--from DATE] [--limit N] [--json]
                                    what would have been rewarded, had the drafts of these campaigns, or this program, been live (node stopped)
  laurel log cat [--partition N] [--from SEQUENCE] [--limit N] [--json]
                                    print the log's records (node stopped)
  laurel cluster status [--json]    members, partitions, owners, epochs and lag of the cluster at LAUREL_NATS_URL
  laurel --version | --help

Settings come from the environment (LAUREL_PORT, LAUREL_DATA, LAUREL_TOKEN, ...) and the JSON file named by LAUREL_CONFIG;
config/README.md lists them all.

Exit codes: 0 done, 1 verification found a difference, a partition has no living owner, or a second signal cut the stop short,
2 wrong use or settings, 70 internal failure, 75 data directory or node name in use, or servers out of reach.
`;

/** What a failed command ends with. */
export function exitCodeOf(error: unknown): number {
  const isTemporary = error instanceof LogLocked || error instanceof NodeNameInUse || error instanceof ServersAway;
  if (isTemporary) return exitCodes.temporary;
  const isSetting = error instanceof LogMismatch || error instanceof WrongSetting;
  return isSetting ? exitCodes.usage : exitCodes.internal;
}

/** One line for the operator. */
export function complain(error: unknown): void {
  process.stderr.write(`laurel: ${reasonOf(error)}\n`);
}

/** What the package's manifest says. */
export function version(manifestFile: URL): string {
  const manifest: unknown = JSON.parse(readFileSync(manifestFile, "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}
