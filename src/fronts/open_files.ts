// How many connections fit into the descriptors that the system gives the process, beside what else it opens.

import { readFileSync } from "node:fs";

/** Log, threads and libraries of a node with the default number of partitions have some 80 open. */
const OWN_FILES = 100;
/** Of the others: the rest is for stores of more partitions, calls to the outside and what comes and goes. */
const CONNECTIONS_SHARE = 3 / 4;
const CONNECTIONS_MIN = 16;

/** Of all fronts of this process together; 0: as many as there are. */
export function connectionsMax(): number {
  return connectionsFor(systemLimits());
}

/** As `connectionsMax`. @param limits what `/proc/self/limits` says; null where there is none */
export function connectionsFor(limits: string | null): number {
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits ?? "")?.[1] ?? 0);
  if (files === 0) return 0;
  return Math.max(CONNECTIONS_MIN, Math.floor((files - OWN_FILES) * CONNECTIONS_SHARE));
}

/** Node has raised the soft limit to the hard one by now. */
function systemLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return null;
  }
}
