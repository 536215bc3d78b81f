// `laurel log cat`: the log's records, readable.

import { parseArgs } from "node:util";
import { idTextOfHalves } from "../base/ids.ts";
import { describePayload } from "../engine/mod.ts";
import { type EventLog, RecordReader } from "../log/mod.ts";
import { type LogRecord, recordKinds } from "../model/record.ts";
import { commandSettings } from "./command_settings.ts";
import { withStoppedLog } from "./stopped_log.ts";
import { complain, exitCodes, usage } from "./usage.ts";

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
    if (flags.partition !== null && flags.partition >= partitions) {
      complain(`there is no partition ${flags.partition}: they are 0 to ${partitions - 1}`);
      return exitCodes.usage;
    }
    await print(log, partitions, flags, listenForReader());
    return exitCodes.ok;
  });
}

interface Reader {
  isGone: boolean;
}

/** Notices when whoever reads the output has seen enough (`main.ts`): the end of the work. */
function listenForReader(): Reader {
  const reader = { isGone: false };
  process.stdout.on("error", () => {
    reader.isGone = true;
  });
  return reader;
}

/** Writes to files, pipes and terminals wait for their reader on Linux, so nothing piles up in memory. */
async function print(log: EventLog, partitions: number, flags: Flags, reader: Reader): Promise<void> {
  const from = Array.from({ length: partitions }, (_, partition) =>
    flags.partition === null || flags.partition === partition ? flags.from : Number.MAX_SAFE_INTEGER,
  );
  const records = new RecordReader();
  let printed = 0;
  for await (const batch of log.read(from)) {
    if (reader.isGone) return;
    records.reset(batch);
    while (records.next()) {
      if (printed++ >= flags.limit) return;
      process.stdout.write(`${lineOf(records.record(), flags.json)}\n`);
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
  return `${record.partition}/${record.sequence} ${time} ${kind}${id === null ? "" : ` ${id}`} ${clipped(JSON.stringify(payload))}`;
}

/** Of a record's payload in a line for people: a changed configuration holds whole campaigns. */
const SHOWN_MAX = 2_000;

function clipped(text: string): string {
  return text.length <= SHOWN_MAX
    ? text
    : `${text.slice(0, SHOWN_MAX)}... (${text.length} characters; --json shows all)`;
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
    for (const name of ["partition", "from", "limit"] as const) {
      const number = flags[name] ?? 0;
      if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} ${values[name]} is no whole number`);
    }
    return flags;
  } catch (error) {
    complain(error);
    return null;
  }
}
