// The syntax tree of expressions: what is left of JavaScript after the parser's allow-list.

import type { Comparison, Loop } from "../opcodes.ts";
import type { Pattern } from "../pattern.ts";

/** In the source after its prefix; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Arithmetic = "+" | "-" | "*" | "/" | "%";

export type Expression = { readonly place: Place } & (
  | { readonly kind: "literal"; readonly value: null | boolean | number | string }
  | { readonly kind: "pattern"; readonly pattern: Pattern }
  | { readonly kind: "name"; readonly name: string }
  /** Of a template: a getter or a member, null where the object is. */
  | { readonly kind: "path"; readonly object: Expression; readonly name: string }
  | { readonly kind: "member"; readonly object: Expression; readonly name: string }
  | { readonly kind: "index"; readonly object: Expression; readonly index: Expression }
  | {
      readonly kind: "call";
      readonly object: Expression;
      readonly name: string;
      readonly arguments: readonly Expression[];
    }
  | { readonly kind: "function_call"; readonly name: string; readonly arguments: readonly Expression[] }
  | {
      readonly kind: "loop";
      readonly loop: Loop;
      readonly list: Expression;
      readonly parameter: string;
      readonly body: Expression;
    }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "negate"; readonly operand: Expression }
  | { readonly kind: "equal"; readonly isNegated: boolean; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "compare"; readonly comparison: Comparison; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "logical";
      readonly operator: "&&" | "||" | "??";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly names: readonly string[]; readonly values: readonly Expression[] }
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  | { readonly kind: "block"; readonly statements: readonly Statement[] }
);

export type Statement = { readonly place: Place } & (
  | { readonly kind: "const"; readonly name: string; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "return"; readonly value: Expression | null }
  /** For what it does; only where commands may be handed in. */
  | { readonly kind: "do"; readonly value: Expression }
);

/** Functions that only templates call: no source can spell their names. */
export const TEXT_FUNCTION = "template text";
export const HTML_FUNCTION = "template html";
export const SCRIPT_FUNCTION = "template script";
export const LOCALE_FUNCTION = "template locale";
export const TRUTH_FUNCTION = "template truth";

/** Why a source is refused, and where. */
export interface SourceError {
  readonly message: string;
  readonly place: Place;
}
