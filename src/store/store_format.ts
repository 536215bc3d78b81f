// Formats of a store: what this version does with the entries that another version wrote.
//
//   O1. State follows from the log. So entries that cannot be read any more are no loss while the log is whole: the store counts as empty, is
//       filled by applying the log from its first record, and is replaced by what comes of that with the first checkpoint, in one transaction.
//   O2. Until that checkpoint nothing of the older store is changed: whatever stops the start before, the older version can go on.
//   O3. What a later version wrote is never touched.

/** Layout of a store: keys as in keys.ts, values as in codec.ts. Raise it when an earlier version could not read what is written now. */
export const STORE_FORMAT = 13;

/**
 * Formats whose entries are read as they are: each of their layouts has still its reader in codec.ts, and what is kept in another way since is moved when
 * a partition is opened (`engine/rewards/reward_index_before.ts`, `engine/person/merged_persons.ts`). All others before are made anew.
 */
const readableFormats: readonly number[] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, STORE_FORMAT];

/** A store that counts as empty (O1). */
export interface OutdatedStore {
  readonly format: number;
  /** What it is replaced by. */
  readonly newFormat: number;
  /** What its entries reflect: the log must reach at least this far. */
  readonly position: number;
}

/** Written by a later version (O3). */
export class StoreTooNew extends Error {
  override name = "StoreTooNew";
  constructor(what: string, format: number) {
    super(
      `${what} was written by a later version (store format ${format}, this version knows formats up to ${STORE_FORMAT}): ` +
        "run that version, or restore a copy from before the upgrade. Nothing was changed.",
    );
  }
}

/** Whether entries of this format can be read. Throws `StoreTooNew` when a later version wrote them; `what` begins that sentence. */
export function isReadableFormat(format: number, what: string): boolean {
  if (format > STORE_FORMAT) throw new StoreTooNew(what, format);
  return readableFormats.includes(format);
}
