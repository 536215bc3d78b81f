// A law: however purchases, uploads, withdrawals and time interleave in the partitions, a code is one reward's at most, none is lost, and none of an upload
// is handed out once its withdrawal is answered.

import fc from "fast-check";
import { expect, test } from "vitest";
import { idTextOfHalves } from "../../src/base/ids.ts";
import { lentOf } from "../../src/engine/coupons/coupon_lending.ts";
import { recordKinds } from "../../src/model/record.ts";
import { issued, of, POOL, pool, stats, uploads } from "../support/coupon_story.ts";
import { isSoak } from "../support/profile.ts";
import { coupons, earn, on, PARTITIONS, programme, Story } from "../support/story.ts";

const RUNS = isSoak ? 500 : 12;
const MINUTE_MS = 60_000;
const UPLOADS = 3;
/** All uploads together are just enough for loans. */
const CODES = 450;

type Deed =
  | { readonly kind: "buy"; readonly count: number }
  | { readonly kind: "step"; readonly partition: number; readonly records: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "withdraw"; readonly upload: number };

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("buy" as const), count: fc.integer({ min: 1, max: 70 }) }) },
    {
      weight: 9,
      arbitrary: fc.record({
        kind: fc.constant("step" as const),
        partition: fc.nat(PARTITIONS - 1),
        records: fc.integer({ min: 1, max: 90 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 900 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("withdraw" as const), upload: fc.nat(UPLOADS - 1) }) },
  ),
  { minLength: 20, maxLength: 90, size: "max" },
);

class Shop {
  readonly story = new Story(
    programme([on("bought", { actions: [earn("COUPON")] })], { suppliers: [coupons("COUPON", [])] }),
  );
  readonly operations: string[] = [];
  /** Codes of an upload that the pool had handed out when its withdrawal was answered, by the first letters of its codes. */
  readonly goneAt = new Map<string, Set<string>>();
  readonly #asked = new Map<string, number>();
  #buyers = 0;

  constructor() {
    for (let upload = 0; upload < UPLOADS; upload++)
      this.operations.push(
        uploads(
          this.story,
          Array.from({ length: CODES }, (_, n) => `U${upload}-${n}`),
        ),
      );
  }

  does(deed: Deed): void {
    const { story } = this;
    switch (deed.kind) {
      case "buy":
        for (let n = 0; n < deed.count; n++) story.arrives("bought", { email: `p${this.#buyers++}@x.com` });
        return;
      case "step":
        for (let n = 0; n < deed.records && story.hasNext(deed.partition); n++) this.step(deed.partition);
        return;
      case "pass":
        this.passes(deed.ms);
        return;
      case "withdraw": {
        const operationId = this.operations[deed.upload] ?? "";
        this.#asked.set(story.asks({ kind: "delete_coupons", ...of, operationId }), deed.upload);
      }
    }
  }

  passes(ms: number): void {
    this.story.nowMs += ms;
    const tick = { kind: recordKinds.tick, flags: 0, idHigh: 0, idLow: 0, payload: new Uint8Array(0) };
    for (let partition = 0; partition < PARTITIONS; partition++)
      this.story.append(partition, { ...tick, timeMs: this.story.nowMs });
  }

  step(partition: number): void {
    this.story.step(partition);
    if (partition !== POOL) return;
    for (const { idHigh, idLow, errorCode } of this.story.contexts[POOL]?.effects.replies.splice(0) ?? []) {
      const upload = this.#asked.get(idTextOfHalves(idHigh, idLow));
      if (upload !== undefined && errorCode === null) this.goneAt.set(`U${upload}-`, new Set(issued(this.story)));
    }
  }

  rests(): void {
    for (let ready: number | undefined = 0; ready !== undefined; ) {
      ready = Array.from({ length: PARTITIONS }, (_, n) => n).find((n) => this.story.hasNext(n));
      if (ready !== undefined) this.step(ready);
    }
  }

  given(): string[] {
    const everything = { prefix: "", after: null, limit: 100_000, isReverse: false };
    return this.story.contexts.flatMap(({ state }) =>
      state.list("reward", everything).flatMap(({ value }) => value.partnerRewardId ?? []),
    );
  }

  check(): void {
    const given = this.given();
    expect(new Set(given).size).toBe(given.length);
    let withdrawn = 0;
    for (const [prefix, before] of this.goneAt) {
      const ofUpload = given.filter((code) => code.startsWith(prefix));
      expect(ofUpload.filter((code) => !before.has(code))).toEqual([]);
      withdrawn += CODES - ofUpload.length;
    }
    expect(stats(this.story)).toEqual({
      available: UPLOADS * CODES - withdrawn - given.length,
      issued: given.length,
    });
  }
}

test("codes are one reward's at most, and none is lost, in any order of things", { timeout: 600_000 }, () => {
  let lent = 0;
  fc.assert(
    fc.property(deeds, (all) => {
      const shop = new Shop();
      for (const deed of all) shop.does(deed);
      lent += lentOf(pool(shop.story));
      shop.rests();
      shop.check();
      expect(pool(shop.story)).toMatchObject({ busy: null });
      // Once all is told, the pool alone knows the same.
      for (let n = 0; n < 3; n++) {
        shop.passes(MINUTE_MS);
        shop.rests();
      }
      shop.check();
      expect(pool(shop.story).issued).toBe(shop.given().length);
    }),
    { numRuns: RUNS },
  );
  expect(lent).toBeGreaterThan(0);
});
