// What is kept of a request that bears an `Idempotency-Key`, so that sending it again does nothing and is answered as the first time.

export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export interface IdempotentRequest {
  /** SHA-256 of method, path, query and body; of a message, the event that brought it. */
  requestHash: string;
  /** Null while it is under way, and for ever when the node that had it was lost. */
  answer: KeptAnswer | null;
  expiresMs: number;
  /** Of the claim; absent where the record of it had none. */
  mark?: string;
}

/** What becomes of a request that comes with a key. */
export type Claim =
  | { readonly kind: "new" }
  /** The same request was answered. */
  | { readonly kind: "answered"; readonly answer: KeptAnswer }
  /** The same request was begun, and how it ended is not known. */
  | { readonly kind: "begun" }
  /** Another request had the key. */
  | { readonly kind: "other" };
