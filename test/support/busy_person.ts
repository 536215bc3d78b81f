// Persons of whom many events come at once: what became of them, and who has which business ids.

import { originOf } from "../../src/base/ids.ts";
import { decodeMessage } from "../../src/engine/message.ts";
import type { Person, Step } from "../../src/model/person.ts";
import { type NewRecord, recordKinds } from "../../src/model/record.ts";
import { datum, listener, on, Story, trigger } from "./story.ts";

export const orderId = datum("order_id", "UNIQUE_PARTNER_EVENT_KEY");

/** Takes "bought". */
export const bought = on("bought", { data: [orderId] });

/** Takes "given", and counts as "bought": of one id, both together count one. */
export const given = listener("bought", [trigger("EVENT", { event_names: ["given"], event_type: "INPUT" })], {
  id: "given",
  data: [orderId],
});

/** All steps, repetitions included. */
export function allSteps(story: Story, person: Person): readonly Step[] {
  const { state } = story.contexts[originOf(person.id) ?? 0] ?? {};
  if (state === undefined) throw new Error(`nobody is ${person.id}`);
  const older = { prefix: `${person.id}/`, after: null, limit: 10_000, isReverse: false };
  return [...state.list("stepPage", older).flatMap(({ value }) => value.steps), ...state.hotSteps(person)];
}

/** "event/name" of each step, and whether it repeats; events by their place in the stream. */
export function stepsOf(story: Story, email: string, eventIds: readonly string[]): string[] {
  return allSteps(story, story.who(email))
    .filter(({ rootEventId, isPrimary }) => isPrimary && eventIds.includes(rootEventId))
    .map(
      ({ rootEventId, name, isDuplicate }) => `${eventIds.indexOf(rootEventId)}/${name}${isDuplicate ? " again" : ""}`,
    );
}

/** "id/controller/event" of all that is claimed. */
export function holders(story: Story, eventIds: readonly string[]): string[] {
  const all = { prefix: "", after: null, limit: 10_000, isReverse: false };
  return story.contexts
    .flatMap(({ state }) => state.list("partnerEvent", all))
    .flatMap(({ key, value: { claims } }) =>
      Object.entries(claims).map(
        ([controller, eventId]) => `${key.split("/").at(-1)}/${controller}/${eventIds.indexOf(eventId)}`,
      ),
    )
    .toSorted();
}

/** How often all partitions have applied what they have, at the same time, until nobody has anything left: a round trip takes two. */
export function turnsToRest(story: Story, happen: () => void): number {
  const applied = story.logs.map(({ length }) => length);
  happen();
  for (let turns = 0; ; turns++) {
    const lengths = story.logs.map(({ length }) => length);
    if (lengths.every((length, partition) => applied[partition] === length)) return turns;
    lengths.forEach((length, partition) => {
      for (let at = applied[partition] ?? 0; at < length; at++) story.step(partition);
      applied[partition] = length;
    });
  }
}

/** Loses what is asked ahead, as receivers do that have passed its place in the log. */
export class Losing extends Story {
  lost = 0;

  override append(partition: number, record: NewRecord): void {
    if (isAskedAhead(record)) this.lost++;
    else super.append(partition, record);
  }
}

export function isAskedAhead({ kind, payload }: NewRecord): boolean {
  const message = kind === recordKinds.message ? decodeMessage(payload).message : null;
  return message?.kind === "ask" && message.question.startsWith("ahead/");
}
