// Data of a person: every write of a datum goes through here, so that each knows when it was made and last written.

import { memberOf, setMember } from "../../base/members.ts";
import type { JsonValue } from "../../model/json.ts";
import type { Person, Scope } from "../../model/person.ts";
import type { Turn } from "../context.ts";

export function setDatum(
  { nowMs }: Turn,
  { data }: Person,
  { name, value, scope }: { readonly name: string; readonly value: JsonValue; readonly scope: Scope },
): void {
  const createdMs = memberOf(data, name)?.createdMs ?? nowMs;
  setMember(data, name, { value, scope, createdMs, updatedMs: nowMs });
}
