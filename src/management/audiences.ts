// Audiences as operators write them, and who refers to one.

import type { Configuration } from "../model/configuration.ts";
import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { type CampaignBody, listCampaigns } from "./campaign_head.ts";
import { listAt, textAt } from "./campaign_parts.ts";
import type { ObjectKind } from "./client_objects.ts";
import { built, componentFields, flag, listOf, plain, required, text } from "./part_fields.ts";
import { mentions, names } from "./references.ts";
import { areTags } from "./tags.ts";

const NAME_LENGTH_MAX = 255;

export const audienceKind: ObjectKind = {
  collection: "audience",
  fields: {
    name: required("missing_audience_name", built(text)),
    enabled: built(flag),
    tags: plain(listOf(text)),
    ...componentFields,
  },
  defaults: { enabled: true, tags: [], component_ids: [], component_references: [] },
  notFound: "audience_not_found",
  buildFailed: "audience_build_failed",
  wrong: ({ name, tags }) => {
    if (typeof name !== "string" || name.trim().length === 0 || name.length > NAME_LENGTH_MAX)
      return apiError("invalid_audience_name", { length_max: NAME_LENGTH_MAX });
    return areTags(tags) ? null : apiError("invalid_audience_tag");
  },
  needed: (configuration, id, end) => {
    const use = findUse(configuration, id);
    return use === null ? null : apiError(use.by === "action" ? actionCodes[end] : use.code, use.where);
  },
};

/** The contract lists one code an operation, whichever of the two actions it is. */
const actionCodes = {
  archive: "audience_associated_with_create_membership_controller_action",
  delete: "audience_associated_with_remove_membership_controller_action",
} as const satisfies { readonly [end: string]: ErrorCode };

interface Use {
  readonly by: "trigger" | "action" | "component";
  readonly code: ErrorCode;
  readonly where: { readonly [name: string]: string };
}

/** Drafts count as well as what is published; what is deleted or archived does not. */
function findUse(configuration: Configuration, id: string): Use | null {
  for (const { campaign_id, draft, published, is_deleted, state } of listCampaigns(configuration)) {
    if (is_deleted || state === "ARCHIVED") continue;
    for (const body of published === null ? [draft] : [draft, published]) {
      const use = useIn(body, id, campaign_id);
      if (use !== null) return use;
    }
  }
  return null;
}

function useIn(body: CampaignBody, id: string, campaign_id: string): Use | null {
  for (const step of body.steps) {
    const where = { campaign_id, controller_id: textAt(step, "id") };
    const isNamed = (part: JsonObject): boolean =>
      names(part["audience_id"], id) || names(part["audience_ids"], id) || names(part["having_any_audience_id"], id);
    if (listAt(step, "triggers").some(isNamed))
      return { by: "trigger", code: "audience_associated_with_audience_membership_controller_trigger", where };
    if (listAt(step, "actions").some(isNamed)) return { by: "action", code: actionCodes.archive, where };
  }
  return mentions(body.components, id)
    ? { by: "component", code: "audience_associated_with_component_variable", where: { campaign_id } }
    : null;
}

/** The audience, when it is there to be joined. */
export function audienceError(configuration: Configuration, id: string): ApiError | null {
  const found = configuration.find("audience", id);
  return found === undefined || found["is_archived"] === true
    ? apiError("audience_not_found", { audience_id: id })
    : null;
}
