// The order of the suite: long files first, so that no core is idle while the last of it ends, and files that mostly wait beside files that mostly
// compute, so that the ones use the cores while the others wait.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** For leases, servers and disks; the longest first. */
const WAITING = ["/test/runtime/over_nats", "/test/cluster/", "/test/log/jetstream/"];

/** The rest, by what a file takes. */
const COMPUTING = [
  "/test/scenarios/scenarios",
  "/test/faults/",
  "/test/runtime/",
  "/test/contract/",
  "/test/cli/",
  "/test/log/",
  "/test/scenarios/",
  "/test/api/",
  "/test/simulation/",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const waiting = longestFirst(sorted, WAITING).filter((file) => rank(file, WAITING) < WAITING.length);
    const computing = longestFirst(sorted, COMPUTING).filter((file) => !waiting.includes(file));
    const longer = Math.max(waiting.length, computing.length);
    return Array.from({ length: longer }, (_, n) => [...waiting.slice(n, n + 1), ...computing.slice(n, n + 1)]).flat();
  }
}

function longestFirst(files: readonly TestSpecification[], places: readonly string[]): TestSpecification[] {
  return files.toSorted((a, b) => rank(a, places) - rank(b, places));
}

function rank({ moduleId }: TestSpecification, places: readonly string[]): number {
  const at = places.findIndex((place) => moduleId.includes(place));
  return at < 0 ? places.length : at;
}
