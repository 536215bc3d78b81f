// Import: what becomes of a program file at the start of a node. Files are where a client begins; from its first change through the API on,
// its configuration is the API's.
//
//   I1. Importing the same file again changes nothing; a changed file replaces what the one before it brought.
//   I2. A file never undoes what was changed through the API: the client's document bears the mark of an import until then.
//   I3. Tokens are no part of a program: an import leaves them alone, and making one is no change of what the file says.

import { ok } from "../base/result.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import { type Configuration, currentCollections, type DocumentChange } from "../model/configuration.ts";
import { configurationOfDocuments, noDocuments, withChanges } from "./documents.ts";
import { CLIENT_DOCUMENT } from "./client_document.ts";
import { configurationOf, programDocumentOf } from "./program.ts";

/** "kept": the client's configuration was changed through the API since, so the file is not looked at any more. */
export type ImportOutcome = "imported" | "unchanged" | "kept";

export interface ImportDecision {
  readonly changes: readonly DocumentChange[];
  readonly answer: ImportOutcome;
}

/** Holds the hash of what was imported. */
const MARK = "imported_hash";

/** @param contentHash of the program document; equal for equal content */
export function decideImport(
  configuration: Configuration,
  program: ProgramDocument,
  contentHash: string,
): { readonly ok: true; readonly value: ImportDecision } {
  const mark = configuration.find("client", CLIENT_DOCUMENT)?.[MARK];
  if (mark === contentHash) return ok({ changes: [], answer: "unchanged" });
  // Without the mark there is nothing yet, or an import that was cut off before its last part, or the work of the API.
  if (mark === undefined && configuration.find("client", CLIENT_DOCUMENT) !== undefined) {
    return ok({ changes: [], answer: "kept" });
  }
  return ok({ changes: replacementOf(configuration, program, contentHash), answer: "imported" });
}

/** Every document of the program, and the end of those that it does not have. */
export function replacementOf(
  configuration: Configuration,
  program: ProgramDocument,
  contentHash: string,
): DocumentChange[] {
  const changes = configurationOf(program).map((change) =>
    change.collection === "client" ? { ...change, document: { ...change.document, [MARK]: contentHash } } : change,
  );
  const kept = new Set(changes.map(({ collection, id }) => `${collection}/${id}`));
  const ofProgram = currentCollections.filter((collection) => collection !== "token");
  const removed = ofProgram.flatMap((collection) =>
    configuration
      .ids(collection)
      .filter((id) => !kept.has(`${collection}/${id}`))
      .map((id): DocumentChange => ({ collection, id, document: null })),
  );
  return [...removed, ...changes];
}

/** A program as it is after its import, when its documents are put together again. */
export function importedForm(program: ProgramDocument): ProgramDocument {
  const documents = withChanges(noDocuments, configurationOf(program));
  return programDocumentOf(configurationOfDocuments(program.client, 0, documents));
}

/** The changes of somebody who is not an import (I2). */
export function markedAsChanged(configuration: Configuration, changes: readonly DocumentChange[]): DocumentChange[] {
  if (changes.every(({ collection }) => collection === "token")) return [...changes];
  const others = changes.filter(({ collection }) => collection !== "client");
  const written = changes.find(({ collection }) => collection === "client");
  const { [MARK]: mark, ...client } = written?.document ?? configuration.find("client", CLIENT_DOCUMENT) ?? {};
  const isWritten = written !== undefined || mark !== undefined || configuration.revision === 0;
  return isWritten ? [...others, { collection: "client", id: CLIENT_DOCUMENT, document: client }] : others;
}
