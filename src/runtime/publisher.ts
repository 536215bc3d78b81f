// Publisher: brings a version of a client's program into effect in every partition. Control plane.
//
//   U1. A program that does not compile goes no further; nothing is stored or appended.
//   U2. The program is durable before the first record names it (G1), so that every later replay finds it.
//   U3. `switchTo` resolves when every partition has switched: each did so at one position of its log.

import { setTimeout as sleep } from "node:timers/promises";
import { ok, type Result } from "../base/result.ts";
import { encodeConfig } from "../engine/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import { recordKinds } from "../model/record.ts";
import { type CompileError, compileProgram, type Program } from "../rules/mod.ts";
import type { Appender } from "./appender.ts";
import type { Front } from "./front.ts";

/** The programmes in effect in one partition, as [client, hash]. */
export interface InEffect {
  readonly partition: number;
  readonly programs: readonly (readonly [string, string])[];
}

export interface PublisherParts {
  readonly appender: Appender;
  readonly front: Front;
  /** Makes a programme durable and reachable for every node (U2). */
  readonly store: (hash: string, document: ProgramDocument) => Promise<void>;
  /** Of all partitions, as they are now. */
  readonly inEffect: () => Promise<readonly InEffect[]>;
  /** How long partitions may take to switch. */
  readonly timeoutMs: number;
}

/** Between two looks at whether all partitions have switched. */
const LOOK_INTERVAL_MS = 2;

export class Publisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  async publish(document: ProgramDocument): Promise<Result<{ readonly hash: string }, readonly CompileError[]>> {
    const compiled = compileProgram(document);
    if (!compiled.ok) return compiled;
    await this.#parts.store(compiled.value.hash, document);
    await this.switchTo([compiled.value], await this.#parts.inEffect());
    return ok({ hash: compiled.value.hash });
  }

  /** The programs must be stored. Partitions that have them in effect already are left alone. */
  async switchTo(programs: readonly Program[], partitions: readonly InEffect[]): Promise<void> {
    const { appender } = this.#parts;
    const durable = new Set<Promise<void>>();
    for (const { partition, programs: current } of partitions) {
      for (const program of programs) {
        if (!isInEffect(current, program)) durable.add(appender.durable(this.append(partition, program)));
      }
    }
    await Promise.all(durable);
    if (durable.size > 0) await this.#whenSwitched(programs);
    for (const program of programs) this.#parts.front.useProgram(program);
  }

  /** One partition switches when it gets there. Returns the commit group. */
  append(partition: number, program: Program): number {
    const payload = encodeConfig({ client: program.client, hash: program.hash });
    const record = { kind: recordKinds.config, flags: 0, timeMs: Date.now(), idHigh: 0, idLow: 0, payload };
    return this.#parts.appender.append(partition, record);
  }

  async #whenSwitched(programs: readonly Program[]): Promise<void> {
    const deadlineMs = performance.now() + this.#parts.timeoutMs;
    while (performance.now() < deadlineMs) {
      const partitions = await this.#parts.inEffect();
      if (partitions.every((each) => programs.every((program) => isInEffect(each.programs, program)))) return;
      await sleep(LOOK_INTERVAL_MS);
    }
    throw new Error(
      `not all partitions have switched to the new program within ${this.#parts.timeoutMs} ms; they will when they get there`,
    );
  }
}

function isInEffect(current: readonly (readonly [string, string])[], program: Program): boolean {
  return current.some(([client, hash]) => client === program.client && hash === program.hash);
}
