// Publisher: compiles a version of a client's program, makes it durable, and tells when every partition runs by it. Control plane.
//
//   U1. A program that does not compile goes no further; nothing is stored.
//   U2. The program is durable, and every node can get it, before the first record names it (G1): every later replay finds it.

import { setTimeout as sleep } from "node:timers/promises";
import { ok, type Result } from "../../base/result.ts";
import type { ProgramDocument } from "../../model/campaign.ts";
import { type CompileError, compileParts, type ProgramFrame, programHash, type ProgramParts } from "../../rules/mod.ts";
import type { ProgramStore } from "./programs.ts";

export interface PublisherParts {
  readonly programs: ProgramStore;
  readonly partitions: number;
  /** How long partitions may take to switch. */
  readonly timeoutMs: number;
}

/** Clients whose last program is remembered: those whose operators are at work just now. */
const CLIENTS_REMEMBERED_MAX = 16;

/** Between two looks at the partitions that have not switched yet. */
const LOOK_INTERVAL_MS = 4;

export class Publisher {
  readonly #parts: PublisherParts;
  /** What was compiled last, by client. */
  readonly #last = new Map<string, ProgramParts>();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  async prepare(document: ProgramDocument): Promise<Result<ProgramParts, readonly CompileError[]>> {
    const last = this.#last.get(document.client);
    // Most changes are of drafts, and alter nothing that partitions run by.
    if (last?.frame.hash === programHash(document)) return ok(last);
    const compiled = compileParts(document, last ?? null);
    if (!compiled.ok) return compiled;
    await this.#parts.programs.store(compiled.value, document);
    this.#last.delete(document.client);
    this.#last.set(document.client, compiled.value);
    const [oldest] = this.#last.keys();
    if (this.#last.size > CLIENTS_REMEMBERED_MAX && oldest !== undefined) this.#last.delete(oldest);
    return compiled;
  }

  /** False when some partition takes longer than the settings allow (its owner is away): it switches when it gets there. */
  async whenInEffect({ client, hash }: ProgramFrame, revision: number): Promise<boolean> {
    const { programs, partitions, timeoutMs } = this.#parts;
    await programs.use([{ hash, revision }]);
    const deadlineMs = performance.now() + timeoutMs;
    let behind: readonly number[] = Array.from({ length: partitions }, (_, partition) => partition);
    while (performance.now() < deadlineMs) {
      behind = await programs.behind({ client, revision }, behind);
      if (behind.length === 0) return true;
      await sleep(LOOK_INTERVAL_MS);
    }
    return false;
  }
}
