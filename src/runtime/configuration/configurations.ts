// Configurations: reads and changes what operators make (N1 to N3 of client.ts). Control plane.
//
//   Changes that waited together:
//
//   latest configuration -> decide each -> compile -> program stored -> command to the client's actor -> every partition switched
//            ^                                                                    |                        (the next ones have begun)
//            └────────────────── another node's change came first ────────────────┘

import { fail, ok, type Result } from "../../base/result.ts";
import { configurationPartition, type ConfigurationReply, type Query, type QueryAnswer } from "../../engine/mod.ts";
import {
  decideImport,
  type ImportOutcome,
  markedAsChanged,
  programDocumentOf,
  replacementOf,
} from "../../management/mod.ts";
import type { ProgramDocument } from "../../model/campaign.ts";
import type { Collection, Configuration, HistoryCollection } from "../../model/configuration.ts";
import type { ApiError } from "../../model/errors.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { deriveHex } from "../../base/hash.ts";
import type { ProgramFrame } from "../../rules/mod.ts";
import { busy } from "../flow/appender.ts";
import type {
  Applied,
  ConfigurationChanged,
  ConfigurationClient,
  ConfigurationDecision,
  ConfigurationRefusal,
  DecisionMeans,
  RuntimeCommand,
} from "../client.ts";
import { ConfigurationCache, documentOf, type KnownConfiguration } from "./configuration_cache.ts";
import { type Change, ConfigurationLine, type Decided, type GroupMade, type Outcome } from "./configuration_line.ts";
import { isUnchanged, type Plan, planOf } from "./configuration_plan.ts";
import { asOne, inParts } from "./configuration_records.ts";
import type { Publisher } from "./publisher.ts";
import { CONFIGURATION_CHANGE_BYTES_MAX, CONFIGURATION_TRIES_MAX, CONFIGURATION_WAITING_MAX } from "../settings.ts";

export interface ConfigurationsParts {
  readonly partitions: number;
  readonly publisher: Publisher;
  readonly newId: () => string;
  readonly ask: (partition: number, query: Query) => Promise<QueryAnswer>;
  readonly command: (command: RuntimeCommand) => Promise<Applied>;
}

type Decide<T> = (configuration: Configuration, means: DecisionMeans) => Result<ConfigurationDecision<T>, ApiError>;
type Changed<T> = Result<ConfigurationChanged<T>, ConfigurationRefusal>;
/** What of a change does not depend on the configuration. */
type Manner = Pick<Change, "isAlone" | "isRenewal" | "divide">;

export class Configurations implements ConfigurationClient {
  readonly #parts: ConfigurationsParts;
  readonly #cache: ConfigurationCache;
  /** By client, as the cache: changes from this node take turns, so that they do not contend among themselves. */
  readonly #lines = new Map<string, ConfigurationLine>();
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
    before?: string,
  ): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    let beforeId = before ?? null;
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
    return this.#inTurn(client, decideByApi, { isAlone: false, isRenewal: false, divide: asOne });
  }

  /**
   * Brings a program file into effect as I1 and I2 of `src/management/program_import.ts` say. Files may be larger than one change: what precedes the last part is
   * of no effect before it.
   */
  importProgram(program: ProgramDocument): Promise<Changed<ImportOutcome>> {
    const hash = contentHash(program);
    const decide: Decide<ImportOutcome> = (configuration) => decideImport(configuration, program, hash);
    return this.#inTurn(program.client, decide, { isAlone: true, isRenewal: false, divide: inParts });
  }

  /** Puts a program in place of whatever the client has configured. */
  replaceProgram(program: ProgramDocument): Promise<Changed<null>> {
    const hash = contentHash(program);
    const decide: Decide<null> = (configuration) =>
      ok({ changes: replacementOf(configuration, program, hash), answer: null });
    return this.#inTurn(program.client, decide, { isAlone: true, isRenewal: false, divide: inParts });
  }

  /** Compiles what the client has configured as this version does, and brings that into effect. */
  renewProgram(client: string): Promise<Changed<null>> {
    const decide: Decide<null> = () => ok({ changes: [], answer: null });
    return this.#inTurn(client, decide, { isAlone: true, isRenewal: true, divide: asOne });
  }

  #ask(client: string, query: Query): Promise<QueryAnswer> {
    return this.#parts.ask(configurationPartition(client, this.#parts.partitions), query);
  }

  async #inTurn<T>(client: string, decide: Decide<T>, manner: Manner): Promise<Changed<T>> {
    if (this.#waiting >= CONFIGURATION_WAITING_MAX) throw busy;
    this.#waiting++;
    try {
      return await new Promise<Changed<T>>((resolve, reject) => {
        const decideAndSettle: Change["decide"] = (configuration, means) =>
          decidedOf(decide(configuration, means), resolve);
        this.#lineOf(client).add({ ...manner, decide: decideAndSettle, reject });
      });
    } finally {
      this.#waiting--;
    }
  }

  #lineOf(client: string): ConfigurationLine {
    const known = this.#lines.get(client);
    if (known !== undefined) return known;
    const line = new ConfigurationLine((group) => this.#make(client, group));
    this.#lines.set(client, line);
    return line;
  }

  /** N2. */
  async #make(client: string, group: readonly Change[]): Promise<GroupMade> {
    let decided: readonly Decided[] = [];
    for (let tries = 0; tries < CONFIGURATION_TRIES_MAX; tries++) {
      const known = await this.#cache.latest(client);
      const plan = planOf(client, known, group, { nowMs: Date.now(), newId: this.#parts.newId });
      ({ decided } = plan);
      const written = await this.#write(client, known, plan);
      if (written === null) continue;
      if (!written.ok && group.length > 1) return null;
      return () => this.#settle(plan.decided, written);
    }
    return () => this.#settle(decided, fail({ kind: "contended" }));
  }

  /** Null: somebody else's change came first. */
  async #write(
    client: string,
    { configuration, hash: hashBefore }: KnownConfiguration,
    { after, parts }: Plan,
  ): Promise<Result<Written, ConfigurationRefusal> | null> {
    let { revision } = configuration;
    if (parts.length === 0) return ok({ revision, program: null });
    const bytes = Math.max(...parts.map((part) => part.bytes));
    if (bytes > CONFIGURATION_CHANGE_BYTES_MAX) {
      return fail({ kind: "too_large", bytes, bytesMax: CONFIGURATION_CHANGE_BYTES_MAX });
    }
    const { publisher, command } = this.#parts;
    const program = await publisher.prepare(programDocumentOf(after));
    if (!program.ok) return fail({ kind: "does_not_compile", errors: program.error });
    const hash = program.value.frame.hash === hashBefore ? null : program.value.frame.hash;
    for (const [i, { documents }] of parts.entries()) {
      const change = { expectedRevision: revision, documents, hash: i === parts.length - 1 ? hash : null };
      const applied = await command({ kind: "change_configuration", client, ...change });
      const reply = applied.value as ConfigurationReply;
      if (!reply.isChanged) return null;
      ({ revision } = reply);
    }
    return ok({ revision, program: hash === null ? null : program.value.frame });
  }

  /** Whoever changed something, or had all compiled anew, is answered when it is in effect wherever it can be; who did neither does not wait for that. */
  async #settle(decided: readonly Decided[], written: Result<Written, ConfigurationRefusal>): Promise<void> {
    if (!written.ok) return settleAll(decided, written);
    const { revision, program } = written.value;
    const others = decided.filter(isUnchanged);
    if (others.length < decided.length) settleAll(others, ok({ revision, isInEffect: true }));
    const isInEffect = program === null || (await this.#parts.publisher.whenInEffect(program, revision));
    settleAll(decided, ok({ revision, isInEffect }));
  }
}

interface Written {
  readonly revision: number;
  /** What the changes have partitions switch to; null: nothing. */
  readonly program: ProgramFrame | null;
}

/** Whoever was answered before is not answered again. */
function settleAll(decided: readonly Decided[], outcome: Outcome): void {
  for (const { settle } of decided) settle(outcome);
}

function decidedOf<T>(decision: ReturnType<Decide<T>>, resolve: (changed: Changed<T>) => void): Decided {
  if (!decision.ok) return { changes: [], settle: () => resolve(fail({ kind: "refused", error: decision.error })) };
  const { changes, answer } = decision.value;
  return { changes, settle: (outcome) => resolve(outcome.ok ? ok({ answer, ...outcome.value }) : outcome) };
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

/** Depends on the value alone. Kept with the client's configuration: another spelling would import each file once more. */
function contentHash(program: ProgramDocument): string {
  const text = JSON.stringify(program, (_name, member: unknown) => {
    if (!isJsonObject(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return deriveHex([text]);
}
