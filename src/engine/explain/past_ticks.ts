// Past ticks: what a tick did for one person, done again. The record does not say which timers it fired.
//
//   G1. Timers of the person's events are remembered (`person/trail.ts`). Those of a reward that these records earned were set by them, and its history says
//       whether it moved then.
//   G2. What else became by itself of the person's rewards is not done again, and what follows is in doubt.

import type { LogRecord } from "../../model/record.ts";
import type { Reward, RewardDue, RewardState } from "../../model/reward.ts";
import type { RewardTimer } from "../../model/timer.ts";
import { type EngineContext, startTurn, type Turn } from "../context.ts";
import { dueKey } from "../due.ts";
import { firedKey } from "../person/trail.ts";
import { rewardDue } from "../rewards/reward_timers.ts";
import { fire } from "../timers.ts";
import type { PersonPast } from "./past.ts";
import type { SandboxState } from "./sandbox_state.ts";

/** What a timer of this kind writes into the history; null: nothing. */
const rows: Readonly<Record<RewardDue, RewardState | null>> = {
  expires: "EXPIRED",
  fail: "FAILED",
  attempt: "FULFILLED",
  alert: null,
};

interface Due {
  readonly key: string;
  readonly fire: (turn: Turn) => void;
}

export function fireAgain(
  sandbox: EngineContext & { readonly state: SandboxState },
  of: { readonly personId: string; readonly known: PersonPast },
  record: LogRecord,
): void {
  const { state } = sandbox;
  const remembered = state.find("firedTimers", firedKey(of.personId, record.sequence))?.timers ?? [];
  const ofRewards = state.takeDue(record.timeMs);
  const due: Due[] = [
    ...remembered.map((timer) => ({
      key: dueKey(timer.event.eventMs, timer.event.id),
      fire: (turn: Turn) => fire(turn, timer),
    })),
    ...ofRewards
      .filter(({ timer }) => hasMoved(state.rewardNow(timer.rewardId), timer, record.timeMs))
      .map(({ key, timer }) => ({ key, fire: (turn: Turn) => rewardDue(turn, timer) })),
  ];
  due.sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const each of due) each.fire(startTurn(sandbox, record));
  const isAlerted = ofRewards.some(({ timer }) => rows[timer.due] === null);
  if (due.length === 0 || isAlerted || hasOthers(state, of.known, record.timeMs)) state.isExact = false;
}

function hasMoved(reward: Reward | undefined, { due }: RewardTimer, atMs: number): boolean {
  return reward?.history.some((row) => row.atMs === atMs && row.state === rows[due]) ?? false;
}

/** G2. Something became then of a reward of earlier records. */
function hasOthers(state: SandboxState, { movedAt }: PersonPast, atMs: number): boolean {
  return movedAt(atMs).some((id) => !state.isOwn("reward", id) && !state.isOwn("heldReward", id));
}
