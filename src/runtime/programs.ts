// Programs: where a node's programs are kept, by which of them partitions go, and who else must know. Control plane.

import type { Query, QueryAnswer } from "../engine/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { ProgramVersion } from "../model/state.ts";
import type { ProgramSync } from "./cluster/program_sync.ts";
import type { Front } from "./front.ts";
import { openProgramLookup, storeProgram } from "./program_files.ts";

/** By client, of one partition. */
export type ProgramsInEffect = { readonly [client: string]: ProgramVersion };

export interface ProgramsParts {
  readonly front: Front;
  readonly dataDirectory: string;
  readonly partitions: number;
  readonly ask: (partition: number, query: Query) => Promise<QueryAnswer>;
  /** Null on a node alone. */
  readonly sync: () => ProgramSync | null;
}

export class Programs {
  readonly #parts: ProgramsParts;

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
  }

  /** Makes a program durable and reachable for every node. */
  async store(hash: string, document: ProgramDocument): Promise<void> {
    const sync = this.#parts.sync();
    if (sync !== null) return sync.share(hash, document);
    storeProgram(this.#parts.dataDirectory, hash, document);
  }

  /** Of all partitions, as they are now. */
  async inEffect(): Promise<readonly ProgramsInEffect[]> {
    const { partitions, ask } = this.#parts;
    const all = Array.from({ length: partitions }, (_, partition) => ask(partition, { kind: "marks" }));
    return (await Promise.all(all)).map((answer) => (answer.kind === "marks" ? answer.programs : {}));
  }

  /** The front goes by what partitions go by. */
  async use(programs: readonly ProgramVersion[]): Promise<void> {
    const { front, dataDirectory } = this.#parts;
    const sync = this.#parts.sync();
    if (sync !== null) {
      await sync.fetch(programs);
      return sync.use(programs);
    }
    const lookup = openProgramLookup(dataDirectory);
    for (const { hash, revision } of programs) front.useProgram(lookup.find(hash), revision);
  }
}
