// All that a person is found by, as far as it is still known: by rules of a client that are other ones by now it may have been given more.

import type { Person, Step } from "../../model/person.ts";
import { memberOf } from "../../base/members.ts";
import { DEVICE_KEY, textOf } from "../1_route.ts";
import { keysOfShare } from "../campaign/shares.ts";
import { programOf, type Turn } from "../context.ts";
import { CODE_KEY } from "./shareables.ts";
import { pageKey } from "./steps.ts";

interface OwnKey {
  readonly keyType: string;
  readonly value: string;
}

export function* keysOfPerson(turn: Turn, person: Person): Generator<OwnKey> {
  const { email, partnerUserId, shareables, shares, requests } = person;
  if (email !== null) yield { keyType: "email", value: email };
  if (partnerUserId !== null) yield { keyType: "partner_user_id", value: partnerUserId };
  for (const { deviceId } of requests) if (deviceId !== null) yield { keyType: DEVICE_KEY, value: deviceId };
  for (const { code } of shareables) yield { keyType: CODE_KEY, value: code };
  for (const share of shares) yield* keysOfShare(share);
  yield* profileKeys(turn, person);
}

/** Data by which the client's program finds persons: of the person itself, and of its steps, which took them. */
function* profileKeys(turn: Turn, person: Person): Generator<OwnKey> {
  const names = programOf(turn, person.client)?.profileKeyNames ?? [];
  if (names.length === 0) return;
  const seen = new Set<string>();
  for (const { keyType, value } of valuesOf(turn, person, names)) {
    const key = `${keyType}/${value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield { keyType, value };
  }
}

function* valuesOf(turn: Turn, person: Person, names: readonly string[]): Generator<OwnKey> {
  for (const name of names) {
    const value = textOf(memberOf(person.data, name)?.value);
    if (value !== null) yield { keyType: name, value };
  }
  for (const { data } of stepsOf(turn, person)) {
    for (const { name, value: said } of data) {
      const value = names.includes(name) ? textOf(said) : null;
      if (value !== null) yield { keyType: name, value };
    }
  }
}

function* stepsOf({ state }: Turn, person: Person): Generator<Step> {
  for (let page = 0; page < person.stepPages; page++)
    yield* state.find("stepPage", pageKey(person.id, page))?.steps ?? [];
  yield* state.hotSteps(person);
}
