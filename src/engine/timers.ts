// Timers: due times are state; a `tick` record fires what is due at its time. Nothing here waits.

import type { PersonEvent } from "../model/event.ts";
import type { PartitionState } from "../model/state.ts";
import type { EventTimer, IdleTimer, LimitTimer, LoanTimer } from "../model/timer.ts";
import { type ActionOf, parseDateMs, parseDurationMs, type Times } from "../rules/mod.ts";
import { deliverToPerson } from "./2_identity.ts";
import { batchDue } from "./batches/batch_rows.ts";
import { fileDue } from "./batches/file_assets.ts";
import { loanDue } from "./coupons/coupon_loans.ts";
import { limitDue } from "./coupons/coupon_line.ts";
import { idleDue } from "./coupons/coupon_waiters.ts";
import { jobDue } from "./jobs/deliveries.ts";
import { rewardDue } from "./rewards/reward_timers.ts";
import { dueMsOf } from "./due.ts";
import type { Acting } from "./6_act.ts";
import { newId, reject, type Turn } from "./context.ts";
import { EVENT_CHAIN_MAX, SCHEDULE_TIMES_MAX } from "./limits.ts";
import { setEventTimer, unlistTimer } from "./person/person_timers.ts";
import { rememberFired } from "./person/trail.ts";
import { actionData, sourceText, sourceValue } from "./values.ts";

/** Due time of the next timer, Unix ms; null when there is none. */
export function nextDueMs(state: PartitionState): number | null {
  const [first] = state.list("timer", { prefix: "", after: null, limit: 1, isReverse: false });
  return first === undefined ? null : dueMsOf(first.key);
}

export function fireTimers(turn: Turn, timersMax: number): void {
  const due = turn.state.list("timer", { prefix: "", after: null, limit: timersMax, isReverse: false });
  for (const { key, value } of due) {
    if (dueMsOf(key) > turn.nowMs) return;
    turn.state.remove("timer", key);
    if ("rewardId" in value) {
      rewardDue(turn, value);
      continue;
    }
    if ("jobKey" in value) {
      jobDue(turn, value);
      continue;
    }
    if ("supplierId" in value) {
      supplierDue(turn, value);
      continue;
    }
    if ("fileId" in value) {
      fileDue(turn, value);
      continue;
    }
    if ("batchId" in value) {
      batchDue(turn, value);
      continue;
    }
    unlistTimer(turn.state, key, value);
    // Of who was erased nothing is remembered.
    if (turn.state.find("person", value.personId) === undefined) continue;
    rememberFired(turn, value);
    fire(turn, value);
  }
}

function supplierDue(turn: Turn, timer: LoanTimer | LimitTimer | IdleTimer): void {
  if ("opensMs" in timer) limitDue(turn, timer);
  else if ("idleMs" in timer) idleDue(turn, timer);
  else loanDue(turn, timer);
}

export function fire(turn: Turn, { client, personId, event: scheduled }: EventTimer): void {
  const event = { ...scheduled, eventMs: turn.nowMs, requestMs: turn.nowMs };
  deliverToPerson(turn, { client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null }, personId);
}

/** One timer for each delay and each date. Dates in the past are over, unless the action says `force`: then they are due at the next tick. */
export function schedule(acting: Acting, action: ActionOf<"SCHEDULE">): void {
  const { turn, progress, context } = acting;
  const { rootId, depth } = progress.inFlight.event;
  const name = sourceText(action.name, context);
  if (name === null) return reject(turn, rootId, "schedule_without_name");
  if (depth >= EVENT_CHAIN_MAX) return reject(turn, rootId, "event_chain_max");
  const data = actionData(action, context);
  const delays = timesOf(acting, action.delays, parseDurationMs);
  const dates = timesOf(acting, action.dates, parseDateMs);
  if (delays === null || dates === null) return reject(turn, rootId, "schedule_times_invalid");
  const wanted = action.force ? dates : dates.filter((dateMs) => dateMs >= turn.nowMs);
  if (wanted.length < dates.length) reject(turn, rootId, "schedule_date_in_the_past");
  for (const dueMs of [...delays.map((delayMs) => turn.nowMs + delayMs), ...wanted]) {
    const event = scheduledEvent(acting, name, data, dueMs);
    setEventTimer(turn.state, dueMs, { personId: progress.person.id, event, client: progress.inFlight.client });
  }
}

/** Null when the expression yields something else than texts of times, or too many; a single text will do. */
function timesOf({ context }: Acting, times: Times, parse: (text: string) => number | null): readonly number[] | null {
  if (times.kind === "constant") return times.ms;
  const value = sourceValue(times.source, context);
  const list = Array.isArray(value) ? value : [value];
  if (list.length > SCHEDULE_TIMES_MAX) return null;
  const parsed = list.map((text) => (typeof text === "string" ? parse(text) : null)).filter((ms) => ms !== null);
  return parsed.length < list.length ? null : parsed;
}

function scheduledEvent(acting: Acting, name: string, data: PersonEvent["data"], dueMs: number): PersonEvent {
  const by = acting.progress.inFlight.event;
  return {
    id: newId(acting.turn),
    type: "SCHEDULED",
    name,
    nameKey: name.toLowerCase(),
    eventMs: dueMs,
    requestMs: dueMs,
    data,
    causeId: acting.stepEvent.id,
    rootId: by.rootId,
    container: by.container,
    sandbox: by.sandbox,
    depth: by.depth + 1,
    detail: {
      kind: "scheduled",
      campaignId: acting.firing.campaign.id,
      journeyName: acting.firing.journey?.name ?? null,
    },
    enrichment: null,
  };
}
