// The JWT that comes with a request, in whichever of its places: a header, the body, the query.

import type { JsonObject } from "../../model/json.ts";
import type { RequestHead } from "../http/request_head.ts";
import { textOf } from "../server/bodies.ts";

/** In lower case. Of the request, not of the event: what lets somebody in is in no log, wherever it was put. */
const ofRequest: ReadonlySet<string> = new Set(["access_token", "jwt", "id_token", "idtoken"]);

export function isOfRequest(name: string): boolean {
  return ofRequest.has(name.toLowerCase());
}

/** Null: none. A blank one is as good as none. */
export function givenJwt(body: JsonObject, head: RequestHead): string | null {
  const said = [
    head.wanted?.get("x-extole-jwt"),
    textOf(body, "jwt"),
    textOf(body, "id_token"),
    textOf(body, "idToken"),
    head.query.includes("jwt=") ? new URLSearchParams(head.query).get("jwt") : null,
  ];
  for (const text of said) if (text !== null && text !== undefined && text.trim() !== "") return text.trim();
  return null;
}
