// Programs: where a node's programs are kept, by which of them partitions go, and who else must know. Control plane.

import type { Query, QueryAnswer } from "../engine/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { ProgramVersion } from "../model/state.ts";
import type { Program } from "../rules/mod.ts";
import type { ProgramSync } from "./cluster/program_sync.ts";
import type { Front } from "./front.ts";
import { type KeptPrograms, openProgramLookup, storeProgram } from "./program_files.ts";

/** By client, of one partition. */
export type ProgramsInEffect = { readonly [client: string]: ProgramVersion };

export interface ProgramsParts {
  readonly front: Front;
  readonly dataDirectory: string;
  readonly partitions: number;
  readonly ask: (partition: number, query: Query) => Promise<QueryAnswer>;
  /** A program that was compiled here, before anything names it. */
  readonly onProgram: (program: Program) => void;
  /** Null on a node alone. */
  readonly sync: () => ProgramSync | null;
}

export class Programs {
  readonly #parts: ProgramsParts;
  readonly #lookup: KeptPrograms;

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
    this.#lookup = openProgramLookup(parts.dataDirectory);
  }

  /** Makes a program durable and reachable for every node, and hands it to the threads of this one, so that none has to compile it again. */
  async store(program: Program, document: ProgramDocument): Promise<void> {
    const { dataDirectory, onProgram } = this.#parts;
    const sync = this.#parts.sync();
    if (sync !== null) await sync.share(program, document);
    else await storeProgram(dataDirectory, program.hash, document);
    this.#lookup.keep(program);
    onProgram(program);
  }

  /** Of all partitions, as they are now. */
  async inEffect(): Promise<readonly ProgramsInEffect[]> {
    const { partitions, ask } = this.#parts;
    const all = Array.from({ length: partitions }, (_, partition) => ask(partition, { kind: "marks" }));
    return (await Promise.all(all)).map((answer) => (answer.kind === "marks" ? answer.programs : {}));
  }

  /** The front goes by what partitions go by. */
  async use(programs: readonly ProgramVersion[]): Promise<void> {
    const { front } = this.#parts;
    const sync = this.#parts.sync();
    if (sync !== null) {
      await sync.fetch(programs);
      return sync.use(programs);
    }
    for (const { hash, revision } of programs) front.useProgram(this.#lookup.find(hash), revision);
  }
}
