// Erasure, whatever else is going on (`simulation/erasure_world.ts`): however partitions interleave, every event and every request is answered once, no event is
// refused, nobody waits for ever, and once she is erased and nothing has come from her since, nothing names her, and she may come back.

import { expect, test } from "vitest";
import { idTextOfHalves } from "../../src/base/ids.ts";
import {
  ACCOUNT,
  type Happening,
  happening,
  leftOvers,
  mentions,
  shop,
  type Stage,
  whoeverIsLeft,
  ZOE,
} from "../simulation/erasure_world.ts";
import { randomOf, seedsOf } from "../simulation/simulation.ts";
import { isSoak } from "../support/profile.ts";
import { CLIENT, Story } from "../support/story.ts";

/** Each rule of `person/erase.ts` has been seen to be needed in one of these. */
const telling = [44, 72, 161, 179, 204, 351];
const seeds = isSoak || process.env["LAUREL_SEED"] !== undefined ? seedsOf(5_000) : [...seedsOf(20), ...telling];
const HAPPENINGS = 40;
const DAY_MS = 86_400_000;

test(`whoever is erased is, and everybody is answered, in any order: ${seeds.length} seeds`, {
  timeout: 60_000 + seeds.length * 1000,
}, () => {
  for (const seed of seeds) {
    const random = randomOf(seed);
    const story = new Story(shop, 1 + random(4));
    story.happens("registered", { email: "april@x.com", advocate_code: "APRIL" });
    answers(story);
    const asked: Happening[] = [];
    for (let n = 0; n < HAPPENINGS; n++) {
      asked.push(happening(stageOf(story), random, n));
      for (let steps = random(8); steps > 0; steps--) {
        const ready = story.contexts.flatMap((_, partition) => (story.hasNext(partition) ? [partition] : []));
        if (ready.length > 0) story.step(ready[random(ready.length)] ?? 0);
      }
    }
    story.settle((ready) => ready[random(ready.length)] ?? 0);
    const where = `seed ${seed}`;
    const { states } = stageOf(story);
    const answered = answers(story);
    expect(answered.map(([id]) => id).toSorted(), where).toEqual(asked.map(({ id }) => id).toSorted());
    const events = new Set(asked.flatMap(({ id, isEvent }) => (isEvent ? [id] : [])));
    const refused = answered.filter(([id, errorCode]) => events.has(id) && errorCode !== null);
    expect(refused, where).toEqual([]);
    expect(leftOvers(states), where).toEqual([]);

    for (const personId of whoeverIsLeft({ states }))
      story.commands({ kind: "erase_person", client: CLIENT, personId });
    story.passes(2 * DAY_MS);
    expect(leftOvers(states), where).toEqual([]);
    expect(mentions(states), where).toEqual([]);
    const { personId } = story.happens("visited", { email: ZOE, partner_user_id: ACCOUNT });
    expect(story.happens("visited", { partner_user_id: ACCOUNT }).personId, where).toBe(personId);
  }
});

function stageOf(story: Story): Stage {
  return {
    states: story.contexts.map(({ state }) => state),
    event: (name, data, bearer) =>
      story.arrives(name, data, undefined, bearer === null ? null : { scopes: [], bearer }),
    command: (command) => story.asks(command),
  };
}

/** Ids with the codes of refusals. */
function answers(story: Story): [string, string | null][] {
  return story.contexts.flatMap(({ effects }) =>
    effects.replies
      .splice(0)
      .map(({ idHigh, idLow, errorCode }): [string, string | null] => [idTextOfHalves(idHigh, idLow), errorCode]),
  );
}
