// `laurel replay --verify`: is the state what the log says?

import { parseArgs } from "node:util";
import { commandSettings } from "./command_settings.ts";
import { withStoppedLog } from "./stopped_log.ts";
import { complain, exitCodes, usage } from "./usage.ts";

export async function replay(args: readonly string[]): Promise<number> {
  const flags = readFlags(args);
  const settings = commandSettings(process.env);
  if (flags === null || !flags.verify) return wrongUse(usage);
  if (!settings.ok) return wrongUse(`laurel: ${settings.error}\n`);
  const { replayAndVerify } = await import("../runtime/replay.ts");
  return withStoppedLog(settings.value, async (log, partitions) => {
    const startedMs = performance.now();
    const onProgress = (records: number): void => {
      process.stderr.write(`\r${records} records folded`);
    };
    const verdicts = await replayAndVerify({ log, dataDirectory: settings.value.data, partitions, onProgress });
    const tookMs = Math.round(performance.now() - startedMs);
    const records = verdicts.reduce((sum, verdict) => sum + verdict.records, 0);
    const different = verdicts.filter((verdict) => !verdict.equal);
    process.stderr.write("\n");
    if (flags.json)
      process.stdout.write(
        `${JSON.stringify({ records, tookMs, isEqual: different.length === 0, partitions: verdicts })}\n`,
      );
    else process.stdout.write(summary(verdicts.length, records, tookMs, different));
    return different.length === 0 ? exitCodes.ok : exitCodes.different;
  });
}

function readFlags(args: readonly string[]): { verify: boolean; json: boolean } | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { verify: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
    });
    return values;
  } catch (error) {
    complain(error);
    return null;
  }
}

function wrongUse(text: string): number {
  process.stderr.write(text);
  return exitCodes.usage;
}

function summary(
  partitions: number,
  records: number,
  tookMs: number,
  different: readonly { partition: number }[],
): string {
  const rate = Math.round(records / Math.max(tookMs / 1000, 0.001));
  const head = `${records} records in ${tookMs} ms (${rate}/s), ${partitions} partitions: `;
  if (different.length === 0) return `${head}every state equals its log\n`;
  return `${head}DIFFERENT in partitions ${different.map(({ partition }) => partition).join(", ")}\n`;
}
