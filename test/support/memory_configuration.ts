// ConfigurationClient without a log: one process, nothing durable. What it accepts and refuses is decided by the same functions.

import { fail, ok, type Result } from "../../src/base/result.ts";
import { idTextOfHalves, newIdCounter, nextId } from "../../src/base/ids.ts";
import {
  configurationOfDocuments,
  type Documents,
  markedAsChanged,
  noDocuments,
  programDocumentOf,
  withChanges,
} from "../../src/management/mod.ts";
import {
  type Collection,
  type Configuration,
  type DocumentChange,
  type HistoryCollection,
  isCurrent,
} from "../../src/model/configuration.ts";
import type { ApiError } from "../../src/model/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { ProgramDocument } from "../../src/model/campaign.ts";
import { compileProgram } from "../../src/rules/mod.ts";
import type {
  ConfigurationChanged,
  ConfigurationClient,
  ConfigurationDecision,
  ConfigurationRefusal,
  DecisionMeans,
} from "../../src/runtime/client.ts";

interface Kept {
  revision: number;
  documents: Documents;
  readonly history: Map<string, JsonObject>;
  program: ProgramDocument | null;
}

export class MemoryConfiguration implements ConfigurationClient {
  nowMs = Date.UTC(2026, 4, 1);
  /** What the next changes are told about their effect. */
  isInEffect = true;
  /** Others are always first: no change comes through. */
  isContended = false;
  readonly #clients = new Map<string, Kept>();
  readonly #ids = newIdCounter(1000);

  /** The program that the client's configuration makes; null before the first change. */
  program(client: string): ProgramDocument | null {
    return this.#of(client).program;
  }

  /** Puts documents there without deciding about them. */
  put(client: string, changes: readonly DocumentChange[]): void {
    const kept = this.#of(client);
    kept.documents = withChanges(kept.documents, changes);
    kept.revision++;
  }

  async read(client: string): Promise<Configuration> {
    const { revision, documents } = this.#of(client);
    return configurationOfDocuments(client, revision, documents);
  }

  async readDocument(client: string, collection: Collection, id: string): Promise<JsonObject | null> {
    if (isCurrent(collection)) return this.#of(client).documents.get(collection)?.get(id) ?? null;
    return this.#of(client).history.get(`${collection}/${id}`) ?? null;
  }

  async listHistory(
    client: string,
    collection: HistoryCollection,
    prefix: string,
    limit: number,
    beforeId?: string,
  ): Promise<JsonObject[]> {
    const entries = [...this.#of(client).history].filter(
      ([key]) =>
        key.startsWith(`${collection}/${prefix}`) && (beforeId === undefined || key < `${collection}/${beforeId}`),
    );
    return entries
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, limit)
      .map(([, document]) => document);
  }

  async change<T>(
    client: string,
    decide: (configuration: Configuration, means: DecisionMeans) => Result<ConfigurationDecision<T>, ApiError>,
  ): Promise<Result<ConfigurationChanged<T>, ConfigurationRefusal>> {
    if (this.isContended) return fail({ kind: "contended" });
    const kept = this.#of(client);
    const configuration = await this.read(client);
    const decided = decide(configuration, { nowMs: ++this.nowMs, newId: () => this.#newId() });
    if (!decided.ok) return fail({ kind: "refused", error: decided.error });
    const changes = asKept(markedAsChanged(configuration, decided.value.changes));
    const documents = withChanges(kept.documents, changes);
    const program = programDocumentOf(configurationOfDocuments(client, kept.revision, documents));
    const compiled = compileProgram(program);
    if (!compiled.ok) return fail({ kind: "does_not_compile", errors: compiled.error });
    Object.assign(kept, { documents, program, revision: kept.revision + 1 });
    for (const { collection, id, document } of changes) {
      if (!isCurrent(collection) && document !== null) kept.history.set(`${collection}/${id}`, document);
    }
    return ok({ answer: decided.value.answer, revision: kept.revision, isInEffect: this.isInEffect });
  }

  #of(client: string): Kept {
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const kept: Kept = { revision: 0, documents: noDocuments, history: new Map(), program: null };
    this.#clients.set(client, kept);
    return kept;
  }

  #newId(): string {
    const id = nextId(this.#ids, this.nowMs);
    return idTextOfHalves(Number(id >> 32n), Number(id & 0xffff_ffffn));
  }
}

/** As documents come back from the log: through JSON text. */
function asKept(changes: readonly DocumentChange[]): DocumentChange[] {
  return JSON.parse(JSON.stringify(changes)) as DocumentChange[];
}
