// What a type of trigger or action is, as operators write it.

import type { Fields } from "./part_fields.ts";

export interface PartKind {
  /** Its segment in paths. */
  readonly segment: string;
  /** Its own members, besides those that all have. */
  readonly fields: Fields;
  /** The contract has a path for its built form. */
  readonly isBuilt: boolean;
}

export function kind(segment: string, fields: Fields): PartKind {
  return { segment, fields, isBuilt: false };
}

/** One whose built form has a path. */
export function builtKind(segment: string, fields: Fields): PartKind {
  return { segment, fields, isBuilt: true };
}
