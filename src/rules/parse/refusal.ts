// How sources are refused: always by name and place.

import type { Node } from "acorn";
import { isRefusedName } from "../data_lookup.ts";
import type { Place } from "./syntax.ts";

export const START: Place = { line: 1, column: 1 };

/** Thrown within the parser and compiler of expressions only; their entry points turn it into a `SourceError`. */
export class Refusal extends Error {
  readonly place: Place;
  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

export function placeOf(node: Node): Place {
  return node.loc ? { line: node.loc.start.line, column: node.loc.start.column + 1 } : START;
}

export function refuse(node: Node, what: string = node.type): never {
  throw new Refusal(`${what} is not part of the expression language`, placeOf(node));
}

export function checkedName(node: Node, name: string): string {
  if (isRefusedName(name)) throw new Refusal(`the name ${name} is refused`, placeOf(node));
  return name;
}
