// What a simulation did, told by somebody who looked on while its records were applied once more: who was referred by whom, and what was decided.

import { expect } from "vitest";
import { originOf } from "../../src/base/ids.ts";
import type { Frame } from "../../src/engine/campaign/frame.ts";
import type { Outcome } from "../../src/engine/context.ts";
import { type EngineContext, runQuery } from "../../src/engine/mod.ts";
import type { LogRecord } from "../../src/model/record.ts";
import type { Program } from "../../src/rules/mod.ts";
import { explainWell, LiveDecisions, withoutIds } from "../support/explaining.ts";
import { Persons } from "./all_at_rest.ts";
import type { Random } from "./everything_world.ts";
import { OFFER } from "./wider_world.ts";
import type { Simulation } from "./simulation.ts";

/** An event that itself pointed its person to an advocate, and that some controller took. */
interface Referral {
  readonly friendId: string;
  readonly advocateId: string;
  readonly campaignId: string;
  readonly atMs: number;
}

class Onlooker extends LiveDecisions {
  /** An event that has to ask is planned again: the last plan is the one that counts. */
  readonly referrals = new Map<string, Referral>();

  /** Who is in one campaign of an offer was shown another. */
  readonly strayed: string[] = [];

  override decided(frame: Frame, outcome: Outcome): void {
    super.decided(frame, outcome);
    const { event, controller, campaign, person } = frame;
    const offers = new Set(person.journeys.filter(({ name }) => name === OFFER).map(({ campaignId }) => campaignId));
    const isStrayed = offers.size === 1 && controller.name === OFFER && !offers.has(campaign.id);
    if (isStrayed && outcome.kind === "fires") this.strayed.push(`${event.id} of ${person.id}`);
    const key = `${event.id} ${campaign.id} ${controller.id}`;
    this.referrals.delete(key);
    if (outcome.kind !== "fires" || outcome.firing.isDuplicate || outcome.firing.told === null) return;
    const advocateId = outcome.firing.told.card.id;
    this.referrals.set(key, { friendId: person.id, advocateId, campaignId: campaign.id, atMs: frame.nowMs });
  }
}

/** @param explained how many events, of all, are explained */
export function checkRetold(simulation: Simulation, random: Random, explained: number, where: string): void {
  const onlooker = new Onlooker();
  checkExplained(simulation, random, { explained, where, onlooker });
  expect(onlooker.strayed, `${where}: Z1 of zones.ts`).toEqual([]);
  checkReferrals(new Persons(simulation), [...onlooker.referrals.values()], where);
}

/** Of a world in which persons are erased, whose referrals are known by others alone. */
export function checkExplained(
  simulation: Simulation,
  random: Random,
  { onlooker = new Onlooker(), ...of }: { readonly explained: number; readonly where: string; onlooker?: Onlooker },
): void {
  const { contexts, hashes } = simulation.again(onlooker);
  expect(hashes, `${of.where}: whoever looks on changes nothing`).toEqual(simulation.hashes().live);
  checkExplanations(new Retold(simulation, contexts), onlooker, { random, ...of });
}

/** S3 of `relationships.ts`: a friend knows all advocates that led there, in the order in which each last did. */
function checkReferrals(persons: Persons, referrals: readonly Referral[], where: string): void {
  const led = new Map<string, number>();
  for (const { friendId, advocateId, campaignId, atMs } of referrals) {
    const friend = persons.finally(friendId)?.id;
    const advocate = persons.finally(advocateId)?.id;
    const key = `${friend} ${advocate} ${campaignId}`;
    if (friend !== advocate) led.set(key, Math.max(led.get(key) ?? 0, atMs));
  }
  const known = new Map<string, number>();
  for (const { id, relationships } of persons.final) {
    let newestMs = 0;
    for (const { myRole, otherPersonId, campaignId, updatedMs } of relationships) {
      if (myRole !== "FRIEND") continue;
      known.set(`${id} ${persons.finally(otherPersonId)?.id} ${campaignId}`, updatedMs);
      expect(updatedMs, `${where}: ${id} was led there by ${otherPersonId} later`).toBeGreaterThanOrEqual(newestMs);
      newestMs = updatedMs;
    }
  }
  const sorted = (those: ReadonlyMap<string, number>): string[] =>
    [...those].map(([key, atMs]) => `${key} ${atMs}`).toSorted();
  expect(sorted(known), `${where}: who led whom there, and when last`).toEqual(sorted(led));
}

/** As whoever explains needs it. */
class Retold {
  readonly program: Program;
  readonly logs: readonly (readonly LogRecord[])[];
  readonly contexts: readonly EngineContext[];

  constructor({ program, partitions }: Simulation, contexts: readonly EngineContext[]) {
    this.program = program;
    this.logs = partitions.map(({ log }) => log);
    this.contexts = contexts;
  }

  query(
    partition: number,
    query: Parameters<typeof runQuery>[1],
    isOverdue?: Parameters<typeof runQuery>[2],
  ): ReturnType<typeof runQuery> {
    const context = this.contexts[partition];
    if (context === undefined) throw new Error(`no partition ${partition}`);
    return runQuery(context, query, isOverdue);
  }

  isThere(personId: string): boolean {
    return this.contexts[originOf(personId) ?? 0]?.state.find("person", personId) !== undefined;
  }

  /** Of the event: what there is of the person's. */
  rewardsOf(personId: string, rootEventId: string): string[] {
    const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
    const rewards = this.contexts.flatMap(({ state }) => state.list("reward", everything).map(({ value }) => value));
    const own = rewards.filter((each) => each.personId === personId && each.rootEventId === rootEventId);
    return own.map(({ id }) => id).toSorted();
  }
}

/** What is called exact is what was decided. */
function checkExplanations(
  retold: Retold,
  { byPersonAndRoot }: LiveDecisions,
  { random, explained, where }: { readonly random: Random; readonly explained: number; readonly where: string },
): void {
  const left = [...byPersonAndRoot];
  for (let n = 0; n < explained && left.length > 0; n++) {
    const [[key, decided] = ["", null]] = left.splice(random(left.length), 1);
    const [personId = "", eventId = ""] = key.split(" ");
    // Of who was erased nothing is explained.
    if (!retold.isThere(personId)) continue;
    const told = explainWell(retold, personId, eventId);
    if (told.kind !== "explained" || !told.explanation.isExact) continue;
    const { events, rewards } = told.explanation;
    const of = `${where}: explained exactly, ${eventId} of ${personId}`;
    expect(withoutIds(events), of).toEqual(withoutIds(decided?.events()));
    expect(rewards.map(({ rewardId }) => rewardId).toSorted(), of).toEqual(retold.rewardsOf(personId, eventId));
  }
}
