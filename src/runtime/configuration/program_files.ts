// Programs as files: `<data>/programs/<hash>.json`, the document, written once, never changed.
//
//   G1. A `config` record that names a hash is appended only after the file of that hash is durable.
//   G2. A file is read back to a program of the hash that it is named after, or not at all.

import {
  closeSync,
  existsSync,
  fsync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ProgramGone, type ProgramLookup } from "../../engine/mod.ts";
import type { CampaignDocument, ProgramDocument } from "../../model/campaign.ts";
import {
  compileParts,
  linkProgram,
  type Program,
  programHash,
  type ProgramParts,
  receivedParts,
  type SentParts,
} from "../../rules/mod.ts";

/** Programs that one thread keeps compiled. A client has one in effect, so this is clients active at once; others are compiled again. */
const PROGRAMS_CACHED_MAX = 256;

/** Versions of one client that one thread keeps: partitions do not switch all at once, and each version of a large program takes megabytes. */
const PROGRAMS_OF_CLIENT_MAX = 4;

export function programPath(dataDirectory: string, hash: string): string {
  return join(dataDirectory, "programs", `${hash}.json`);
}

/**
 * Durable when it resolves (G1). Does nothing when the file is there. Syncs off the thread: a disk that is busy with the log takes its time. The rest
 * only touches memory of the kernel, and each wait would be for a turn of a busy loop.
 */
export async function storeProgram(dataDirectory: string, hash: string, document: ProgramDocument): Promise<void> {
  const directory = join(dataDirectory, "programs");
  const path = programPath(dataDirectory, hash);
  if (existsSync(path)) return;
  mkdirSync(directory, { recursive: true });
  // Of its own: the same program may be stored twice at once.
  const temporary = `${path}.${++filesBegun}.new`;
  await withFile(temporary, "w", (file) => {
    writeFileSync(file, programText(document));
    return whenSynced(file);
  });
  renameSync(temporary, path);
  await withFile(directory, "r", whenSynced);
}

let filesBegun = 0;

const whenSynced = promisify(fsync);

async function withFile(path: string, flags: "r" | "w", use: (descriptor: number) => Promise<void>): Promise<void> {
  const descriptor = openSync(path, flags);
  try {
    await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Of campaigns that were written before: of a hundred, one changes at a time. Their documents are never changed in place. */
const campaignTexts = new WeakMap<CampaignDocument, string>();

/** JSON of the document. */
export function programText({ campaigns, ...rest }: ProgramDocument): string {
  const members = JSON.stringify(rest).slice(1, -1);
  return `{${members},"campaigns":[${campaigns.map(campaignText).join(",")}]}`;
}

function campaignText(campaign: CampaignDocument): string {
  const text = campaignTexts.get(campaign) ?? JSON.stringify(campaign);
  campaignTexts.set(campaign, text);
  return text;
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
  /** What `find` links. Threads that decide nothing by programs leave it at that. */
  parts(hash: string): ProgramParts;
  /** Takes a program that was compiled elsewhere in this process. */
  keep(parts: ProgramParts): void;
  /** As `keep`, of parts that build on the client's newest program here. Should that not be so, it is compiled from its file when it is looked for. */
  take(sent: SentParts): void;
}

interface Kept {
  readonly parts: ProgramParts;
  /** Null: not looked for yet. */
  linked: Program | null;
}

/** Reads, compiles and keeps programs by hash. For a thread of its own: nothing is shared. */
export function openProgramLookup(dataDirectory: string): KeptPrograms {
  const cached = new Map<string, Kept>();
  const ofClient = (wanted: string): Kept[] =>
    [...cached.values()].filter(({ parts }) => parts.frame.client === wanted);
  const newest = (client: string): ProgramParts | null => ofClient(client).at(-1)?.parts ?? null;
  const keep = (parts: ProgramParts): Kept => {
    const { hash, client } = parts.frame;
    const kept = { parts, linked: null };
    cached.delete(hash);
    cached.set(hash, kept);
    for (const { parts } of ofClient(client).slice(0, -PROGRAMS_OF_CLIENT_MAX)) cached.delete(parts.frame.hash);
    const [oldest] = cached.keys();
    if (cached.size > PROGRAMS_CACHED_MAX && oldest !== undefined) cached.delete(oldest);
    return kept;
  };
  const keptOf = (hash: string): Kept => cached.get(hash) ?? keep(loadProgram(dataDirectory, hash, newest));
  const link = (parts: ProgramParts): Program => {
    const linkedBefore = ofClient(parts.frame.client).findLast(({ linked }) => linked !== null);
    return linkProgram(parts, linkedBefore?.linked ?? null);
  };
  return {
    find(hash: string): Program {
      const kept = keptOf(hash);
      kept.linked ??= link(kept.parts);
      return kept.linked;
    },
    parts: (hash) => keptOf(hash).parts,
    keep: (parts) => void keep(parts),
    take(sent: SentParts): void {
      const parts = receivedParts(sent, newest(sent.frame.client));
      if (parts !== null) keep(parts);
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

/** The document of a program that took effect here. Throws `ProgramGone` when its file is gone, or is not JSON. */
export function readProgram(dataDirectory: string, hash: string): ProgramDocument {
  const path = programPath(dataDirectory, hash);
  if (!existsSync(path)) throw new ProgramGone(`${path} is missing, and the log names it. Put it back from a copy.`);
  const text = readFileSync(path, "utf8");
  try {
    // What the file holds is checked by compiling it and by its hash.
    return JSON.parse(text) as ProgramDocument;
  } catch {
    throw new ProgramGone(`${path} is damaged: it is not JSON. Put it back from a copy.`);
  }
}

/** Whether the file of a program is here and this version compiles it to another one. */
export function isOtherProgram(dataDirectory: string, hash: string): boolean {
  const found = hashInFile(dataDirectory, hash);
  return found !== null && found !== hash;
}

/** Null: there is no such file. */
function hashInFile(dataDirectory: string, hash: string): string | null {
  return existsSync(programPath(dataDirectory, hash)) ? programHash(readProgram(dataDirectory, hash)) : null;
}

function otherProgram(path: string, found: string): string {
  return `${path} holds the program ${found}: it was changed, or compiles differently in this version`;
}

const ONLY_BY_ITS_WRITER =
  "Records that it decides are applied by the version that wrote it alone: before this one starts, start that one and stop it cleanly.";

function loadProgram(
  dataDirectory: string,
  hash: string,
  newest: (client: string) => ProgramParts | null,
): ProgramParts {
  const path = programPath(dataDirectory, hash);
  const document = readProgram(dataDirectory, hash);
  const compiled = compileParts(document, newest(document.client));
  if (!compiled.ok)
    throw new ProgramGone(`${path} does not compile: ${JSON.stringify(compiled.error[0])}. ${ONLY_BY_ITS_WRITER}`);
  if (compiled.value.frame.hash !== hash)
    throw new ProgramGone(`${otherProgram(path, compiled.value.frame.hash)}. ${ONLY_BY_ITS_WRITER}`);
  return compiled.value;
}
