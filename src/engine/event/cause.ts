// What an event causes in the same person follows in the same turn.

import type { PersonEvent } from "../../model/event.ts";
import { hasCandidates, type Program } from "../../rules/mod.ts";
import type { Progress } from "../3_ask.ts";
import { reject, type Turn } from "../context.ts";
import { EVENT_CHAIN_MAX } from "../limits.ts";

/** Queues an event that this one causes in the same person, unless nobody listens or the chain is too long. */
export function cause(turn: Turn, progress: Progress, program: Program, event: PersonEvent): void {
  if (!hasCandidates(program, event)) return;
  if (event.depth > EVENT_CHAIN_MAX) return reject(turn, event.rootId, "event_chain_max");
  progress.queue.push(event);
}
