// Programs as files: `<data>/programs/<hash>.json`, canonical JSON, written once, never changed.
//
//   G1. A `config` record that names a hash is appended only after the file of that hash is durable.
//   G2. A file is read back to a program of the hash that it is named after, or not at all.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { ProgramGone, type ProgramLookup } from "../engine/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import { compileProgram, type Program, programHash, programOfParts, type ProgramParts } from "../rules/mod.ts";

/** Programs that one thread keeps compiled. A client has one in effect, so this is clients active at once; others are compiled again. */
const PROGRAMS_CACHED_MAX = 256;

/** Versions of one client that one thread keeps: partitions do not switch all at once, and each version of a large program takes megabytes. */
const PROGRAMS_OF_CLIENT_MAX = 4;

export function programPath(dataDirectory: string, hash: string): string {
  return join(dataDirectory, "programs", `${hash}.json`);
}

/** Durable when it resolves (G1). Does nothing when the file is there. Off the thread: a disk that is busy with the log takes its time to sync. */
export async function storeProgram(dataDirectory: string, hash: string, document: ProgramDocument): Promise<void> {
  const directory = join(dataDirectory, "programs");
  const path = programPath(dataDirectory, hash);
  if (existsSync(path)) return;
  await mkdir(directory, { recursive: true });
  // Of its own: the same program may be stored twice at once.
  const temporary = `${path}.${++filesBegun}.new`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(JSON.stringify(document));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncNames(directory);
}

let filesBegun = 0;

async function syncNames(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a directory durable. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export interface KeptPrograms extends ProgramLookup {
  /** Takes a program that was compiled elsewhere in this process. */
  keep(program: Program): void;
  /** As `keep`, of parts that build on the client's newest program here. Should that not be so, it is compiled from its file when it is looked for. */
  take(parts: ProgramParts): void;
}

/** Reads, compiles and keeps programs by hash. For a thread of its own: nothing is shared. */
export function openProgramLookup(dataDirectory: string): KeptPrograms {
  const cached = new Map<string, Program>();
  const ofClient = (wanted: string): Program[] => [...cached.values()].filter(({ client }) => client === wanted);
  const newest = (client: string): Program | null => ofClient(client).at(-1) ?? null;
  const keep = (program: Program): void => {
    cached.delete(program.hash);
    cached.set(program.hash, program);
    for (const { hash } of ofClient(program.client).slice(0, -PROGRAMS_OF_CLIENT_MAX)) cached.delete(hash);
    const [oldest] = cached.keys();
    if (cached.size > PROGRAMS_CACHED_MAX && oldest !== undefined) cached.delete(oldest);
  };
  return {
    find(hash: string): Program {
      const known = cached.get(hash);
      if (known !== undefined) return known;
      const program = loadProgram(dataDirectory, hash, newest);
      keep(program);
      return program;
    },
    keep,
    take(parts: ProgramParts): void {
      const program = programOfParts(parts, newest(parts.frame.client));
      if (program !== null) keep(program);
    },
  };
}

/** Whether this version decides by these programs as the version did that stored them. Throws with a sentence when one cannot be had. */
export function checkPrograms(dataDirectory: string, hashes: Iterable<string>): void {
  for (const hash of hashes) {
    const found = hashInFile(dataDirectory, hash);
    if (found === hash) continue;
    const path = programPath(dataDirectory, hash);
    const reason = found === null ? `${path} is missing` : otherProgram(path, found);
    throw new Error(
      `${reason}. State cannot be made anew without it: past events would be decided otherwise. Nothing was changed.`,
    );
  }
}

/** Whether the file of a program is here and this version compiles it to another one. */
export function isOtherProgram(dataDirectory: string, hash: string): boolean {
  const found = hashInFile(dataDirectory, hash);
  return found !== null && found !== hash;
}

/** Null: there is no such file. */
function hashInFile(dataDirectory: string, hash: string): string | null {
  const path = programPath(dataDirectory, hash);
  return existsSync(path) ? programHash(JSON.parse(readFileSync(path, "utf8")) as ProgramDocument) : null;
}

function otherProgram(path: string, found: string): string {
  return `${path} holds the program ${found}: it was changed, or compiles differently in this version`;
}

const ONLY_BY_ITS_WRITER =
  "Records that it decides are applied by the version that wrote it alone: before this one starts, start that one and stop it cleanly.";

function loadProgram(dataDirectory: string, hash: string, newest: (client: string) => Program | null): Program {
  const path = programPath(dataDirectory, hash);
  // What the file holds is checked by compiling it and by its hash.
  const document = JSON.parse(readFileSync(path, "utf8")) as ProgramDocument;
  const compiled = compileProgram(document, newest(document.client));
  if (!compiled.ok)
    throw new ProgramGone(`${path} does not compile: ${JSON.stringify(compiled.error[0])}. ${ONLY_BY_ITS_WRITER}`);
  if (compiled.value.hash !== hash)
    throw new ProgramGone(`${otherProgram(path, compiled.value.hash)}. ${ONLY_BY_ITS_WRITER}`);
  return compiled.value;
}
