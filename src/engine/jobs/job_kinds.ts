// What differs from kind to kind of job: what an attempt's result means, and what follows when a job has ended. One row a kind.

import type { AttemptResult, Job, JobKind } from "../../model/job.ts";
import type { Turn } from "../context.ts";
import { concludeIntelligence, concludeMail } from "./job_events.ts";
import { concludePayout, judgePayout } from "../rewards/payouts.ts";
import { generalDelays } from "./retries.ts";
import { judgeWebhook } from "./webhooks.ts";

export type Verdict =
  | { readonly kind: "done"; readonly detail: string | null }
  /** @param askedMs what the receiver asks to wait */
  | {
      readonly kind: "retry";
      readonly delays: readonly number[];
      readonly askedMs: number | null;
      readonly detail: string | null;
    }
  | { readonly kind: "dead"; readonly detail: string | null };

interface KindOfJob {
  readonly judge: (turn: Turn, job: Job, result: AttemptResult) => Verdict;
  /** The job has ended, done or dead. */
  readonly conclude: (turn: Turn, job: Job, result: AttemptResult) => void;
}

/** Where nothing is said about a result: a failure that may pass. An outcome that nobody knows is not tried again: a second mail is not the first. */
function judgePlain(_turn: Turn, _job: Job, result: AttemptResult): Verdict {
  switch (result.kind) {
    case "done":
      return { kind: "done", detail: null };
    case "not_sent":
      if (result.isFinal) return { kind: "dead", detail: null };
      return { kind: "retry", delays: generalDelays, askedMs: null, detail: null };
    case "answered":
    case "unknown":
      return { kind: "dead", detail: null };
  }
}

const nothing = (): void => {};

const kinds: { readonly [K in JobKind]: KindOfJob } = {
  WEBHOOK: { judge: judgeWebhook, conclude: nothing },
  EMAIL: { judge: judgePlain, conclude: concludeMail },
  SHARE_EMAIL: { judge: judgePlain, conclude: concludeMail },
  DATA_INTELLIGENCE: { judge: judgePlain, conclude: concludeIntelligence },
  PAYOUT: { judge: judgePayout, conclude: concludePayout },
};

export function judgeAttempt(turn: Turn, job: Job, result: AttemptResult): Verdict {
  return kinds[job.order.kind].judge(turn, job, result);
}

export function concludeJob(turn: Turn, job: Job, result: AttemptResult): void {
  kinds[job.order.kind].conclude(turn, job, result);
}
