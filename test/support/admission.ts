// What the front makes of an event before it is routed, without a front.

import { senderOf } from "../../src/api/server/sender.ts";
import type { ArrivingEvent } from "../../src/engine/event/admission.ts";
import { admissionRules, admit } from "../../src/engine/mod.ts";
import type { Enrichment } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Program } from "../../src/rules/mod.ts";
import { EventRefused } from "../../src/runtime/client.ts";

export interface Admitted {
  readonly data: JsonObject;
  readonly enrichment: Enrichment | null;
}

/** Throws where the front refuses it. */
export function admitted(program: Program, event: ArrivingEvent, nowMs: number): Admitted {
  const arriving = { ...event, enrichment: senderOf(event.data, ["BACKEND"]), describeSender: senderOf };
  const rules = admissionRules(program, 1);
  if (rules === null) return arriving;
  const admission = admit(rules, arriving, nowMs);
  if (admission.kind === "refused") throw new EventRefused(admission.error);
  return admission;
}
