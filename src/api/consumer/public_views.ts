// What consumers see of each other: a first name, a picture, and what is public.

import type { JsonValue } from "../../model/json.ts";
import type { PersonHead } from "../../model/person.ts";
import type { JsonSchema } from "../http/schema.ts";
import { exactly, text } from "../server/schema_words.ts";

export const publicPersonSchema: JsonSchema = exactly({
  id: text,
  first_name: text,
  image_url: text,
  parameters: { type: "object" },
});

/** Of a person who is not known any more, no more than the id. */
export function publicPersonView(person: PersonHead | null, id: string): object {
  return {
    id: person?.id ?? id,
    first_name: person === null ? "" : dataText(person, "first_name"),
    image_url: person === null ? "" : pictureOf(person),
    parameters: person === null ? {} : dataOf(person, false),
  };
}

export function pictureOf(person: PersonHead): string {
  return dataText(person, "profile_picture_url");
}

/** Data that the client keeps to itself are never shown; private ones where `withPrivate`. */
export function dataOf({ data }: PersonHead, withPrivate: boolean): { [name: string]: JsonValue } {
  const shown = Object.entries(data).filter(
    ([, { scope }]) => scope === "PUBLIC" || (withPrivate && scope === "PRIVATE"),
  );
  return Object.fromEntries(shown.map(([name, { value }]) => [name, value]));
}

export function dataText({ data }: PersonHead, name: string): string {
  const value = Object.hasOwn(data, name) ? data[name]?.value : undefined;
  return typeof value === "string" ? value : "";
}
