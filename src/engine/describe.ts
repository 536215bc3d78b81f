// Describe: a record's payload as readable data, for people who look at the log.

import { unreachable } from "../base/assert.ts";
import type { BatchRow } from "../model/batch.ts";
import { type LogRecord, recordKinds } from "../model/record.ts";
import { timersMaxOf } from "../model/tick.ts";
import { type Command, decodeCommand } from "./command.ts";
import { decodeEventPayload } from "./event/event_payload.ts";
import { decodeMessage } from "./message.ts";
import { decodeOutcomes } from "./outcome.ts";

/** JSON-able. Throws when the payload is not what its kind says. */
export function describePayload(record: LogRecord): unknown {
  switch (record.kind) {
    case recordKinds.event:
      return decodeEventPayload(record.payload);
    case recordKinds.message:
    case recordKinds.config: {
      const { identity, message } = decodeMessage(record.payload);
      const from = `${identity.source}/${identity.sequence}/${identity.n}`;
      if (message.kind !== "input") return { from, ...message };
      return { from, ...message, input: { ...message.input, payload: decodeEventPayload(message.input.payload) } };
    }
    case recordKinds.command:
      return describeCommand(decodeCommand(record.payload));
    case recordKinds.outcome:
      return { outcomes: decodeOutcomes(record.payload) };
    case recordKinds.tick:
      return { timersMax: timersMaxOf(record.payload) };
    default:
      return unreachable(record.kind);
  }
}

/** What is bytes in a command: rows as the events that they become, of a file how much it is. */
function describeCommand(command: Command): unknown {
  switch (command.kind) {
    case "add_file_part":
      return { ...command, bytes: command.bytes.length };
    case "add_batch_rows":
      return { ...command, rows: command.rows.map(describeRow) };
    default:
      return command;
  }
}

function describeRow({ payload, refused }: BatchRow): unknown {
  return refused === null ? decodeEventPayload(payload) : { refused, event: Buffer.from(payload).toString("utf8") };
}
