// Questions: what this node asks of a partition's owner, itself or another node, and what it says when it is one.
// An answer is worth what the lease is at the moment when it is given (side.ts S2).
// A partition that moves away while it is asked here is asked of its next owner.

import { setTimeout as sleep } from "node:timers/promises";
import type { Query, QueryAnswer } from "../../engine/mod.ts";
import { notHere } from "../fronts/questions.ts";
import type { ClusterLink } from "./link.ts";
import { decodeQuery, decodeSpoken, encodeQuery, encodeSpoken } from "./wire.ts";

export interface QuestionsParts {
  readonly link: Pick<ClusterLink, "isOwner" | "isConnected" | "ask">;
  /** Asks the worker of a partition that is hosted here. */
  readonly askHere: (partition: number, query: Query) => Promise<QueryAnswer>;
  /** Whether what this node says about a partition counts. */
  readonly isServed: (partition: number) => boolean;
  readonly questionTimeoutMs: number;
}

/** A partition changes hands in milliseconds: a question waits that long for its next owner, and asks again this often. */
const OWNER_PATIENCE_MS = 1_000;
const OWNER_POLL_MS = 25;

const unavailable = { kind: "unavailable" } as const;

/** Rejects with `Unavailable` when nobody owns the partition, or who does cannot be reached. */
export async function askOwner(parts: QuestionsParts, partition: number, query: Query): Promise<QueryAnswer> {
  const { isServed, questionTimeoutMs } = parts;
  const patientUntilMs = performance.now() + Math.min(questionTimeoutMs, OWNER_PATIENCE_MS);
  for (;;) {
    const answer = isServed(partition)
      ? await heardHere(parts, partition, query)
      : await heard(parts, partition, query);
    if (answer !== null) return answer;
    if (performance.now() > patientUntilMs) throw notHere;
    await sleep(OWNER_POLL_MS);
  }
}

/** Null when the partition has moved away from here meanwhile. */
function heardHere({ askHere }: QuestionsParts, partition: number, query: Query): Promise<QueryAnswer | null> {
  return askHere(partition, query).catch((error: unknown) => {
    if (error === notHere) return null;
    throw error;
  });
}

/** Null when no other node answers. */
async function heard(parts: QuestionsParts, partition: number, query: Query): Promise<QueryAnswer | null> {
  const { link, questionTimeoutMs } = parts;
  // Who is cut off would only wait for an answer that cannot come.
  if (!link.isConnected()) return null;
  const bytes = await link.ask(partition, encodeQuery(query), questionTimeoutMs).catch(() => null);
  const spoken = bytes === null ? unavailable : decodeSpoken(bytes);
  return spoken.kind === "answer" ? spoken.answer : null;
}

/** The answer to a question of another node. */
export async function answerAsOwner(
  { link, askHere }: QuestionsParts,
  partition: number,
  question: Uint8Array,
): Promise<Uint8Array> {
  const answer = await askHere(partition, decodeQuery(question)).catch(() => null);
  // Looked at after the answer was read: what a lost lease would have said is not said.
  if (answer === null || !link.isOwner(partition)) return encodeSpoken(unavailable);
  return encodeSpoken({ kind: "answer", answer });
}
