// Configuration: the actor that keeps a client's documents, in the partition that the client's name decides.
//
//   G1. A change is applied as a whole, if nothing changed since its author looked; otherwise not at all, and the author is told.
//   G2. The program that a change leads to is announced to every partition by message, in the order of changes: all switch, each once, at one
//       position of its log, and none goes back to an older one.

import { partitionOf } from "../base/hash.ts";
import { memberOf, setMember } from "../base/members.ts";
import { collections, type Collection } from "../model/configuration.ts";
import type { LogRecord } from "../model/record.ts";
import type { ConfigurationHead, DocumentEntry } from "../model/state.ts";
import { budgetsChanged } from "./budgets/budgets.ts";
import type { ChangeConfiguration } from "./command.ts";
import { type EngineContext, idOf, reply, sendProgram, type Turn } from "./context.ts";
import { linesChanged } from "./coupons/coupon_line.ts";
import { CONFIGURATION_ANSWER_BYTES, PROGRAM_CHANGES_MAX } from "./limits.ts";
import type { ProgramMessage } from "./message.ts";

/** A document as the actor keeps it. */
export interface KeptDocument {
  readonly collection: Collection;
  readonly id: string;
  /** JSON text; null once it was removed. */
  readonly text: string | null;
}

/** Documents changed after a revision, oldest change first. */
export interface ConfigurationPage {
  readonly revision: number;
  readonly hash: string | null;
  readonly documents: readonly KeptDocument[];
  /** Continues; null at the end. */
  readonly lastKey: string | null;
}

/** Answers with the revision, and whether the change was made (G1). */
export interface ConfigurationReply {
  readonly isChanged: boolean;
  readonly revision: number;
}

export function configurationPartition(client: string, partitions: number): number {
  return partitionOf(client, "configuration", partitions);
}

export function changeConfiguration(turn: Turn, record: LogRecord, command: ChangeConfiguration): void {
  const { client, expectedRevision, documents, hash } = command;
  const head = turn.state.edit("configuration", client) ?? newHead(turn, client);
  if (head.revision !== expectedRevision) return answer(turn, record, { isChanged: false, revision: head.revision });
  head.revision++;
  for (const document of documents) keep(turn, client, head.revision, document);
  if (hash !== null && hash !== head.hash) {
    head.hash = hash;
    announce(turn, client, head.revision, hash);
  }
  answer(turn, record, { isChanged: true, revision: head.revision });
}

/** A version of a client's program takes effect here, from this record on. */
export function useProgram(turn: Turn, { client, hash, revision }: ProgramMessage): void {
  const { state, meta, sequence, context } = turn;
  const changes = (memberOf(meta.programs, client)?.changes ?? -1) + 1;
  setMember(meta.programs, client, { hash, revision, changes });
  state.put("programChange", programChangeKey(client, changes), { sequence, hash, revision });
  const forgotten = programChangeKey(client, changes - PROGRAM_CHANGES_MAX);
  if (changes >= PROGRAM_CHANGES_MAX) state.remove("programChange", forgotten);
  budgetsChanged(turn, client);
  linesChanged(turn, client);
  context.effects.switches.push({ partition: context.partition, client, revision });
}

export function programChangeKey(client: string, change: number): string {
  return `${client}/${change.toString().padStart(12, "0")}`;
}

/** @param afterKey where an answer before this one ended; null: from the change after `sinceRevision` on */
export function changedDocuments(
  { state }: EngineContext,
  client: string,
  sinceRevision: number,
  afterKey: string | null,
): ConfigurationPage {
  const { revision, hash } = state.find("configuration", client) ?? { revision: 0, hash: null };
  const listed = state.list("documentChange", {
    prefix: `${client}/`,
    after: afterKey ?? changeKey(client, sinceRevision + 1, ""),
    limit: DOCUMENTS_PER_ANSWER,
    isReverse: false,
  });
  const documents: KeptDocument[] = [];
  let bytes = 0;
  let lastKey: string | null = null;
  for (const { key, value } of listed) {
    const { collection, id } = value;
    const text = state.find("document", documentKey(client, collection, id))?.text ?? null;
    documents.push({ collection, id, text });
    bytes += text?.length ?? 0;
    lastKey = key;
    if (bytes > CONFIGURATION_ANSWER_BYTES) break;
  }
  const isEnd = documents.length === listed.length && listed.length < DOCUMENTS_PER_ANSWER;
  return { revision, hash, documents, lastKey: isEnd ? null : lastKey };
}

export function findDocument(
  context: EngineContext,
  client: string,
  collection: Collection,
  id: string,
): string | null {
  return context.state.find("document", documentKey(client, collection, id))?.text ?? null;
}

/** Documents of a collection whose ids start with `prefix`, the largest id first; as many as an answer holds. */
export function listDocuments(
  { state }: EngineContext,
  of: {
    readonly client: string;
    readonly collection: Collection;
    readonly prefix: string;
    readonly beforeId: string | null;
  },
  limit: number,
): KeptDocument[] {
  const { client, collection, prefix, beforeId } = of;
  const found: KeptDocument[] = [];
  const root = documentKey(client, collection, "");
  const listed = state.list("document", {
    prefix: root + prefix,
    after: beforeId === null ? null : root + beforeId,
    limit: Math.min(limit, DOCUMENTS_PER_ANSWER),
    isReverse: true,
  });
  let bytes = 0;
  for (const { key, value } of listed) {
    found.push({ collection, id: key.slice(root.length), text: value.text });
    bytes += value.text?.length ?? 0;
    if (bytes > CONFIGURATION_ANSWER_BYTES) break;
  }
  return found;
}

/** Read one by one out of the state, so an answer holds the partition's worker for about a millisecond. */
const DOCUMENTS_PER_ANSWER = 256;

function newHead(turn: Turn, client: string): ConfigurationHead {
  const head = { revision: 0, hash: null };
  turn.state.put("configuration", client, head);
  return head;
}

/** What belongs to a history is kept and not told: it is asked for when it is wanted. */
function keep(turn: Turn, client: string, revision: number, { collection, id, text }: KeptDocument): void {
  const { state } = turn;
  const key = documentKey(client, collection, id);
  const before = state.find("document", key);
  const isCurrent = collections[collection] === "current";
  if (before !== undefined && isCurrent) state.remove("documentChange", changeKey(client, before.revision, key));
  const entry: DocumentEntry = { revision, text };
  state.put("document", key, entry);
  if (isCurrent) state.put("documentChange", changeKey(client, revision, key), { collection, id });
}

function announce(turn: Turn, client: string, revision: number, hash: string): void {
  for (let partition = 0; partition < turn.context.partitions; partition++) {
    sendProgram(turn, partition, { kind: "use_program", client, hash, revision });
  }
}

function answer(turn: Turn, record: LogRecord, value: ConfigurationReply): void {
  reply(turn, idOf(record), { personId: null, errorCode: null, value });
}

function documentKey(client: string, collection: Collection, id: string): string {
  return `${client}/${collection}/${id}`;
}

const REVISION_DIGITS = 12;

/** Changes of one revision in order of document. */
function changeKey(client: string, revision: number, document: string): string {
  return `${client}/${String(revision).padStart(REVISION_DIGITS, "0")}/${document}`;
}
