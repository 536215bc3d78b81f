// CouponWatch: has more codes taken from the shop before the pool of a supplier runs out, without being asked.
//
//   N1. Once an interval it looks at every supplier whose coupons come from the shop, one after the other. A look that takes longer than the interval is
//       followed by the next one interval later: there is never more than one.
//   N2. A pool is low when it has at most a tenth of what a refill brings, an empty one included: a new supplier gets its first codes so.
//   N3. Only the node that serves a pool looks at it. Two that believe so for a moment take different codes, or one is told that a refill is under way.
//   N4. What does not succeed is tried again at the next look, and told; nothing is kept of it. A supplier that fails, in whatever way, holds up no other one,
//       and the node not at all: it has other things to do.

import type { CouponShop } from "../../model/coupon_shop.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { listObjects, supplierKind } from "../../management/mod.ts";
import type { FrontLogger } from "../http/server.ts";
import { countsOf, partitionOfPool, type Pool } from "./coupon_pool.ts";
import { bringRefill, nextCodes, refillWishOf } from "./coupon_refill.ts";

export interface CouponWatchParts {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  readonly shop: CouponShop;
  /** Whether this node serves a partition. */
  readonly isServed: (partition: number) => boolean;
  readonly intervalMs: number;
  readonly logger: FrontLogger;
}

/** N2. */
const LOW_SHARE = 0.1;

export class CouponWatch {
  readonly #parts: CouponWatchParts;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: CouponWatchParts) {
    this.#parts = parts;
  }

  /** Looks at once, then once an interval. */
  start(): void {
    this.#looking = this.#look().then(() => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), this.#parts.intervalMs);
    });
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    try {
      for (const client of await this.#clients()) {
        for (const pool of await this.#poolsOf(client)) {
          if (this.#isStopped) return;
          if (this.#parts.isServed(partitionOfPool(this.#parts.runtime, pool))) await this.#tryAt(pool);
        }
      }
    } catch (error) {
      this.#parts.logger.warn({ reason: String(error) }, "coupon_pools_not_looked_at");
    }
  }

  async #tryAt(pool: Pool): Promise<void> {
    try {
      await this.#lookAt(pool);
    } catch (error) {
      const { client, supplierId: supplier } = pool;
      this.#parts.logger.warn({ client, supplier, reason: String(error) }, "coupons_not_refilled");
    }
  }

  /** Every partition knows what each client runs by. */
  async #clients(): Promise<string[]> {
    const answer = await this.#parts.runtime.query(0, { kind: "marks" });
    return answer.kind === "marks" ? Object.keys(answer.programs) : [];
  }

  async #poolsOf(client: string): Promise<Pool[]> {
    const suppliers = listObjects(await this.#parts.configuration.read(client), supplierKind);
    return suppliers
      .filter((each) => each["reward_supplier_type"] === "SALESFORCE_COUPON" && each["enabled"] === true)
      .filter(({ is_archived }) => !is_archived)
      .map(({ id }) => ({ client, supplierId: id, defaultExpiresMs: null }));
  }

  async #lookAt(pool: Pool): Promise<void> {
    const { runtime, configuration, shop, logger } = this.#parts;
    const { client, supplierId: supplier } = pool;
    const wish = await refillWishOf(configuration, pool);
    if (wish.settingsId !== shop.settingsId) return;
    const { available } = await countsOf(runtime, pool);
    if (available > wish.count * LOW_SHARE) return;
    const taken = await nextCodes(runtime, shop, pool, wish);
    if (!taken.ok) return logger.warn({ client, supplier, reason: taken.error.code }, "coupons_not_refilled");
    if (taken.value.codes.length === 0)
      return logger.warn({ client, supplier, available, reason: "the shop has no more" }, "coupons_not_refilled");
    const brought = await bringRefill(runtime, pool, wish, taken.value);
    if (brought.ok) logger.info({ client, supplier, codes: taken.value.codes.length }, "coupons_refilled");
    else logger.warn({ client, supplier, reason: brought.error.code }, "coupons_not_refilled");
  }
}
