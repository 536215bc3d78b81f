// CandidatePrograms: looks up, in place of each program that was in effect, the one that a candidate has instead of it.

import { fail, ok, type Result } from "../../base/result.ts";
import type { ProgramLookup } from "../../engine/mod.ts";
import { compileParts, linkProgram, type Program, type ProgramParts } from "../../rules/mod.ts";
import { doesNotCompile } from "../configuration/does_not_compile.ts";
import { type KeptPrograms, readProgram } from "../configuration/program_files.ts";
import type { Candidate } from "./candidate.ts";

/** Partitions do not switch all at once. */
const LINKED_MAX = 4;

export interface CandidateProgramsOptions {
  readonly dataDirectory: string;
  readonly recorded: KeptPrograms;
  readonly candidate: Candidate;
  /** Unix ms; before it, what decided decides. */
  readonly fromMs: number;
}

export class CandidatePrograms implements ProgramLookup {
  readonly #options: CandidateProgramsOptions;
  /** By the hash of what was in effect. */
  readonly #linked = new Map<string, Program>();
  #newest: ProgramParts | null = null;
  #nowMs = 0;

  constructor(options: CandidateProgramsOptions) {
    this.#options = options;
  }

  moveTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Whether the candidate compiles in the place of all of these; if not, a sentence. */
  check(hashes: Iterable<string>): Result<null, string> {
    for (const hash of hashes) {
      const parts = this.#compile(hash);
      if (!parts.ok) return parts;
    }
    return ok(null);
  }

  find(hash: string): Program {
    const { recorded, candidate, fromMs } = this.#options;
    const isOther = recorded.parts(hash).frame.client !== candidate.client;
    return isOther || this.#nowMs < fromMs ? recorded.find(hash) : this.#instead(hash);
  }

  #instead(hash: string): Program {
    const known = this.#linked.get(hash);
    if (known !== undefined) return known;
    const parts = this.#compile(hash);
    if (!parts.ok) throw new Error(parts.error);
    const linked = linkProgram(parts.value, [...this.#linked.values()].at(-1) ?? null);
    this.#linked.set(hash, linked);
    const [oldest] = this.#linked.keys();
    if (this.#linked.size > LINKED_MAX && oldest !== undefined) this.#linked.delete(oldest);
    return linked;
  }

  #compile(hash: string): Result<ProgramParts, string> {
    const { dataDirectory, candidate } = this.#options;
    const compiled = compileParts(candidate.instead(readProgram(dataDirectory, hash)), this.#newest);
    if (!compiled.ok) return fail(doesNotCompile(candidate.client, compiled.error));
    this.#newest = compiled.value;
    return compiled;
  }
}
