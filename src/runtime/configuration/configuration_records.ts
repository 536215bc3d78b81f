// Records of a change of configuration: which documents go into which. Control plane.

import type { KeptDocument } from "../../engine/mod.ts";
import type { DocumentChange } from "../../model/configuration.ts";
import { CONFIGURATION_CHANGE_BYTES_MAX } from "../settings.ts";

/** What is written by one record. */
export interface Part {
  readonly documents: readonly KeptDocument[];
  readonly bytes: number;
}

export type Divide = (changes: readonly DocumentChange[]) => readonly Part[];

export function asOne(changes: readonly DocumentChange[]): readonly Part[] {
  const documents = changes.map(keptOf);
  return [{ documents, bytes: documents.reduce((sum, document) => sum + bytesOf(document), 0) }];
}

/** For what may be more than a record holds. The document of the client, which says what was imported, comes last: an import that was cut off is begun again. */
export function inParts(changes: readonly DocumentChange[]): readonly Part[] {
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

function keptOf({ collection, id, document }: DocumentChange): KeptDocument {
  return { collection, id, text: document === null ? null : JSON.stringify(document) };
}
