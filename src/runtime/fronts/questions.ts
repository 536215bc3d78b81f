// Questions: queries on their way to the workers and back. What is asked in one turn of the event loop crosses together, and so do the answers: a message between
// threads costs more than a small query. Hot path.

import type { Query, QueryAnswer } from "../../engine/mod.ts";
import { Unavailable } from "../client.ts";
import { busy } from "../flow/appender.ts";
import { Pending } from "./pending.ts";
import type { ProfileCache } from "./profile_cache.ts";
import type { Answered, Question } from "../protocol.ts";
import { QUERIES_PENDING_MAX } from "../settings.ts";

/** A partition that has moved away while it was asked: there is an owner again in a moment. */
export const notHere = new Unavailable("recovering", 1);

export interface QuestionsParts {
  readonly workers: number;
  readonly timeoutMs: number;
  readonly post: (worker: number, questions: readonly Question[]) => void;
  /** Null: each profile is asked for. */
  readonly profiles: ProfileCache | null;
}

export class Questions {
  readonly #parts: QuestionsParts;
  readonly #pending: Pending<QueryAnswer>;
  /** By worker: those of this turn. */
  readonly #asked: Question[][];
  #nextId = 0;

  constructor(parts: QuestionsParts) {
    this.#parts = parts;
    this.#asked = Array.from({ length: parts.workers }, () => []);
    this.#pending = new Pending({ countMax: QUERIES_PENDING_MAX, timeoutMs: parts.timeoutMs, lateError: () => busy });
  }

  get size(): number {
    return this.#pending.size;
  }

  get isFull(): boolean {
    return this.#pending.isFull;
  }

  /** @param isInOrder answered when all records that the worker was handed before are applied */
  ask(partition: number, query: Query, isInOrder: boolean): Promise<QueryAnswer> {
    const { profiles } = this.#parts;
    if (profiles === null || query.kind !== "profile" || isInOrder) return this.#ask(partition, query, isInOrder);
    return profiles.ask(query, () => this.#ask(partition, query, isInOrder));
  }

  #ask(partition: number, query: Query, isInOrder: boolean): Promise<QueryAnswer> {
    const id = this.#nextId++;
    const worker = partition % this.#parts.workers;
    const asked = this.#asked[worker];
    if (asked !== undefined && asked.push({ id, partition, query, isInOrder }) === 1)
      setImmediate(() => this.#send(worker));
    return this.#pending.wait(id, query.kind, -1);
  }

  #send(worker: number): void {
    const asked = this.#asked[worker];
    if (asked === undefined || asked.length === 0) return;
    this.#asked[worker] = [];
    this.#parts.post(worker, asked);
  }

  take(answers: readonly Answered[]): void {
    for (const answered of answers) {
      if (answered.kind === "answer") this.#pending.resolve(answered.id, () => answered.answer);
      else this.#pending.reject(answered.id, answered.kind === "absent" ? notHere : new Error(answered.reason));
    }
  }

  expireAll(): void {
    this.#pending.expireAll();
  }

  stop(): void {
    this.#pending.stop();
  }
}
