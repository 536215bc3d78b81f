// ProgramBucket: programmes by content hash, where every node can get them. Written once, never changed, never deleted.

import { type KV, Kvm } from "@nats-io/kv";
import type { Connection } from "../nats/mod.ts";

export class ProgramBucket {
  readonly #kv: KV;

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  static async open(connection: Connection, options: { bucket: string; replicas: number }): Promise<ProgramBucket> {
    const kv = await new Kvm(connection.client).create(options.bucket, { replicas: options.replicas, history: 1 });
    return new ProgramBucket(kv);
  }

  /** Durable when it resolves. */
  async put(hash: string, text: string): Promise<void> {
    if ((await this.#kv.get(hash)) === null) await this.#kv.put(hash, text);
  }

  /** Null when nobody has stored it. */
  async get(hash: string): Promise<string | null> {
    const entry = await this.#kv.get(hash);
    return entry === null ? null : entry.string();
  }
}
