// Messages that come to the partitions of a story from outside of it, a program that takes effect among them.

import { encodeMessage, type Message } from "../../src/engine/message.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { type NewRecord, recordKinds } from "../../src/model/record.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import { CLIENT, type Story } from "./story.ts";

let strangers = 0;

/** As from a partition that there is not. */
export function messageRecord(story: Story, message: Message): NewRecord {
  const payload = encodeMessage({ source: 509, sequence: ++strangers, n: 0 }, message);
  return { kind: recordKinds.message, flags: 0, timeMs: story.nowMs, idHigh: 0, idLow: 0, payload };
}

/** The program of this document takes effect in every partition. */
export function publish(story: Story, next: ProgramDocument): void {
  const compiled = compileProgram(next);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const { value: program } = compiled;
  for (const [partition, context] of story.contexts.entries()) {
    Object.assign(context, { programs: { find: () => program } });
    const record = messageRecord(story, { kind: "use_program", client: CLIENT, hash: program.hash, revision: 2 });
    story.append(partition, { ...record, kind: recordKinds.config });
  }
  story.settle();
}
