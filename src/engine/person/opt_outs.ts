// Opt-outs: the actor of an address that wants no mails. Lives where the key of the address lives, so that a person and what is known of its address
// are found by the same way.
//
//   O1. An address is opted out as long as it is on any list. Taking it off without the name of one takes it off all.

import type { LogRecord } from "../../model/record.ts";
import type { OptedOutList } from "../../model/opt_out.ts";
import type { PartitionState } from "../../model/state.ts";
import { idOf, reply, type Turn } from "../context.ts";
import { keyEntry, ownerOf } from "./keys.ts";
import { OPT_OUT_LISTS_MAX } from "../limits.ts";

/** Answers when it is done. */
export interface SetOptOut {
  readonly kind: "set_opt_out";
  readonly client: string;
  /** As a key. */
  readonly email: string;
  readonly isOptedOut: boolean;
  readonly list: Omit<OptedOutList, "atMs">;
}

/** What a partition knows of an address. */
export interface OptOutAnswer {
  readonly lists: readonly OptedOutList[];
  /** Who has the address, and may have said it of itself; null: nobody. */
  readonly personId: string | null;
}

export function setOptOut(turn: Turn, record: LogRecord, { client, email, isOptedOut, list }: SetOptOut): void {
  const key = optOutKey(client, email);
  const known = turn.state.find("optOut", key)?.lists ?? [];
  const others = known.filter(({ name }) => name !== list.name);
  const lists = isOptedOut ? [...others, { ...list, atMs: turn.nowMs }] : list.name === null ? [] : others;
  if (lists.length > 0) turn.state.put("optOut", key, { lists: lists.slice(-OPT_OUT_LISTS_MAX) });
  else if (known.length > 0) turn.state.remove("optOut", key);
  reply(turn, idOf(record), { personId: null, errorCode: null });
}

export function optOutOf(state: PartitionState, client: string, email: string): OptOutAnswer {
  const personId = ownerOf({ state }, client, "email", email) ?? null;
  return { lists: state.find("optOut", optOutKey(client, email))?.lists ?? [], personId };
}

function optOutKey(client: string, email: string): string {
  return keyEntry(client, "email", email);
}
