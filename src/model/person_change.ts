// What the API may change of a person, as data: decided where the person lives.

import type { JsonValue } from "./json.ts";
import type { PersonBlock, Scope, ShareableContent } from "./person.ts";

export type PersonChange =
  | { readonly kind: "block"; readonly block: PersonBlock; readonly reason: string }
  | { readonly kind: "create_datum"; readonly name: string; readonly value: JsonValue; readonly scope: Scope }
  /** Null members stay as they are. */
  | {
      readonly kind: "update_datum";
      readonly name: string;
      readonly value: JsonValue;
      readonly scope: Scope | null;
    }
  | { readonly kind: "delete_datum"; readonly name: string }
  /** A consumer says something of itself: all or none, and nothing that the client keeps to itself or finds persons by. */
  | { readonly kind: "set_data"; readonly data: readonly OwnDatum[] }
  | { readonly kind: "identify"; readonly email: string }
  /** Of one type, from the oldest rewards on. */
  | {
      readonly kind: "spend_points";
      readonly type: string;
      readonly amount: number;
      readonly partnerEventId: string | null;
      readonly message: string | null;
    }
  | ({ readonly kind: "create_shareable" } & NewShareable)
  /** Null members stay as they are. */
  | {
      readonly kind: "update_shareable";
      readonly code: string;
      readonly label: string | null;
      readonly key: string | null;
      readonly content: ShareableContent | null;
      readonly data: { readonly [name: string]: string } | null;
    };

export interface OwnDatum {
  readonly name: string;
  readonly value: JsonValue;
  readonly scope: Scope;
}

export interface NewShareable {
  /** Codes to try, one after the other; the first that nobody else has is taken. */
  readonly codes: readonly string[];
  readonly label: string;
  /** Null: the code. */
  readonly key: string | null;
  readonly content: ShareableContent;
  readonly data: { readonly [name: string]: string };
}
