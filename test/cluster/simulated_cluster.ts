// Several participants on one model of the bucket, in virtual time: requests and answers that are lost, late or held up by a cut, processes that are
// paused, crash, stop and come back, clocks that run at different speeds. Everything follows from the seed.

import type { Bucket, Entry, WriteOutcome } from "../../src/cluster/bucket.ts";
import { type ClusterOptions, defaultClusterSettings } from "../../src/cluster/mod.ts";
import { Participant } from "../../src/cluster/participant.ts";
import { parseKey, readPartition } from "../../src/cluster/records.ts";

export const SIMULATED_PARTITIONS = 8;
/** Grace / lease is a sixth: clocks that differ by less than that are covered. */
const CLOCK_SKEW = 0.07;
/** One way, by seed: from a rack to a bad day. */
const DELAY_MIN_MS = 5;
const DELAY_MAX_MS = 400;
const LONG_DELAY_MAX_MS = 6_000;
const LOST = 0.02;
const LATE = 0.02;

export interface SimulatedNode {
  readonly name: string;
  readonly participant: Participant;
  readonly clockRate: number;
  isRunning: boolean;
  isPaused: boolean;
  cutUntilMs: number;
  /** What happened to it while it was paused. */
  readonly backlog: (() => void)[];
  lastHeardAtMs: number;
  /** Watches are numbered: what an earlier one had on its way is lost. */
  watch: number;
}

export class SimulatedCluster {
  nowMs = 0;
  readonly nodes: SimulatedNode[] = [];
  /** By partition: the records written, in order. */
  readonly history: { readonly instance: string | null; readonly epoch: number }[][] = [];
  readonly #random: () => number;
  readonly #queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  readonly #entries = new Map<string, Entry>();
  #revision = 0;
  #order = 0;
  #instances = 0;
  readonly #usualDelayMs: number;
  isHealed = false;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#usualDelayMs = DELAY_MIN_MS + this.#random() ** 2 * (DELAY_MAX_MS - DELAY_MIN_MS);
    for (let each = 0; each < SIMULATED_PARTITIONS; each++) this.history.push([]);
  }

  random(): number {
    return this.#random();
  }

  /** A new process; of a name that was used before, when that one has crashed. */
  add(name: string): SimulatedNode {
    const clockRate = 1 + (this.#random() * 2 - 1) * CLOCK_SKEW;
    const offsetMs = this.#random() * 1e6;
    const bucket = this.#bucketOf(() => node);
    const options: ClusterOptions = {
      ...defaultClusterSettings,
      node: name,
      version: "",
      httpAddress: "",
      partitions: SIMULATED_PARTITIONS,
      onFailure: () => {
        node.isRunning = false;
      },
      onNotice: () => {},
    };
    const participant = new Participant({
      options,
      bucket,
      nowMs: () => offsetMs + this.nowMs * clockRate,
      startedMs: 0,
      newInstance: () => `${name}/${this.#instances++}`,
    });
    const node: SimulatedNode = {
      name,
      participant,
      clockRate,
      isRunning: true,
      isPaused: false,
      cutUntilMs: 0,
      backlog: [],
      lastHeardAtMs: 0,
      watch: 0,
    };
    this.nodes.push(node);
    this.#startWatch(node);
    participant.start({
      onHost: (partition) => this.#catchUp(node, partition),
      onUnhost: () => {},
      onOwn: () => {},
      onLose: () => {},
      beforeHandOver: () => new Promise((resolve) => this.#later(node, this.#random() * 300, resolve)),
    });
    this.#enter(node);
    this.#tick(node);
    return node;
  }

  crash(node: SimulatedNode): void {
    node.isRunning = false;
  }

  stop(node: SimulatedNode): void {
    void node.participant.stop().then(() => {
      node.isRunning = false;
    });
  }

  pause(node: SimulatedNode, ms: number): void {
    node.isPaused = true;
    this.#at(this.nowMs + ms, () => {
      node.isPaused = false;
      for (const run of node.backlog.splice(0)) this.#later(node, 0, run);
    });
  }

  cut(node: SimulatedNode, ms: number): void {
    node.cutUntilMs = Math.max(node.cutUntilMs, this.nowMs + ms);
    node.watch++;
    this.#at(node.cutUntilMs, () => this.#startWatch(node));
  }

  /** Runs until then; `look` is called after every step. */
  async run(untilMs: number, look: () => void): Promise<void> {
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#queue.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      look();
      next.run();
      // Everything that follows from it without waiting.
      await new Promise((resolve) => setImmediate(resolve));
      look();
    }
    this.nowMs = untilMs;
  }

  #enter(node: SimulatedNode): void {
    void node.participant.enter().then((outcome) => {
      if (outcome !== "entered") this.#later(node, 100, () => this.#enter(node));
    });
  }

  #tick(node: SimulatedNode): void {
    node.participant.tick();
    this.#later(node, 50, () => this.#tick(node));
  }

  #catchUp(node: SimulatedNode, partition: number): void {
    const progress = { position: 1, lag: 0, isCaughtUp: true };
    this.#later(node, this.#random() * 2_000, () => node.participant.setHosted(partition, progress));
  }

  #startWatch(node: SimulatedNode): void {
    node.watch++;
    if (this.nowMs < node.cutUntilMs) return;
    for (const entry of [...this.#entries.values()].toSorted((a, b) => a.revision - b.revision))
      this.#tell(node, entry);
  }

  /** In order, but late. */
  #tell(node: SimulatedNode, { key, value, revision }: Entry): void {
    if (this.nowMs < node.cutUntilMs) return;
    const { watch } = node;
    node.lastHeardAtMs = Math.max(node.lastHeardAtMs, this.nowMs + this.#delayMs());
    this.#later(node, node.lastHeardAtMs - this.nowMs, () => {
      if (node.watch === watch) node.participant.hear(key, value, revision);
    });
  }

  #bucketOf(node: () => SimulatedNode): Bucket {
    const ask = async <T>(apply: () => T): Promise<T> => {
      const answer = await this.#request(node(), apply);
      if (answer === "unknown") throw new Error("nobody answered");
      return answer.value;
    };
    return {
      read: (key) => ask(() => this.#entries.get(key) ?? null),
      list: (prefix) => ask(() => [...this.#entries.values()].filter((each) => each.key.startsWith(`${prefix}.`))),
      write: async (key, value, revision) => {
        const answer = await this.#request(node(), () => this.#apply(key, value, revision));
        return answer === "unknown" ? { kind: "unknown" } : answer.value;
      },
    };
  }

  #apply(key: string, value: string | null, revision: number): WriteOutcome {
    if ((this.#entries.get(key)?.revision ?? 0) !== revision) return { kind: "conflict" };
    const entry = { key, value, revision: ++this.#revision };
    this.#entries.set(key, entry);
    const parsed = parseKey(key);
    const record = parsed?.kind === "partition" && value !== null ? readPartition(value) : null;
    if (parsed?.kind === "partition" && record !== null) this.history[parsed.partition]?.push(record);
    for (const node of this.nodes) if (node.isRunning) this.#tell(node, entry);
    return { kind: "written", revision: entry.revision };
  }

  /** A request that is cut off is lost, or arrives when the cut is over, like bytes in a client's buffer. */
  #request<T>(node: SimulatedNode, apply: () => T): Promise<{ readonly value: T } | "unknown"> {
    return new Promise((resolve) => {
      this.#later(node, defaultClusterSettings.requestTimeoutMs, () => resolve("unknown"));
      if (!this.isHealed && this.#random() < LOST) return;
      const heldUpMs = Math.max(0, node.cutUntilMs - this.nowMs);
      this.#at(this.nowMs + heldUpMs + this.#delayMs(), () => {
        const value = apply();
        if (this.nowMs < node.cutUntilMs || (!this.isHealed && this.#random() < LOST)) return;
        this.#later(node, this.#delayMs(), () => resolve({ value }));
      });
    });
  }

  #delayMs(): number {
    const isLate = !this.isHealed && this.#random() < LATE;
    return this.#random() * (isLate ? LONG_DELAY_MAX_MS : this.#usualDelayMs);
  }

  /** In that process: not when it is dead, later when it is paused. */
  #later(node: SimulatedNode, afterMs: number, run: () => void): void {
    const attempt = (): void => {
      if (!node.isRunning) return;
      if (node.isPaused) node.backlog.push(run);
      else run();
    };
    this.#at(this.nowMs + afterMs, attempt);
  }

  #at(atMs: number, run: () => void): void {
    const order = this.#order++;
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const each = this.#queue[middle];
      if (each !== undefined && each.atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, { atMs, order, run });
  }
}

function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
