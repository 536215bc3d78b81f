// A scenario: people, what they did, and what must be true afterwards. Files that a product person can read; run through the pure engine and over HTTP.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ProgramDocument } from "../../src/model/campaign.ts";

export interface Scenario {
  readonly title: string;
  readonly story: string;
  /** File in `config/programs` or `test/scenarios/programs`. */
  readonly program: string;
  readonly events: readonly {
    readonly event: string;
    readonly data: { readonly [name: string]: string };
    readonly times?: number;
    /** The event is refused with this code. */
    readonly code?: string;
  }[];
  /** By e-mail. */
  readonly expect: { readonly [email: string]: Expected };
}

/** What is not mentioned is not looked at. Lists are complete and unordered. */
export interface Expected {
  /** Primary steps: "name QUALITY" -> how many. */
  readonly steps?: { readonly [nameAndQuality: string]: number };
  /** "supplier state face-value", for example "CREDIT EARNED 25". */
  readonly rewards?: readonly string[];
  /** "ROLE other-email", with " self" behind it for a self-referral. */
  readonly relationships?: readonly string[];
  /** Audience ids. */
  readonly memberships?: readonly string[];
  /** Another e-mail or partner user id that must lead to the same person. */
  readonly sameAs?: string;
}

/** A person as seen from outside, in the words of `Expected`. */
export interface Seen {
  readonly id: string;
  readonly steps: { readonly [nameAndQuality: string]: number };
  readonly rewards: readonly string[];
  readonly relationships: readonly string[];
  readonly memberships: readonly string[];
}

const here = join(import.meta.dirname, "../scenarios");

export function readScenario(file: string): Scenario {
  return JSON.parse(readFileSync(join(here, file), "utf8")) as Scenario;
}

export function programDirectory(scenario: Scenario): string {
  return scenario.program === "demo.json"
    ? join(here, "../../config/programs")
    : join(here, "programs", scenario.program.replace(/\.json$/, ""));
}

export function readProgram(scenario: Scenario): ProgramDocument {
  return JSON.parse(readFileSync(join(programDirectory(scenario), scenario.program), "utf8")) as ProgramDocument;
}

/** A scenario's number: the first word of its title, "s1". */
export function clientOf(scenario: Scenario): string {
  return scenario.title.split(" ", 1)[0]?.toLowerCase() ?? "";
}

const personalKeys: ReadonlySet<string> = new Set(["email", "advocate_code", "partner_user_id"]);

/**
 * The same story of other people: every name of theirs bears the story's, so that several can be told to one client. Orders keep their ids, which
 * rules look at; the files of one program name them apart.
 */
export function retold(scenario: Scenario): Scenario {
  const mark = clientOf(scenario);
  const other = (value: string): string => value.replace(/^[^+@]+/, (own) => `${own}-${mark}`);
  const expected = Object.entries(scenario.expect).map(([email, { relationships, sameAs, ...rest }]) => [
    other(email),
    {
      ...rest,
      ...(relationships === undefined ? {} : { relationships: relationships.map((each) => otherIn(each, other)) }),
      ...(sameAs === undefined ? {} : { sameAs: other(sameAs) }),
    },
  ]);
  return {
    ...scenario,
    events: scenario.events.map(({ data, ...event }) => ({
      ...event,
      data: Object.fromEntries(
        Object.entries(data).map(([name, value]) => [name, personalKeys.has(name) ? other(value) : value]),
      ),
    })),
    expect: Object.fromEntries(expected),
  };
}

/** "ROLE other-email self" */
function otherIn(relationship: string, other: (value: string) => string): string {
  const [role = "", email = "", ...rest] = relationship.split(" ");
  return [role, other(email), ...rest].join(" ");
}

export function countSteps(steps: readonly { readonly name: string; readonly quality: string }[]): {
  [nameAndQuality: string]: number;
} {
  const counts: { [nameAndQuality: string]: number } = {};
  for (const { name, quality } of steps) counts[`${name} ${quality}`] = (counts[`${name} ${quality}`] ?? 0) + 1;
  return counts;
}

export function expectSeen(email: string, expected: Expected, seen: Seen): void {
  if (expected.steps !== undefined) expect(seen.steps, `steps of ${email}`).toEqual(expected.steps);
  if (expected.rewards !== undefined)
    expect(seen.rewards.toSorted(), `rewards of ${email}`).toEqual(expected.rewards.toSorted());
  if (expected.relationships !== undefined) {
    expect(seen.relationships.toSorted(), `relationships of ${email}`).toEqual(expected.relationships.toSorted());
  }
  if (expected.memberships !== undefined) {
    expect(seen.memberships.toSorted(), `memberships of ${email}`).toEqual(expected.memberships.toSorted());
  }
}
