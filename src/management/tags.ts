// Tags: words by which operators find what they made.

import type { JsonValue } from "../model/json.ts";

/** The contract's. */
const TAG_LENGTH_MAX = 255;

export function isTag(tag: JsonValue): boolean {
  return typeof tag === "string" && tag.trim().length > 0 && tag.length <= TAG_LENGTH_MAX;
}

export function areTags(tags: JsonValue | undefined): boolean {
  return Array.isArray(tags) && tags.every(isTag);
}
