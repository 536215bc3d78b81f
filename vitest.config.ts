import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    // A test that needs longer says so itself; these catch what hangs.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
