// Runtime: what the owner of a node holds, beyond what the API may know of it (client.ts).

import type { MessagePort } from "node:worker_threads";
import type { Result } from "../base/result.ts";
import type { ProgramDocument } from "../model/campaign.ts";
import type { ConfigurationChanged, ConfigurationClient, ConfigurationRefusal, RuntimeClient } from "./client.ts";
import type { FrontBirth } from "./fronts/protocol.ts";
import type { JobDesk } from "./job_desk.ts";
import type { RuntimeMetrics } from "./metrics.ts";
import type { SliceReport } from "./protocol.ts";

export interface Runtime extends RuntimeClient {
  /** What operators make, and how they change it. */
  readonly configuration: ConfigurationClient;
  /** Puts a program in place of whatever its client has configured. */
  replaceProgram(document: ProgramDocument): Promise<Result<ConfigurationChanged<null>, ConfigurationRefusal>>;
  /** What is to leave the process, of the partitions that this node serves. */
  readonly jobs: JobDesk;
  /** Serves the next of the front threads of its options at the other end of `port`; `PortRuntime.open` takes what it returns. */
  readonly fronts: { open(port: MessagePort): FrontBirth };
  metrics(): RuntimeMetrics;
  /** Takes nothing more, finishes what was begun, checkpoints and ends the workers. The log stays open: it is its opener's. */
  stop(): Promise<void>;
  /** Takes nothing more and ends the workers as they are: what they had not checkpointed, the log has. */
  abandon(): Promise<void>;
  /** As `abandon`, of a start that is cut off: what this node owns in a cluster, others may have at once. */
  leave(): Promise<void>;
}

/** What ended the runtime. The process should end too: the state in memory is not to be trusted, that on disk is. */
export type RuntimeFailure =
  | {
      readonly kind: "worker";
      readonly partition: number | null;
      readonly sequence: number | null;
      readonly error: Error;
    }
  | { readonly kind: "log" | "store"; readonly error: Error };

/** As pino's. */
export interface RuntimeLogger {
  info(fields: object, name: string): void;
  warn(fields: object, name: string): void;
  error(fields: object, name: string): void;
}

/** What a slice of records met that somebody should look at. */
export function tellLog(
  logger: RuntimeLogger,
  { ruleFailures, alerts }: Pick<SliceReport, "alerts" | "ruleFailures">,
): void {
  for (const failure of ruleFailures) logger.error(failure, "rule_failed");
  for (const alert of alerts) logger.warn(alert, "alert");
}
