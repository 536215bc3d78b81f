// What the log tells the operator without being asked. `name` is the event name in the process log; the rest are its fields.

export type SyncMode = "always" | "interval" | "never";

export type LogNotice =
  /** Said at start when an acknowledged record may be lost in a power cut. */
  | { readonly name: "log_durability_reduced"; readonly sync: SyncMode; readonly syncIntervalMs: number }
  /** The end of the last segment was not a whole group: never acknowledged, now zeroed. */
  | { readonly name: "log_tail_truncated"; readonly file: string; readonly offset: number; readonly bytes: number }
  /** Somebody shortened the last segment: acknowledged groups may be missing behind its end. */
  | {
      readonly name: "log_segment_short";
      readonly file: string;
      readonly bytes: number;
      readonly expectedBytes: number;
    }
  | { readonly name: "log_opened"; readonly segments: number; readonly bytes: number; readonly lastGroup: number }
  /** The log of a cluster: which stream, on which version of the servers. */
  | {
      readonly name: "log_stream_opened";
      readonly stream: string;
      readonly server: string;
      readonly lastStreamSequence: number;
    }
  /** By a process that is no more. Not called `pid`: each line of the process log has its own. */
  | { readonly name: "log_lock_taken_over"; readonly heldBy: number }
  /** The next segment could not be prepared. Nothing is refused while the active one has room. */
  | {
      readonly name: "log_no_room";
      readonly directory: string;
      readonly neededBytes: number;
      readonly retryMs: number;
      readonly reason: string;
    }
  /** Appends are refused from here on, until `log_resumed`. */
  | { readonly name: "log_paused"; readonly reason: string; readonly droppedRecords: number }
  | { readonly name: "log_resumed"; readonly pausedMs: number };
