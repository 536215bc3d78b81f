// ConfigurationLine: the changes of one client's configuration that wait for their turn, and which of them are made together. Control plane.
//
//   L1. Changes are made in the order in which they came. What waited together is made together: one program and one switch, however many operators publish.
//   L2. A group that cannot be made as one is made one by one, so that nobody is refused for what another wanted.
//   L3. The next group is made while partitions switch to the one before, but not the group after that: partitions are never more than two
//       programs behind, and at most two groups ask them how far they are.

import type { Result } from "../../base/result.ts";
import type { Configuration, DocumentChange } from "../../model/configuration.ts";
import type { ConfigurationRefusal, DecisionMeans } from "../client.ts";
import type { Divide } from "./configuration_records.ts";
import { CONFIGURATION_GROUP_MAX } from "../settings.ts";

/** What somebody wants of the configuration. */
export interface Change {
  /** May be called again: when another node's change came first, or the group could not be made. */
  readonly decide: (configuration: Configuration, means: DecisionMeans) => Decided;
  readonly reject: (error: unknown) => void;
  /** Has a group, a record and a program of its own. */
  readonly isAlone: boolean;
  /** Compiled anew and written even when no document changes. */
  readonly isRenewal: boolean;
  /** Of documents that may be more than a record holds. */
  readonly divide: Divide;
}

/** None of the changes: decided against, or already so. */
export interface Decided {
  readonly changes: readonly DocumentChange[];
  /** Answers whoever wanted it. */
  readonly settle: (outcome: Outcome) => void;
}

export type Outcome = Result<{ readonly revision: number; readonly isInEffect: boolean }, ConfigurationRefusal>;

/** Resolves when all of the group are answered; null: it cannot be made as one, and nothing was written (L2). */
export type GroupMade = (() => Promise<void>) | null;

const GROUPS_UNDER_WAY_MAX = 2;

export class ConfigurationLine {
  readonly #make: (group: readonly Change[]) => Promise<GroupMade>;
  #waiting: Change[] = [];
  #isMaking = false;
  #underWay = 0;

  constructor(make: (group: readonly Change[]) => Promise<GroupMade>) {
    this.#make = make;
  }

  add(change: Change): void {
    this.#waiting.push(change);
    this.#next();
  }

  #next(): void {
    if (this.#isMaking || this.#underWay >= GROUPS_UNDER_WAY_MAX) return;
    const group = this.#take();
    if (group.length > 0) void this.#run(group);
  }

  #take(): readonly Change[] {
    const others = this.#waiting.findIndex(({ isAlone }) => isAlone);
    const together = others < 0 ? this.#waiting.length : Math.max(1, others);
    return this.#waiting.splice(0, Math.min(together, CONFIGURATION_GROUP_MAX));
  }

  async #run(group: readonly Change[]): Promise<void> {
    this.#underWay++;
    const settled = await this.#made(group);
    this.#next();
    await settled?.().catch((error: unknown) => rejectAll(group, error));
    this.#underWay--;
    this.#next();
  }

  async #made(group: readonly Change[]): Promise<GroupMade> {
    this.#isMaking = true;
    try {
      const settled = await this.#make(group);
      if (settled === null) this.#waiting.unshift(...group.map((change) => ({ ...change, isAlone: true })));
      return settled;
    } catch (error) {
      rejectAll(group, error);
      return null;
    } finally {
      this.#isMaking = false;
    }
  }
}

function rejectAll(group: readonly Change[], error: unknown): void {
  for (const { reject } of group) reject(error);
}
