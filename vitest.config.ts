import { defineConfig } from "vitest/config";

/** In a real browser, which not every machine has. */
const isBrowser = process.env["LAUREL_TEST_PROFILE"] === "browser";

export default defineConfig({
  test: {
    include: isBrowser ? ["test/browser/**/*.test.ts"] : ["test/**/*.test.ts"],
    exclude: isBrowser ? [] : ["test/browser/**"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    // A test that needs longer says so itself; these catch what hangs.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
