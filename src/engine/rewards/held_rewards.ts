// Rewards that waited for a budget: granted or withheld where the reward is, and told to the person, wherever that is by now.

import { originOf } from "../../base/ids.ts";
import type { HeldReward } from "../../model/reward.ts";
import { arrive } from "../2_identity.ts";
import { enterReward } from "../7_reward.ts";
import { movedEvent } from "./reward_events.ts";
import { programOf, reject, send, type Turn } from "../context.ts";
import { fulfil } from "./fulfilment.ts";
import { EVENT_CHAIN_MAX } from "../limits.ts";
import { bookPoints } from "./points.ts";
import { endOfErased, isOfErased } from "./reward_erasure.ts";
import { supplierOf } from "./reward_moves.ts";
import { findSummary, removeSummary } from "./summaries.ts";
import { editPerson } from "../person/trail.ts";

/** What became of a reward that its person's summary counts already. */
export interface HeldEnded {
  readonly client: string;
  readonly personId: string;
  readonly rewardId: string;
  readonly isGranted: boolean;
  readonly depth: number;
}

export function grantHeld(turn: Turn, { reward }: HeldReward): void {
  turn.state.remove("heldReward", reward.id);
  const supplier = supplierOf(turn, reward);
  enterReward(turn, reward, supplier);
  tell(turn, reward, "granted");
  if (isOfErased(turn, reward)) endOfErased(turn, reward);
  else if (supplier !== undefined) fulfil(turn, reward, supplier);
}

export function withholdHeld(turn: Turn, { reward }: HeldReward): void {
  turn.state.remove("heldReward", reward.id);
  reject(turn, reward.rootEventId, "budget_exhausted");
  tell(turn, reward, "withheld");
}

function tell(turn: Turn, { client, personId, id, depth }: HeldReward["reward"], became: "granted" | "withheld"): void {
  const ended = { client, personId, rewardId: id, isGranted: became === "granted", depth };
  const home = originOf(personId) ?? turn.context.partition;
  if (home === turn.context.partition) receiveHeldEnded(turn, ended);
  else send(turn, home, { kind: "held_ended", ...ended });
}

export function receiveHeldEnded(turn: Turn, ended: HeldEnded): void {
  const person = editPerson(turn, ended.personId);
  if (person === undefined || person.client !== ended.client) return;
  const found = findSummary(turn, person, ended.rewardId);
  if (found !== undefined && ended.isGranted) bookPoints(turn, person.client, found.holder, found.summary);
  if (found !== undefined && !ended.isGranted) removeSummary(turn, found);
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { kind: "held_ended", ...ended, personId: person.forwardedTo });
  }
  if (!ended.isGranted || found === undefined || programOf(turn, person.client) === undefined) return;
  // A rule of somebody it was merged into may have moved it by now: that was told.
  const event = movedEvent(turn, { ...found.summary, state: "EARNED" }, ended.depth);
  if (event.depth > EVENT_CHAIN_MAX) return reject(turn, event.rootId, "event_chain_max");
  arrive(turn, { client: person.client, event, wantsReply: false, hops: 0, absorbs: null, otherPerson: null }, person);
}
