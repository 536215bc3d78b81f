import type { JsonObject } from "../../model/json.ts";

/** A person of a list as it was given: the e-mail is still to be looked at. */
export interface GivenMember {
  readonly email: string;
  readonly data: JsonObject;
}
