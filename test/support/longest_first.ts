// The order of the suite: what starts processes and waits for them is begun first, so that no core is idle while the last of it ends.

import { BaseSequencer, type TestSpecification } from "vitest/node";

const LONG = [
  "/test/runtime/over_nats",
  "/test/cluster/",
  "/test/runtime/",
  "/test/faults/",
  "/test/contract/",
  "/test/scenarios/",
  "/test/api/",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((place) => moduleId.includes(place));
      return at < 0 ? LONG.length : at;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}
