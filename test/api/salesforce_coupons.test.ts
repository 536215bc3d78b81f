// Refills from Salesforce Commerce, as the front makes them: where they go on, and what does not hold them up.

import { expect, test } from "vitest";
import { ok } from "../../src/base/result.ts";
import type { CouponOperation } from "../../src/model/coupon.ts";
import type { CodesWanted } from "../../src/model/coupon_shop.ts";
import { noOffers } from "../../src/model/provider_offers.ts";
import { CouponWatch } from "../../src/api/mod.ts";
import { shopSupplier } from "../support/salesforce.ts";
import { MemoryConfiguration } from "../support/memory_configuration.ts";
import { RecordingRuntime } from "./recording_runtime.ts";
import { ADMIN_TOKEN, ask, openFront, type Reply, type TestFront } from "./front_fixture.ts";

const supplier = { ...shopSupplier, balance_refill_amount: 100, initial_offset: 30 };

/** The newest first, as they are listed. */
function operation(filename: string | null, more: Partial<CouponOperation> = {}): CouponOperation {
  return {
    id: "op",
    type: "COUPON_UPLOAD",
    filename,
    createdMs: 1,
    requested: 100,
    first: 0,
    end: 100,
    status: "SUCCESS",
    message: "",
    discarded: 0,
    deletes: null,
    deletedBy: null,
    isDiscarding: true,
    ...more,
  };
}

function send(front: TestFront, path: string, body: object): Promise<Reply> {
  return ask(front.port, path, { method: "POST", token: ADMIN_TOKEN, body: JSON.stringify(body) });
}

/** What the shop is asked for by a refill after `operations`. */
async function wantedAfter(
  operations: readonly CouponOperation[],
): Promise<{ wanted: CodesWanted[]; kinds: string[] }> {
  const wanted: CodesWanted[] = [];
  const couponShop = {
    settingsId: "shop",
    listPools: async () => ok([]),
    takeCodes: async (asked: CodesWanted) => {
      wanted.push(asked);
      return ok(["A", "B"]);
    },
  };
  const front = await openFront({}, { offers: { ...noOffers, couponShop } });
  front.runtime.coupons = () => ({ kind: "coupon_operations", operations });
  const made = await send(front, "/v6/reward-suppliers", supplier);
  const { id } = made.body as { id: string };
  await send(front, `/v2/reward-suppliers/salesforce-coupons/${id}/coupons`, {});
  return { wanted, kinds: front.runtime.commands.map(({ kind }) => kind) };
}

const refill = ["begin_coupon_upload", "add_coupons", "end_coupon_upload"];

test.each([
  ["none", [], 30],
  ["one", [operation("salesforce codes 30-130")], 130],
  ["two that overlapped", [operation("salesforce codes 30-130"), operation("salesforce codes 30-230")], 230],
  ["one that failed", [operation("salesforce codes 30-130", { status: "FAILED" })], 30],
  [
    "codes that were withdrawn",
    [operation(null, { type: "COUPON_DELETE" }), operation("salesforce codes 30-130")],
    130,
  ],
])("a refill after %s goes on behind what was taken", async (_title, operations, offset) => {
  const { wanted, kinds } = await wantedAfter(operations);
  expect(wanted).toEqual([{ pool: "friends", offset, count: 100 }]);
  expect(kinds).toEqual(refill);
});

test("a refill that was cut off does not hold up the next for ever: the pool says whether it is under way", async () => {
  const { wanted, kinds } = await wantedAfter([operation("salesforce codes 30-130", { status: "RUNNING" })]);
  expect(wanted).toEqual([{ pool: "friends", offset: 30, count: 100 }]);
  expect(kinds).toEqual(refill);
});

/** Of one client. */
class RuntimeOfAcme extends RecordingRuntime {
  override query(...asked: Parameters<RecordingRuntime["query"]>): ReturnType<RecordingRuntime["query"]> {
    const programs = { acme: { hash: "h", revision: 1, changes: 0 } };
    return asked[1].kind === "marks"
      ? Promise.resolve({ kind: "marks", highWater: {}, programs })
      : super.query(...asked);
  }
}

test("a supplier that fails, in whatever way, holds up no other one, and not the node", async () => {
  const runtime = new RuntimeOfAcme();
  runtime.coupons = ({ kind }) =>
    kind === "coupon_stats" ? { kind, available: 10, issued: 0 } : { kind: "coupon_operations", operations: [] };
  const configuration = new MemoryConfiguration();
  configuration.put(
    "acme",
    ["broken", "whole"].map((id) => ({
      collection: "supplier",
      id,
      document: { ...supplier, id, coupon_pool_id: id, enabled: true, is_archived: false },
    })),
  );
  const warned: object[] = [];
  const nothing = (): void => undefined;
  const watch = new CouponWatch({
    runtime,
    configuration,
    shop: {
      settingsId: "shop",
      listPools: async () => ok([]),
      takeCodes: async ({ pool }) => {
        if (pool === "broken") throw new Error("a thread is gone");
        return ok(["A"]);
      },
    },
    isServed: () => true,
    intervalMs: 60_000,
    logger: { debug: nothing, info: nothing, warn: (fields) => void warned.push(fields), error: nothing },
  });
  watch.start();
  await expect.poll(() => runtime.commands.map(({ kind }) => kind)).toEqual(refill);
  await watch.stop();
  expect(warned).toEqual([{ client: "acme", supplier: "broken", reason: "Error: a thread is gone" }]);
  expect(runtime.commands.map((command) => "supplierId" in command && command.supplierId)).toEqual(
    refill.map(() => "whole"),
  );
});
