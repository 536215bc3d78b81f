// Bucket: what the cluster needs of a key-value store. `nats_bucket.ts` is the one over NATS; the simulation has one of its own.
//
//   B1. A write takes place only if the key's last revision is still the one given: of two writes that give the same, one takes place.
//   B2. Revisions grow with every write of any key. A key never written is at 0; deleting is a write, and leaves a revision behind.
//   B3. `read` says what is so at a moment between call and answer. What is watched may be late, but comes in the order of revisions.

export interface Entry {
  readonly key: string;
  /** Null: deleted. */
  readonly value: string | null;
  readonly revision: number;
}

export type WriteOutcome =
  | { readonly kind: "written"; readonly revision: number }
  /** The revision was not the last one; nothing was written. */
  | { readonly kind: "conflict" }
  /** It may have been written, or be written later. */
  | { readonly kind: "unknown" };

export interface Bucket {
  /** Null: never written. Rejects when nobody answers. */
  read(key: string): Promise<Entry | null>;
  /** All keys `<prefix>.*`, the deleted ones too. Rejects when nobody answers. */
  list(prefix: string): Promise<Entry[]>;
  /** Never rejects. @param value null deletes @param revision the last one of the key; 0: it was never written */
  write(key: string, value: string | null, revision: number): Promise<WriteOutcome>;
}
