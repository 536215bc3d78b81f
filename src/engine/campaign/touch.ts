// What led a person into a journey, and what touched it last: the provenance that an event carries.

import type { PersonEvent } from "../../model/event.ts";
import { referralTouches, type Touch } from "../../model/journey.ts";
import { textOf } from "../1_route.ts";
import type { Told } from "./frame.ts";
import { memberInAnyCase } from "../event/data_names.ts";

const ZONE = "zone:";

/** An event from outside is its own reason. An event that was fired for a journey brings what its action said; what that does not say, its data does. */
export function touchOf(event: PersonEvent, told: Told | null): Touch {
  const { data, detail } = event;
  const touch: Touch = { consumer_event_id: event.rootId };
  if (event.type === "INPUT") touch["reason"] = event.name;
  for (const name of referralTouches) note(touch, name, textOf(memberInAnyCase(data, name)));
  note(touch, "label", textOf(memberInAnyCase(data, "labels")));
  const source = textOf(memberInAnyCase(data, "source"));
  if (source?.startsWith(ZONE) === true) note(touch, "zone", textOf(source.slice(ZONE.length)));
  if (told !== null) {
    touch["referral_reason"] = told.reason;
    touch["profile_id"] = told.card.id;
  }
  if (detail.kind === "fired") {
    touch["profile_id"] = detail.byPersonId;
    note(touch, "referral_reason", detail.referralReason);
    Object.assign(touch, detail.journey?.touch);
  }
  return touch;
}

function note(touch: Touch, name: string, text: string | null): void {
  if (text !== null) touch[name] = text;
}
