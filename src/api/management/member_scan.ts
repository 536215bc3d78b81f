// Member scan: the members of an audience, of all partitions together, in the order of their ids. What is asked of them is looked at in the partitions, and
// those who are passed over are counted by their ids, without the persons.

import { assert } from "../../base/assert.ts";
import type { RuntimeClient } from "../../runtime/client.ts";

type Query = Parameters<RuntimeClient["query"]>[1];
type MembersQuery = Extract<Query, { readonly kind: "members" }>;
type QueryAnswer = Awaited<ReturnType<RuntimeClient["query"]>>;
/** What is shown of one. */
export type Member = Extract<QueryAnswer, { readonly kind: "members" }>["persons"][number];

export interface MemberScan {
  readonly client: string;
  readonly audienceId: string;
  readonly isReverse: boolean;
  /** Data that a member has to have. */
  readonly has: readonly string[];
  /** Data that are wanted; null: all. */
  readonly shown: readonly string[] | null;
  /** As many are passed over. */
  readonly skip: number;
  readonly limit: number;
  /** Members looked at, at most; partitions may be a little ahead of each other. */
  readonly lookedMax: number;
}

/** One partition's members as far as they are read; `lastId` null: there are no more. */
interface Run {
  readonly partition: number;
  ids: readonly string[];
  persons: readonly Member[];
  at: number;
  lastId: string | null;
  /** Of the next answer. */
  size: number;
}

type Walk = Pick<MembersQuery, "client" | "audienceId" | "isReverse" | "has" | "shown"> & {
  readonly afterId: string | null;
  /** How many are wanted, to size the questions. */
  readonly wanted: number;
};

/** Of persons, a partition gives fewer at a time. Few are asked for where few are wanted, and more with each answer. */
const MEMBERS_PER_QUERY = 1_000;
const MEMBERS_PER_QUERY_MIN = 4;
const SHARE_SLACK = 1.25;

export async function listMembers(runtime: RuntimeClient, scan: MemberScan): Promise<Member[] | "too_many"> {
  const { client, audienceId, isReverse, has, shown, skip, limit } = scan;
  const looked = { members: 0, max: scan.lookedMax + runtime.partitions * MEMBERS_PER_QUERY };
  const walk = { client, audienceId, isReverse, has };
  let afterId: string | null = null;
  if (skip > 0) {
    let skipped = 0;
    const passedOver = await each(
      runtime,
      { ...walk, shown: "ids", afterId: null, wanted: skip },
      looked,
      ({ ids, at }) => {
        afterId = ids[at] ?? null;
        return ++skipped === skip;
      },
    );
    if (passedOver === "too_many") return passedOver;
    if (skipped < skip) return [];
  }
  const found: Member[] = [];
  const listed = await each(runtime, { ...walk, shown, afterId, wanted: limit }, looked, ({ persons, at }) => {
    const person = persons[at];
    if (person !== undefined) found.push(person);
    return found.length === limit;
  });
  return listed === "too_many" ? listed : found;
}

/** Ids have one length, so that their order as texts is that of their numbers. @param take true: no more are wanted */
async function each(
  runtime: RuntimeClient,
  walk: Walk,
  looked: { members: number; readonly max: number },
  take: (run: Run) => boolean,
): Promise<"too_many" | null> {
  const share = Math.ceil((walk.wanted * SHARE_SLACK) / runtime.partitions);
  const size = Math.min(MEMBERS_PER_QUERY, Math.max(MEMBERS_PER_QUERY_MIN, share));
  const runs = Array.from({ length: runtime.partitions }, (_, partition): Run => {
    return { partition, ids: [], persons: [], at: 0, lastId: walk.afterId, size };
  });
  const readOn = async (run: Run): Promise<void> => {
    looked.members += await read(runtime, walk, run);
  };
  await Promise.all(runs.map(readOn));
  for (;;) {
    const isBehind = (run: Run): boolean => run.at >= run.ids.length && run.lastId !== null;
    while (runs.some(isBehind)) {
      if (looked.members > looked.max) return "too_many";
      await Promise.all(runs.filter(isBehind).map(readOn));
    }
    if (mergeOn(runs, walk.isReverse, take)) return null;
  }
}

/** Takes on as long as every run knows its next one. True: no more are wanted, or there are no more. */
function mergeOn(runs: readonly Run[], isReverse: boolean, take: (run: Run) => boolean): boolean {
  for (;;) {
    let best: Run | null = null;
    let bestId = "";
    for (const run of runs) {
      const id = run.ids[run.at];
      if (id === undefined) {
        if (run.lastId !== null) return false;
        continue;
      }
      if (best !== null && id < bestId === isReverse) continue;
      best = run;
      bestId = id;
    }
    if (best === null || take(best)) return true;
    best.at++;
  }
}

/** How many it looked at. */
async function read(runtime: RuntimeClient, walk: Walk, run: Run): Promise<number> {
  const { client, audienceId, isReverse, has, shown } = walk;
  const of = { client, audienceId, isReverse, has, shown };
  const query: MembersQuery = { kind: "members", ...of, afterId: run.lastId, limit: run.size };
  const answer = await runtime.query(run.partition, query);
  assert(answer.kind === "members", `asked for members, answered ${answer.kind}`);
  const { ids, persons, lastId, looked } = answer;
  Object.assign(run, { ids, persons, at: 0, lastId, size: Math.min(MEMBERS_PER_QUERY, run.size * 2) });
  return looked;
}
