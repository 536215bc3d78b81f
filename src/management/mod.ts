// What an operator's change means: pure functions from a configuration to the documents to write.

export { configurationOfDocuments, type Documents, noDocuments, withChanges } from "./documents.ts";
export { programDocumentOf } from "./program.ts";
export { decideImport, importedForm, type ImportOutcome, markedAsChanged, replacementOf } from "./program_import.ts";
