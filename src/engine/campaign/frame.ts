// What a rule sees of an event: one frame an event, moved from controller to controller.

import { assert } from "../../base/assert.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { Journey, Person, PersonCard, Quality } from "../../model/person.ts";
import {
  type CompiledCampaign,
  type CompiledController,
  isOfProgram,
  type Program,
  type RuleContext,
} from "../../rules/mod.ts";
import { answerTo, type Progress } from "../3_ask.ts";
import type { Turn } from "../context.ts";
import { evidenceOf, isMergedInto } from "../person/identity_questions.ts";
import { pastFor } from "../person/past_for_rules.ts";
import { journeyOf } from "./journeys.ts";

/** Whom an event from outside itself tells of, and by what. */
export interface Told {
  readonly card: PersonCard;
  readonly reason: string;
  /** The code of the share link that led there; null: something else did. */
  readonly shareableId: string | null;
}

/** What a rule sees, one object an event, moved from controller to controller. */
export interface Frame extends RuleContext {
  nowMs: number;
  event: PersonEvent;
  person: Person;
  otherPerson: PersonCard | null;
  told: Told | null;
  campaign: CompiledCampaign;
  controller: CompiledController;
  journey: Journey | null;
  quality: Quality | null;
  readonly program: Program;
  /** The heads of the MATCHING phases have passed. */
  readonly isShortlisted: boolean;
}

/** Of an event before its first controller; some controller has to be a candidate. */
export function newFrame(
  turn: Turn,
  progress: Progress,
  program: Program,
  {
    controllers,
    isShortlisted,
  }: { readonly controllers: readonly CompiledController[]; readonly isShortlisted: boolean },
): Frame {
  const { person } = progress;
  const controller = controllers[0];
  const campaign = controller === undefined ? undefined : program.campaigns[controller.campaign];
  assert(controller !== undefined && campaign !== undefined, "a frame needs a controller");
  const { hotSteps, stepPage, summaryPage } = pastFor(turn.state, person);
  return {
    nowMs: turn.nowMs,
    event: progress.inFlight.event,
    person,
    otherPerson: null,
    told: toldBy(progress),
    campaign,
    controller,
    journey: null,
    quality: null,
    program,
    isShortlisted,
    failures: turn.context.effects.ruleFailures,
    hotSteps,
    stepPage,
    summaryPage,
  };
}

/** Moves the frame to a controller. */
export function point(
  frame: Frame,
  program: Program,
  at: { readonly controller: CompiledController; readonly journeys: readonly Journey[] },
  progress: Progress,
): void {
  const { controller, journeys } = at;
  const campaign = program.campaigns[controller.campaign];
  assert(campaign !== undefined, "a controller belongs to a campaign");
  frame.controller = controller;
  frame.campaign = campaign;
  frame.quality = null;
  frame.journey = journeyOf(journeys, campaign.id, controller.journeyNames, frame.event);
  frame.otherPerson = frame.told?.card ?? otherPersonOf(progress, campaign);
}

function toldBy(progress: Progress): Told | null {
  const { inFlight, person } = progress;
  if (progress.answers.length === 0) return null;
  const found = inFlight.event.type === "INPUT" ? evidenceOf(inFlight.event) : null;
  const answer = found === null ? undefined : answerTo(progress, found.question);
  if (found === null || answer?.kind !== "person" || answer.card === null || answer.card.id === person.id) return null;
  if (isMergedInto(progress, answer.card)) return null;
  const { reason, value } = found;
  return { card: answer.card, reason, shareableId: reason === "SHAREABLE_ID" ? value : null };
}

/** Of an event that tells of nobody: whoever fired it; else the latest advocate known in the campaign's program. */
function otherPersonOf(progress: Progress, campaign: CompiledCampaign): PersonCard | null {
  const { otherPerson } = progress.inFlight;
  if (otherPerson !== null) return otherPerson;
  for (let i = progress.person.relationships.length - 1; i >= 0; i--) {
    const relationship = progress.person.relationships[i];
    if (relationship?.myRole !== "FRIEND" || !isOfProgram(campaign, relationship.program)) continue;
    return {
      id: relationship.otherPersonId,
      email: relationship.otherEmail,
      partnerUserId: null,
      firstName: null,
      block: "NONE",
      requests: [],
    };
  }
  return null;
}
