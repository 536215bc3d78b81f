// Documents of one client as values: a change makes a new set and shares what it did not touch with the old one.

import { type Configuration, type CurrentCollection, type DocumentChange, isCurrent } from "../model/configuration.ts";
import type { JsonObject } from "../model/json.ts";

/** Current documents by collection and id. */
export type Documents = ReadonlyMap<CurrentCollection, ReadonlyMap<string, JsonObject>>;

export const noDocuments: Documents = new Map();

/** With every change in place, those to histories left out. */
export function withChanges(documents: Documents, changes: readonly DocumentChange[]): Documents {
  const touched = new Map<CurrentCollection, Map<string, JsonObject>>();
  for (const { collection, id, document } of changes) {
    if (!isCurrent(collection)) continue;
    const own = touched.get(collection) ?? new Map(documents.get(collection));
    touched.set(collection, own);
    if (document === null) own.delete(id);
    else own.set(id, document);
  }
  return new Map([...documents, ...touched]);
}

export function configurationOfDocuments(client: string, revision: number, documents: Documents): Configuration {
  const sorted = new Map<
    CurrentCollection,
    { readonly ids: readonly string[]; readonly list: readonly JsonObject[] }
  >();
  const sort = (
    collection: CurrentCollection,
  ): { readonly ids: readonly string[]; readonly list: readonly JsonObject[] } => {
    const known = sorted.get(collection);
    if (known !== undefined) return known;
    const entries = [...(documents.get(collection) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const made = { ids: entries.map(([id]) => id), list: entries.map(([, document]) => document) };
    sorted.set(collection, made);
    return made;
  };
  return {
    client,
    revision,
    find: (collection, id) => documents.get(collection)?.get(id),
    list: (collection) => sort(collection).list,
    ids: (collection) => sort(collection).ids,
  };
}
