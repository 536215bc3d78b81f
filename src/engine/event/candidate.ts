// Candidate: an event has been traced to a person and is still to pass the prehandlers that look at the person. Afterwards it may be about somebody else.

import type { PersonEvent } from "../../model/event.ts";
import type { Person } from "../../model/person.ts";
import type { EventInFlight } from "../../model/in_flight.ts";
import { joined, prehandle, prehandlersAt } from "../0_prehandle.ts";
import { eventKeys, textOf } from "../1_route.ts";
import { DEFAULT_CONTAINER, sandboxOf } from "../2_identity.ts";
import { memberOf } from "../../base/members.ts";
import { programOf, reject, type Turn } from "../context.ts";
import { withKnownNames } from "./data_names.ts";
import { withoutLostProof } from "./proof.ts";

/** As it arrives from outside: marked, if prehandlers want to see its person. Hot path. */
export function markCandidate(turn: Turn, client: string, event: PersonEvent): PersonEvent {
  const program = programOf(turn, client);
  if (program === undefined || program.prehandlers.length === 0) return event;
  if (prehandlersAt(program, "person").length === 0) return event;
  return { ...event, detail: { kind: "candidate" } };
}

/**
 * The event with what prehandlers made of it, if it is still about the one it was traced to; "elsewhere" if it has to be traced anew.
 *
 * @param person null: nobody yet, since the event would be the first of its person
 */
export function passCandidate(
  turn: Turn,
  inFlight: EventInFlight,
  person: Person | null,
): { readonly inFlight: EventInFlight; readonly isElsewhere: boolean } {
  const { client, event } = inFlight;
  if (event.detail.kind !== "candidate") return { inFlight, isElsewhere: false };
  const processed = processedEvent(turn, client, event, person);
  const isElsewhere = !haveSameKeys(event, processed);
  return { inFlight: { ...inFlight, event: processed }, isElsewhere };
}

function processedEvent(turn: Turn, client: string, candidate: PersonEvent, person: Person | null): PersonEvent {
  const event: PersonEvent = { ...candidate, detail: { kind: "none" } };
  const program = programOf(turn, client);
  if (program === undefined) return event;
  const revision = memberOf(turn.meta.programs, client)?.revision ?? 0;
  const headers = event.enrichment?.headers ?? {};
  const { event: processed, prehandling } = prehandle(program, "person", {
    event,
    person,
    state: turn.state,
    revision,
    headers,
  });
  if (prehandling === null) return event;
  for (const { what } of prehandling.failed) reject(turn, event.id, `prehandler_${what}_execution_failure`);
  const prehandled = joined(event.enrichment?.prehandled, prehandling);
  const data = withKnownNames(processed.data);
  const container = textOf(data["container"]) ?? DEFAULT_CONTAINER;
  const enrichment = withoutLostProof({ ...event.enrichment, prehandled }, data);
  return { ...processed, data, container, sandbox: sandboxOf(container), enrichment };
}

function haveSameKeys(before: PersonEvent, after: PersonEvent): boolean {
  const [a, b] = [eventKeys(before.data), eventKeys(after.data)];
  return a.personId === b.personId && a.email === b.email && a.partnerUserId === b.partnerUserId;
}
