// What a run knows to be there, or to have been there: the ids that answers named, together with the ids of what they lie in.

import type { Random } from "./values.ts";

export type Ids = Readonly<Record<string, string>>;

/** So many of a kind are remembered: the oldest go, so that calls meet each other at the same objects. */
const PLACES_MAX = 12;

export class Places {
  readonly #byName = new Map<string, Ids[]>();

  add(name: string, ids: Ids): void {
    const known = this.#byName.get(name) ?? [];
    if (known.some((other) => other[name] === ids[name])) return;
    known.push(ids);
    if (known.length > PLACES_MAX) known.shift();
    this.#byName.set(name, known);
  }

  all(name: string): readonly Ids[] {
    return this.#byName.get(name) ?? [];
  }

  /** An id of this kind, "" where none is known. */
  id(name: string, random: Random): string {
    const known = this.all(name);
    return known[random(known.length)]?.[name] ?? "";
  }

  /** Ids of this kind that belong together; null: none is known. */
  place(name: string, random: Random): Ids | null {
    const known = this.all(name);
    return known[random(known.length)] ?? null;
  }
}
