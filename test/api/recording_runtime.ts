// A runtime for tests of the front: keeps what it is given, answers queries from plain maps, and can be busy, away or slow.
// It holds to the promises of RuntimeClient (R1, R2) and checks that callers hold to theirs.

import { isDeepStrictEqual } from "node:util";
import { assert, unreachable } from "../../src/base/assert.ts";
import { newIdCounter, nextIdText, originOf } from "../../src/base/ids.ts";
import { dataOfBody } from "../../src/engine/mod.ts";
import { answerPersonList } from "../../src/engine/person/person_lists.ts";
import { isWanted } from "../../src/engine/rewards/reward_filter.ts";
import { summaryKey } from "../../src/engine/rewards/summary_pages.ts";
import type { Enrichment } from "../../src/model/event.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { type Person, profileOf, type RewardSummary, type Step } from "../../src/model/person.ts";
import { type Job, jobKey } from "../../src/model/job.ts";
import type { Signal } from "../../src/model/signal.ts";
import type { Reward } from "../../src/model/reward.ts";
import {
  type Accepted,
  type Explained,
  type Applied,
  type IncomingEvent,
  type RuntimeClient,
  type RuntimeCommand,
  type RuntimeStatus,
  Unavailable,
} from "../../src/runtime/client.ts";

type Query = Parameters<RuntimeClient["query"]>[1];
type QueryAnswer = Awaited<ReturnType<RuntimeClient["query"]>>;

export interface Recorded {
  readonly client: string;
  readonly form: "envelope" | "named";
  readonly name: string;
  readonly body: string;
  readonly data: JsonObject;
}

interface Group {
  readonly durable: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export const PARTITIONS = 4;

export class RecordingRuntime implements RuntimeClient {
  readonly partitions = PARTITIONS;
  readonly wantedHeaders = new Set<string>();
  /** Of each event. */
  readonly headers: (ReadonlyMap<string, string> | null)[] = [];
  readonly events: Recorded[] = [];
  /** What was known of the sender of each. */
  readonly senders: (Enrichment | null)[] = [];
  readonly commands: RuntimeCommand[] = [];
  readonly persons = new Map<string, Person>();
  readonly rewards = new Map<string, Reward>();
  readonly jobs: Job[] = [];
  readonly signals = new Map<string, Signal[]>();
  /** By key. */
  readonly stepPages = new Map<string, Step[]>();
  readonly stepPagesRead: string[] = [];
  readonly summaryPages = new Map<string, readonly RewardSummary[]>();
  /** Key: `${client}/${key type}/${value}`. */
  readonly keyOwners = new Map<string, string>();
  readonly queries: Query[] = [];
  /** Key: `${client}/${person id}/${event id}`. */
  readonly explanations = new Map<string, Explained>();
  /** Thrown by the next calls while set. */
  unavailable: Unavailable | null = null;
  /** Groups become durable by themselves after a turn; otherwise by `commit`. */
  isAutoDurable = true;
  /** `accept` and `isBusy` say busy once this many events were taken since the last `relax`. */
  busyAfter = Number.POSITIVE_INFINITY;
  /** What it takes against an event; null: nothing. */
  refuses: (event: IncomingEvent) => Error | null = () => null;
  /** Answers questions about audiences. */
  audiences: (query: Query, partition: number) => QueryAnswer = (query) => {
    throw new Error(`audiences are not asked for here: ${query.kind}`);
  };
  /** Answers questions about coupons. */
  coupons: (query: Query) => QueryAnswer = (query) => {
    throw new Error(`coupons are not asked for here: ${query.kind}`);
  };
  commandErrorCode: string | null = null;
  applied: Partial<Applied> = {};
  reason: string | null = null;
  timesIdle = 0;
  readonly #ids = newIdCounter(1000);
  #group: Group | null = null;
  #sinceRelaxed = 0;

  accept(event: IncomingEvent): Accepted {
    const eventId = this.#take(event);
    return { eventId, durable: this.#openGroup().durable };
  }

  async acceptAndApply(event: IncomingEvent): Promise<Applied> {
    const eventId = this.#take(event);
    await this.#openGroup().durable;
    return { eventId, personId: "7000000000000000001", errorCode: null, value: null, ...this.applied };
  }

  payloadOf(event: IncomingEvent): Uint8Array {
    const refusal = this.refuses(event);
    if (refusal !== null) throw refusal;
    return event.body;
  }

  async command(command: RuntimeCommand): Promise<Applied> {
    if (this.unavailable !== null) throw this.unavailable;
    this.commands.push(command);
    const errorCode = this.commandErrorCode;
    const eventId = this.#nextId();
    switch (command.kind) {
      case "forward_person":
        return { eventId, personId: command.toPersonId, errorCode, value: null };
      case "change_person":
      case "order_membership":
        return { eventId, personId: command.personId, errorCode, value: null };
      case "begin_audience_operation":
        return { eventId, personId: null, errorCode, value: eventId };
      case "steer_audience_operation":
        return { eventId, personId: null, errorCode, value: command.operationId };
      case "claim_request":
        return { eventId, personId: null, errorCode, value: { kind: "new" } };
      case "claim_code":
      case "erase_person":
      case "set_opt_out":
        return { eventId, personId: null, errorCode, value: null };
      case "begin_coupon_upload":
      case "delete_coupons":
        return { eventId, personId: null, errorCode, value: eventId };
      case "end_coupon_upload":
        return { eventId, personId: null, errorCode, value: command.operationId };
      case "add_coupons":
      case "answer_request":
      case "add_asset":
      case "delete_asset":
      case "open_bearer":
      case "end_token":
      case "create_person":
      case "move_reward":
      case "change_reward":
      case "redrive_jobs":
        return { eventId, personId: null, errorCode, value: { count: 1, isMore: false } };
      case "change_configuration":
        return { eventId, personId: null, errorCode, value: null };
      default:
        throw new Error(`files and batches are not ordered here: ${command.kind}`);
    }
  }

  async query(partition: number, query: Query): Promise<QueryAnswer> {
    assert(partition >= 0 && partition < PARTITIONS, `no partition ${partition}`);
    this.queries.push(query);
    switch (query.kind) {
      case "person": {
        const person = this.#personOf(query.client, query.personId);
        return { kind: "person", person, forwardedTo: person?.forwardedTo ?? null };
      }
      case "profile": {
        const person = this.#personOf(query.client, query.personId);
        const profile = person === null ? null : profileOf(person);
        return { kind: "profile", profile, forwardedTo: person?.forwardedTo ?? null };
      }
      case "identities":
        return {
          kind: "identities",
          identities: query.personIds.map((id) => {
            const person = this.#personOf(query.client, id);
            if (person === null) return null;
            const { email, partnerUserId, forwardedTo } = person;
            return { email, partnerUserId, forwardedTo };
          }),
        };
      case "owner_of_key":
        return {
          kind: "owner",
          personId: this.keyOwners.get(`${query.client}/${query.keyType}/${query.value}`) ?? null,
        };
      case "bearer": {
        const { personId } = query.bearer;
        const person = personId === null ? null : this.#personOf(query.client, personId);
        return { kind: "bearer", isEnded: false, person, forwardedTo: person?.forwardedTo ?? null };
      }
      case "assets":
        return { kind: "assets", assets: [] };
      case "asset_content":
        return { kind: "asset_content", content: null };
      case "polled_event":
        return { kind: "polled_event", eventId: null };
      case "journeys":
      case "relationships":
      case "memberships":
      case "shares":
      case "identity_history":
      case "reviews":
      case "points":
      case "steps":
      case "reward_ids":
      case "hot_steps": {
        const stepPage = (key: string): readonly Step[] => {
          this.stepPagesRead.push(key);
          return this.stepPages.get(key) ?? [];
        };
        const person = this.#personOf(query.client, query.personId);
        const summaryPage = (personId: string, page: number): readonly RewardSummary[] =>
          this.summaryPages.get(summaryKey(personId, page)) ?? [];
        return answerPersonList({ hotSteps: ({ steps }) => steps, stepPage, summaryPage }, person, query);
      }
      case "wanted_rewards": {
        const rewards = query.rewardIds.map((rewardId) => this.#rewardOf(query.client, rewardId));
        const createdMs = rewards.map((each) =>
          each === null || !isWanted(query.filter, each) ? null : each.createdMs,
        );
        return { kind: "wanted_rewards", createdMs };
      }
      case "reward":
        return { kind: "reward", reward: this.#rewardOf(query.client, query.rewardId) };
      case "rewards":
        return { kind: "rewards", rewards: query.rewardIds.map((id) => this.#rewardOf(query.client, id)) };
      case "reward_counts":
        return { kind: "reward_counts", counts: query.periods.map(() => ({})) };
      case "rewards_by_time":
        return this.#rewardsByTime(partition, query);
      case "changed_documents":
      case "document":
      case "documents":
        throw new Error(`configuration is not asked for here: ${query.kind}`);
      case "trail":
      case "explain":
      case "simulate":
        throw new Error(`explanations are not asked for here: ${query.kind}`);
      case "members":
      case "member_count":
      case "audience_operations":
        return this.audiences(query, partition);
      case "coupon_stats":
        return partition === 0 ? this.coupons(query) : { kind: "coupon_stats", available: 0, issued: 0 };
      case "coupons":
      case "coupon_operations":
        return this.coupons(query);
      case "budget":
        return {
          kind: "budget",
          granted: { count: partition, value: partition * 249_883 },
          held: { count: 1, value: 0 },
        };
      case "rejected":
        return { kind: "rejected", rejected: [] };
      case "jobs":
        return { kind: "jobs", jobs: this.jobs.filter(({ personId }) => personId === query.personId) };
      case "ended_jobs": {
        const { client, subscriber, status } = query;
        const isWanted = (job: Job): boolean =>
          job.client === client &&
          job.subscriber === subscriber &&
          job.status === status &&
          originOf(job.id) === partition;
        const newestFirst = this.jobs.filter(isWanted).reverse();
        const from = query.beforeKey === null ? 0 : Number(query.beforeKey);
        const page = newestFirst.slice(from, from + query.limit);
        const ended = page.map((job) => ({ jobKey: jobKey(job), id: job.id, endedMs: job.endedMs ?? 0 }));
        const isMore = page.length === query.limit;
        return { kind: "ended_jobs", ended, lastKey: isMore ? String(from + page.length) : null };
      }
      case "jobs_by_key": {
        const { client, jobKeys } = query;
        const jobs = jobKeys.map(
          (key) => this.jobs.find((job) => job.client === client && jobKey(job) === key) ?? null,
        );
        return { kind: "jobs_by_key", jobs };
      }
      case "ready_jobs":
        throw new Error("the front carries nothing out");
      case "opt_out":
        return { kind: "opt_out", lists: [], personId: null };
      case "signals":
        return { kind: "signals", signals: this.signals.get(`${query.client}/${query.pollingId}`) ?? [] };
      case "marks":
        return { kind: "marks", highWater: {}, programs: {} };
      case "program_revision":
        return { kind: "program_revision", revision: 0 };
      case "file":
        return { kind: "file", file: null };
      case "files":
      case "file_part":
      case "batches":
      case "batch":
      case "batch_part":
        throw new Error(`files and batches are not asked for here: ${query.kind}`);
      default:
        return unreachable(query);
    }
  }

  async explain(wanted: { client: string; personId: string; eventId: string }): Promise<Explained> {
    return this.explanations.get(`${wanted.client}/${wanted.personId}/${wanted.eventId}`) ?? { kind: "unknown" };
  }

  queryAll(query: Query): Promise<QueryAnswer[]> {
    return Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => this.query(partition, query)));
  }

  isDeep(): boolean {
    return this.#sinceRelaxed >= this.busyAfter;
  }

  async whenShallow(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.timesIdle++;
    this.#sinceRelaxed = 0;
  }

  status(): RuntimeStatus {
    return { isReady: this.reason === null, reason: this.reason };
  }

  /** What was accepted so far becomes durable. */
  commit(): void {
    const group = this.#group;
    this.#group = null;
    group?.resolve();
  }

  /** What was accepted and is not durable is dropped. */
  drop(error: Unavailable): void {
    const group = this.#group;
    this.#group = null;
    group?.reject(error);
  }

  #take(event: IncomingEvent): string {
    if (this.unavailable !== null) throw this.unavailable;
    if (this.isDeep()) throw new Unavailable("busy", 2);
    const refusal = this.refuses(event);
    if (refusal !== null) throw refusal;
    this.#sinceRelaxed++;
    const { client, form, name, data, isDataWhole } = event;
    const whole = dataOfBody(form, event.body);
    if (isDataWhole) assert(isDeepStrictEqual(data, whole), "data and body are of different events");
    else
      for (const member in data) assert((data[member] ?? null) === (whole[member] ?? null), `not the body's ${member}`);
    this.events.push({ client, form, name, body: Buffer.from(event.body).toString(), data: whole });
    this.senders.push(event.enrichment ?? null);
    this.headers.push(event.headers ?? null);
    return this.#nextId();
  }

  #openGroup(): Group {
    if (this.#group !== null) return this.#group;
    let resolve = (): void => undefined;
    let reject = (_error: Error): void => undefined;
    const durable = new Promise<void>((resolved, rejected) => {
      resolve = resolved;
      reject = rejected;
    });
    this.#group = { durable, resolve, reject };
    if (this.isAutoDurable) setImmediate(() => this.commit());
    return this.#group;
  }

  #nextId(): string {
    return nextIdText(this.#ids, Date.now());
  }

  #rewardOf(client: string, id: string): Reward | null {
    const reward = this.rewards.get(id);
    return reward?.client === client ? reward : null;
  }

  #personOf(client: string, id: string): Person | null {
    const person = this.persons.get(id);
    return person?.client === client ? person : null;
  }

  #rewardsByTime(
    partition: number,
    { client, filter, beforeMs, beforePlace, limit }: Extract<Query, { readonly kind: "rewards_by_time" }>,
  ): QueryAnswer {
    const isHere = (reward: Reward): boolean =>
      reward.client === client &&
      Number.parseInt(reward.id.slice(0, 4), 16) === partition &&
      (beforeMs === null || reward.createdMs < beforeMs) &&
      isWanted(filter, reward);
    const placed = [...this.rewards.values()]
      .filter(isHere)
      .map((reward) => ({ reward, place: `${String(reward.createdMs).padStart(15, "0")}/${reward.id}` }))
      .filter(({ place }) => beforePlace === null || place < beforePlace)
      .sort((a, b) => (a.place < b.place ? 1 : -1))
      .slice(0, limit);
    return {
      kind: "rewards_by_time",
      rewards: placed.map(({ reward }) => reward),
      places: placed.map(({ place }) => place),
      looked: placed.length,
      lastPlace: placed.length < limit ? null : (placed.at(-1)?.place ?? null),
    };
  }
}
