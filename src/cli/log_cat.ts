// `laurel log cat`: the log's records, readable.

import { parseArgs } from "node:util";
import { idTextOfHalves } from "../base/ids.ts";
import { describePayload } from "../engine/mod.ts";
import { type EventLog, RecordReader } from "../log/mod.ts";
import { type LogRecord, recordKinds } from "../model/record.ts";
import { commandSettings } from "./command_settings.ts";
import { withStoppedLog } from "./stopped_log.ts";
import { exitCodes, usage } from "./usage.ts";

interface Flags {
  readonly partition: number | null;
  readonly from: number;
  readonly limit: number;
  readonly json: boolean;
}

const kindNames = new Map<number, string>(Object.entries(recordKinds).map(([name, number]) => [number, name]));

export async function logCat(args: readonly string[]): Promise<number> {
  const flags = args[0] === "cat" ? readFlags(args.slice(1)) : null;
  const settings = commandSettings(process.env);
  if (flags === null || !settings.ok) {
    process.stderr.write(settings.ok ? usage : `laurel: ${settings.error}\n`);
    return exitCodes.usage;
  }
  return withStoppedLog(settings.value, async (log, partitions) => {
    await print(log, partitions, flags);
    return exitCodes.ok;
  });
}

async function print(log: EventLog, partitions: number, flags: Flags): Promise<void> {
  const from = Array.from({ length: partitions }, (_, partition) =>
    flags.partition === null || flags.partition === partition ? flags.from : Number.MAX_SAFE_INTEGER,
  );
  const reader = new RecordReader();
  let printed = 0;
  for await (const batch of log.read(from)) {
    reader.reset(batch);
    while (reader.next()) {
      if (printed++ >= flags.limit) return;
      process.stdout.write(`${lineOf(reader.record(), flags.json)}\n`);
    }
  }
}

function lineOf(record: LogRecord, isJson: boolean): string {
  const kind = kindNames.get(record.kind) ?? "unknown";
  const id = record.idHigh === 0 && record.idLow === 0 ? null : idTextOfHalves(record.idHigh, record.idLow);
  const time = new Date(record.timeMs).toISOString();
  const payload = describePayload(record);
  if (isJson)
    return JSON.stringify({ partition: record.partition, sequence: record.sequence, time, kind, id, payload });
  return `${record.partition}/${record.sequence} ${time} ${kind}${id === null ? "" : ` ${id}`} ${JSON.stringify(payload)}`;
}

function readFlags(args: readonly string[]): Flags | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        partition: { type: "string" },
        from: { type: "string", default: "1" },
        limit: { type: "string", default: "1000000000" },
        json: { type: "boolean", default: false },
      },
    });
    const partition = values.partition === undefined ? null : Number(values.partition);
    const flags = { partition, from: Number(values.from), limit: Number(values.limit), json: values.json };
    const numbers = [flags.from, flags.limit, partition ?? 0];
    return numbers.every((number) => Number.isSafeInteger(number) && number >= 0) ? flags : null;
  } catch (error) {
    process.stderr.write(`laurel: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}
