// What everybody may know of a share: where and when it was made, and of which link; never who made it, nor what was said.

import { apiError } from "../../model/errors.ts";
import type { Share } from "../../model/person.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { PAGE_SIZE_MAX } from "../limits.ts";
import { sharesOf } from "../server/person_history.ts";
import { exactly, listOf, open, text } from "../server/schema_words.ts";
import { dateView } from "../server/views.ts";
import { profileRead } from "./profile_read.ts";
import { type SelfParts, withSelf } from "./self.ts";

const shareSchema = exactly({
  id: text,
  share_id: text,
  channel: text,
  campaign_id: text,
  link: text,
  shareable_id: text,
  partner_id: open({ name: text, value: text }),
  share_date: text,
});

export function publicShareRoutes(parts: SelfParts): AnswerRoute[] {
  return [
    {
      ...profileRead,
      operation: "getPublicShares",
      path: "/api/v4/shares",
      summary: "Shares by the id that whoever shared gave them",
      query: ["partner_share_id", "partner_id"].map((name) => ({ name, schema: text })),
      response: listOf(shareSchema),
      run: (call) => withSelf(parts, call, () => list(parts, call)),
    },
    {
      ...profileRead,
      operation: "getPublicShare",
      path: "/api/v4/shares/{share_id}",
      summary: "A share",
      response: shareSchema,
      run: (call) =>
        withSelf(parts, call, async ({ holder: { client } }) => {
          const id = call.params[0] ?? "";
          const owner = await parts.directory.ownerOfShare(client, "id", id);
          const one = { limit: 1, offset: 0 };
          const found =
            owner === null ? null : await sharesOf(parts.directory, { client, id: owner.id }, { ids: [id] }, one);
          const share = found?.[0];
          return share === undefined ? answerError(apiError("SHARE_NOT_FOUND")) : answerJson(shareView(share));
        }),
    },
  ];
}

async function list({ directory }: SelfParts, { grant, query: given }: Call): Promise<Answer> {
  const query = new QueryReader(given);
  const pairs = query.pairs("partner_id", "partner_ids_invalid");
  const value = query.text("partner_share_id") ?? pairs.find(({ key }) => key === "partner_share_id")?.value ?? null;
  if (query.error !== null) return answerError(query.error);
  if (value === null) return answerError(apiError("partner_id_missing"));
  const owner = await directory.ownerOfShare(grant.client, "partner_id", value);
  const of = { client: grant.client, id: owner?.id ?? "" };
  const shares = owner === null ? null : await sharesOf(directory, of, { partnerValues: [value] }, all);
  return answerJson((shares ?? []).map(shareView));
}

/** As many as are kept of a person, at most. */
const all = { limit: PAGE_SIZE_MAX, offset: 0 } as const;

function shareView({ id, channel, campaignId, link, shareableCode, partnerId, createdMs }: Share): object {
  return {
    id,
    share_id: id,
    channel,
    campaign_id: campaignId,
    link: link ?? "",
    shareable_id: shareableCode ?? "",
    partner_id: partnerId === null ? {} : { name: partnerId.name, value: partnerId.value },
    share_date: dateView(createdMs),
  };
}
