// ProfileCache: profiles that were asked for before, for whoever asks again: without a way to the worker and back. For a node alone, whose workers
// are the only ones that change its persons.
//
//   A1. What is answered is what the worker would have answered at that moment: the mark of the person (`person_marks.ts`) was looked at before the
//       worker was asked, and is the same now.
//   A2. Of a bounded number of persons; the one that was added first goes first.

import { markOf, type PersonMarkMemory } from "./person_marks.ts";
import type { Query, QueryAnswer } from "../../engine/mod.ts";

type ProfileQuery = Extract<Query, { readonly kind: "profile" }>;
type ProfileAnswer = Extract<QueryAnswer, { readonly kind: "profile" }>;

interface Kept {
  readonly client: string;
  readonly mark: number;
  readonly answer: ProfileAnswer;
}

export class ProfileCache {
  readonly #marks: PersonMarkMemory;
  readonly #countMax: number;
  /** By person. */
  readonly #kept = new Map<string, Kept>();

  constructor(marks: PersonMarkMemory, countMax: number) {
    this.#marks = marks;
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** @param ask asks the worker */
  ask(query: ProfileQuery, ask: () => Promise<QueryAnswer>): Promise<QueryAnswer> {
    const { client, personId } = query;
    const mark = markOf(this.#marks, personId);
    const kept = this.#kept.get(personId);
    if (kept !== undefined && kept.mark === mark && kept.client === client) return Promise.resolve(kept.answer);
    return this.#asked(query, mark, ask);
  }

  async #asked(
    { client, personId }: ProfileQuery,
    mark: number,
    ask: () => Promise<QueryAnswer>,
  ): Promise<QueryAnswer> {
    const answer = await ask();
    // Of somebody whom the client does not have nothing is kept: there are more of those than of persons.
    if (answer.kind === "profile" && answer.profile !== null) this.#keep(personId, { client, mark, answer });
    return answer;
  }

  #keep(personId: string, kept: Kept): void {
    this.#kept.delete(personId);
    this.#kept.set(personId, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#countMax && oldest !== undefined) this.#kept.delete(oldest);
  }
}
