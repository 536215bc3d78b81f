// Stage 4: which controllers take the event?
//
// For each candidate of the program's index: MATCHING (is it for me?), QUALIFYING (may this person take it?), QUALITY (HIGH or LOW).
//
//   C1. All controllers of one event decide on the state before it; only then is anything written.
//   C2. Nothing of an event is written while one of its business ids is still being claimed.
//   C3. Events caused by it (STEP, REWARD, ...) follow in the same turn, after everything it wrote, so follow-up rules see it.

import { assert } from "../base/assert.ts";
import type { Bearer, PersonEvent } from "../model/event.ts";
import type { PartnerEventClaim } from "../model/in_flight.ts";
import type { Journey, Person, PersonCard, Quality } from "../model/person.ts";
import {
  candidates,
  type CompiledCampaign,
  type CompiledController,
  evaluatePhase,
  evaluateRest,
  type Phase,
  type Program,
  shortlist,
  stateAt,
} from "../rules/mod.ts";
import type { Progress, Questions } from "./3_ask.ts";
import { fire } from "./5_step.ts";
import { tellOperation } from "./audiences/audience_operations.ts";
import { tellBatch } from "./batches/batch_rows.ts";
import { takes } from "./campaign/campaign_state.ts";
import { giveBackUnused } from "./event/claimed_ahead.ts";
import { claimOf, giveBackClaims, isRefused } from "./event/claims.ts";
import { type Outcome, programOf, reject, reply, type Turn } from "./context.ts";
import { type Frame, newFrame, point, type Told } from "./campaign/frame.ts";
import { type Candidate, ranked } from "./campaign/journey_ranking.ts";
import { enterJourney } from "./campaign/journeys.ts";
import { isSelected } from "./campaign/selectors.ts";
import { EVENTS_CAUSED_MAX } from "./limits.ts";
import { arrivedEvent } from "./audiences/memberships.ts";
import { type StepData, stepData } from "./event/step_data.ts";
import { rememberPolled } from "./event/polled_events.ts";
import { isProven } from "./event/proof.ts";
import { rememberSender } from "./person/requests.ts";
import { totalKey } from "./person/steps.ts";
import { chosenZone, type ZoneCandidate } from "./campaign/zones.ts";

/** A controller that takes the event, and all that was decided about it. */
export interface Firing {
  readonly controller: CompiledController;
  readonly campaign: CompiledCampaign;
  readonly journey: Journey | null;
  readonly quality: Quality;
  readonly data: StepData;
  readonly otherPerson: PersonCard | null;
  readonly told: Told | null;
  readonly isDuplicate: boolean;
}

/** Processes the event in flight and all that it causes here; leaves early with `questions` filled when claims are open (C2). */
export function processEvents(turn: Turn, progress: Progress, questions: Questions): void {
  const { person, inFlight } = progress;
  const program = programOf(turn, inFlight.client);
  let caused = 0;
  for (;;) {
    const event = arrivedEvent(turn, progress);
    if (event === null) progress.inFlight = { ...progress.inFlight, wantsReply: false };
    else if (event !== progress.inFlight.event) progress.inFlight = { ...progress.inFlight, event };
    if (event !== null) turn.context.observer?.arrived(event);
    let firings: Firing[] = [];
    if (program !== undefined && event !== null) {
      firings = plan(turn, progress, program, questions);
      if (questions.size > 0) return;
      giveBackClaims(turn, progress, firings);
      for (const firing of firings) fire(turn, progress, program, firing);
      if (progress.queue.length > EVENTS_CAUSED_MAX - caused) dropQueue(turn, progress, "events_caused_max");
    }
    giveBackUnused(turn, progress, firings);
    if (event !== null) finish(turn, progress, event);
    const next = progress.queue.shift();
    if (next === undefined) break;
    caused++;
    progress.inFlight = { ...progress.inFlight, event: next, wantsReply: false, absorbs: null };
    progress.rounds = 0;
  }
  person.updatedMs = turn.nowMs;
  person.version++;
}

function finish(turn: Turn, progress: Progress, event: PersonEvent): void {
  if (event.type === "INPUT") {
    turn.context.effects.eventsApplied++;
    rememberSender(progress.person, event);
    rememberPolled(turn, progress.person, event);
    if (event.detail.kind === "member_event") tellOperation(turn, progress.inFlight.client, event, "processed");
    tellBatch(turn, progress.inFlight, { personId: progress.person.id, errorCode: null });
  }
  if (progress.inFlight.wantsReply) {
    const { id: personId } = progress.person;
    const held = heldBy(event.enrichment?.bearer, progress.person);
    const { rendered } = progress;
    const value = rendered === undefined ? held : { ...held, rendered };
    reply(turn, event.id, { personId, errorCode: null, value });
  }
}

/** Whoever holds the token learns whether it stands for somebody with an identity now, whether that is somebody else than before, and proven to be. */
function heldBy(bearer: Bearer | undefined, person: Person): object | null {
  if (bearer === undefined) return null;
  const proof = isProven(bearer, person) ? { isProven: true } : {};
  if (bearer.leftEmail !== undefined) return { isIdentified: true, isOther: true, ...proof };
  return { isIdentified: person.email !== null, ...proof };
}

function dropQueue(turn: Turn, progress: Progress, reason: string): void {
  reject(turn, progress.inFlight.event.rootId, reason);
  progress.queue.length = 0;
}

function controllersOf({ controllers }: Program, numbers: readonly number[]): readonly CompiledController[] {
  const found: CompiledController[] = [];
  for (const number of numbers) {
    const controller = controllers[number];
    if (controller !== undefined) found.push(controller);
  }
  return found;
}

/** C1. Decides for every candidate; asks for the claims that are not settled yet. */
function plan(turn: Turn, progress: Progress, program: Program, questions: Questions): Firing[] {
  const { event } = progress.inFlight;
  const { observer } = turn.context;
  // Whoever looks on sees everybody; that changes nothing for those who take the event.
  const isShortlisted = observer === undefined;
  const controllers = isShortlisted
    ? controllersOf(program, shortlist(program, { event, person: progress.person }))
    : candidates(program, event);
  if (controllers.length === 0) return [];
  const frame = newFrame(turn, progress, program, { controllers, isShortlisted });
  let { journeys } = progress.person;
  const entered = enterJourneys(turn, progress, program, { frame, controllers });
  if (entered.length > 0) journeys = [...journeys, ...entered];
  const firings: Firing[] = [];
  let hasZones = false;
  for (const controller of controllers) {
    if (controller.kind !== "CONTROLLER") {
      hasZones ||= controller.kind === "FRONTEND_CONTROLLER";
      continue;
    }
    const isTaking = isOpen(turn, program, controller, progress);
    if (!isTaking && observer === undefined) continue;
    point(frame, program, { controller, journeys }, progress);
    const firing = isTaking ? decide(progress, frame, questions) : null;
    observer?.decided(frame, outcomeOf(isTaking, firing, frame));
    if (firing !== null) firings.push(firing);
  }
  if (hasZones && event.type === "INPUT") {
    const firing = planZone(turn, progress, program, { frame, controllers, journeys, questions });
    if (firing !== null) firings.push(firing);
  }
  // C2; and a repetition of what was counted already begins nothing.
  const isRepetition = firings.length > 0 && firings.every((firing) => firing.isDuplicate);
  if (questions.size === 0 && !isRepetition) progress.person.journeys.push(...entered);
  return firings;
}

/**
 * Business ids that the event will most likely claim, of controllers that claim one: those that it would if its turn had come. Changes nothing and is told
 * to nobody, and what an evaluation cannot do is left to the event's turn.
 */
export function foreseenClaims(turn: Turn, progress: Progress, program: Program): PartnerEventClaim[] {
  const { person, inFlight } = progress;
  const { event } = inFlight;
  const controllers = controllersOf(program, shortlist(program, { event, person })).filter(claimsOne);
  if (controllers.length === 0) return [];
  const frame: Frame = { ...newFrame(turn, progress, program, { controllers, isShortlisted: true }), failures: [] };
  const claims: PartnerEventClaim[] = [];
  for (const controller of controllers) {
    if (!isOpen(turn, program, controller, progress)) continue;
    point(frame, program, { controller, journeys: person.journeys }, progress);
    if (!isMatching(frame) || !isSelected(frame) || !passes(frame, controller.qualifying)) continue;
    frame.quality = qualityOf(frame);
    const [key] = stepData(frame).uniqueKeys;
    if (key !== undefined) claims.push(claimOf(event, controller, key));
  }
  return claims;
}

function claimsOne({ kind, data }: CompiledController): boolean {
  return kind === "CONTROLLER" && data.filter(({ keyType }) => keyType === "UNIQUE_PARTNER_EVENT_KEY").length === 1;
}

/** Of the zones that the event may reach, the one that it does; only that one claims anything. */
function planZone(
  turn: Turn,
  progress: Progress,
  program: Program,
  {
    frame,
    controllers,
    journeys,
    questions,
  }: {
    readonly frame: Frame;
    readonly controllers: readonly CompiledController[];
    readonly journeys: readonly Journey[];
    readonly questions: Questions;
  },
): Firing | null {
  const { observer } = turn.context;
  const taking: ZoneCandidate[] = [];
  for (const controller of controllers) {
    if (controller.kind !== "FRONTEND_CONTROLLER") continue;
    const isTaking = isOpen(turn, program, controller, progress);
    if (!isTaking && observer === undefined) continue;
    point(frame, program, { controller, journeys }, progress);
    const isReached = isTaking && isMatching(frame) && passes(frame, controller.qualifying);
    if (isReached) taking.push({ controller, campaign: frame.campaign });
    else observer?.decided(frame, { kind: isTaking ? "refuses" : "closed" });
  }
  const { person } = progress;
  const chosen = chosenZone(taking, { program, person, journeys, event: frame.event });
  let firing: Firing | null = null;
  for (const candidate of taking) {
    const { controller } = candidate;
    if (candidate !== chosen && observer === undefined) continue;
    point(frame, program, { controller, journeys }, progress);
    const own = candidate === chosen ? decide(progress, frame, questions) : null;
    observer?.decided(frame, own === null ? { kind: "outranked" } : { kind: "fires", firing: own });
    firing = own ?? firing;
  }
  return firing;
}

/** The journeys that the event opens; they are the person's once nothing is open any more (C2). */
function enterJourneys(
  turn: Turn,
  progress: Progress,
  program: Program,
  { frame, controllers }: { readonly frame: Frame; readonly controllers: readonly CompiledController[] },
): Journey[] {
  const { observer } = turn.context;
  const { journeys } = progress.person;
  const matching: Candidate[] = [];
  for (const controller of controllers) {
    if (controller.kind !== "JOURNEY_ENTRY" || !isOpen(turn, program, controller, progress)) continue;
    point(frame, program, { controller, journeys }, progress);
    if (isMatching(frame)) matching.push({ controller, campaign: frame.campaign });
    else observer?.decided(frame, { kind: "refuses" });
  }
  if (matching.length === 0) return [];
  const chosen = ranked(matching, { person: progress.person, event: frame.event });
  const entered: Journey[] = [];
  for (const candidate of matching) {
    const { controller } = candidate;
    point(frame, program, { controller, journeys }, progress);
    const isChosen = chosen.includes(candidate);
    observer?.decided(frame, { kind: isChosen ? "enters" : "outranked" });
    const journey = isChosen ? enterJourney(turn, frame, controller) : null;
    const isTwice = entered.some(
      (own) =>
        own.campaignId === journey?.campaignId && own.name === journey.name && own.key?.value === journey.key?.value,
    );
    if (journey !== null && !isTwice) entered.push(journey);
  }
  return entered;
}

function outcomeOf(isTaking: boolean, firing: Firing | null, frame: Frame): Outcome {
  if (firing !== null) return { kind: "fires", firing };
  if (!isTaking) return { kind: "closed" };
  return { kind: isSelected(frame) ? "refuses" : "not_selected" };
}

function decide(progress: Progress, frame: Frame, questions: Questions): Firing | null {
  const { controller, campaign } = frame;
  if (!isMatching(frame) || !isSelected(frame) || !passes(frame, controller.qualifying)) return null;
  const quality = qualityOf(frame);
  frame.quality = quality;
  const data = stepData(frame);
  const isDuplicate = data.uniqueKeys.length > 0 && isRefused(progress, controller, data.uniqueKeys, questions);
  const { journey, otherPerson, told } = frame;
  return { controller, campaign, journey, quality, data, otherPerson, told, isDuplicate };
}

function qualityOf(frame: Frame): Quality {
  const { hasQuality, quality } = frame.controller;
  if (!hasQuality) return "NONE";
  return passes(frame, quality) ? "HIGH" : "LOW";
}

function isMatching(frame: Frame): boolean {
  const { matching } = frame.controller;
  return frame.isShortlisted ? evaluateRest(frame.program, matching, frame) === true : passes(frame, matching);
}

function passes(frame: Frame, phase: Phase): boolean {
  return evaluatePhase(frame.program, phase, frame) === true;
}

/** May this controller act now? State of the campaign, and FIRST_ONLY. */
function isOpen(turn: Turn, program: Program, controller: CompiledController, progress: Progress): boolean {
  const campaign = program.campaigns[controller.campaign];
  assert(campaign !== undefined, "a controller belongs to a campaign");
  const { person, inFlight } = progress;
  const state = stateAt(campaign, inFlight.event.eventMs, turn.nowMs);
  if (!takes(turn, { controller, campaign, state }, { person, event: inFlight.event })) return false;
  if (controller.sendPolicy !== "FIRST_ONLY") return true;
  return person.stepTotals[totalKey(turn.context, campaign.id, controller.name)] === undefined;
}
