// What the API changes of persons. The command goes to the person's partition, follows its links, and is answered with a code or with nothing.

import { originOf } from "../../base/ids.ts";
import { memberOf } from "../../base/members.ts";
import type { Person } from "../../model/person.ts";
import type { OwnDatum, PersonChange } from "../../model/person_change.ts";
import type { LogRecord } from "../../model/record.ts";
import { textOf } from "../1_route.ts";
import { newPerson } from "../2_identity.ts";
import type { ChangePerson, CreatePerson } from "../command.ts";
import { idOf, programOf, reply, send, type Turn } from "../context.ts";
import { wantIdentity } from "./identity_change.ts";
import { claimProfileKey, keyEntry, ownerOf } from "./keys.ts";
import { OWN_DATA_MAX } from "../limits.ts";
import { setDatum } from "./person_data.ts";
import { spendPoints } from "../rewards/points.ts";
import { declineOpen } from "../campaign/reviews.ts";
import { createShareable, updateShareable } from "./shareables.ts";
import { editPerson } from "./trail.ts";

export function createPerson(turn: Turn, record: LogRecord, { client, email }: CreatePerson): void {
  const replyTo = idOf(record);
  if (email === null) {
    const person = newPerson(turn, client, { email, partnerUserId: null });
    return reply(turn, replyTo, { personId: person.id, errorCode: null });
  }
  if (ownerOf(turn, client, "email", email) !== undefined) {
    return reply(turn, replyTo, { personId: null, errorCode: "identity_key_value_already_taken" });
  }
  const person = newPerson(turn, client, { email, partnerUserId: null });
  turn.state.put("key", keyEntry(client, "email", email), { personId: person.id, sinceMs: turn.nowMs });
  reply(turn, replyTo, { personId: person.id, errorCode: null });
}

export function applyPersonCommand(turn: Turn, record: LogRecord, { client, personId, change }: ChangePerson): void {
  changePerson(turn, { client, personId, change, replyTo: idOf(record) });
}

export interface WantedChange {
  readonly client: string;
  readonly personId: string;
  readonly change: PersonChange;
  readonly replyTo: string;
}

export function changePerson(turn: Turn, wanted: WantedChange): void {
  const { client, personId, replyTo } = wanted;
  const person = editPerson(turn, personId);
  if (person === undefined || person.client !== client) {
    return reply(turn, replyTo, { personId: null, errorCode: "person_not_found" });
  }
  if (person.forwardedTo !== null) {
    const home = originOf(person.forwardedTo) ?? turn.context.partition;
    return send(turn, home, { ...wanted, kind: "change_person", personId: person.forwardedTo });
  }
  change(turn, person, wanted);
}

function change(turn: Turn, person: Person, { change: wanted, replyTo }: WantedChange): void {
  switch (wanted.kind) {
    case "block":
      person.block = wanted.block;
      person.blockReason = wanted.reason;
      person.blockedMs = turn.nowMs;
      if (wanted.block !== "NONE") declineOpen(person, turn.nowMs);
      return changed(turn, person, replyTo);
    case "create_datum":
    case "update_datum":
      return writeDatum(turn, person, wanted, replyTo);
    case "delete_datum":
      return deleteDatum(turn, person, wanted.name, replyTo);
    case "set_data":
      return setOwnData(turn, person, wanted.data, replyTo);
    case "spend_points":
      return spendPoints(turn, person, wanted)
        ? changed(turn, person, replyTo)
        : refuse(turn, replyTo, "points_balance_insufficient");
    case "identify":
      return wantIdentity(turn, person, wanted.email, replyTo);
    case "create_shareable":
      return createShareable(turn, person, wanted, replyTo);
    case "update_shareable": {
      const refused = updateShareable(turn, person, wanted);
      return refused === null ? changed(turn, person, replyTo) : refuse(turn, replyTo, refused);
    }
  }
}

function changed(turn: Turn, person: Person, replyTo: string, value: unknown = null): void {
  person.updatedMs = turn.nowMs;
  person.version++;
  reply(turn, replyTo, { personId: person.id, errorCode: null, value });
}

function refuse(turn: Turn, replyTo: string, errorCode: string): void {
  reply(turn, replyTo, { personId: null, errorCode });
}

function writeDatum(
  turn: Turn,
  person: Person,
  wanted: Extract<PersonChange, { readonly kind: "create_datum" | "update_datum" }>,
  replyTo: string,
): void {
  const { name } = wanted;
  const known = memberOf(person.data, name);
  if (wanted.kind === "create_datum" && known !== undefined) return refuse(turn, replyTo, "data_already_exists");
  if (wanted.kind === "update_datum" && known === undefined) return refuse(turn, replyTo, "data_not_found");
  const value = wanted.value ?? known?.value ?? null;
  const scope = wanted.scope ?? known?.scope ?? "PRIVATE";
  setDatum(turn, person, { name, value, scope });
  claimIfKey(turn, person, name, textOf(value));
  changed(turn, person, replyTo);
}

function setOwnData(turn: Turn, person: Person, data: readonly OwnDatum[], replyTo: string): void {
  const keys = programOf(turn, person.client)?.profileKeyNames ?? [];
  const isKept = data.some(({ name }) => keys.includes(name) || memberOf(person.data, name)?.scope === "CLIENT");
  if (isKept) return refuse(turn, replyTo, "read_only_name");
  const added = data.filter(({ name }) => memberOf(person.data, name) === undefined).length;
  if (Object.keys(person.data).length + added > OWN_DATA_MAX) return refuse(turn, replyTo, "invalid_parameter");
  for (const datum of data) setDatum(turn, person, datum);
  changed(turn, person, replyTo);
}

/** A datum that the client's program finds persons by finds this one from now on, if nobody has it. */
function claimIfKey(turn: Turn, { client, id }: Person, name: string, value: string | null): void {
  const isKey = programOf(turn, client)?.profileKeyNames.includes(name) === true;
  if (isKey && value !== null) claimProfileKey(turn, { client, keyType: name, value, personId: id });
}

/** Answers with what was there. */
function deleteDatum(turn: Turn, person: Person, name: string, replyTo: string): void {
  const datum = memberOf(person.data, name);
  if (datum === undefined) return refuse(turn, replyTo, "data_not_found");
  delete person.data[name];
  changed(turn, person, replyTo, datum);
}
