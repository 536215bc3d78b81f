// ProgramSync: sees to it that a programme is on this node before the first record that names it is applied.
//
// A programme travels beside the log, by its content hash: whoever publishes it stores it where all nodes can get it, then appends.

import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProgramDocument } from "../../model/campaign.ts";
import type { ProgramVersion } from "../../model/state.ts";
import type { ProgramFrame, ProgramParts } from "../../rules/mod.ts";
import { openProgramLookup, programPath, programText, storeProgram } from "../configuration/program_files.ts";
import { RETRY_MS } from "../settings.ts";
import type { ClusterLink } from "./link.ts";

export class ProgramSync {
  readonly #link: ClusterLink;
  readonly #dataDirectory: string;
  readonly #onProgram: (program: ProgramFrame, revision: number) => void;
  readonly #lookup: ReturnType<typeof openProgramLookup>;
  readonly #here = new Set<string>();
  #isStopped = false;

  /** @param onProgram a partition goes on by this program */
  constructor(link: ClusterLink, dataDirectory: string, onProgram: (program: ProgramFrame, revision: number) => void) {
    this.#link = link;
    this.#dataDirectory = dataDirectory;
    this.#onProgram = onProgram;
    this.#lookup = openProgramLookup(dataDirectory);
  }

  has(hash: string): boolean {
    return this.#here.has(hash);
  }

  /** Resolves when all of them are here; waits as long as it takes, or until `stop`. */
  async fetch(programs: readonly ProgramVersion[]): Promise<void> {
    for (const { hash } of programs) if (!this.#here.has(hash)) await this.#fetchOne(hash);
  }

  /** They must be here. */
  use(programs: readonly ProgramVersion[]): void {
    for (const { hash, revision } of programs)
      if (this.has(hash)) this.#onProgram(this.#lookup.parts(hash).frame, revision);
  }

  async share(program: ProgramParts, document: ProgramDocument): Promise<void> {
    const { hash } = program.frame;
    await storeProgram(this.#dataDirectory, hash, document);
    await this.#link.putProgram(hash, programText(document));
    this.#lookup.keep(program);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #fetchOne(hash: string): Promise<void> {
    while (!this.#isStopped && !existsSync(programPath(this.#dataDirectory, hash))) {
      const text = await this.#link.getProgram(hash).catch(() => null);
      if (text === null) await sleep(RETRY_MS);
      else await storeProgram(this.#dataDirectory, hash, JSON.parse(text) as ProgramDocument);
    }
    if (this.#isStopped) return;
    // Compiles it, and checks that it is what its name says.
    this.#lookup.parts(hash);
    this.#here.add(hash);
  }
}
