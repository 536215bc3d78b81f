// Admission: what the front makes of an event by its client's configuration, before it is routed and appended: prehandlers, then block lists.

import type { ApiError } from "../../model/errors.ts";
import type { Enrichment, PersonEvent } from "../../model/event.ts";
import type { JsonObject } from "../../model/json.ts";
import { nobody, type ProgramFrame } from "../../rules/mod.ts";
import { prehandle, prehandlersAt } from "../0_prehandle.ts";
import { decodeEventPayload, encodeEventHead, type EventHead } from "./event_payload.ts";
import { refusalOfSender } from "./listed_sender.ts";

/** What the front needs to know of a client's program for admitting its events. */
export interface AdmissionRules {
  readonly frame: ProgramFrame;
  readonly revision: number;
  readonly hasPrehandlers: boolean;
  /** Headers, in lower case, that prehandlers look at: of those at the front, and where the person is. */
  readonly headersHere: readonly string[];
  readonly headersThere: readonly string[];
}

/** An event at the door. */
export interface ArrivingEvent extends EventHead {
  readonly body: Uint8Array;
  readonly data: JsonObject;
  readonly isDataWhole: boolean;
  readonly headers?: ReadonlyMap<string, string> | null;
  /** Finds out anew about the sender, whose address prehandlers may have changed. */
  readonly describeSender?: (data: JsonObject, scopes: readonly string[]) => Enrichment;
}

export type Admission =
  | { readonly kind: "refused"; readonly error: ApiError }
  /** `data` is what routing goes by; the body stays as received. */
  | {
      readonly kind: "admitted";
      readonly data: JsonObject;
      readonly isDataWhole: boolean;
      readonly enrichment: Enrichment | null;
    };

/** Null: every event of the client is taken as it is. */
export function admissionRules(frame: ProgramFrame, revision: number): AdmissionRules | null {
  const hasPrehandlers = frame.prehandlers.length > 0;
  if (!hasPrehandlers && frame.blocks.isEmpty) return null;
  const headersHere = headerNames(frame, "front");
  return { frame, revision, hasPrehandlers, headersHere, headersThere: headerNames(frame, "person") };
}

export function admit(rules: AdmissionRules, event: ArrivingEvent, nowMs: number): Admission {
  const admitted = rules.hasPrehandlers ? prehandled(rules, event, nowMs) : asItIs(event);
  const { data, enrichment } = admitted;
  const error = refusalOfSender(rules.frame.blocks, data, enrichment);
  return error === null ? { kind: "admitted", ...admitted } : { kind: "refused", error };
}

type Taken = Omit<Extract<Admission, { readonly kind: "admitted" }>, "kind">;

function asItIs({ data, isDataWhole, enrichment = null }: ArrivingEvent): Taken {
  return { data, isDataWhole, enrichment };
}

function prehandled(rules: AdmissionRules, event: ArrivingEvent, nowMs: number): Taken {
  const { frame, revision } = rules;
  // As the partition will read it: what prehandlers see is what the record says.
  const received = decodeEventPayload(Buffer.concat([encodeEventHead({ ...event, enrichment: null }), event.body]));
  const input: PersonEvent = {
    ...nobody.event,
    type: "INPUT",
    name: received.name.trim(),
    nameKey: received.name.trim().toLowerCase(),
    eventMs: received.eventMs ?? nowMs,
    requestMs: nowMs,
    data: received.data,
    enrichment: event.enrichment ?? null,
  };
  const headers = chosen(event.headers ?? null, rules.headersHere);
  const { event: made, prehandling } = prehandle(frame, "front", {
    event: input,
    person: null,
    state: null,
    revision,
    headers,
  });
  const isChanged = prehandling !== null && made.data !== input.data;
  const scopes = event.enrichment?.scopes ?? [];
  const sender =
    isChanged && event.describeSender ? event.describeSender(made.data, scopes) : (event.enrichment ?? null);
  const kept = chosen(event.headers ?? null, rules.headersThere);
  const more = {
    ...(prehandling === null ? {} : { prehandled: prehandling }),
    ...(Object.keys(kept).length === 0 ? {} : { headers: kept }),
  };
  const enrichment = Object.keys(more).length === 0 ? sender : { ...sender, ...more };
  return { data: made.data, isDataWhole: true, enrichment };
}

function chosen(headers: ReadonlyMap<string, string> | null, names: readonly string[]): { [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const name of names) {
    const value = headers?.get(name);
    if (value !== undefined) found[name] = value.slice(0, HEADER_LENGTH_MAX);
  }
  return found;
}

/** Characters of a header that conditions see; all of those of a record must fit it. */
const HEADER_LENGTH_MAX = 256;
const HEADERS_MAX = 16;

function headerNames(frame: ProgramFrame, place: "front" | "person"): string[] {
  const conditions = prehandlersAt(frame, place).flatMap((prehandler) => prehandler.conditions);
  const names = conditions.flatMap((each) => (each.kind === "headers" ? each.headers.map(({ name }) => name) : []));
  return [...new Set(names)].slice(0, HEADERS_MAX);
}
