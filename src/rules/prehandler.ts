// Prehandler: compiled, plain data as all of a program; and what its expressions ask for.

import type { BlockListType } from "../model/block.ts";
import type { JsonValue } from "../model/json.ts";
import type { Pc } from "./program.ts";

export interface CompiledPrehandler {
  readonly id: string;
  readonly name: string;
  /** All must hold. */
  readonly conditions: readonly PrehandlerCondition[];
  /** In this order. */
  readonly actions: readonly PrehandlerAction[];
  /** Looks at the candidate person, who is known in its partition only. */
  readonly looksAtPerson: boolean;
}

export type PrehandlerCondition =
  /** Trimmed, lower case. */
  | { readonly kind: "event_names"; readonly names: readonly string[] }
  | { readonly kind: "data"; readonly names: readonly string[] }
  /** Each header is there, with one of the values if there are any; names in lower case. */
  | {
      readonly kind: "headers";
      readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[];
    }
  | { readonly kind: "listed"; readonly lists: readonly BlockListType[] }
  | { readonly kind: "code"; readonly pc: Pc };

export type PrehandlerAction =
  | {
      readonly kind: "set_data";
      readonly data: readonly (readonly [name: string, value: JsonValue])[];
      readonly defaults: readonly (readonly [name: string, value: JsonValue])[];
      readonly removed: readonly string[];
    }
  | { readonly kind: "map_data"; readonly mappings: readonly DataMapping[] }
  | { readonly kind: "set_container"; readonly container: string }
  | { readonly kind: "code"; readonly pc: Pc };

export interface DataMapping {
  readonly to: string;
  readonly from: string;
  /** Undefined: nothing is set where there is nothing to copy. */
  readonly otherwise: JsonValue | undefined;
}

/** What an action's expression asks for, in order. */
export type EventChange =
  | { readonly kind: "name" | "event_time"; readonly value: string }
  /** "default_data": where there is none; "verified_data": and it is verified. */
  | { readonly kind: "data" | "default_data" | "verified_data"; readonly name: string; readonly value: JsonValue }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "message"; readonly value: string };
