// What became of something that may earn a reward: asked by an id that the event bore, a reward's name, or the consumer's own id of an event.
//
//   W1. A polling id is known to whoever sent the event, so its token may ask by it whatever its level. The other questions are for who is trusted.
//   W2. A reward that lives is a success; a step that looked suspicious, or a reward that was taken back, is a failure; until then it is pending.

import { apiError } from "../../model/errors.ts";
import type { PersonHead, Step } from "../../model/person.ts";
import type { Reward } from "../../model/reward.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { hotStepsOf, rewardIdsOf } from "../server/person_history.ts";
import { exactly, listOf, text } from "../server/schema_words.ts";
import { rewardView } from "../server/views.ts";
import { type Self, type SelfParts, withSelf } from "./self.ts";

/** Of a person's newest rewards, how many are looked at for the one that an event earned. */
const REWARDS_LOOKED_AT_MAX = 20;
const ended: ReadonlySet<string> = new Set(["CANCELED", "REVOKED", "FAILED", "EXPIRED"]);

const qualitySchema: JsonSchema = exactly({
  score: { enum: ["ERROR", "HIGH", "LOW"] },
  quality_rule_results: listOf(exactly({ rule_name: text, score: text })),
});

export function rewardStatusRoutes(parts: SelfParts): AnswerRoute[] {
  return [
    {
      kind: "answer",
      audience: "consumer",
      method: "GET",
      scopes: ["UPDATE_PROFILE"],
      operation: "getMyRewardStatus",
      path: "/api/v4/me/rewards/status",
      summary: "What became of an event that may earn a reward",
      query: ["polling_id", "reward_name", "partner_event_id"].map((name) => ({ name, schema: text })),
      request: null,
      response: {
        type: "object",
        properties: {
          status: { enum: ["FAILED", "PENDING", "SUCCEEDED"] },
          reward: { type: "object" },
          quality_results: listOf(qualitySchema),
        },
        required: ["status", "quality_results"],
      },
      run: (call) => withSelf(parts, call, (self) => status(parts, call, self)),
    },
  ];
}

interface Found {
  readonly steps: readonly Step[];
  readonly reward: Reward | null;
}

async function status(parts: SelfParts, call: Call, self: Self): Promise<Answer> {
  const query = new QueryReader(call.query);
  const pollingId = query.text("polling_id");
  const name = query.text("reward_name");
  const partnerEventId = query.text("partner_event_id");
  if (query.error !== null) return answerError(query.error);
  if (pollingId === null && name === null && partnerEventId === null) {
    return answerError(apiError("invalid_reward_filter"));
  }
  if (pollingId === null && !self.isTrusted) return answerError(apiError("access_denied"));
  const { person } = self;
  if (person === null) return answerStatus(null, { steps: [], reward: null });
  const found =
    pollingId === null
      ? await byOwnIds(parts, person, name, partnerEventId)
      : await byPollingId(parts, person, pollingId);
  return answerStatus(person, found);
}

async function byPollingId(parts: SelfParts, person: PersonHead, pollingId: string): Promise<Found> {
  const eventId = await parts.directory.polledEvent(person, pollingId);
  if (eventId === null) return { steps: [], reward: null };
  const steps = (await hotStepsOf(parts.directory, person, { rootEventId: eventId })) ?? [];
  const reward = await firstReward(parts, person, null, (each) => each.rootEventId === eventId);
  return { steps, reward };
}

async function byOwnIds(
  parts: SelfParts,
  person: PersonHead,
  name: string | null,
  partnerEventId: string | null,
): Promise<Found> {
  const steps =
    partnerEventId === null
      ? []
      : ((await hotStepsOf(parts.directory, person, { partnerEventValue: partnerEventId })) ?? []);
  const roots = new Set(steps.map(({ rootEventId }) => rootEventId));
  const isOfEvent = (each: Reward): boolean => partnerEventId === null || roots.has(each.rootEventId);
  return { steps, reward: await firstReward(parts, person, name, isOfEvent) };
}

/** The newest one that passes, of those that have the name. */
async function firstReward(
  { directory }: SelfParts,
  person: PersonHead,
  name: string | null,
  passes: (reward: Reward) => boolean,
): Promise<Reward | null> {
  const newest = { before: null, skip: 0, limit: REWARDS_LOOKED_AT_MAX };
  const ids = (await rewardIdsOf(directory, person, name === null ? {} : { names: [name] }, newest))?.items ?? [];
  const rewards = await directory.rewards(person.client, ids);
  return rewards.find((reward) => reward !== null && passes(reward)) ?? null;
}

/** W2. */
function answerStatus(person: PersonHead | null, { steps, reward }: Found): Answer {
  const isLow = steps.some(({ quality }) => quality === "LOW");
  const isOver = reward !== null && ended.has(reward.state);
  const isFailed = isOver || (reward === null && isLow);
  const unfailed = reward === null ? "PENDING" : "SUCCEEDED";
  const isKnown = steps.length > 0 || reward !== null;
  return answerJson({
    status: isFailed ? "FAILED" : unfailed,
    ...(reward === null || person === null ? {} : { reward: rewardView(reward, person) }),
    quality_results: isKnown ? [{ score: isLow ? "LOW" : "HIGH", quality_rule_results: [] }] : [],
  });
}
