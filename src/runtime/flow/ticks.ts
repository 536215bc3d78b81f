// Ticks: appends a `tick` record to a partition when its next timer is due, and only then.
//
//   T1. For one due time one tick is under way at a time; the next is armed by what the partition reports after it.
//   T2. A tick's time never lies before the due time, so a timer that rings early is not rung in vain.
//   T3. The next ticks come when what is in flight is near its turn. What timers lead to, messages not the least, is never refused: were they rung as fast as they are
//       appended, timers that are due together would pile up before the workers, and events behind them.
//   T4. A partition that has more to fire rests for as long as its tick took, so that events get a turn between the timers of one minute, be they a hundred thousand.

import { type NewRecord, recordKinds } from "../../model/record.ts";
import { encodeTick, TIMERS_PER_TICK } from "../../model/tick.ts";
import type { Appender, GroupListener } from "./appender.ts";
import { Unavailable } from "../client.ts";
import type { FlowControl } from "./flow_control.ts";
import { RETRY_MS, TICK_REST_MS_MAX, TIMER_DELAY_MS_MAX } from "../settings.ts";

const NEVER = Number.POSITIVE_INFINITY;
const payload = encodeTick(TIMERS_PER_TICK);

export class Ticks implements GroupListener {
  readonly #appender: Appender;
  readonly #flow: Pick<FlowControl, "marks" | "isNear" | "whenNear">;
  readonly #dueMs: number[];
  /** Due times whose tick is appended and whose partition has not reported yet. */
  readonly #rungMs: number[];
  /** When that was. */
  readonly #rungAtMs: number[];
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;
  /** T3. */
  #isHeld = false;

  constructor(appender: Appender, flow: Pick<FlowControl, "marks" | "isNear" | "whenNear">, partitions: number) {
    this.#appender = appender;
    this.#flow = flow;
    this.#dueMs = Array.from({ length: partitions }, () => NEVER);
    this.#rungMs = Array.from({ length: partitions }, () => NEVER);
    this.#rungAtMs = Array.from({ length: partitions }, () => NEVER);
  }

  /** What a partition reports. @param dueMs Unix ms, or -1 when it has no timer */
  set(partition: number, dueMs: number): void {
    this.#dueMs[partition] = dueMs < 0 ? NEVER : this.#rested(partition, dueMs);
    this.#rungMs[partition] = NEVER;
    this.#rungAtMs[partition] = NEVER;
    this.#arm();
  }

  start(): void {
    this.#isRunning = true;
    this.#arm();
  }

  stop(): void {
    this.#isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  onDurable(): void {}

  /** The ticks under way may be among the dropped records; ringing twice does no harm. */
  onDropped(): void {
    this.#rungMs.forEach((rungMs, partition) => {
      if (rungMs !== NEVER) this.set(partition, rungMs);
    });
  }

  #arm(): void {
    if (!this.#isRunning || this.#isHeld) return;
    const dueMs = Math.min(...this.#dueMs);
    if (dueMs === NEVER) return;
    this.#ringLater(Math.min(Math.max(0, dueMs - Date.now()), TIMER_DELAY_MS_MAX));
  }

  #ringLater(delayMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#isRunning ? setTimeout(() => this.#ring(), delayMs) : null;
  }

  #ring(): void {
    const nowMs = Date.now();
    try {
      this.#dueMs.forEach((dueMs, partition) => {
        if (dueMs > nowMs) return;
        this.#appender.append(partition, tickAt(Math.max(nowMs, dueMs)));
        this.#rungMs[partition] = dueMs;
        this.#rungAtMs[partition] = nowMs;
        this.#dueMs[partition] = NEVER;
      });
      this.#hold();
      this.#arm();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#ringLater(RETRY_MS);
    }
  }

  /** T4. */
  #rested(partition: number, dueMs: number): number {
    const nowMs = Date.now();
    const tookMs = nowMs - (this.#rungAtMs[partition] ?? NEVER);
    return dueMs > nowMs || tookMs < 0 ? dueMs : nowMs + Math.min(tookMs, TICK_REST_MS_MAX);
  }

  /** T3. */
  #hold(): void {
    const marks = this.#flow.marks();
    if (this.#flow.isNear(marks)) return;
    this.#isHeld = true;
    void this.#flow.whenNear(marks).then(() => {
      this.#isHeld = false;
      this.#arm();
    });
  }
}

export function tickAt(timeMs: number): NewRecord {
  return { kind: recordKinds.tick, flags: 0, timeMs, idHigh: 0, idLow: 0, payload };
}
