// Forward: an operator says that one identified person is another. Three steps, since the two may live apart:
// the source asks, the target decides, the source links itself and hands over its history (merge.ts).

import { assert } from "../../base/assert.ts";
import { originOf } from "../../base/ids.ts";
import type { PersonCard } from "../../model/person.ts";
import type { LogRecord } from "../../model/record.ts";
import { cardOf } from "../3_ask.ts";
import type { ForwardPerson } from "../command.ts";
import { idOf, reply, send, type Turn } from "../context.ts";
import { linkAndGive } from "./merge.ts";
import { editPerson } from "./trail.ts";

export function applyForward(turn: Turn, record: LogRecord, command: ForwardPerson): void {
  const replyTo = idOf(record);
  const person = editPerson(turn, command.personId);
  const refused =
    person === undefined || person.client !== command.client || person.forwardedTo !== null || person.isForwarding
      ? "person_not_found"
      : person.email === null
        ? "forwarding_profile_is_device"
        : null;
  const home = originOf(command.toPersonId);
  if (refused !== null || person === undefined) return reply(turn, replyTo, { personId: null, errorCode: refused });
  if (home === undefined || home >= turn.context.partitions || command.toPersonId === command.personId) {
    return reply(turn, replyTo, { personId: null, errorCode: "person_not_found" });
  }
  person.isForwarding = true;
  send(turn, home, {
    kind: "forward_wanted",
    client: command.client,
    from: cardOf(person),
    toPersonId: command.toPersonId,
    replyTo,
  });
}

export function decideForward(
  turn: Turn,
  message: { client: string; from: PersonCard; toPersonId: string; replyTo: string },
): void {
  const target = turn.state.find("person", message.toPersonId);
  const errorCode =
    target === undefined || target.client !== message.client || target.forwardedTo !== null || target.isForwarding
      ? "person_not_found"
      : target.email === null
        ? "forward_to_profile_is_device"
        : null;
  const home = originOf(message.from.id);
  assert(home !== undefined, "a card carries a person id");
  const { client, toPersonId, replyTo } = message;
  send(turn, home, { kind: "forward_decided", client, personId: message.from.id, toPersonId, errorCode, replyTo });
}

export function finishForward(
  turn: Turn,
  message: { client: string; personId: string; toPersonId: string; errorCode: string | null; replyTo: string },
): void {
  const person = editPerson(turn, message.personId);
  const home = originOf(message.toPersonId);
  if (person?.isWaiting === true && message.errorCode === null && person.forwardedTo === null) {
    // What it waits for belongs to it: linked first, its event would end where nobody looks.
    person.mergesInto = { personId: message.toPersonId, replyTo: message.replyTo };
    return;
  }
  if (person !== undefined) person.isForwarding = false;
  if (message.errorCode !== null || person === undefined || person.forwardedTo !== null || home === undefined) {
    return reply(turn, message.replyTo, { personId: null, errorCode: message.errorCode ?? "person_not_found" });
  }
  const history = linkAndGive(turn, person, message.toPersonId);
  const { client, toPersonId: personId, replyTo } = message;
  send(turn, home, { kind: "absorb", client, personId, history, replyTo });
}
