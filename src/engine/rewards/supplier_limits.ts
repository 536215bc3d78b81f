// Hourly and daily limits of a supplier: an actor beside its coupons, so that they are exact whatever partitions ask.
//
//   L1. What is granted within an hour or a day (UTC) never exceeds the limit that the program says at that moment.
//   L2. A grant that was of no use is given back while its hour or day lasts.

import type { SupplierUse } from "../../model/coupon.ts";
import type { CompiledSupplier } from "../../rules/mod.ts";
import { type PoolReference, poolKey } from "../coupons/coupon_pages.ts";
import type { Turn } from "../context.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export type LimitReason = "hourly limit of the supplier" | "daily limit of the supplier";

export function hasLimits({ limit_per_hour = null, limit_per_day = null }: CompiledSupplier): boolean {
  return limit_per_hour !== null || limit_per_day !== null;
}

/** Null: granted, and counted. */
export function takeUse(turn: Turn, of: PoolReference, supplier: CompiledSupplier): LimitReason | null {
  if (!hasLimits(supplier)) return null;
  const use = useOf(turn, of);
  const reason = reachedBy(use, supplier);
  if (reason !== null) return reason;
  use.inHour++;
  use.inDay++;
  return null;
}

/** As `takeUse`, and takes nothing. */
export function limitReached(
  turn: Turn,
  of: PoolReference,
  supplier: CompiledSupplier | undefined,
): LimitReason | null {
  return supplier === undefined || !hasLimits(supplier) ? null : reachedBy(useOf(turn, of), supplier);
}

/** Of those that it has; null: none. */
export function firstLimit({ limit_per_hour = null, limit_per_day = null }: CompiledSupplier): LimitReason | null {
  if (limit_per_hour !== null) return "hourly limit of the supplier";
  return limit_per_day === null ? null : "daily limit of the supplier";
}

/** When that is over, Unix ms. */
export function reopensMs({ nowMs }: Turn, reason: LimitReason): number {
  const periodMs = reason === "hourly limit of the supplier" ? HOUR_MS : DAY_MS;
  return (Math.floor(nowMs / periodMs) + 1) * periodMs;
}

function reachedBy(
  { inHour, inDay }: SupplierUse,
  { limit_per_hour = null, limit_per_day = null }: CompiledSupplier,
): LimitReason | null {
  if (limit_per_hour !== null && inHour >= limit_per_hour) return "hourly limit of the supplier";
  return limit_per_day !== null && inDay >= limit_per_day ? "daily limit of the supplier" : null;
}

/** L2. @param grantedMs when it was granted */
export function giveBackUse(turn: Turn, of: PoolReference, grantedMs: number): void {
  const use = turn.state.edit("supplierUse", poolKey(of));
  if (use === undefined) return;
  if (use.hour === Math.floor(grantedMs / HOUR_MS) && use.inHour > 0) use.inHour--;
  if (use.day === Math.floor(grantedMs / DAY_MS) && use.inDay > 0) use.inDay--;
}

function useOf(turn: Turn, of: PoolReference): SupplierUse {
  const [hour, day] = [Math.floor(turn.nowMs / HOUR_MS), Math.floor(turn.nowMs / DAY_MS)];
  let use = turn.state.edit("supplierUse", poolKey(of));
  if (use === undefined) {
    use = { hour, inHour: 0, day, inDay: 0 };
    turn.state.put("supplierUse", poolKey(of), use);
  }
  if (use.hour !== hour) Object.assign(use, { hour, inHour: 0 });
  if (use.day !== day) Object.assign(use, { day, inDay: 0 });
  return use;
}
