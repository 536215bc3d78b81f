// Requests: from which addresses and devices a person's events came. What self-referral rules compare; bounded, newest last.

import type { PersonEvent } from "../../model/event.ts";
import { type Person, RECENT_REQUESTS_MAX, type RequestOrigin } from "../../model/person.ts";

/** Notes where an INPUT event came from, as far as the front knew. */
export function rememberSender(person: Person, { enrichment, requestMs }: PersonEvent): void {
  if (enrichment === null) return;
  const { ip = null, deviceId = null, country = null } = enrichment;
  if (ip === null && deviceId === null) return;
  rememberRequest(person, { ip, deviceId, country, atMs: requestMs });
}

/** One row an address and device: its newest time, in the order of time. */
export function rememberRequest(person: Person, request: RequestOrigin): void {
  const { requests } = person;
  const at = requests.findIndex((own) => own.ip === request.ip && own.deviceId === request.deviceId);
  const known = at < 0 ? undefined : requests.splice(at, 1)[0];
  const newest = known !== undefined && known.atMs > request.atMs ? known : request;
  const place = requests.findLastIndex((own) => own.atMs <= newest.atMs) + 1;
  requests.splice(place, 0, { ...newest });
  if (requests.length > RECENT_REQUESTS_MAX) requests.shift();
}
