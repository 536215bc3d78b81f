// Directory: finds persons and rewards wherever their partition is. Every question carries the token's client: what belongs to another
// client is answered exactly as what does not exist.

import { assert, AssertionError } from "../../base/assert.ts";
import { emailKey } from "../../base/email.ts";
import { partitionOf } from "../../base/hash.ts";
import { originOf, partitionOfReward } from "../../base/ids.ts";
import type { RewardFilter } from "../../engine/mod.ts";
import type { Asset } from "../../model/asset.ts";
import type { Bearer } from "../../model/event.ts";
import type { Job } from "../../model/job.ts";
import { saysOptedOut } from "../../model/opt_out.ts";
import type { Person, PersonHead, Profile } from "../../model/person.ts";
import type { Reward } from "../../model/reward.ts";
import type { Signal } from "../../model/signal.ts";
import { partitionOfBearer, type RuntimeClient } from "../../runtime/client.ts";
import { FORWARD_HOPS_MAX, QUERIES_AT_ONCE_MAX, REWARDS_LOOKED_AT_ONCE } from "../limits.ts";

type Query = Parameters<RuntimeClient["query"]>[1];
type QueryAnswer = Awaited<ReturnType<RuntimeClient["query"]>>;
type AnswerOf<K extends QueryAnswer["kind"]> = Extract<QueryAnswer, { readonly kind: K }>;

/** What lists show of a person. */
export type Owner = Pick<Person, "email" | "partnerUserId">;

export class Directory {
  readonly #runtime: RuntimeClient;

  constructor(runtime: RuntimeClient) {
    this.#runtime = runtime;
  }

  get partitions(): number {
    return this.#runtime.partitions;
  }

  /** The person that `personId` stands for now: merged ones lead to where they went. What it did is asked for list by list (`person_history.ts`). */
  async person(client: string, personId: string): Promise<PersonHead | null> {
    const answer = await this.follow(personId, (partition, id) =>
      this.ask(partition, { kind: "person", client, personId: id }, "person"),
    );
    return answer === null ? null : answer.person;
  }

  /** As `person`, for those who need no more of it. */
  async profile(client: string, personId: string): Promise<Profile | null> {
    const answer = await this.follow(personId, (partition, id) =>
      this.ask(partition, { kind: "profile", client, personId: id }, "profile"),
    );
    return answer === null ? null : answer.profile;
  }

  /** Asks on where a merged person went. Null: there is no such person, by its id. */
  async follow<T extends { readonly forwardedTo: string | null }>(
    personId: string,
    ask: (partition: number, id: string) => Promise<T>,
  ): Promise<T | null> {
    let id = personId;
    for (let hop = 0; hop <= FORWARD_HOPS_MAX; hop++) {
      const partition = originOf(id);
      if (partition === undefined || partition >= this.#runtime.partitions) return null;
      const answer = await ask(partition, id);
      if (answer.forwardedTo === null) return answer;
      id = answer.forwardedTo;
    }
    return null;
  }

  /** Whom a consumer's token stands for; null: a device that has done nothing yet. Merged persons lead to where they went. */
  async bearer(
    client: string,
    bearer: Bearer,
  ): Promise<{ readonly isEnded: boolean; readonly person: PersonHead | null }> {
    const partition = partitionOfBearer(client, bearer, this.#runtime.partitions);
    const { device, personId } = bearer;
    const query: Query = { kind: "bearer", client, bearer: { device, personId } };
    const { isEnded, person, forwardedTo } = await this.ask(partition, query, "bearer");
    return { isEnded, person: forwardedTo === null ? person : await this.person(client, forwardedTo) };
  }

  /** A person's files, oldest first. */
  async assets({ client, id }: Pick<Person, "client" | "id">): Promise<readonly Asset[]> {
    const partition = originOf(id);
    assert(partition !== undefined, "a person id carries its partition");
    return (await this.ask(partition, { kind: "assets", client, personId: id }, "assets")).assets;
  }

  async assetContent({ client, id }: Pick<Person, "client" | "id">, assetId: string): Promise<Buffer | null> {
    const partition = originOf(id);
    assert(partition !== undefined, "a person id carries its partition");
    const query: Query = { kind: "asset_content", client, personId: id, assetId };
    const { content } = await this.ask(partition, query, "asset_content");
    return content === null ? null : Buffer.from(content.base64, "base64");
  }

  /** The event that bore the polling id and was about the person; null: none, or longer ago than it is kept. */
  async polledEvent({ client, id }: Pick<Person, "client" | "id">, pollingId: string): Promise<string | null> {
    const partition = originOf(id);
    assert(partition !== undefined, "a person id carries its partition");
    const query: Query = { kind: "polled_event", client, personId: id, pollingId };
    return (await this.ask(partition, query, "polled_event")).eventId;
  }

  async ownerOfKey(client: string, keyType: string, value: string): Promise<Profile | null> {
    const key = keyType === "email" ? emailKey(value) : value.trim();
    if (key === null || key.length === 0) return null;
    const partition = partitionOf(client, `${keyType}/${key}`, this.#runtime.partitions);
    const query: Query = { kind: "owner_of_key", client, keyType, value: key };
    const { personId } = await this.ask(partition, query, "owner");
    return personId === null ? null : this.profile(client, personId);
  }

  /** Whether an address wants no mails: by a list, or as its owner's data say. @param email as a key */
  async isOptedOut(client: string, email: string): Promise<boolean> {
    const partition = partitionOf(client, `email/${email}`, this.#runtime.partitions);
    const { lists, personId } = await this.ask(partition, { kind: "opt_out", client, email }, "opt_out");
    if (lists.length > 0 || personId === null) return lists.length > 0;
    const owner = await this.person(client, personId);
    return owner !== null && saysOptedOut(owner.data);
  }

  /** Whose share link has the code. */
  async ownerOfCode(client: string, code: string): Promise<PersonHead | null> {
    const owner = await this.ownerOfKey(client, "advocate_code", code);
    return owner === null ? null : this.person(client, owner.id);
  }

  /** Who made a share, by its id or by the id that whoever shared gave it. */
  ownerOfShare(client: string, by: "id" | "partner_id", value: string): Promise<Profile | null> {
    return this.ownerOfKey(client, `share:${by}`, value);
  }

  async reward(client: string, rewardId: string): Promise<Reward | null> {
    const partition = partitionOfReward(rewardId);
    if (partition === undefined || partition >= this.#runtime.partitions) return null;
    return (await this.ask(partition, { kind: "reward", client, rewardId }, "reward")).reward;
  }

  /** Some rewards, in the order of their ids; null: unknown. */
  rewards(client: string, rewardIds: readonly string[]): Promise<readonly (Reward | null)[]> {
    return this.#ofRewards(rewardIds, async (partition, ids) => {
      const { rewards } = await this.ask(partition, { kind: "rewards", client, rewardIds: ids }, "rewards");
      return rewards;
    });
  }

  /** When each was made; null: it is unknown, or does not pass. */
  datesOfWanted(
    client: string,
    rewardIds: readonly string[],
    filter: RewardFilter,
  ): Promise<readonly (number | null)[]> {
    return this.#ofRewards(rewardIds, async (partition, ids) => {
      const query: Query = { kind: "wanted_rewards", client, rewardIds: ids, filter };
      return (await this.ask(partition, query, "wanted_rewards")).createdMs;
    });
  }

  /** A question for those that lie in one partition, which of a person after a merge are not all of them; of very many, several. */
  async #ofRewards<T>(
    rewardIds: readonly string[],
    ask: (partition: number, ids: readonly string[]) => Promise<readonly (T | null)[]>,
  ): Promise<readonly (T | null)[]> {
    const byPartition = new Map<number, string[]>();
    const questions: [number, string[]][] = [];
    for (const id of rewardIds) {
      const partition = partitionOfReward(id);
      if (partition === undefined || partition >= this.#runtime.partitions) continue;
      let ids = byPartition.get(partition);
      if (ids === undefined || ids.length === REWARDS_LOOKED_AT_ONCE) {
        ids = [];
        byPartition.set(partition, ids);
        questions.push([partition, ids]);
      }
      ids.push(id);
    }
    const found = new Map<string, T | null>();
    await mapBounded(questions, async ([partition, ids]) => {
      const answers = await ask(partition, ids);
      for (const [i, id] of ids.entries()) found.set(id, answers[i] ?? null);
    });
    return rewardIds.map((id) => found.get(id) ?? null);
  }

  /** What waits to leave the process for a person, oldest first. */
  async jobs({ client, id }: Pick<Person, "client" | "id">): Promise<readonly Job[]> {
    const partition = originOf(id);
    assert(partition !== undefined, "a person id carries its partition");
    return (await this.ask(partition, { kind: "jobs", client, personId: id }, "jobs")).jobs;
  }

  /** What campaigns told whoever asks for the polling id, oldest first. */
  async signals(client: string, pollingId: string): Promise<readonly Signal[]> {
    const partition = partitionOf(client, `polling/${pollingId}`, this.#runtime.partitions);
    return (await this.ask(partition, { kind: "signals", client, pollingId }, "signals")).signals;
  }

  /** A page of those of one partition's rewards that pass, newest first; `lastPlace` continues. */
  rewardsByTime(
    partition: number,
    page: Omit<Extract<Query, { readonly kind: "rewards_by_time" }>, "kind">,
  ): Promise<AnswerOf<"rewards_by_time">> {
    return this.ask(partition, { kind: "rewards_by_time", ...page }, "rewards_by_time");
  }

  /** Moves of rewards in each period, over all partitions. */
  async rewardCounts(
    client: string,
    periods: AnswerPeriods,
    filter: Extract<Query, { readonly kind: "reward_counts" }>["filter"],
  ): Promise<{ [state: string]: number }[]> {
    const answers = await this.#runtime.queryAll({ kind: "reward_counts", client, periods, filter });
    const sums = periods.map((): { [state: string]: number } => ({}));
    for (const answer of answers) {
      assert(isAnswer(answer, "reward_counts"), `a reward_counts query was answered with ${answer.kind}`);
      answer.counts.forEach((counts, i) => addCounts(sums[i] ?? {}, counts));
    }
    return sums;
  }

  /** How the owners of `rewards` are known: one question a partition, and one more for each who was merged. */
  async ownersOf(client: string, rewards: readonly Reward[]): Promise<ReadonlyMap<string, Owner | null>> {
    const owners = new Map<string, Owner | null>();
    const byPartition = new Map<number, string[]>();
    for (const id of new Set(rewards.map(({ personId }) => personId))) {
      const partition = originOf(id);
      if (partition === undefined || partition >= this.#runtime.partitions) continue;
      const ids = byPartition.get(partition);
      if (ids === undefined) byPartition.set(partition, [id]);
      else ids.push(id);
    }
    await mapBounded([...byPartition], async ([partition, personIds]) => {
      const query: Query = { kind: "identities", client, personIds };
      const { identities } = await this.ask(partition, query, "identities");
      for (const [i, id] of personIds.entries()) {
        const identity = identities[i] ?? null;
        const isMerged = identity !== null && identity.forwardedTo !== null;
        owners.set(id, isMerged ? await this.person(client, id) : identity);
      }
    });
    return owners;
  }

  /** What a partition answers, which is of the kind `kind`. */
  async ask<K extends QueryAnswer["kind"]>(partition: number, query: Query, kind: K): Promise<AnswerOf<K>> {
    const answer = await this.#runtime.query(partition, query);
    if (isAnswer(answer, kind)) return answer;
    throw new AssertionError(`a ${query.kind} query was answered with ${answer.kind}`);
  }
}

type AnswerPeriods = Extract<Query, { readonly kind: "reward_counts" }>["periods"];

function addCounts(sums: { [state: string]: number }, counts: { readonly [state: string]: number }): void {
  for (const [state, count] of Object.entries(counts)) sums[state] = (sums[state] ?? 0) + count;
}

function isAnswer<K extends QueryAnswer["kind"]>(answer: QueryAnswer, kind: K): answer is AnswerOf<K> {
  return answer.kind === kind;
}

/** As `Promise.all`, with `QUERIES_AT_ONCE_MAX` running at a time. */
export async function mapBounded<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += QUERIES_AT_ONCE_MAX) {
    results.push(...(await Promise.all(items.slice(from, from + QUERIES_AT_ONCE_MAX).map(work))));
  }
  return results;
}
