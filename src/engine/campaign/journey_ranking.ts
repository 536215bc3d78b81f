// Which of several campaigns a person enters, where their entries give a priority.
//
// Entries of one journey name compete across campaigns: the campaign that the event pins comes first, then one in which the person is in that
// journey already, then one whose programme the event names, then the lowest priority, then published order. Where that leaves several of one programme,
// people are split among them (a test that was launched beside what is live), each by its id, so that a replay draws the same. Entries without a
// priority do not compete: each is entered.

import { placementHash } from "../../base/hash.ts";
import type { Journey, Person } from "../../model/person.ts";
import type { PersonEvent } from "../../model/event.ts";
import {
  type CompiledCampaign,
  type CompiledController,
  directionOf,
  isOfProgram,
  type Program,
  stateAt,
} from "../../rules/mod.ts";

export interface Candidate {
  readonly controller: CompiledController;
  readonly campaign: CompiledCampaign;
}

interface Entering {
  readonly person: Person;
  readonly event: PersonEvent;
}

/** Of the entries that match, in published order, those that are entered. */
export function ranked(candidates: readonly Candidate[], entering: Entering): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { journeyName, priority } = candidate.controller;
    if (journeyName === null || priority === null) continue;
    const rival = best.get(journeyName);
    if (rival === undefined || compare(candidate, rival, entering) < 0) best.set(journeyName, candidate);
  }
  return candidates.filter(
    (candidate) =>
      candidate.controller.priority === null || best.get(candidate.controller.journeyName ?? "") === candidate,
  );
}

function compare(a: Candidate, b: Candidate, entering: Entering): number {
  return (
    placeOf(a, entering) - placeOf(b, entering) ||
    compareDewey(a.controller.priority ?? [], b.controller.priority ?? []) ||
    (a.campaign.program === b.campaign.program ? draw(a, entering) - draw(b, entering) : 0)
  );
}

/** Whoever comes or goes among the others, the order of two stays. */
function draw({ campaign }: Candidate, { person }: Entering): number {
  return placementHash(`${campaign.id}/${person.id}`);
}

function placeOf({ controller, campaign }: Candidate, { person, event }: Entering): number {
  const direction = directionOf(event.data, campaign);
  if (direction === "campaign") return 0;
  if (person.journeys.some((own) => own.campaignId === campaign.id && own.name === controller.journeyName)) return 1;
  return direction === "program" ? 2 : 3;
}

/** Whether `other` is of a campaign that whoever has `own` would not enter: people are split between the two, and that of `own` still takes its own. */
export function isRival(program: Program, other: Journey, own: Journey, nowMs: number): boolean {
  if (other.campaignId === own.campaignId || other.name !== own.name) return false;
  const campaign = program.campaigns.find(({ id }) => id === own.campaignId);
  if (other.key !== null || own.key !== null || campaign === undefined) return false;
  if (other.program !== own.program && !isOfProgram(campaign, other.program)) return false;
  const state = stateAt(campaign, nowMs, nowMs);
  if (state !== "LIVE" && state !== "PAUSED") return false;
  const [first, second] = [priorityOf(program, other), priorityOf(program, own)];
  return first !== null && second !== null && compareDewey(first, second) === 0;
}

function priorityOf({ campaigns, controllers }: Program, { campaignId, name }: Journey): readonly number[] | null {
  const places = campaigns.find(({ id }) => id === campaignId)?.journeyEntries ?? [];
  const place = places.find((each) => controllers[each]?.journeyName === name);
  return place === undefined ? null : (controllers[place]?.priority ?? null);
}

/** Number by number; "1" comes before "1.1". */
export function compareDewey(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? -1) - (b[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
