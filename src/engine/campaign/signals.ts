// Signals: what a campaign tells whoever asks for a polling id. They live in the partition of the polling id, so that asking needs no person.

import { partitionOf } from "../../base/hash.ts";
import type { SignalType } from "../../model/action.ts";
import { memberInAnyCase } from "../event/data_names.ts";
import type { Signal } from "../../model/signal.ts";
import type { PartitionState } from "../../model/state.ts";
import type { ActionOf } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import type { Acting } from "../6_act.ts";
import { reject, send, type Turn } from "../context.ts";
import { POLLING_ID_LENGTH_MAX, SIGNAL_KEPT_MS, SIGNALS_ENDED_AT_ONCE, SIGNALS_MAX } from "../limits.ts";
import { sourceData, sourceText } from "../values.ts";

const EXPIRY_DIGITS = 15;

function partitionOfPolling(client: string, pollingId: string, partitions: number): number {
  return partitionOf(client, `polling/${pollingId}`, partitions);
}

/** Without a polling id of its own, a signal answers to that of the event; without any, nobody can ask for it. */
export function signal(acting: Acting, action: ActionOf<SignalType>): void {
  const { turn, progress, context, firing, stepEvent } = acting;
  const { client, event } = progress.inFlight;
  const pollingId = sourceText(action.pollingId, context) ?? textOf(memberInAnyCase(event.data, "polling_id"));
  if (pollingId === null) return;
  if (pollingId.length > POLLING_ID_LENGTH_MAX) return reject(turn, event.rootId, "polling_id_too_long");
  const isOfStep = action.type === "STEP_SIGNAL";
  const message: Signal = {
    name: sourceText(action.name, context) ?? (isOfStep ? firing.controller.name : null),
    aliases: isOfStep ? firing.controller.aliases : [],
    data: isOfStep ? stepEvent.data : sourceData(action.data, context),
    partnerEventId: firing.data.partnerEventId,
    quality: firing.quality,
    personId: progress.person.id,
    atMs: turn.nowMs,
  };
  const partition = partitionOfPolling(client, pollingId, turn.context.partitions);
  send(turn, partition, { kind: "signal", client, pollingId, signal: message });
}

export function receiveSignal(
  turn: Turn,
  { client, pollingId, signal: given }: { client: string; pollingId: string; signal: Signal },
): void {
  endOldSignals(turn);
  const key = signalKey(client, pollingId);
  const known = turn.state.edit("signal", key);
  if (known !== undefined) {
    known.signals.push(given);
    if (known.signals.length > SIGNALS_MAX) known.signals.shift();
    return;
  }
  const expiresMs = turn.nowMs + SIGNAL_KEPT_MS;
  turn.state.put("signal", key, { signals: [given], expiresMs });
  turn.state.put("signalExpiry", `${expiresMs.toString().padStart(EXPIRY_DIGITS, "0")}/${key}`, { key });
}

export function signalsOf(state: PartitionState, client: string, pollingId: string): readonly Signal[] {
  return state.find("signal", signalKey(client, pollingId))?.signals ?? [];
}

function signalKey(client: string, pollingId: string): string {
  return `${client}/${pollingId}`;
}

function endOldSignals(turn: Turn): void {
  const first = { prefix: "", after: null, limit: SIGNALS_ENDED_AT_ONCE, isReverse: false };
  for (const { key, value } of turn.state.list("signalExpiry", first)) {
    if (Number(key.slice(0, EXPIRY_DIGITS)) > turn.nowMs) return;
    turn.state.remove("signalExpiry", key);
    turn.state.remove("signal", value.key);
  }
}
