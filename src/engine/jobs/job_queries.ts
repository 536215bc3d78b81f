// What a partition answers about what is to leave the process. Read only.

import type { Job } from "../../model/job.ts";
import type { ReadyJobs, ReadyJobsPage } from "../../model/job_queue.ts";
import type { EngineContext } from "../context.ts";
import { jobsOf } from "./deliveries.ts";
import { type EndedJobPlace, type EndedJobsPage, listEndedJobs } from "./job_commands.ts";
import { listReadyJobs } from "./ready_jobs.ts";

export type JobQuery =
  /** What was ordered to leave the process for a person, oldest first. */
  | { readonly kind: "jobs"; readonly client: string; readonly personId: string }
  /** Of a subscriber, those that are done or dead; newest first. */
  | ({ readonly kind: "ended_jobs" } & EndedJobsPage)
  | { readonly kind: "jobs_by_key"; readonly client: string; readonly jobKeys: readonly string[] }
  /** What may be carried out now. */
  | ({ readonly kind: "ready_jobs" } & ReadyJobsPage);

export type JobAnswer =
  | { readonly kind: "jobs"; readonly jobs: readonly Job[] }
  /** `lastKey` continues, null at the end. */
  | { readonly kind: "ended_jobs"; readonly ended: readonly EndedJobPlace[]; readonly lastKey: string | null }
  /** In the order asked for; null: unknown to this client. */
  | { readonly kind: "jobs_by_key"; readonly jobs: readonly (Job | null)[] }
  | ({ readonly kind: "ready_jobs" } & ReadyJobs);

export function answerJobQuery({ state }: EngineContext, query: JobQuery): JobAnswer {
  switch (query.kind) {
    case "jobs":
      return { kind: "jobs", jobs: jobsOf(state, query.personId).filter(({ client }) => client === query.client) };
    case "jobs_by_key": {
      const jobs = query.jobKeys.map((key) => state.find("job", key));
      return { kind: "jobs_by_key", jobs: jobs.map((job) => (job?.client === query.client ? job : null)) };
    }
    case "ended_jobs":
      return { kind: "ended_jobs", ...listEndedJobs(state, query) };
    case "ready_jobs":
      return { kind: "ready_jobs", ...listReadyJobs(state, query) };
  }
}
