// What the operations on parts of campaigns have in common: read from a version's body, or change the draft and answer with the part.

import { fail, ok, type Result } from "../../base/result.ts";
import { builtBody, type CampaignBody, editBody, type Part, type PartChange, partError } from "../../management/mod.ts";
import type { ApiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { type Answer, answerError, answerJson } from "../http/route.ts";
import { campaignAsOf, objectOf } from "../management/campaign_answers.ts";
import { changeAndAnswer } from "../management/change.ts";
import type { CampaignCall } from "../management/paths.ts";

/** Answers with something of the body that the path names: the draft, or an older version. */
export async function readBodyPart(
  configuration: ConfigurationClient,
  call: CampaignCall,
  read: (body: CampaignBody) => Result<object, ApiError>,
): Promise<Answer> {
  const campaign = await campaignAsOf(configuration, call);
  if (!campaign.ok) return answerError(campaign.error);
  const found = read(campaign.value.body);
  return found.ok ? answerJson(found.value) : answerError(found.error);
}

/** As `readBodyPart`, of the body as built. */
function readBuiltPart(
  configuration: ConfigurationClient,
  call: CampaignCall,
  read: (body: CampaignBody) => Result<object, ApiError>,
): Promise<Answer> {
  return readBodyPart(configuration, call, (body) => {
    const built = builtBody(call.reference.campaignId, body);
    return built.ok ? read(built.value) : built;
  });
}

/** By its path: forms as built lie under `/built`. */
export function readerOf(path: string): typeof readBodyPart {
  return path.endsWith("/built") ? readBuiltPart : readBodyPart;
}

/** Changes the draft, which makes a version of its own. */
export function changeBodyPart(
  configuration: ConfigurationClient,
  { grant, reference, body }: CampaignCall,
  of: {
    readonly change: (draft: CampaignBody, given: JsonObject, newId: () => string) => Result<PartChange, ApiError>;
    readonly view: (part: Part) => object;
    /** What goes may be as wrong as it likes. */
    readonly isRemoval?: true;
  },
): Promise<Answer> {
  return changeAndAnswer(
    configuration,
    grant.client,
    (current, { nowMs, newId }) => {
      const parts: Part[] = [];
      const decided = editBody(current, reference, { nowMs, message: "" }, (draft) => {
        const changed = of.change(draft, objectOf(body), newId);
        if (!changed.ok) return changed;
        const { part, body: edited } = changed.value;
        const error = of.isRemoval === true ? null : partError(part, { configuration: current, body: edited, nowMs });
        if (error !== null) return fail(error);
        parts.push(part);
        return ok(edited);
      });
      if (!decided.ok) return decided;
      return ok({ changes: decided.value.changes, answer: parts[0] ?? {} });
    },
    (part) => of.view(part),
  );
}
