// From a request about a person to a command and back: the person that an id stands for now, the change, and the person as it is afterwards.

import { assert } from "../../base/assert.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { PersonHead } from "../../model/person.ts";
import type { PersonChange } from "../../model/person_change.ts";
import type { Applied, RuntimeClient } from "../../runtime/client.ts";
import { type Answer, answerError, type Call } from "../http/route.ts";
import type { Directory } from "./directory.ts";

export interface PersonParts {
  readonly runtime: RuntimeClient;
  readonly directory: Directory;
}

export const personNotFound: Answer = answerError(apiError("person_not_found"));

/** @param decide what is to change of the person, or what is wrong with the request */
export async function changePerson(
  { runtime, directory }: PersonParts,
  { grant, params }: Call,
  decide: (person: PersonHead) => PersonChange | ApiError,
  answer: (person: PersonHead, value: unknown) => Answer | Promise<Answer>,
): Promise<Answer> {
  const { client } = grant;
  const before = await directory.person(client, params[0] ?? "");
  if (before === null) return personNotFound;
  const change = decide(before);
  if ("code" in change && !("kind" in change)) return answerError(change);
  const applied = await runtime.command({ kind: "change_person", client, personId: before.id, change });
  return afterCommand(directory, client, applied, answer);
}

export async function afterCommand(
  directory: Directory,
  client: string,
  { errorCode, personId, value }: Applied,
  answer: (person: PersonHead, value: unknown) => Answer | Promise<Answer>,
): Promise<Answer> {
  if (errorCode !== null) {
    assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
    return answerError(apiError(errorCode));
  }
  const person = personId === null ? null : await directory.person(client, personId);
  return person === null ? personNotFound : answer(person, value);
}
