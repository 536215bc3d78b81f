// Configurations: reads and changes what operators make (N1 to N3 of client.ts). Control plane.
//
//   A change:  latest configuration -> decide -> compile -> program stored -> command to the client's actor -> every partition switched
//                    ^                                                                |                           (the next change has begun)
//                    └──────────────── somebody else's change came first ─────────────┘

import { fail, ok, type Result } from "../base/result.ts";
import {
  configurationPartition,
  type ConfigurationReply,
  type KeptDocument,
  type Query,
  type QueryAnswer,
} from "../engine/mod.ts";
import {
  configurationOfDocuments,
  decideImport,
  type ImportOutcome,
  markedAsChanged,
  programDocumentOf,
  replacementOf,
  withChanges,
} from "../management/mod.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { Collection, Configuration, DocumentChange, HistoryCollection } from "../model/configuration.ts";
import type { ApiError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { deriveHex } from "../base/hash.ts";
import type { ProgramFrame } from "../rules/mod.ts";
import { busy } from "./appender.ts";
import type {
  Applied,
  ConfigurationChanged,
  ConfigurationClient,
  ConfigurationDecision,
  ConfigurationRefusal,
  DecisionMeans,
  RuntimeCommand,
} from "./client.ts";
import { ConfigurationCache, documentOf, type KnownConfiguration } from "./configuration_cache.ts";
import type { Publisher } from "./publisher.ts";
import { CONFIGURATION_CHANGE_BYTES_MAX, CONFIGURATION_TRIES_MAX, CONFIGURATION_WAITING_MAX } from "./settings.ts";

export interface ConfigurationsParts {
  readonly partitions: number;
  readonly publisher: Publisher;
  readonly newId: () => string;
  readonly ask: (partition: number, query: Query) => Promise<QueryAnswer>;
  readonly command: (command: RuntimeCommand) => Promise<Applied>;
}

type Decide<T> = (configuration: Configuration, means: DecisionMeans) => Result<ConfigurationDecision<T>, ApiError>;
type Changed<T> = Result<ConfigurationChanged<T>, ConfigurationRefusal>;
type Decided<T> = Result<Made & { readonly answer: T }, ConfigurationRefusal>;

/** A change in the queue of its client. */
interface Place {
  readonly made: Promise<unknown>;
  readonly settled: Promise<unknown>;
  /** The change before it is settled. */
  readonly settledBefore: Promise<unknown>;
}

const NOBODY_BEFORE: Place = {
  made: Promise.resolve(),
  settled: Promise.resolve(),
  settledBefore: Promise.resolve(),
};

export class Configurations implements ConfigurationClient {
  readonly #parts: ConfigurationsParts;
  readonly #cache: ConfigurationCache;
  /** By client: the end of the queue of changes from this node, so that they do not contend among themselves. */
  readonly #queues = new Map<string, Place>();
  #waiting = 0;

  constructor(parts: ConfigurationsParts) {
    this.#parts = parts;
    this.#cache = new ConfigurationCache(parts.partitions, parts.ask);
  }

  async read(client: string): Promise<Configuration> {
    return (await this.#cache.latest(client)).configuration;
  }

  /** The program that the client's configuration compiles to; null while there is none. */
  async programHash(client: string): Promise<string | null> {
    return (await this.#cache.latest(client)).hash;
  }

  async readDocument(client: string, collection: Collection, id: string): Promise<JsonObject | null> {
    const answer = await this.#ask(client, { kind: "document", client, collection, id });
    if (answer.kind !== "document") throw new Error(`asked for a document, answered ${answer.kind}`);
    return answer.text === null ? null : documentOf(answer.text);
  }

  async listHistory(
    client: string,
    collection: HistoryCollection,
    prefix: string,
    limit: number,
  ): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    let beforeId: string | null = null;
    while (found.length < limit) {
      const wanted = limit - found.length;
      const answer = await this.#ask(client, {
        kind: "documents",
        client,
        collection,
        prefix,
        beforeId,
        limit: wanted,
      });
      if (answer.kind !== "documents") throw new Error(`asked for documents, answered ${answer.kind}`);
      const last = answer.documents.at(-1);
      if (last === undefined) break;
      beforeId = last.id;
      for (const { text } of answer.documents) if (text !== null) found.push(documentOf(text));
    }
    return found;
  }

  change<T>(client: string, decide: Decide<T>): Promise<Changed<T>> {
    const decideByApi: Decide<T> = (configuration, means) => {
      const decided = decide(configuration, means);
      if (!decided.ok || decided.value.changes.length === 0) return decided;
      return ok({ ...decided.value, changes: markedAsChanged(configuration, decided.value.changes) });
    };
    return this.#inTurn(client, () => this.#change(client, decideByApi));
  }

  /**
   * Brings a program file into effect as I1 and I2 of `src/management/program_import.ts` say. Files may be larger than one change: what precedes the last part is
   * of no effect before it.
   */
  importProgram(program: ProgramDocument): Promise<Changed<ImportOutcome>> {
    const hash = contentHash(program);
    const decide: Decide<ImportOutcome> = (configuration) => decideImport(configuration, program, hash);
    return this.#inTurn(program.client, () => this.#change(program.client, decide, inParts));
  }

  /** Puts a program in place of whatever the client has configured. */
  replaceProgram(program: ProgramDocument): Promise<Changed<null>> {
    const hash = contentHash(program);
    const decide: Decide<null> = (configuration) =>
      ok({ changes: replacementOf(configuration, program, hash), answer: null });
    return this.#inTurn(program.client, () => this.#change(program.client, decide, inParts));
  }

  /** Compiles what the client has configured as this version does, and brings that into effect. */
  renewProgram(client: string): Promise<Changed<null>> {
    return this.#inTurn(client, () => this.#renew(client));
  }

  async #renew(client: string): Promise<Decided<null>> {
    for (let tries = 0; tries < CONFIGURATION_TRIES_MAX; tries++) {
      const made = await this.#make(client, await this.#cache.latest(client), { changes: [], parts: asOne([]) });
      if (!made.ok) return made;
      if (made.value !== null) return ok({ answer: null, ...made.value });
    }
    return fail({ kind: "contended" });
  }

  #ask(client: string, query: Query): Promise<QueryAnswer> {
    return this.#parts.ask(configurationPartition(client, this.#parts.partitions), query);
  }

  /**
   * Makes the change when its turn has come, and resolves when it is in effect wherever it can be. Meanwhile the next one is made, but not the one
   * after that: partitions are never more than two programs behind, and two changes of a client ask them how far they are.
   */
  async #inTurn<T>(client: string, work: () => Promise<Decided<T>>): Promise<Changed<T>> {
    if (this.#waiting >= CONFIGURATION_WAITING_MAX) throw busy;
    this.#waiting++;
    const before = this.#queues.get(client) ?? NOBODY_BEFORE;
    const made = Promise.allSettled([before.made, before.settledBefore]).then(() => work());
    const settled = made.then((decided) => this.#settled(decided));
    const place = { made, settledBefore: before.settled, settled };
    this.#queues.set(client, place);
    try {
      return await settled;
    } finally {
      this.#waiting--;
      if (this.#queues.get(client) === place) this.#queues.delete(client);
    }
  }

  async #settled<T>(decided: Decided<T>): Promise<Changed<T>> {
    if (!decided.ok) return decided;
    const { answer, revision, program } = decided.value;
    const isInEffect = program === null || (await this.#parts.publisher.whenInEffect(program, revision));
    return ok({ answer, revision, isInEffect });
  }

  /** N2. */
  async #change<T>(client: string, decide: Decide<T>, divide: Divide = asOne): Promise<Decided<T>> {
    const { newId } = this.#parts;
    for (let tries = 0; tries < CONFIGURATION_TRIES_MAX; tries++) {
      const known = await this.#cache.latest(client);
      const decided = decide(known.configuration, { nowMs: Date.now(), newId });
      if (!decided.ok) return fail({ kind: "refused", error: decided.error });
      const { changes, answer } = decided.value;
      const { revision } = known.configuration;
      if (changes.length === 0) return ok({ answer, revision, program: null });
      const made = await this.#make(client, known, { changes, parts: divide(changes) });
      if (!made.ok) return made;
      if (made.value !== null) return ok({ answer, ...made.value });
    }
    return fail({ kind: "contended" });
  }

  /** Null: somebody else's change came first. */
  async #make(
    client: string,
    known: KnownConfiguration,
    { changes, parts }: { readonly changes: readonly DocumentChange[]; readonly parts: readonly Part[] },
  ): Promise<Result<Made | null, ConfigurationRefusal>> {
    const bytes = Math.max(...parts.map((part) => part.bytes));
    if (bytes > CONFIGURATION_CHANGE_BYTES_MAX) {
      return fail({ kind: "too_large", bytes, bytesMax: CONFIGURATION_CHANGE_BYTES_MAX });
    }
    const { publisher, command } = this.#parts;
    const { revision } = known.configuration;
    const after = configurationOfDocuments(client, revision, withChanges(known.documents, changes));
    const program = await publisher.prepare(programDocumentOf(after));
    if (!program.ok) return fail({ kind: "does_not_compile", errors: program.error });
    const hash = program.value.frame.hash === known.hash ? null : program.value.frame.hash;
    let now = revision;
    for (const [i, { documents }] of parts.entries()) {
      const change = { expectedRevision: now, documents, hash: i === parts.length - 1 ? hash : null };
      const applied = await command({ kind: "change_configuration", client, ...change });
      const reply = applied.value as ConfigurationReply;
      if (!reply.isChanged) return ok(null);
      now = reply.revision;
    }
    return ok({ revision: now, program: hash === null ? null : program.value.frame });
  }
}

/** As `client`, while `check` does not throw. */
export function gated(client: ConfigurationClient, check: () => void): ConfigurationClient {
  return {
    async read(...parameters) {
      check();
      return client.read(...parameters);
    },
    async readDocument(...parameters) {
      check();
      return client.readDocument(...parameters);
    },
    async listHistory(...parameters) {
      check();
      return client.listHistory(...parameters);
    },
    async change(...parameters) {
      check();
      return client.change(...parameters);
    },
  };
}

interface Made {
  readonly revision: number;
  /** What the change has partitions switch to; null: nothing. */
  readonly program: ProgramFrame | null;
}

/** What is written by one record. */
interface Part {
  readonly documents: readonly KeptDocument[];
  readonly bytes: number;
}

type Divide = (changes: readonly DocumentChange[]) => readonly Part[];

function asOne(changes: readonly DocumentChange[]): readonly Part[] {
  const documents = changes.map(keptOf);
  return [{ documents, bytes: documents.reduce((sum, document) => sum + bytesOf(document), 0) }];
}

/** The document of the client, which says what was imported, comes last: an import that was cut off is begun again. */
function inParts(changes: readonly DocumentChange[]): readonly Part[] {
  const ordered = [...changes].sort((a, b) => Number(a.collection === "client") - Number(b.collection === "client"));
  const parts: { documents: KeptDocument[]; bytes: number }[] = [];
  for (const document of ordered.map(keptOf)) {
    const bytes = bytesOf(document);
    const part = parts.at(-1);
    if (part === undefined || part.bytes + bytes > CONFIGURATION_CHANGE_BYTES_MAX)
      parts.push({ documents: [document], bytes });
    else {
      part.documents.push(document);
      part.bytes += bytes;
    }
  }
  return parts;
}

/** The text and about what its place takes. */
function bytesOf({ collection, id, text }: KeptDocument): number {
  return Buffer.byteLength(text ?? "") + collection.length + id.length + DOCUMENT_OVERHEAD_BYTES;
}

const DOCUMENT_OVERHEAD_BYTES = 48;

/** Depends on the value alone. Kept with the client's configuration: another spelling would import each file once more. */
function contentHash(program: ProgramDocument): string {
  const text = JSON.stringify(program, (_name, member: unknown) => {
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return deriveHex([text]);
}

function keptOf({ collection, id, document }: DocumentChange): KeptDocument {
  return { collection, id, text: document === null ? null : JSON.stringify(document) };
}
