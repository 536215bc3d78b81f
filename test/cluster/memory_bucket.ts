// A bucket in memory that always answers at once.

import type { Bucket, Entry, WriteOutcome } from "../../src/cluster/bucket.ts";

export class MemoryBucket implements Bucket {
  readonly entries = new Map<string, Entry>();
  #revision = 0;

  read(key: string): Promise<Entry | null> {
    return Promise.resolve(this.entries.get(key) ?? null);
  }

  list(prefix: string): Promise<Entry[]> {
    return Promise.resolve([...this.entries.values()].filter(({ key }) => key.startsWith(`${prefix}.`)));
  }

  write(key: string, value: string | null, revision: number): Promise<WriteOutcome> {
    if ((this.entries.get(key)?.revision ?? 0) !== revision) return Promise.resolve({ kind: "conflict" });
    this.entries.set(key, { key, value, revision: ++this.#revision });
    return Promise.resolve({ kind: "written", revision: this.#revision });
  }
}
