// Programs: where a node's programs are kept, by which of them partitions go, and who else must know. Control plane.

import type { ProgramDocument } from "../model/campaign.ts";
import type { ProgramVersion } from "../model/state.ts";
import { partsOf, type Program, type ProgramParts } from "../rules/mod.ts";
import type { ProgramSync } from "./cluster/program_sync.ts";
import type { FrontDesks } from "./fronts/front_desks.ts";
import type { Ask } from "./job_desk.ts";
import { type KeptPrograms, openProgramLookup, storeProgram } from "./program_files.ts";

/** By client, of one partition. */
export type ProgramsInEffect = { readonly [client: string]: ProgramVersion };

/** Where programs are kept, and by which of them partitions and fronts go. */
export interface ProgramStore {
  /** Makes a program durable and reachable for every node, and hands it to the threads of this one, so that none has to compile it again. */
  store(program: Program, document: ProgramDocument): Promise<void>;
  /** Of all partitions, as they are now. */
  inEffect(): Promise<readonly ProgramsInEffect[]>;
  /** The fronts go by what partitions go by. */
  use(programs: readonly ProgramVersion[]): Promise<void>;
}

export interface ProgramsParts {
  readonly fronts: Pick<FrontDesks, "useProgram">;
  readonly dataDirectory: string;
  readonly partitions: number;
  readonly ask: Ask;
  /** A program that was compiled here, before anything names it; without what it shares with the one of its client before. */
  readonly onProgram: (parts: ProgramParts) => void;
  /** Null on a node alone. */
  readonly sync: () => ProgramSync | null;
}

/** Clients whose operators are at work just now; of others, the next program is handed over whole. */
const CLIENTS_HANDED_MAX = 16;

export class Programs implements ProgramStore {
  readonly #parts: ProgramsParts;
  readonly #lookup: KeptPrograms;
  /** By client: what the threads of this node were handed last. */
  readonly #handed = new Map<string, Program>();

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
    this.#lookup = openProgramLookup(parts.dataDirectory);
  }

  async store(program: Program, document: ProgramDocument): Promise<void> {
    const { dataDirectory, onProgram } = this.#parts;
    const sync = this.#parts.sync();
    if (sync !== null) await sync.share(program, document);
    else await storeProgram(dataDirectory, program.hash, document);
    this.#lookup.keep(program);
    onProgram(partsOf(program, this.#handed.get(program.client) ?? null));
    this.#handed.delete(program.client);
    this.#handed.set(program.client, program);
    const [oldest] = this.#handed.keys();
    if (this.#handed.size > CLIENTS_HANDED_MAX && oldest !== undefined) this.#handed.delete(oldest);
  }

  inEffect(): Promise<readonly ProgramsInEffect[]> {
    return programsInEffect(this.#parts.partitions, this.#parts.ask);
  }

  async use(programs: readonly ProgramVersion[]): Promise<void> {
    const { fronts } = this.#parts;
    const sync = this.#parts.sync();
    if (sync !== null) {
      await sync.fetch(programs);
      return sync.use(programs);
    }
    for (const { hash, revision } of programs) fronts.useProgram({ program: this.#lookup.find(hash), revision });
  }
}

export async function programsInEffect(partitions: number, ask: Ask): Promise<readonly ProgramsInEffect[]> {
  const all = Array.from({ length: partitions }, (_, partition) => ask(partition, { kind: "marks" }));
  return (await Promise.all(all)).map((answer) => (answer.kind === "marks" ? answer.programs : {}));
}
