// Publisher: compiles a version of a client's program, makes it durable, and tells when every partition runs by it. Control plane.
//
//   U1. A program that does not compile goes no further; nothing is stored.
//   U2. The program is durable, and every node can get it, before the first record names it (G1): every later replay finds it.

import { setTimeout as sleep } from "node:timers/promises";
import { ok, type Result } from "../base/result.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import { type CompileError, compileProgram, type Program, programHash } from "../rules/mod.ts";
import { Unavailable } from "./client.ts";
import type { ProgramStore } from "./programs.ts";

export interface PublisherParts {
  readonly programs: ProgramStore;
  /** How long partitions may take to switch. */
  readonly timeoutMs: number;
}

/** Clients whose last program is remembered: those whose operators are at work just now. */
const CLIENTS_REMEMBERED_MAX = 16;

/** Between two looks at whether all partitions have switched. */
const LOOK_INTERVAL_MS = 4;

export class Publisher {
  readonly #parts: PublisherParts;
  /** What was compiled last, by client. */
  readonly #last = new Map<string, Program>();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  async prepare(document: ProgramDocument): Promise<Result<Program, readonly CompileError[]>> {
    const last = this.#last.get(document.client);
    // Most changes are of drafts, and alter nothing that partitions run by.
    if (last?.hash === programHash(document)) return ok(last);
    const compiled = compileProgram(document, last);
    if (!compiled.ok) return compiled;
    await this.#parts.programs.store(compiled.value, document);
    this.#last.delete(document.client);
    this.#last.set(document.client, compiled.value);
    const [oldest] = this.#last.keys();
    if (this.#last.size > CLIENTS_REMEMBERED_MAX && oldest !== undefined) this.#last.delete(oldest);
    return compiled;
  }

  /** False when some partition takes longer than the settings allow (its owner is away): it switches when it gets there. */
  async whenInEffect({ client, hash }: Program, revision: number): Promise<boolean> {
    await this.#parts.programs.use([{ hash, revision }]);
    const deadlineMs = performance.now() + this.#parts.timeoutMs;
    while (performance.now() < deadlineMs) {
      if (await this.#isInEffect(client, revision)) return true;
      await sleep(LOOK_INTERVAL_MS);
    }
    return false;
  }

  /** A newer program does as well: this one was in effect before. */
  async #isInEffect(client: string, revision: number): Promise<boolean> {
    try {
      const partitions = await this.#parts.programs.inEffect();
      return partitions.every((programs) => (programs[client]?.revision ?? 0) >= revision);
    } catch (error) {
      // A partition that nobody can ask just now has not switched as far as we know.
      if (error instanceof Unavailable) return false;
      throw error;
    }
  }
}
