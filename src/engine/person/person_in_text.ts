// Persons as earlier versions kept them in pages of trails: as JSON text, perhaps from before there were all members.

import type { Person, StepTotal } from "../../model/person.ts";

/** Of a total as it was then. */
interface EarlierTotal extends Omit<StepTotal, "sums"> {
  readonly sum: number;
  readonly sumHigh: number;
  readonly sumLow: number;
}

export function personInText(text: string): Person {
  const person = JSON.parse(text) as Person & { readonly stepTotals: { [key: string]: EarlierTotal } };
  const totals = Object.entries(person.stepTotals).map(([key, total]) => [key, totalNow(total)] as const);
  return { ...laterMembers(), ...person, stepTotals: Object.fromEntries(totals) };
}

function laterMembers(): Partial<Person> {
  return {
    blockReason: "",
    blockedMs: null,
    olderSteps: null,
    olderRewards: null,
    shareables: [],
    shares: [],
    incentives: null,
    points: null,
  };
}

function totalNow({ count, countHigh, countLow, sum, sumHigh, sumLow, recent }: EarlierTotal): StepTotal {
  const hasSums = sum !== 0 || sumHigh !== 0 || sumLow !== 0;
  return { count, countHigh, countLow, sums: hasSums ? { all: sum, high: sumHigh, low: sumLow } : null, recent };
}
