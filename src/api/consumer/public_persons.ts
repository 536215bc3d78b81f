// What consumers see of somebody by id: a first name, a picture and what is public. Any token may ask; ids are not to be guessed.

import { originOf } from "../../base/ids.ts";
import { apiError } from "../../model/errors.ts";
import type { PersonHead } from "../../model/person.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { profileRead } from "./profile_read.ts";
import { pictureOf, publicPersonSchema, publicPersonView } from "./public_views.ts";
import { type SelfParts, withSelf } from "./self.ts";

export function publicPersonRoutes(parts: SelfParts): AnswerRoute[] {
  return [
    {
      ...profileRead,
      operation: "getPublicPersonV4",
      path: "/api/v4/person/{person_id}",
      summary: "What is public of a person",
      response: publicPersonSchema,
      run: (call) => withPerson(parts, call, (person) => answerJson(publicPersonView(person, person.id))),
    },
    {
      ...profileRead,
      operation: "getPersonProfilePictureUrlV4",
      path: "/api/v4/person/profile-picture-url/{person_id}",
      summary: "Where a person's picture is; empty without one",
      response: null,
      run: (call) =>
        withPerson(parts, call, (person) => ({
          kind: "text",
          text: pictureOf(person),
          contentType: "text/plain; charset=utf-8",
        })),
    },
  ];
}

function withPerson(parts: SelfParts, call: Call, answer: (person: PersonHead) => Answer): Promise<Answer> {
  return withSelf(parts, call, async ({ holder }) => {
    const id = call.params[0] ?? "";
    if (originOf(id) === undefined) return answerError(apiError("invalid_person_id"));
    const person = await parts.directory.person(holder.client, id);
    return person === null ? answerError(apiError("person_not_found")) : answer(person);
  });
}
