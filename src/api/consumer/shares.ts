// A consumer's shares: listed, recorded on any channel, sent by mail. A share is an event like any other: campaigns make it one (SHARE_EVENT), and only
// what they made is shown.

import { type ApiError, apiError, envelopeOf } from "../../model/errors.ts";
import { valueText } from "../../model/filters.ts";
import type { JsonObject } from "../../model/json.ts";
import type { PersonHead, Share } from "../../model/person.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { PAGE_SIZE_MAX } from "../limits.ts";
import { mapBounded } from "../server/directory.ts";
import { exactly, listOf, mapOf, open, text, textOrNull } from "../server/schema_words.ts";
import { type PersonReference, sharesOf } from "../server/person_history.ts";
import { dateView } from "../server/views.ts";
import type { ConsumerEvents } from "./consumer_events.ts";
import { inBody } from "./data_parts.ts";
import { publicPersonSchema, publicPersonView } from "./public_views.ts";
import { batchWish, customWish, eventWish, type ShareWish } from "./share_wishes.ts";
import { type Self, type SelfParts, withSelf, withTrustedSelf } from "./self.ts";
import { newDevice } from "./token_mint.ts";

export interface ShareParts extends SelfParts {
  readonly events: ConsumerEvents;
}

const shareSchema = exactly({
  id: text,
  share_id: text,
  channel: text,
  campaign_id: text,
  link: textOrNull,
  message: textOrNull,
  subject: textOrNull,
  shareable_id: textOrNull,
  recipient_email: textOrNull,
  recipients: listOf(text),
  friend: publicPersonSchema,
  partner_id: open({ name: text, value: text }),
  data: mapOf(text),
  share_date: text,
});

const pollingSchema = {
  type: "object",
  properties: {
    polling_id: text,
    share_id: textOrNull,
    status: { enum: ["FAILED", "PENDING", "SUCCEEDED"] },
    error: { type: "object" },
  },
  required: ["polling_id", "share_id", "status"],
} as const;

const wishSchema = open({});
const made = exactly({ polling_id: text, share_id: text });

export function shareRoutes(parts: ShareParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  const read = { ...common, method: "GET", request: null } as const;
  const write = { ...common, method: "POST", request: wishSchema } as const;
  const status = { ...read, response: pollingSchema, run: (call: Call) => answerPoll(parts, call) } as const;
  return [
    {
      ...read,
      operation: "getShares",
      path: "/api/v4/me/shares",
      summary: "Own shares, newest first",
      query: ["partner_share_id", "partner_id"].map((name) => ({ name, schema: text })),
      response: listOf(shareSchema),
      run: (call) => withTrustedSelf(parts, call, (self) => list(parts, call, self)),
    },
    {
      ...read,
      operation: "getShare",
      path: "/api/v4/me/shares/{share_id}",
      summary: "An own share",
      response: shareSchema,
      run: (call) =>
        withTrustedSelf(parts, call, async ({ person }) => {
          const wanted = { ids: [call.params[0] ?? ""] };
          const found = person === null ? null : await sharesOf(parts.directory, person, wanted, one);
          const share = found?.[0];
          if (person === null || share === undefined) return answerError(apiError("SHARE_NOT_FOUND"));
          return answerJson(await shareView(parts, person, share));
        }),
    },
    {
      ...write,
      operation: "customShare",
      path: "/api/v5/custom/share",
      summary: "Record a share on any channel",
      response: made,
      run: (call) => shareOne(parts, call, customWish),
    },
    {
      ...write,
      operation: "shareEvent",
      path: "/api/v4/events/share",
      summary: "Record a share of a share link",
      response: made,
      run: (call) => shareOne(parts, call, eventWish),
    },
    {
      ...write,
      operation: "batchEmailShare",
      path: "/api/v5/email/share/batch",
      summary: "Share with several people by mail",
      response: listOf(exactly({ polling_id: text, recipient_email: text })),
      run: (call) => shareWithMany(parts, call),
    },
    {
      ...status,
      operation: "customShareStatus",
      path: "/api/v5/custom/share/status/{polling_id}",
      summary: "Poll a share",
    },
    {
      ...status,
      operation: "shareEventStatus",
      path: "/api/v4/events/share/status/{polling_id}",
      summary: "Poll a share",
    },
  ];
}

const one = { limit: 1, offset: 0 } as const;
/** More than are kept of a person. */
const all = { limit: PAGE_SIZE_MAX, offset: 0 } as const;

async function list(parts: ShareParts, call: Call, { person }: Self): Promise<Answer> {
  if (person === null) return answerJson([]);
  const query = new QueryReader(call.query);
  const ids = query.list("partner_share_id");
  const pairs = query.pairs("partner_id", "partner_ids_invalid");
  if (query.error !== null) return answerError(query.error);
  const filter = { partnerValues: ids, partnerIds: pairs };
  const shares = (await sharesOf(parts.directory, person, filter, all)) ?? [];
  return answerJson(await mapBounded(shares, (share) => shareView(parts, person, share)));
}

async function shareView({ directory }: SelfParts, { client }: PersonHead, share: Share): Promise<object> {
  const { otherPersonId } = share;
  const friend = otherPersonId === null ? null : await directory.person(client, otherPersonId);
  const recipient = share.data.find(({ name }) => name === "share.recipient")?.value;
  const email = typeof recipient === "string" ? recipient : null;
  const shown = share.data.filter(({ scope }) => scope !== "CLIENT");
  return {
    id: share.id,
    share_id: share.id,
    channel: share.channel,
    campaign_id: share.campaignId,
    link: share.link,
    message: share.message,
    subject: share.subject,
    shareable_id: share.shareableCode,
    recipient_email: email,
    recipients: email === null ? [] : [email],
    friend: publicPersonView(friend, otherPersonId ?? ""),
    partner_id: share.partnerId === null ? {} : { name: share.partnerId.name, value: share.partnerId.value },
    data: Object.fromEntries(shown.map(({ name, value }) => [name, valueText(value)])),
    share_date: dateView(share.createdMs),
  };
}

type ReadWish = (person: PersonHead | null, body: unknown) => ShareWish | ApiError;

function shareOne(parts: ShareParts, call: Call, readWish: ReadWish): Promise<Answer> {
  return withSelf(parts, call, async ({ person }) => {
    const wish = readWish(person, call.body);
    if ("parameters" in wish) return answerError(wish);
    const done = await record(parts, call, wish);
    if ("parameters" in done) return answerError(done);
    return answerJson({ polling_id: done.pollingId, share_id: done.share?.id ?? "" });
  });
}

function shareWithMany(parts: ShareParts, call: Call): Promise<Answer> {
  return withSelf(parts, call, async ({ person }) => {
    const wishes = batchWish(person, call.body);
    if ("parameters" in wishes) return answerError(wishes);
    const rows: object[] = [];
    for (const wish of wishes) {
      const done = await record(parts, call, wish);
      if ("parameters" in done) return answerError(done);
      rows.push({ polling_id: done.pollingId, recipient_email: wish.recipient ?? "" });
    }
    return answerJson(rows);
  });
}

/** The event bears an id by which its share is found: the caller's own, or one of ours. */
async function record(
  parts: ShareParts,
  call: Call,
  wish: ShareWish,
): Promise<{ readonly pollingId: string; readonly share: Share | null } | ApiError> {
  const pollingId = wish.partnerShareId ?? newDevice();
  const data: JsonObject = {
    ...wish.data,
    "share.channel": wish.channel,
    partner_share_id: pollingId,
    ...optional("share.recipient", wish.recipient),
    ...optional("share.message", wish.message),
    ...optional("share.subject", wish.subject),
    ...optional("share.shareable_code", wish.code),
    ...optional("campaign_id", wish.campaignId),
  };
  const submitted = await parts.events.submit(call, {
    name: "share",
    parts: inBody(data),
    eventTime: null,
    messageId: null,
    jwt: null,
  });
  if (submitted.kind === "refused") return submitted.error;
  const { holder, personId } = submitted;
  return { pollingId, share: await shareOf(parts, { client: holder.client, id: personId }, pollingId) };
}

function optional(name: string, value: string | null): JsonObject {
  return value === null ? {} : { [name]: value };
}

async function shareOf({ directory }: SelfParts, person: PersonReference, pollingId: string): Promise<Share | null> {
  const found = await sharesOf(directory, person, { partnerValues: [pollingId] }, one);
  return found?.[0] ?? null;
}

/** Events are applied when they are answered: what is not there now was made a share by no campaign. */
function answerPoll(parts: ShareParts, call: Call): Promise<Answer> {
  return withSelf(parts, call, async ({ person }) => {
    const pollingId = call.params[0] ?? "";
    const share = person === null ? null : await shareOf(parts, person, pollingId);
    if (share !== null) return answerJson({ polling_id: pollingId, share_id: share.id, status: "SUCCEEDED" });
    const error = envelopeOf(apiError("SHARE_NOT_FOUND"), pollingId);
    return answerJson({ polling_id: pollingId, share_id: null, status: "FAILED", error });
  });
}
