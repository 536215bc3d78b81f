// ConfigurationCache: clients' configurations as their actors keep them, brought up to date before each use. Control plane.
//
//   K1. `latest` is at least as new as the actor was when it was called.
//   K2. What was handed out never changes.

import {
  type ConfigurationPage,
  configurationPartition,
  type KeptDocument,
  type Query,
  type QueryAnswer,
} from "../../engine/mod.ts";
import { configurationOfDocuments, type Documents, noDocuments, withChanges } from "../../management/mod.ts";
import type { Configuration, DocumentChange } from "../../model/configuration.ts";
import type { JsonObject } from "../../model/json.ts";
import { CONFIGURATION_PAGES_MAX } from "../settings.ts";

export interface KnownConfiguration {
  readonly configuration: Configuration;
  readonly documents: Documents;
  /** The program that it compiles to; null while there is none. */
  readonly hash: string | null;
}

interface Entry {
  known: KnownConfiguration;
  /** The refresh under way, and the one that follows it: for those who came after the first had begun (K1). */
  running: Promise<KnownConfiguration> | null;
  next: Promise<KnownConfiguration> | null;
}

export class ConfigurationCache {
  readonly #partitions: number;
  readonly #ask: (partition: number, query: Query) => Promise<QueryAnswer>;
  /** One a client that somebody had a token for, so there are as many as clients. */
  readonly #entries = new Map<string, Entry>();

  constructor(partitions: number, ask: (partition: number, query: Query) => Promise<QueryAnswer>) {
    this.#partitions = partitions;
    this.#ask = ask;
  }

  latest(client: string): Promise<KnownConfiguration> {
    const entry = this.#entryOf(client);
    if (entry.running === null) return this.#start(client, entry);
    const start = (): Promise<KnownConfiguration> => this.#start(client, entry);
    entry.next ??= entry.running.then(start, start);
    return entry.next;
  }

  #start(client: string, entry: Entry): Promise<KnownConfiguration> {
    entry.next = null;
    const running = this.#refresh(client, entry).finally(() => {
      if (entry.running === running) entry.running = null;
    });
    entry.running = running;
    return running;
  }

  /** Pages follow the order of changes, so what changes meanwhile lies on a later page. */
  async #refresh(client: string, entry: Entry): Promise<KnownConfiguration> {
    let { documents } = entry.known;
    let afterKey: string | null = null;
    for (let pages = 0; pages < CONFIGURATION_PAGES_MAX; pages++) {
      const page: ConfigurationPage = await this.#page(client, entry.known.configuration.revision, afterKey);
      documents = withChanges(documents, page.documents.map(changeOf));
      afterKey = page.lastKey;
      if (afterKey !== null) continue;
      const { revision, hash } = page;
      if (revision !== entry.known.configuration.revision) {
        entry.known = { configuration: configurationOfDocuments(client, revision, documents), documents, hash };
      }
      return entry.known;
    }
    throw new Error(`the configuration of ${client} changes faster than ${CONFIGURATION_PAGES_MAX} pages are read`);
  }

  async #page(client: string, sinceRevision: number, afterKey: string | null): Promise<ConfigurationPage> {
    const partition = configurationPartition(client, this.#partitions);
    const answer = await this.#ask(partition, { kind: "changed_documents", client, sinceRevision, afterKey });
    if (answer.kind !== "changed_documents") throw new Error(`asked for documents, answered ${answer.kind}`);
    return answer.page;
  }

  #entryOf(client: string): Entry {
    const entry = this.#entries.get(client);
    if (entry !== undefined) return entry;
    const configuration = configurationOfDocuments(client, 0, noDocuments);
    const opened: Entry = { known: { configuration, documents: noDocuments, hash: null }, running: null, next: null };
    this.#entries.set(client, opened);
    return opened;
  }
}

/** @throws SyntaxError never: what is kept was written by `textOf` */
export function documentOf(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

function changeOf({ collection, id, text }: KeptDocument): DocumentChange {
  return { collection, id, document: text === null ? null : documentOf(text) };
}
