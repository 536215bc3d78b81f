// The line before a supplier that has nothing to hand out, or may not hand out more for now: who is served first when it does again, and how.
//
//   Q1. First come first served over all partitions: in the order in which the rewards were made, then of their ids.
//   Q2. The pool knows which partitions have rewards that wait, and each of them knows its own (`coupon_waiters.ts`). A partition is in line from the first
//       refusal on until it says that nobody waits there, and who is refused while it says so puts it back.
//   Q3. Nobody asks again by itself. Whatever brings codes or lets them be handed out serves the line in the same turn: an upload, a code that comes back, what
//       was lent and is back, a grant that came to nothing, a program with other codes or limits, an hour or a day that begins (a timer of the pool's).
//   Q4. While codes last, every partition in line names its first few, and the next when half of them are served. Codes are handed out as far as the order
//       of all is known. So no more is under way than was named, however many wait, and events have their turn in between.
//   Q5. While no code may be handed out, nobody is asked anything: who joins the line costs its own request alone.
//   Q6. As long as somebody waits nothing is lent, and whoever asks meanwhile is behind those who wait: it is answered when it is its turn, or refused when
//       codes have run out before.
//   Q7. A request that does not say since when its reward waits is of a former version, and answered as then: its reward tries again by timers of its own.
//   Q8. Of a supplier whose rewards are no codes, the pool is the line alone: what its limits grant is handed out in place of codes, by where the reward is.

import { partitionOfReward } from "../../base/ids.ts";
import type { CouponLine, CouponPool, CouponWaiter, WaitingPartition } from "../../model/coupon.ts";
import type { LimitTimer } from "../../model/timer.ts";
import type { CompiledSupplier } from "../../rules/mod.ts";
import { programOf, send, type Turn } from "../context.ts";
import { isRecalling, lendToAll, recallLent } from "./coupon_lending.ts";
import { numbersOf } from "./coupon_numbers.ts";
import { type PoolReference, poolKey } from "./coupon_pages.ts";
import {
  allocate,
  type Allocated,
  type NoCode,
  openPool,
  partitionOfPool,
  POOL_IS_EMPTY,
  warnIfLow,
} from "./coupons.ts";
import { dueKey } from "../due.ts";
import { COUPON_REQUESTS_WAITING_MAX, COUPON_WAITERS_NAMED, COUPON_WAITERS_NAMED_TOGETHER } from "../limits.ts";
import { isCoupon } from "../rewards/fulfilment.ts";
import { supplierOf } from "../rewards/reward_moves.ts";
import { firstLimit, limitReached, type LimitReason, reopensMs, takeUse } from "../rewards/supplier_limits.ts";

/** A partition is to name its first rewards that wait, behind that one. */
export interface CallForWaiters extends PoolReference {
  /** A key of `waiterKey`; null: from the first on. */
  readonly after: string | null;
  readonly count: number;
}

/** The lists have one length. */
export interface NamedWaiters extends PoolReference {
  readonly partition: number;
  /** As it was called. */
  readonly after: string | null;
  readonly rewardIds: readonly string[];
  readonly sinceMs: readonly number[];
  readonly hasMore: boolean;
}

/** The lists have one length. */
export interface HandedCoupons extends PoolReference {
  readonly rewardIds: readonly string[];
  readonly codes: readonly string[];
  readonly expires: readonly (number | null)[];
  readonly atMs: number;
}

/** Keys sort as those who wait do (Q1). */
export function waiterKey(of: PoolReference, { rewardId, sinceMs }: CouponWaiter): string {
  return `${poolKey(of)}/${dueKey(sinceMs, rewardId)}`;
}

/** Q6. Somebody waits, or is served at the moment. */
export function isAwaited({ line }: CouponPool): boolean {
  return line !== undefined && (line.partitions.length > 0 || line.asking.length > 0);
}

/** A request for which there is no code, or that has others before it. */
export function joinLine(turn: Turn, of: PoolReference, pool: CouponPool, waiter: CouponWaiter): void {
  pool.line ??= { partitions: [], asking: [], opensMs: null };
  const { asking } = pool.line;
  if (asking.length >= COUPON_REQUESTS_WAITING_MAX)
    return refuse(turn, of, pool.line, { waiter, reason: limitBefore(turn, of) ?? POOL_IS_EMPTY });
  const before = asking.findLastIndex((other) => isBefore(other, waiter));
  asking.splice(before + 1, 0, waiter);
  serve(turn, of, pool);
}

/** Q3. */
export function serve(turn: Turn, of: PoolReference, pool: CouponPool): void {
  const { line } = pool;
  if (line === undefined || !isAwaited(pool) || isRecalling(pool) || recallLent(turn, of, pool)) return;
  const supplier = supplierOf(turn, of);
  const isEmpty = hasCodes(supplier) && pool.available === 0;
  const reason = isEmpty ? POOL_IS_EMPTY : limitReached(turn, of, supplier);
  if (reason !== null) return pause(turn, of, line, reason);
  if (callPartitions(turn, of, line)) return;
  const { handed, end } = handOut(turn, of, pool, line);
  for (const [partition, coupons] of handed) sendHanded(turn, partition, coupons, supplier);
  if (hasCodes(supplier)) warnIfLow(turn, of, pool, supplier);
  switch (end) {
    case "more is to be named":
    case "nobody waits":
      if (!callPartitions(turn, of, line) && !isAwaited(pool)) lendToAll(turn, of, pool);
      return;
    case "codes were passed over":
      return send(turn, turn.context.partition, { kind: "serve_waiters", ...of });
    default:
      return pause(turn, of, line, end);
  }
}

/** Q8. Of one that is not there any more, nothing is known but its codes. */
function hasCodes(supplier: CompiledSupplier | undefined): boolean {
  return supplier === undefined || isCoupon(supplier);
}

/** Q8. What a reward waits for that is no code; null: it is one. */
function limitBefore(turn: Turn, of: PoolReference): LimitReason | null {
  const supplier = supplierOf(turn, of);
  return supplier === undefined || isCoupon(supplier) ? null : firstLimit(supplier);
}

function sendHanded(
  turn: Turn,
  partition: number,
  coupons: HandedCoupons,
  supplier: CompiledSupplier | undefined,
): void {
  if (hasCodes(supplier)) return send(turn, partition, { kind: "coupons_handed", ...coupons });
  const { client, supplierId, rewardIds, atMs } = coupons;
  send(turn, partition, { kind: "fulfilments_granted", client, supplierId, rewardIds, atMs });
}

export function serveAgain(turn: Turn, { client, supplierId }: PoolReference): void {
  const of = { client, supplierId };
  const pool = turn.state.edit("pool", poolKey(of));
  if (pool !== undefined) serve(turn, of, pool);
}

export function receiveNamed(turn: Turn, named: NamedWaiters): void {
  const { client, supplierId, partition, hasMore } = named;
  const of = { client, supplierId };
  const pool = turn.state.edit("pool", poolKey(of));
  const waiting = pool?.line?.partitions.find((each) => each.partition === partition);
  if (pool === undefined || waiting === undefined) return;
  waiting.isCalled = false;
  takeNames(of, waiting, named);
  waiting.hasMore ||= hasMore;
  serve(turn, of, pool);
}

/** Q1, Q2. Since the call the line may have been given up, or somebody refused who may be anywhere in the order: then it is named from the first on again. */
function takeNames(of: PoolReference, waiting: WaitingPartition, { after, rewardIds, sinceMs }: NamedWaiters): void {
  if (waiting.hasMore && after !== null) return;
  const next = rewardIds.map((rewardId, at) => ({ rewardId, sinceMs: sinceMs[at] ?? 0 }));
  waiting.named = after === null ? next : [...waiting.named, ...next];
  const last = next.at(-1);
  if (!waiting.hasMore && last !== undefined) waiting.after = waiterKey(of, last);
}

/** Q3. A program takes effect here: it may bring codes, or other limits. */
export function linesChanged(turn: Turn, client: string): void {
  const { partition, partitions } = turn.context;
  for (const supplierId of Object.keys(programOf(turn, client)?.suppliers ?? {})) {
    const of = { client, supplierId };
    if (partitionOfPool(of, partitions) !== partition) continue;
    const known = turn.state.find("pool", poolKey(of));
    if (known !== undefined && isAwaited(known)) serve(turn, of, openPool(turn, of));
  }
}

export function limitDue(turn: Turn, { client, supplierId, opensMs }: LimitTimer): void {
  const of = { client, supplierId };
  const pool = turn.state.edit("pool", poolKey(of));
  if (pool?.line?.opensMs !== opensMs) return;
  pool.line.opensMs = null;
  serve(turn, of, pool);
}

/** Q5. Those that have asked are refused, and wait where they are. */
function pause(turn: Turn, of: PoolReference, line: CouponLine, reason: NoCode): void {
  for (const waiter of line.asking.splice(0)) refuse(turn, of, line, { waiter, reason });
  for (const waiting of line.partitions) Object.assign(waiting, { named: [], hasMore: true, after: null });
  const opensMs = reason === POOL_IS_EMPTY ? null : reopensMs(turn, reason);
  if (opensMs !== null && opensMs !== line.opensMs)
    turn.state.put("timer", dueKey(opensMs, `limits/${poolKey(of)}`), { ...of, opensMs });
  line.opensMs = opensMs;
}

/** Q2. */
function refuse(
  turn: Turn,
  of: PoolReference,
  line: CouponLine,
  { waiter: { rewardId }, reason }: { readonly waiter: CouponWaiter; readonly reason: NoCode },
): void {
  const { client } = of;
  const home = partitionOfReward(rewardId) ?? turn.context.partition;
  const known = line.partitions.find(({ partition }) => partition === home);
  if (known === undefined)
    line.partitions.push({ partition: home, named: [], isCalled: false, hasMore: true, after: null });
  else Object.assign(known, { hasMore: true, after: null });
  const refused = { client, rewardId, atMs: turn.nowMs, isInLine: true };
  if (reason !== POOL_IS_EMPTY && !hasCodes(supplierOf(turn, of)))
    return send(turn, home, { kind: "fulfilment_claimed", supplierId: of.supplierId, reason, ...refused });
  send(turn, home, { kind: "coupon_allocated", code: null, reason, expiresMs: null, ...refused });
}

/** Q4. Whoever has few left of those it named names more, and leaves the line when it has no more. Whether the order of all is not known before one answers. */
function callPartitions(turn: Turn, of: PoolReference, line: CouponLine): boolean {
  const most = Math.floor(COUPON_WAITERS_NAMED_TOGETHER / turn.context.partitions);
  const count = Math.max(1, Math.min(COUPON_WAITERS_NAMED, most));
  line.partitions = line.partitions.filter(
    (waiting) => waiting.isCalled || waiting.hasMore || waiting.named.length > 0,
  );
  for (const waiting of line.partitions) {
    if (waiting.isCalled || !waiting.hasMore || waiting.named.length > count / 2) continue;
    send(turn, waiting.partition, { kind: "call_waiters", ...of, after: waiting.after, count });
    Object.assign(waiting, { isCalled: true, hasMore: false });
  }
  return line.partitions.some(({ isCalled, named }) => isCalled && named.length === 0);
}

type End = NoCode | "more is to be named" | "nobody waits" | "codes were passed over";

interface Handing extends HandedCoupons {
  readonly rewardIds: string[];
  readonly codes: string[];
  readonly expires: (number | null)[];
}

/** Q1. To those whose place in the order of all is known. */
function handOut(
  turn: Turn,
  of: PoolReference,
  pool: CouponPool,
  line: CouponLine,
): { readonly handed: ReadonlyMap<number, HandedCoupons>; readonly end: End } {
  const handed = new Map<number, Handing>();
  for (;;) {
    const { first, from } = firstOf(line);
    if (first === undefined) return { handed, end: "nobody waits" };
    const { rewardId } = first;
    const { code, reason, expiresMs } = next(turn, of, rewardId);
    if (reason !== null) {
      const isPassing = reason === POOL_IS_EMPTY && numbersOf(pool).next().done !== true;
      return { handed, end: isPassing ? "codes were passed over" : reason };
    }
    const home = partitionOfReward(rewardId) ?? turn.context.partition;
    const coupons = handed.get(home) ?? { ...of, rewardIds: [], codes: [], expires: [], atMs: turn.nowMs };
    handed.set(home, coupons);
    coupons.rewardIds.push(rewardId);
    if (code !== null) coupons.codes.push(code);
    if (code !== null) coupons.expires.push(expiresMs);
    const left = from === null ? line.asking : from.named;
    left.shift();
    if (from !== null && from.named.length === 0 && (from.hasMore || from.isCalled))
      return { handed, end: "more is to be named" };
  }
}

/** Q8. */
function next(turn: Turn, of: PoolReference, rewardId: string): Allocated {
  const supplier = supplierOf(turn, of);
  if (supplier === undefined || isCoupon(supplier)) return allocate(turn, { ...of, rewardId });
  return { code: null, reason: takeUse(turn, of, supplier), expiresMs: null };
}

/** Of all that are known; `from` null: it asked a moment ago. */
function firstOf(line: CouponLine): {
  readonly first: CouponWaiter | undefined;
  readonly from: WaitingPartition | null;
} {
  let from: WaitingPartition | null = null;
  let [first] = line.asking;
  for (const waiting of line.partitions) {
    const [own] = waiting.named;
    if (own === undefined || (first !== undefined && !isBefore(own, first))) continue;
    first = own;
    from = waiting;
  }
  return { first, from };
}

function isBefore(a: CouponWaiter, b: CouponWaiter): boolean {
  return a.sinceMs === b.sinceMs ? a.rewardId < b.rewardId : a.sinceMs < b.sinceMs;
}
