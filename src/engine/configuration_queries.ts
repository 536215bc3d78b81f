// What a partition answers about the documents of its clients. Read only.

import type { Collection } from "../model/configuration.ts";
import {
  changedDocuments,
  type ConfigurationPage,
  findDocument,
  type KeptDocument,
  listDocuments,
} from "./configuration.ts";
import type { EngineContext } from "./context.ts";

export type DocumentQuery =
  /** Documents of a client changed after a revision, page by page. */
  | {
      readonly kind: "changed_documents";
      readonly client: string;
      readonly sinceRevision: number;
      readonly afterKey: string | null;
    }
  | { readonly kind: "document"; readonly client: string; readonly collection: Collection; readonly id: string }
  /** The largest ids first. */
  | {
      readonly kind: "documents";
      readonly client: string;
      readonly collection: Collection;
      readonly prefix: string;
      readonly beforeId: string | null;
      readonly limit: number;
    };

export type DocumentAnswer =
  | { readonly kind: "changed_documents"; readonly page: ConfigurationPage }
  | { readonly kind: "document"; readonly text: string | null }
  | { readonly kind: "documents"; readonly documents: readonly KeptDocument[] };

export function answerDocumentQuery(context: EngineContext, query: DocumentQuery): DocumentAnswer {
  switch (query.kind) {
    case "changed_documents": {
      const { client, sinceRevision, afterKey } = query;
      return { kind: "changed_documents", page: changedDocuments(context, client, sinceRevision, afterKey) };
    }
    case "document":
      return { kind: "document", text: findDocument(context, query.client, query.collection, query.id) };
    case "documents":
      return { kind: "documents", documents: listDocuments(context, query, query.limit) };
  }
}
