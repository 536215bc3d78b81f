// Verbs on campaigns: each a row of a table. What a verb does is decided in `src/management/campaign_verbs.ts`.

import { applyVerb, type CampaignVerb, type LatestMode, makeLatest } from "../../management/mod.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { answerError } from "../http/route.ts";
import { decided, objectOf, readVersion, textOf } from "./campaign_answers.ts";
import { bodies } from "./campaign_bodies.ts";
import type { CampaignCall, campaignRoutes } from "./paths.ts";
import { writeSchemaless as write } from "./scopes.ts";

/** Verb -> operation, request body and sentence. */
const verbs: readonly (readonly [CampaignVerb, string, keyof typeof bodies | null, string])[] = [
  ["publish", "publishCampaign", "publish", "Publish the draft; optionally go live"],
  ["live", "liveCampaign", null, "Go live"],
  ["launch-test", "launchTest", "launch", "Go live beside the program's other campaigns"],
  ["launch-burst", "launchBurst", "launch", "Go live and pause the program's other campaigns"],
  ["pause", "pauseCampaign", "date", "Take nobody new, now or from a date on"],
  ["end", "endCampaign", "date", "Complete what is pending and begin nothing, now or from a date on"],
  ["stop", "stopCampaign", "date", "Stop altogether, now or from a date on"],
  ["schedule", "scheduleCampaign", "schedule", "Replace the campaign's dates"],
  ["archive", "archiveCampaign", null, "Archive a campaign"],
  ["unarchive", "unArchiveCampaign", null, "Bring an archived campaign back"],
  ["discard", "discard", null, "Throw the draft away"],
  ["lock", "lockCampaign", "locks", "Lock a campaign against changes or copies"],
  ["unlock", "unlockCampaign", "locks", "Release locks"],
];

const latest: readonly (readonly [LatestMode, string, string])[] = [
  ["draft", "makeLatestDraft", "Make an older version the draft"],
  ["published", "makeLatestPublished", "Make an older version the published one"],
  ["preserve-state", "makeLatestPreserveState", "Make an older version the newest and leave the state"],
];

export function verbRoutes(configuration: ConfigurationClient): Parameters<typeof campaignRoutes>[0] {
  return [
    ...verbs.map(([verb, operation, body, summary]) => ({
      ...write,
      operation,
      method: "POST" as const,
      summary,
      below: `/${verb}`,
      request: body === null ? null : bodies[body],
      isBodyOptional: true as const,
      run: (call: CampaignCall) =>
        decided(configuration, call.grant.client, call.body, (current, { nowMs }, author) =>
          applyVerb(
            current,
            call.reference,
            verb,
            { ...objectOf(call.body), ...verbMembers(call.body), nowMs },
            author,
          ),
        ),
    })),
    ...latest.map(([mode, operation, summary]) => ({
      ...write,
      operation,
      method: "POST" as const,
      summary,
      below: `/make-latest-${mode}`,
      request: bodies.makeLatest,
      run: async ({ grant, reference, body }: CampaignCall) => {
        const wanted = textOf(body, "version") ?? "";
        const version = await readVersion(configuration, grant.client, reference.campaignId, wanted);
        if (!version.ok) return answerError(version.error);
        return decided(configuration, grant.client, body, (current, _means, author) =>
          makeLatest(current, reference, { version: version.value, mode }, author),
        );
      },
    })),
  ];
}

/** `launch` and `date` keep their names; dates of a schedule and lock types get ours. */
function verbMembers(body: unknown): object {
  const { start_date, pause_date, end_date, stop_date, lock_types } = objectOf(body);
  const dates = { start_date, pause_date, end_date, stop_date };
  const schedule = Object.fromEntries(Object.entries(dates).filter(([, date]) => date !== undefined));
  return { schedule, lockTypes: Array.isArray(lock_types) ? lock_types : [] };
}
