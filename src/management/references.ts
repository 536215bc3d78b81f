// Whether something that an operator wrote refers to another thing of the client's, which then can be neither archived nor deleted.

import type { JsonValue } from "../model/json.ts";

/** The member is the id, or a list with the id. */
export function names(value: JsonValue | undefined, id: string): boolean {
  return value === id || (Array.isArray(value) && value.includes(id));
}

/** The id stands somewhere in it, however deep. */
export function mentions(value: unknown, id: string): boolean {
  if (typeof value !== "object" || value === null) return value === id;
  return Object.values(value).some((member) => mentions(member, id));
}
