// A carrier before which something is asked of each job: it goes on, perhaps changed, or has its result at once. Results stay in the order of the jobs.

import type { AttemptResult, Job } from "../model/job.ts";
import type { Carrier } from "./dispatcher.ts";
import type { Attempted } from "./thread.ts";

export function asking(carry: Carrier, ask: (job: Job) => Promise<Job | Attempted>): Carrier {
  return async (jobs) => {
    const asked = await Promise.all(jobs.map(ask));
    const open = asked.filter((each): each is Job => !("result" in each));
    const carried = open.length === 0 ? [] : [...(await carry(open))];
    return asked.map((each) => ("result" in each ? each : (carried.shift() ?? nothingSaid)));
  };
}

const nothingSaid: Attempted = { result: { kind: "unknown", reason: "the carrier said nothing" }, tookMs: 0 };

export function notSent(why: Omit<Extract<AttemptResult, { readonly kind: "not_sent" }>, "kind">): Attempted {
  return { result: { kind: "not_sent", ...why }, tookMs: 0 };
}
