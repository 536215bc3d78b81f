// Self: the person behind a consumer's token, and how much of it the token may see.
//
//   F1. What is private is for who is verified. The person that a device began with is nobody else's than the device's as long as it has no e-mail: it may
//       see all of it. One that the token was led to is not, whether that has an e-mail or not.
//   F2. An ended token sees nothing, from the moment on that its end is durable.

import { assert } from "../../base/assert.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { PersonHead } from "../../model/person.ts";
import type { PersonChange } from "../../model/person_change.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import type { Holder } from "../http/auth.ts";
import { type Answer, answerError, type Call } from "../http/route.ts";
import type { Directory } from "../server/directory.ts";

export interface SelfParts {
  readonly runtime: RuntimeClient;
  readonly directory: Directory;
}

export interface Self {
  readonly holder: Holder;
  /** Null: the device has done nothing yet. */
  readonly person: PersonHead | null;
  /** F1. */
  readonly isTrusted: boolean;
}

type Work = (self: Self) => Answer | Promise<Answer>;

/** For what everybody may see of itself. */
export async function withSelf({ directory }: SelfParts, { grant }: Call, work: Work): Promise<Answer> {
  const { holder } = grant;
  if (holder === undefined) return answerError(apiError("missing_access_token"));
  const { isEnded, person } = await directory.bearer(holder.client, holder);
  // Whose person is gone holds nothing any more.
  if (isEnded || (person === null && holder.personId !== null)) return answerError(apiError("invalid_access_token"));
  const isDevices = holder.personId === null && (person === null || person.email === null);
  return work({ holder, person, isTrusted: holder.level === "verified" || isDevices });
}

/** For what is private (F1). */
export function withTrustedSelf(parts: SelfParts, call: Call, work: Work): Promise<Answer> {
  return withSelf(parts, call, (self) => (self.isTrusted ? work(self) : answerError(apiError("access_denied"))));
}

/** The person, made now if the device has none yet; or why not. */
export async function openPerson({ runtime, directory }: SelfParts, self: Self): Promise<PersonHead | ApiError> {
  if (self.person !== null) return self.person;
  const { client, device, personId } = self.holder;
  const opened = await runtime.command({ kind: "open_bearer", client, bearer: { device, personId } });
  const person = opened.personId === null ? null : await directory.person(client, opened.personId);
  return person ?? apiError("invalid_access_token");
}

export function isRefusal(value: PersonHead | ApiError): value is ApiError {
  return "code" in value;
}

/** The person as changed and the change's own answer, or why it was refused. */
export async function changeSelf(
  { runtime, directory }: SelfParts,
  { client, id }: PersonHead,
  change: PersonChange,
): Promise<
  { readonly error: ApiError } | { readonly error: null; readonly person: PersonHead; readonly value: unknown }
> {
  const { errorCode, personId, value } = await runtime.command({ kind: "change_person", client, personId: id, change });
  if (errorCode !== null) {
    assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
    return { error: apiError(errorCode) };
  }
  const person = personId === null ? null : await directory.person(client, personId);
  return person === null ? { error: apiError("invalid_access_token") } : { error: null, person, value };
}
