// Record: one entry of the log. See docs of each kind in `event.ts`, `command.ts`, `message.ts`.
//
// Binary form, little endian; the same bytes lie in a log frame, travel to a worker and are read back at recovery:
//
//     0  u32  payload bytes          8  f64  sequence in its partition (first is 1)
//     4  u16  partition             16  f64  record time, Unix ms, never falls within a partition
//     6  u8   kind                  24  u32  id, high half    28  u32  id, low half
//     7  u8   flags                 32  payload

export const RECORD_HEADER_BYTES = 32;

/** Wire numbers: written to disk, never renumber. */
export const recordKinds = { event: 1, command: 2, message: 3, outcome: 4, config: 5, tick: 6 } as const;
export type RecordKind = keyof typeof recordKinds;
export type RecordKindNumber = (typeof recordKinds)[RecordKind];

/** Somebody holds an HTTP request open until this record's effect is complete. */
export const FLAG_WANTS_REPLY = 1;

/** What a writer hands to the log. Its bytes are borrowed until `append` returns. */
export interface NewRecord {
  readonly kind: RecordKindNumber;
  readonly flags: number;
  /** Unix ms; the log raises it to the partition's last record time if it lies before. */
  readonly timeMs: number;
  readonly idHigh: number;
  readonly idLow: number;
  /** Comes before `payload`, and is one payload with it: what records of one origin share is encoded once. */
  readonly payloadHead?: Uint8Array;
  readonly payload: Uint8Array;
}

/** A record as read from the log. `payload` is a view, valid until the batch is released. */
export interface LogRecord {
  readonly kind: RecordKindNumber;
  readonly flags: number;
  readonly partition: number;
  readonly sequence: number;
  readonly timeMs: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly payload: Uint8Array;
}

/** Position of a record: (partition, sequence). 0 means before the first. */
export interface Position {
  readonly partition: number;
  readonly sequence: number;
}
