// Where a text is kept: in which entries of which partitions, in keys or values, whole or in bytes that the store makes of them.

import type { PartitionState } from "../../src/model/state.ts";
import { allKinds } from "../../src/store/keys.ts";

const LISTED_MAX = 1_000_000;

/** `kind key` of each entry that has the text, in any case. */
export function entriesWith(states: readonly PartitionState[], text: string): string[] {
  const wanted = text.toLowerCase();
  return states.flatMap((state) =>
    allKinds.flatMap((kind) =>
      state
        .list(kind, { prefix: "", after: null, limit: LISTED_MAX, isReverse: false })
        .filter(({ key, value }) => key.toLowerCase().includes(wanted) || textIn(value).includes(wanted))
        .map(({ key }) => `${kind} ${key}`),
    ),
  );
}

function textIn(value: unknown): string {
  const bytesAsText = (_name: string, member: unknown): unknown =>
    member instanceof Uint8Array ? Buffer.from(member).toString("latin1") : member;
  return JSON.stringify(value, bytesAsText).toLowerCase();
}
