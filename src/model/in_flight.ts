// What travels between actors: an event on its way to its person, the answers that one waits for, and all that moves when persons are folded together.

import type { RowReference } from "./batch.ts";
import type { PersonEvent } from "./event.ts";
import type { Person, PersonCard, Step } from "./person.ts";

/** An event on its way to the person it is about, and all that must travel with it between actors. */
export interface EventInFlight {
  client: string;
  event: PersonEvent;
  /** Somebody holds an HTTP request open under this INPUT event's id. */
  wantsReply: boolean;
  /** How often it was handed on; bounded by `EVENT_HOPS_MAX`. */
  hops: number;
  /** An anonymous person that turned out to be the one whom the event identifies: to be folded into the person it arrives at. */
  absorbs: string | null;
  /** The person on the other side, where the sender knows it (an event fired as another person). */
  otherPerson: PersonCard | null;
  /** Of an event with a message id that was handed on: the partition that has noted the id. */
  claimedIn?: number;
  /** Absent: nothing was. */
  ahead?: AskedAhead;
  /** Of an event that a row of a batch stands for; events that it causes have it, too, and are not told of. */
  row?: RowReference;
}

/** What was asked for an event before its turn came (engine/event/asked_ahead.ts). */
export interface AskedAhead {
  /** Behind whose event it waited then: elsewhere the answers count for nothing. */
  personId: string;
  questions: QuestionAhead[];
}

export interface QuestionAhead {
  question: string;
  /** Of the record that asked. */
  sequence: number;
  /** Null: it has not come yet. */
  answer: Answer | null;
  /** What the answer may have granted; null: the question was another one. */
  claim: PartnerEventClaim | null;
}

/** An event wants a business id for a controller. */
export interface PartnerEventClaim {
  readonly kind: "claim";
  readonly container: string;
  readonly name: string;
  readonly value: string;
  /** Name in lower case: uniqueness holds within it. */
  readonly controller: string;
  readonly eventId: string;
}

/** Where a person stands who has asked other actors and cannot go on before they answer. */
export interface Waiting {
  inFlight: EventInFlight;
  /** Events caused by `inFlight` that are still to be processed, `inFlight.event` excluded. */
  queue: PersonEvent[];
  /** Answers received so far (see engine/3_ask.ts). */
  answers: Answered[];
  /** Questions not yet answered. */
  open: string[];
  /** Number of the first stashed event and one past the last. */
  stashFirst: number;
  stashNext: number;
  /** One past the last that was looked at for asking ahead, and one past the last for which an id was claimed ahead. Absent: written before there was that. */
  askedNext?: number;
  claimedNext?: number;
  rounds: number;
}

export interface StashedEvent {
  inFlight: EventInFlight;
}

/**
 * A list and not a map by question: questions name persons and ids, so that nearly each would be a member name of its own, which V8 keeps for
 * ever and looks up slowly.
 */
export interface Answered {
  question: string;
  answer: Answer;
}

export type Answer =
  /** The business id is the asking event's for this controller, or held by another event. */
  | { kind: "claim"; isGranted: boolean; personId: string }
  /** Who the other person is; null when nobody is known by that key. */
  | { kind: "person"; card: PersonCard | null }
  /** Who owns a key after the asking event tried to take it. */
  | { kind: "owner"; personId: string }
  /**
   * What an anonymous person hands over to the one it was merged into. Null when it is not anonymous and stays itself, or (`isMerged`) when it is
   * that person's already. `isFirst`: the merge was decided by this answer.
   */
  | { kind: "history"; history: PersonHistory | null; isMerged: boolean; isFirst: boolean };

/** All that moves when one person is folded into another. */
export interface PersonHistory {
  fromPersonId: string;
  fromEmail: string | null;
  partnerUserId: string | null;
  block: Person["block"];
  /** Absent, as the other optional members, in logs that are older than they. */
  blockReason?: Person["blockReason"];
  blockedMs?: Person["blockedMs"];
  data: Person["data"];
  steps: Step[];
  journeys: Person["journeys"];
  rewards: Person["rewards"];
  relationships: Person["relationships"];
  memberships: Person["memberships"];
  shareables?: Person["shareables"];
  shares?: Person["shares"];
  incentives?: Person["incentives"];
  points?: Person["points"];
  /** Absent, too, where there are none: most people never poll. */
  polled?: HandedPolledEvent[];
  requests: Person["requests"];
}

/** An event that somebody may still ask about by its polling id. */
export interface HandedPolledEvent {
  pollingId: string;
  eventId: string;
  expiresMs: number;
}
