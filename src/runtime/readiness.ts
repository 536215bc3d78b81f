// Readiness: whether the runtime takes anything, and if not, why, in one word for the caller and one sentence for the operator.

import { Unavailable, type RuntimeStatus } from "./client.ts";
import { logUnavailable } from "./flow/appender.ts";

interface Phase {
  readonly name: "recovering" | "ready" | "stopping" | "failed";
  /** For the operator, as it is when somebody asks. */
  readonly sentence: () => string | null;
}

const recovering = new Unavailable("recovering", 2);
const stopping = new Unavailable("stopping", 5);

export class Readiness {
  #phase: Phase = { name: "recovering", sentence: () => "starting" };
  #logProblem: string | null = null;
  /** By partition: why its last checkpoint failed. */
  readonly #storeProblems = new Map<number, string>();
  /** True while events may be appended, as far as this side knows. */
  isOpen = false;
  #onChange: () => void = () => {};

  get phase(): Phase["name"] {
    return this.#phase.name;
  }

  get hasLogProblem(): boolean {
    return this.#logProblem !== null;
  }

  ready(): void {
    this.#set({ name: "ready", sentence: () => null });
  }

  /** What a start is at; nothing else comes of it. */
  recovering(sentence: () => string): void {
    if (this.phase === "recovering") this.#phase = { name: "recovering", sentence };
  }

  stopping(): void {
    if (this.phase !== "failed") this.#set({ name: "stopping", sentence: () => "the node is stopping" });
  }

  failed(sentence: string): void {
    if (this.phase !== "failed") this.#set({ name: "failed", sentence: () => sentence });
  }

  /** Null: the log works again. While it does not, appending is still tried: it is the log that refuses. */
  logProblem(sentence: string | null): void {
    this.#logProblem = sentence;
    this.#onChange();
  }

  /** Null: the partition was checkpointed again. Until then nothing more is taken in, since it could not be written back. */
  storeProblem(partition: number, sentence: string | null): void {
    if (sentence === null) this.#storeProblems.delete(partition);
    else this.#storeProblems.set(partition, sentence);
    this.#set(this.#phase);
  }

  /** Told of every change; there is one who listens. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Why nothing is taken in; null while the runtime is open. */
  refusal(): Unavailable | null {
    if (this.isOpen) return null;
    if (this.phase === "recovering") return recovering;
    if (this.phase === "stopping" || (this.phase === "failed" && !this.hasLogProblem)) return stopping;
    return logUnavailable;
  }

  /** Throws unless the runtime is open. */
  check(): void {
    if (this.isOpen) return;
    const refusal = this.refusal();
    if (refusal !== null) throw refusal;
  }

  /** Throws when the node is about to end. */
  checkGoingOn(): void {
    if (this.phase === "stopping" || this.phase === "failed") throw stopping;
  }

  /** Why queries are not answered; null while they are. */
  queryRefusal(): Unavailable | null {
    if (this.phase === "ready") return null;
    return this.phase === "recovering" ? recovering : stopping;
  }

  /** Throws unless queries can be answered. */
  checkQueries(): void {
    const refusal = this.queryRefusal();
    if (refusal !== null) throw refusal;
  }

  status(): RuntimeStatus {
    const [storeProblem] = this.#storeProblems.values();
    const reason = this.#phase.sentence() ?? this.#logProblem ?? storeProblem ?? null;
    return { isReady: reason === null, reason };
  }

  #set(phase: Phase): void {
    this.#phase = phase;
    this.isOpen = phase.name === "ready" && this.#storeProblems.size === 0;
    this.#onChange();
  }
}
