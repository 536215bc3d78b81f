import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest_first.ts";

/** In a real browser, which not every machine has. */
const isBrowser = process.env["LAUREL_TEST_PROFILE"] === "browser";

export default defineConfig({
  test: {
    include: isBrowser ? ["test/browser/**/*.test.ts"] : ["test/**/*.test.ts"],
    exclude: isBrowser ? [] : ["test/browser/**"],
    environment: "node",
    // As it is shipped: it finds its threads beside it.
    server: { deps: { external: [/\/dist\/laurel\//] } },
    pool: "forks",
    // Files share the modules that the one before has loaded: loading them anew took two thirds of the CPU. So what a module keeps while tests run
    // has to be given back at the end of a file.
    isolate: false,
    // One more than the cores of a small machine: a third of the files wait, for leases, servers and disks, most of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // A test that needs longer says so itself; these catch what hangs.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
