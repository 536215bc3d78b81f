// Member scan: the members of an audience, of all partitions together, in the order of their ids.

import { assert } from "../../base/assert.ts";
import type { RuntimeClient } from "../../runtime/client.ts";

type QueryAnswer = Awaited<ReturnType<RuntimeClient["query"]>>;
/** What is shown of one. */
export type Member = Extract<QueryAnswer, { readonly kind: "members" }>["persons"][number];

export interface MemberScan {
  readonly client: string;
  readonly audienceId: string;
  readonly isReverse: boolean;
}

/** One partition's members as far as they are read; `lastKey` null: there are no more. */
interface Run {
  readonly partition: number;
  persons: readonly Member[];
  at: number;
  lastKey: string | null;
}

const PERSONS_PER_QUERY = 200;

/** Ids have one length, so that their order as texts is that of their numbers. */
export async function* mergedMembers(runtime: RuntimeClient, scan: MemberScan): AsyncGenerator<Member> {
  const partitions = Array.from({ length: runtime.partitions }, (_, partition) => partition);
  const runs = await Promise.all(partitions.map((partition) => read(runtime, scan, partition, null)));
  for (;;) {
    let best: Run | null = null;
    for (const run of runs) {
      if (run.at >= run.persons.length && run.lastKey !== null)
        Object.assign(run, await read(runtime, scan, run.partition, run.lastKey));
      const [own, other] = [run.persons[run.at], best?.persons[best.at]];
      if (own === undefined) continue;
      if (other === undefined || own.id < other.id !== scan.isReverse) best = run;
    }
    const next = best?.persons[best.at];
    if (best === null || next === undefined) return;
    best.at++;
    yield next;
  }
}

async function read(
  runtime: RuntimeClient,
  { client, audienceId, isReverse }: MemberScan,
  partition: number,
  afterKey: string | null,
): Promise<Run> {
  const wanted = { client, audienceId, isReverse, afterKey, limit: PERSONS_PER_QUERY };
  const answer = await runtime.query(partition, { kind: "members", ...wanted });
  assert(answer.kind === "members", `asked for members, answered ${answer.kind}`);
  return { partition, persons: answer.persons, at: 0, lastKey: answer.lastKey };
}
