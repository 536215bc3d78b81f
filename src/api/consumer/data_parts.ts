// Data parts: an event's data by where they come from, and what its record says of that (`model/data_origin.ts`).
//
//   O1. A later part outranks an earlier one, in whatever case names are written: there is no way past a JWT by another case.
//   O2. Of data that are all of the body, which is most, nothing is noted. Otherwise the source with the longest names is the rest, so that what is
//       noted is bounded by what bounds the others: the length of a JWT and of a request's head.

import type { DataOrigins, DataSource } from "../../model/data_origin.ts";
import type { JsonObject } from "../../model/json.ts";

export interface DataPart {
  readonly source: DataSource;
  readonly data: JsonObject;
}

export interface JoinedData {
  readonly data: JsonObject;
  /** Null: all of the body. */
  readonly origins: DataOrigins | null;
}

export function inBody(data: JsonObject): readonly DataPart[] {
  return [{ source: "REQUEST_BODY", data }];
}

export function inQuery(data: JsonObject): readonly DataPart[] {
  return [{ source: "REQUEST_QUERY_PARAMETER", data }];
}

/** @param isJwtVerified the JWT among the parts verifies its sender */
export function joinParts(parts: readonly DataPart[], isJwtVerified: boolean): JoinedData {
  const filled = parts.filter(({ data }) => Object.keys(data).length > 0);
  const [first, ...others] = filled;
  if (first === undefined) return { data: {}, origins: null };
  // Sent by who has no JWT, as most are.
  if (others.length === 0 && first.source === "REQUEST_BODY") return { data: first.data, origins: null };
  let data: JsonObject = {};
  const sourceOf = new Map<string, DataSource>();
  for (const part of filled) {
    const names = Object.keys(part.data).map((name) => name.toLowerCase());
    data = { ...withoutNames(data, new Set(names)), ...part.data };
    for (const name of names) sourceOf.set(name, part.source);
  }
  return { data, origins: originsOf(sourceOf, isJwtVerified) };
}

function withoutNames(data: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !names.has(name.toLowerCase())));
}

/** O2. */
function originsOf(sourceOf: ReadonlyMap<string, DataSource>, isJwtVerified: boolean): DataOrigins | null {
  const named: { [S in DataSource]?: string[] } = {};
  for (const [name, source] of sourceOf) (named[source] ??= []).push(name);
  const length = (source: DataSource): number => (named[source] ?? []).join().length;
  const [rest, ...listed] = [...new Set(sourceOf.values())].toSorted((a, b) => length(b) - length(a));
  if (rest === undefined || (rest === "REQUEST_BODY" && listed.length === 0)) return null;
  delete named[rest];
  return {
    rest,
    ...(listed.length === 0 ? {} : { named }),
    ...(isJwtVerified ? { isJwtVerified } : {}),
  };
}
