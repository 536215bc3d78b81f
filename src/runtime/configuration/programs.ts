// Programs: where a node's programs are kept, by which of them partitions go, and who else must know. Control plane.

import type { ProgramDocument } from "../../model/campaign.ts";
import type { ProgramSwitch } from "../../model/effect.ts";
import type { ProgramVersion } from "../../model/state.ts";
import { type ProgramParts, type SentParts, sentParts } from "../../rules/mod.ts";
import { Unavailable } from "../client.ts";
import type { ProgramSync } from "../cluster/program_sync.ts";
import type { FrontDesks } from "../fronts/front_desks.ts";
import type { Ask } from "../job_desk.ts";
import { type KeptPrograms, openProgramLookup, storeProgram } from "./program_files.ts";

/** By client, of one partition. */
export type ProgramsInEffect = { readonly [client: string]: ProgramVersion };

/** A version of a client's program that partitions are to go by; a newer one does as well, since this one was in effect before. */
export interface WantedVersion {
  readonly client: string;
  readonly revision: number;
}

/** Where programs are kept, and by which of them partitions and fronts go. */
export interface ProgramStore {
  /** Makes a program durable and reachable for every node, and hands it to the threads of this one, so that none has to compile it again. */
  store(program: ProgramParts, document: ProgramDocument): Promise<void>;
  /** Of all partitions, as they are now. */
  inEffect(): Promise<readonly ProgramsInEffect[]>;
  /** Of these partitions, those that do not go by the version yet, as far as one can tell. */
  behind(version: WantedVersion, among: readonly number[]): Promise<readonly number[]>;
  /** The fronts go by what partitions go by. */
  use(programs: readonly ProgramVersion[]): Promise<void>;
}

export interface ProgramsParts {
  readonly fronts: Pick<FrontDesks, "useProgram">;
  readonly dataDirectory: string;
  readonly partitions: number;
  readonly ask: Ask;
  /** A program that was compiled here, before anything names it; without what it shares with the one of its client before. */
  readonly onProgram: (parts: SentParts) => void;
  /** Null on a node alone. */
  readonly sync: () => ProgramSync | null;
}

/** Clients whose operators are at work just now; of others, the next program is handed over whole. */
const CLIENTS_HANDED_MAX = 16;

export class Programs implements ProgramStore {
  readonly #parts: ProgramsParts;
  readonly #lookup: KeptPrograms;
  /** By client: what the threads of this node were handed last. */
  readonly #handed = new Map<string, ProgramParts>();
  /** By client: the revision that each partition has switched to since the start. */
  readonly #reported = new Map<string, number[]>();

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
    this.#lookup = openProgramLookup(parts.dataDirectory);
  }

  async store(program: ProgramParts, document: ProgramDocument): Promise<void> {
    const { dataDirectory, onProgram } = this.#parts;
    const { hash, client } = program.frame;
    const sync = this.#parts.sync();
    if (sync !== null) await sync.share(program, document);
    else await storeProgram(dataDirectory, hash, document);
    this.#lookup.keep(program);
    onProgram(sentParts(program, this.#handed.get(client) ?? null));
    this.#handed.delete(client);
    this.#handed.set(client, program);
    const [oldest] = this.#handed.keys();
    if (this.#handed.size > CLIENTS_HANDED_MAX && oldest !== undefined) this.#handed.delete(oldest);
  }

  inEffect(): Promise<readonly ProgramsInEffect[]> {
    return programsInEffect(this.#parts.partitions, this.#parts.ask);
  }

  /** What the workers of a node alone report of their partitions, in the order in which they do it. */
  switched(switches: readonly ProgramSwitch[]): void {
    for (const { partition, client, revision } of switches) {
      const reported = this.#reported.get(client) ?? [];
      reported[partition] = revision;
      this.#reported.set(client, reported);
    }
  }

  /** Of a node alone, which hosts every partition, its workers have said it; elsewhere the owners are asked, since a follower's switch is not the owner's. */
  async behind(version: WantedVersion, among: readonly number[]): Promise<readonly number[]> {
    if (this.#parts.sync() !== null) return partitionsBehind(this.#parts.ask, version, among);
    const reported = this.#reported.get(version.client) ?? [];
    return among.filter((partition) => (reported[partition] ?? 0) < version.revision);
  }

  async use(programs: readonly ProgramVersion[]): Promise<void> {
    const { fronts } = this.#parts;
    const sync = this.#parts.sync();
    if (sync !== null) {
      await sync.fetch(programs);
      return sync.use(programs);
    }
    for (const { hash, revision } of programs) fronts.useProgram({ frame: this.#lookup.parts(hash).frame, revision });
  }
}

export async function programsInEffect(partitions: number, ask: Ask): Promise<readonly ProgramsInEffect[]> {
  const all = Array.from({ length: partitions }, (_, partition) => ask(partition, { kind: "marks" }));
  return (await Promise.all(all)).map((answer) => (answer.kind === "marks" ? answer.programs : {}));
}

async function partitionsBehind(
  ask: Ask,
  version: WantedVersion,
  among: readonly number[],
): Promise<readonly number[]> {
  const areThere = await Promise.all(among.map((partition) => isThere(ask, version, partition)));
  return among.filter((_, place) => areThere[place] === false);
}

async function isThere(ask: Ask, { client, revision }: WantedVersion, partition: number): Promise<boolean> {
  try {
    const answer = await ask(partition, { kind: "program_revision", client });
    return answer.kind === "program_revision" && answer.revision >= revision;
  } catch (error) {
    // A partition that nobody can ask just now has not switched as far as we know.
    if (error instanceof Unavailable) return false;
    throw error;
  }
}
