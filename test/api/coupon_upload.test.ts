// An upload of coupon codes whose records are dropped together, as those of a full disk are.

import { expect, test } from "vitest";
import { bringIn } from "../../src/api/management/coupon_upload.ts";
import { ok } from "../../src/base/result.ts";
import { Unavailable } from "../../src/runtime/client.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

test("ends as unavailable, and leaves nothing behind that would end the process", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const runtime = new RecordingRuntime();
  const dropped = new Promise<void>((resolve) => setTimeout(resolve, 5));
  const command = runtime.command.bind(runtime);
  runtime.command = async (given) => {
    const applied = await command(given);
    if (given.kind === "add_coupons") {
      await dropped;
      throw new Unavailable("log_unavailable", 5);
    }
    return applied;
  };
  const pool = { client: "acme", supplierId: "1", defaultExpiresMs: null };
  const batches = Array.from({ length: 4 }, (_, n) => ok({ codes: [`C${n}`], expires: null }));
  const begin = { filename: "codes.csv", requested: 4, isDiscarding: false };
  await expect(bringIn(runtime, pool, begin, batches)).rejects.toThrow(Unavailable);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
