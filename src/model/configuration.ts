// What operators made of one client: documents by collection and id, at a revision. The words of configuration; what a change means is decided in `src/management`.

import type { JsonObject } from "./json.ts";

/**
 * Where documents live. "current" ones are what a configuration consists of and are all held in memory by whoever serves it; a "history" is written
 * once, never changed and read one by one.
 */
export const collections = {
  /** The client itself: time zone and what holds for all of it. One document, id `client`. */
  client: "current",
  /** Head of each campaign: its draft, the published version and its state. */
  campaign: "current",
  /** Every version that a campaign ever had. Id: `${campaign id}/${version, 8 digits}`. */
  campaign_version: "history",
  audience: "current",
  supplier: "current",
  webhook: "current",
  prehandler: "current",
  block: "current",
  /** Links of the brand's own. Id: the code. */
  promotion_link: "current",
  /** Access tokens. Id: the first half of the token's hash. */
  token: "current",
  /** Security keys; secrets in them are sealed. */
  client_key: "current",
} as const satisfies { readonly [name: string]: "current" | "history" };

export type Collection = keyof typeof collections;
export type CurrentCollection = {
  [C in Collection]: (typeof collections)[C] extends "current" ? C : never;
}[Collection];
export type HistoryCollection = Exclude<Collection, CurrentCollection>;

export const currentCollections: readonly CurrentCollection[] = (Object.keys(collections) as Collection[]).filter(
  isCurrent,
);

export function isCurrent(collection: Collection): collection is CurrentCollection {
  return collections[collection] === "current";
}

/** A client's configuration as of one revision. Documents are shared: nobody changes them in place. */
export interface Configuration {
  readonly client: string;
  /** Grows by one with each change; 0: nothing was ever written. */
  readonly revision: number;
  find(collection: CurrentCollection, id: string): JsonObject | undefined;
  /** In order of id. Ids that the platform makes grow with time. */
  list(collection: CurrentCollection): readonly JsonObject[];
  /** In the order of `list`. */
  ids(collection: CurrentCollection): readonly string[];
}

/** One document put in place of what was there; `document` null removes it. */
export interface DocumentChange {
  readonly collection: Collection;
  readonly id: string;
  readonly document: JsonObject | null;
}
