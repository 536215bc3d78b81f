// Zones: frontend controllers, of which an event from outside reaches one at most, and what its DISPLAY or CREATIVE action shows.
//
//   Z1. Of those that match and qualify, the first in this order is chosen: its campaign is pinned by the event; the person is in its campaign already
//       (of several, that touched last); its programme is named by the event; the person enters its campaign with the event, so that what is shown first
//       is shown again; the lowest priority of its campaign's journey entries; the newest campaign, by id; published order.
//   Z2. What is shown is part of the answer to the event, and of nothing else: no state depends on it.

import type { ShowingType } from "../../model/action.ts";
import type { PersonEvent } from "../../model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import type { Journey, Person } from "../../model/person.ts";
import {
  type ActionOf,
  type CompiledCampaign,
  type CompiledController,
  directionOf,
  evaluateWithin,
  isRuleError,
  type Program,
  type RuleContext,
  treeValue,
  type ValueTree,
} from "../../rules/mod.ts";
import type { Acting } from "../6_act.ts";
import { reject } from "../context.ts";
import { compareDewey } from "./journey_ranking.ts";
import { ZONE_GAS_MAX, ZONE_LENGTH_MAX } from "../limits.ts";
import { sourceValue } from "../values.ts";

export interface ZoneCandidate {
  readonly controller: CompiledController;
  readonly campaign: CompiledCampaign;
}

interface Choosing {
  readonly program: Program;
  readonly person: Person;
  /** The person's, and those that it enters with the event. */
  readonly journeys: readonly Journey[];
  readonly event: PersonEvent;
}

/** Z1. @param candidates in published order */
export function chosenZone<T extends ZoneCandidate>(candidates: readonly T[], about: Choosing): T | null {
  let best: T | null = null;
  for (const candidate of candidates) {
    if (best === null || compare(candidate.campaign, best.campaign, about) < 0) best = candidate;
  }
  return best;
}

function compare(a: CompiledCampaign, b: CompiledCampaign, { program, person, journeys, event }: Choosing): number {
  if (a === b) return 0;
  const [directionA, directionB] = [directionOf(event.data, a), directionOf(event.data, b)];
  return (
    Number(directionB === "campaign") - Number(directionA === "campaign") ||
    lastTouch(person.journeys, b) - lastTouch(person.journeys, a) ||
    Number(directionB === "program") - Number(directionA === "program") ||
    lastTouch(journeys, b) - lastTouch(journeys, a) ||
    comparePriorities(priorityOf(program, a), priorityOf(program, b)) ||
    (newerFirst(a.id, b.id) ? -1 : 1)
  );
}

/** 0: there is no journey in it. */
function lastTouch(journeys: readonly Journey[], campaign: CompiledCampaign): number {
  let last = 0;
  for (const own of journeys) if (own.campaignId === campaign.id) last = Math.max(last, own.updatedMs);
  return last;
}

/** The lowest of its entries; null: none has any. */
function priorityOf({ controllers }: Program, { journeyEntries }: CompiledCampaign): readonly number[] | null {
  let lowest: readonly number[] | null = null;
  for (const place of journeyEntries) {
    const priority = controllers[place]?.priority ?? null;
    if (priority !== null && (lowest === null || compareDewey(priority, lowest) < 0)) lowest = priority;
  }
  return lowest;
}

function comparePriorities(a: readonly number[] | null, b: readonly number[] | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compareDewey(a, b);
}

/** Ids are numbers that grow, of any length. */
function newerFirst(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

/** The first action that shows something has the word. */
export function show(acting: Acting, action: ActionOf<ShowingType>): void {
  const { turn, progress, firing } = acting;
  const { event, wantsReply } = progress.inFlight;
  if (event.type !== "INPUT" || progress.rendered !== undefined) return;
  // Z2. Nobody would see it.
  if (!wantsReply && turn.context.observer === undefined) return;
  const shown = shownBy(acting, action, acting.context);
  if (shown === null) return;
  progress.rendered = {
    campaignId: firing.campaign.id,
    campaignVersion: firing.campaign.version,
    controllerName: firing.controller.name,
    actionId: action.actionId,
    actionType: action.type,
    ...shown,
  };
  turn.context.observer?.showed(event, progress.rendered);
}

/** What the action makes of a context; null: nothing, or what it may not be, which is then listed. */
export function shownBy(
  acting: Pick<Acting, "turn" | "program" | "stepEvent">,
  action: ActionOf<ShowingType>,
  context: RuleContext,
): Shown | null {
  const shown = action.type === "DISPLAY" ? displayed(action, context) : created(acting, action, context);
  if (shown === null || JSON.stringify(shown.body).length <= ZONE_LENGTH_MAX) return shown;
  reject(acting.turn, acting.stepEvent.rootId, "zone_too_large");
  return null;
}

type Showing = Parameters<typeof shownBy>[0];

export interface Shown {
  readonly status: number | null;
  readonly headers: JsonObject;
  readonly contentType: string | null;
  readonly body: JsonValue;
}

function displayed(action: ActionOf<"DISPLAY">, context: RuleContext): Shown {
  const body = treeOf(action.body, context);
  const headers = objectOf(treeOf(action.headers, context));
  const plain = { status: null, headers, contentType: null, body };
  if (action.response === null) return plain;
  const response = treeOf(action.response, { ...context, display: { body, headers } });
  if (!isJsonObject(response)) return plain;
  const status = response["statusCode"] ?? response["status_code"];
  return {
    status: typeof status === "number" ? status : null,
    headers: "headers" in response ? objectOf(response["headers"]) : headers,
    contentType: null,
    body: response["body"] ?? body,
  };
}

const contentTypes = {
  EMAIL: "text/html; charset=utf-8",
  JAVASCRIPT: "text/javascript; charset=utf-8",
  PAGE: "text/html; charset=utf-8",
} as const;

/** Null when there is nothing to show, or showing it fails: half a page is none. */
function created({ turn, stepEvent }: Showing, action: ActionOf<"CREATIVE">, context: RuleContext): Shown | null {
  if (action.parts === null) return null;
  let text = "";
  let gas = ZONE_GAS_MAX;
  for (const part of action.parts) {
    if (part.kind === "constant") {
      text += typeof part.value === "string" ? part.value : "";
      continue;
    }
    const { value, gasLeft } = evaluateWithin(context.campaign.rules, part.pc, context, gas);
    gas = gasLeft;
    if (isRuleError(value) || text.length > ZONE_LENGTH_MAX) {
      reject(turn, stepEvent.rootId, "creative_failed");
      return null;
    }
    text += typeof value === "string" ? value : "";
  }
  return { status: null, headers: {}, contentType: contentTypes[action.classification], body: text };
}

function treeOf(tree: ValueTree | null, context: RuleContext): JsonValue {
  return tree === null ? null : treeValue(tree, (source) => sourceValue(source, context));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
