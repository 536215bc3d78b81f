// Promotion links as documents: made once, never changed.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { PromotionLink } from "../model/promotion_link.ts";

/** A configuration is held in memory whole. */
const PROMOTION_LINKS_MAX = 10_000;

export function listPromotionLinks(configuration: Configuration): readonly PromotionLink[] {
  return configuration.list("promotion_link").map(kept);
}

export function findPromotionLink(configuration: Configuration, code: string): PromotionLink | null {
  const found = configuration.find("promotion_link", code);
  return found === undefined ? null : kept(found);
}

export function createPromotionLink(
  configuration: Configuration,
  link: PromotionLink,
): Result<{ readonly changes: readonly DocumentChange[]; readonly answer: PromotionLink }, ApiError> {
  const { code } = link;
  if (findPromotionLink(configuration, code) !== null) return fail(apiError("code_taken", { code }));
  if (configuration.list("promotion_link").length >= PROMOTION_LINKS_MAX)
    return fail(apiError("invalid_parameter", { name: "code", limit: PROMOTION_LINKS_MAX }));
  return ok({ changes: [{ collection: "promotion_link", id: code, document: { ...link } }], answer: link });
}

/** What is kept was checked when it was written. */
function kept(document: JsonObject): PromotionLink {
  return document as object as PromotionLink;
}
