// EventData: the data of an event as prehandlers may look at them, each with where it comes from and whether somebody vouches for it.
//
//   E1. Decided by what the event's record says alone, so that the front and the person's partition see the same.
//   E2. Verified is what a JWT says that verifies its sender, and what a prehandler says is; nothing else, whoever sent it.

import { memberOf } from "../../base/members.ts";
import { type DataSource, dataSources } from "../../model/data_origin.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { JsonValue } from "../../model/json.ts";

export interface EventDatum {
  readonly name: string;
  readonly value: JsonValue;
  readonly source: DataSource;
  readonly isVerified: boolean;
}

/** Of an event as its record says it is. */
export function receivedData(event: PersonEvent): EventDatum[] {
  const originOf = originsOf(event);
  return Object.entries(event.data).map(([name, value]) => ({ name, value, ...originOf(name) }));
}

/**
 * Of that event as prehandlers have changed it by now.
 *
 * @param verified names, in lower case, of what they verified
 */
export function processedData(
  received: PersonEvent,
  processed: PersonEvent,
  verified: readonly string[],
): EventDatum[] {
  const originOf = originsOf(received);
  const vouched = new Set(verified);
  return Object.entries(processed.data).map(([name, value]) => {
    if (vouched.has(name.toLowerCase())) return { name, value, ...VERIFIED_BY_PREHANDLER };
    const isAsReceived = memberOf(received.data, name) === value;
    return { name, value, ...(isAsReceived ? originOf(name) : BY_PREHANDLER) };
  });
}

type Origin = Pick<EventDatum, "source" | "isVerified">;

const BY_PREHANDLER: Origin = { source: "PREHANDLER", isVerified: false };
const VERIFIED_BY_PREHANDLER: Origin = { source: "PREHANDLER", isVerified: true };

function originsOf({ enrichment }: PersonEvent): (name: string) => Origin {
  const { origins, prehandled } = enrichment ?? {};
  const isJwtVerified = origins?.isJwtVerified === true;
  const from = (source: DataSource): Origin => ({ source, isVerified: source === "JWT" && isJwtVerified });
  const rest = from(origins?.rest ?? "REQUEST_BODY");
  const known = new Map<string, Origin>();
  for (const source of dataSources) for (const name of origins?.named?.[source] ?? []) known.set(name, from(source));
  for (const name of Object.keys(prehandled?.set ?? {})) known.set(name.toLowerCase(), BY_PREHANDLER);
  for (const name of prehandled?.verified ?? []) known.set(name, VERIFIED_BY_PREHANDLER);
  return (name) => known.get(name.toLowerCase()) ?? rest;
}
