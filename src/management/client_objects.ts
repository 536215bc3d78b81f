// Objects of a client beside its campaigns (audiences, prehandlers): made, changed, archived, brought back, deleted. What differs from kind to kind is a
// row: `audiences.ts`, `prehandlers.ts`.
//
//   J1. A change is partial: what is absent stays, null takes a member back to its default.
//   J2. An archived object is kept and can be read, and has no effect.

import { fail, ok, type Result } from "../base/result.ts";
import type { Configuration, CurrentCollection, DocumentChange } from "../model/configuration.ts";
import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { isoDate } from "../rules/mod.ts";
import { builtMembers } from "./built_members.ts";
import { type Fields, merged, missingMember } from "./part_fields.ts";

export interface ObjectKind {
  readonly collection: CurrentCollection;
  readonly fields: Fields;
  /** Of members that are not given. */
  readonly defaults: JsonObject;
  /** Members that stay as they were made. */
  readonly fixed?: readonly string[];
  readonly notFound: ErrorCode;
  readonly buildFailed: ErrorCode;
  /** What is wrong with the object as it would be; null: nothing. */
  readonly wrong: (object: ClientObject, others: readonly ClientObject[]) => ApiError | null;
  /** What it refers to and is not there, or archived, as it is brought back; null: nothing. */
  readonly lacking?: (configuration: Configuration, object: ClientObject) => ApiError | null;
  /** Why it must stay; null: it need not. */
  readonly needed: (configuration: Configuration, id: string, end: "archive" | "delete") => ApiError | null;
}

/** As it is kept: its members, and these. */
export interface ClientObject extends JsonObject {
  readonly id: string;
  readonly is_archived: boolean;
  readonly created_date: string;
  readonly updated_date: string;
}

export interface ObjectDecision {
  readonly changes: readonly DocumentChange[];
  readonly answer: ClientObject;
}

export interface ObjectReference {
  readonly kind: ObjectKind;
  readonly id: string;
}

export function listObjects(configuration: Configuration, { collection, defaults }: ObjectKind): ClientObject[] {
  return configuration.list(collection).map((document) => complete(defaults, document));
}

export function findObject(
  configuration: Configuration,
  { kind, id }: ObjectReference,
): Result<ClientObject, ApiError> {
  const found = configuration.find(kind.collection, id);
  return found === undefined ? fail(apiError(kind.notFound, { id })) : ok(complete(kind.defaults, found));
}

export function createObject(
  configuration: Configuration,
  { kind, id }: ObjectReference,
  given: JsonObject,
  nowMs: number,
): Result<ObjectDecision, ApiError> {
  const date = isoDate(nowMs);
  const created = { is_archived: false, created_date: date, updated_date: date };
  return kept(configuration, kind, { ...kind.defaults, ...merged({}, given), ...created, id });
}

/** J1. */
export function changeObject(
  configuration: Configuration,
  reference: ObjectReference,
  given: JsonObject,
  nowMs: number,
): Result<ObjectDecision, ApiError> {
  const found = findObject(configuration, reference);
  if (!found.ok) return found;
  const { kind, id } = reference;
  const { is_archived, created_date } = found.value;
  const moved = kind.fixed?.find((name) => given[name] !== undefined && given[name] !== found.value[name]);
  if (moved !== undefined) return fail(apiError("validation_error", { name: moved }));
  const members = { ...kind.defaults, ...merged(found.value, given) };
  return kept(configuration, kind, { ...members, id, is_archived, created_date, updated_date: isoDate(nowMs) });
}

/** J2. */
export function setArchived(
  configuration: Configuration,
  reference: ObjectReference,
  isArchived: boolean,
  nowMs: number,
): Result<ObjectDecision, ApiError> {
  const found = findObject(configuration, reference);
  if (!found.ok) return found;
  const { kind, id } = reference;
  const error = isArchived ? kind.needed(configuration, id, "archive") : null;
  if (error !== null) return fail(error);
  const object: ClientObject = { ...found.value, is_archived: isArchived, updated_date: isoDate(nowMs) };
  // What breaks a rule that came after it must still be got rid of.
  if (isArchived) return ok(put(kind, object));
  const decided = kept(configuration, kind, object);
  if (!decided.ok) return decided;
  const built = builtObject(kind, decided.value.answer);
  const lacking = built.ok ? (kind.lacking?.(configuration, built.value) ?? null) : null;
  return lacking === null ? decided : fail(lacking);
}

export function deleteObject(
  configuration: Configuration,
  reference: ObjectReference,
): Result<ObjectDecision, ApiError> {
  const found = findObject(configuration, reference);
  if (!found.ok) return found;
  const { kind, id } = reference;
  const error = kind.needed(configuration, id, "delete");
  if (error !== null) return fail(error);
  return ok({ changes: [{ collection: kind.collection, id, document: null }], answer: found.value });
}

/** With what its expressions of build time yield. */
export function builtObject(kind: ObjectKind, object: ClientObject): Result<ClientObject, ApiError> {
  const built = builtMembers(kind.fields, object);
  if (built.ok) return ok({ ...built.value, id: object.id, is_archived: object.is_archived, ...dates(object) });
  return fail(apiError(kind.buildFailed, { ...built.error }));
}

function dates({ created_date, updated_date }: ClientObject): Pick<ClientObject, "created_date" | "updated_date"> {
  return { created_date, updated_date };
}

/** Names are unique and rules hold for what is built. */
function kept(configuration: Configuration, kind: ObjectKind, object: ClientObject): Result<ObjectDecision, ApiError> {
  const missing = missingMember(kind.fields, object);
  if (missing !== null) return fail(apiError(missing));
  const built = builtObject(kind, object);
  if (!built.ok) return built;
  const others = listObjects(configuration, kind).filter(({ id }) => id !== object.id);
  const error = kind.wrong(built.value, others);
  return error === null ? ok(put(kind, object)) : fail(error);
}

function put({ collection }: ObjectKind, object: ClientObject): ObjectDecision {
  return { changes: [{ collection, id: object.id, document: object }], answer: object };
}

/** What a program file brought has only what it said. */
function complete(defaults: JsonObject, document: JsonObject): ClientObject {
  const date = isoDate(0);
  const known = { is_archived: false, created_date: date, updated_date: date, id: "" };
  return { ...defaults, ...known, ...document };
}
