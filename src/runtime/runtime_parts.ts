// What a NodeRuntime is made of and told; start.ts brings it together.

import type { Worker } from "node:worker_threads";
import type { CrowdMarkMemory } from "./fronts/crowd_marks.ts";
import type { PersonMarkMemory } from "./fronts/person_marks.ts";
import type { EventLog } from "../log/mod.ts";
import type { ClusterLink } from "./cluster/link.ts";
import type { WorkerOptions } from "./protocol.ts";
import type { RuntimeFailure, RuntimeLogger } from "./runtime.ts";
import type { RuntimeSettings } from "./settings.ts";

export interface RuntimeParts {
  readonly log: EventLog;
  readonly dataDirectory: string;
  readonly partitions: number;
  /** One for each of `workers`. */
  readonly threads: readonly Worker[];
  readonly storeWriterEntry: URL;
  /** Null for a node alone. */
  readonly link: ClusterLink | null;
  readonly workers: readonly WorkerOptions[];
  /** That workers move; null in a cluster. */
  readonly personMarks: PersonMarkMemory | null;
  /** That fronts look at, and workers set; in a cluster its side does (`cluster/crowd_telling.ts`). */
  readonly crowds: CrowdMarkMemory;
  /** Front threads beside the main thread. */
  readonly fronts: number;
  readonly settings: RuntimeSettings;
  readonly onFailure: (failure: RuntimeFailure) => void;
  readonly logger: RuntimeLogger;
}
